"""The marketplace's main job from a register to a closed loop, over HTTP alone.

One Turkish hospital of the real register is taken through everything with credentials, offers and
people that only this test knows; they are invented and live no longer than its database.
"""

import gzip
import re
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.journeys.conftest import Server

HOSPITAL = "Ankara Bilkent Şehir Hastanesi"
TREATMENT = "knee-replacement"
LINES = [
    {"kind": "mandatory", "label": "Surgeon, theatre and prosthesis", "amount": 540_000},
    {"kind": "conditional", "label": "Extra night", "amount": 12_000, "cap": 36_000},
    {"kind": "excluded", "label": "Flight"},
]


def good(answer: httpx.Response, status: int = 200) -> Any:
    assert answer.status_code == status, f"{answer.request.url}: {answer.text}"
    return answer.json() if answer.content else None


def refused(answer: httpx.Response, status: int, code: str) -> dict[str, Any]:
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"].startswith("application/problem+json")
    body: dict[str, Any] = answer.json()
    assert body["code"] == code, body
    assert body["request_id"] == answer.headers["x-request-id"]
    return body


@pytest.fixture(scope="module")
def registers(server: Server, register_data: Path) -> None:
    """7a. The real registers come in, twice, and change nothing the second time."""
    for name, file, rows in (
        ("tr-moh", "tr_moh_facilities.csv", 1666),
        ("hu-neak", "hu_inpatient_institutions_2022-11.csv", 169),
    ):
        path = str(register_data / "facilities" / file)
        first = server.run("import-register", "--format", name, path)
        assert first.returncode == 0, first.stdout + first.stderr
        taken, skipped = re.search(r"(\d+) taken.* (\d+) skipped", first.stdout).groups()  # type: ignore[union-attr]
        assert int(taken) + int(skipped) == rows
        assert int(taken) > rows * 0.95
        again = server.run("import-register", "--format", name, path)
        assert f"{taken} unchanged" in again.stdout


@pytest.fixture(scope="module")
def hospital(server: Server, registers: None) -> dict[str, Any]:
    """7b. A registered hospital is not listed; its operator, staff and officers change that."""
    operator = server.demo("demo-operator")
    found = good(operator.get("/v1/facilities", params={"q": HOSPITAL, "listed": "any"}))["items"]
    facility = next(item for item in found if HOSPITAL in item["name"])
    assert facility["demo"] is False
    assert facility["listing"]["reason"] == "not_listed"
    hidden = good(operator.get("/v1/facilities", params={"q": HOSPITAL}))["items"]
    assert facility["id"] not in [item["id"] for item in hidden]

    organisation = good(
        operator.post(
            "/v1/organisations",
            json={"kind": "facility", "name": HOSPITAL, "jurisdiction": "TR"},
        ),
        201,
    )["id"]
    people = {}
    for role in ("coordinator", "clinician"):
        email = f"{role}@hospital.example"
        server.register(email, "TR", patient=False)
        good(
            operator.post(
                f"/v1/organisations/{organisation}/members",
                json={
                    "email": email,
                    "role": role,
                    "display_name": f"{role} of the journey",
                    "licence_number": "TR-4471" if role == "clinician" else None,
                },
            ),
            201,
        )
    # A clinician acts once an officer of the state has found the licence in the register.
    officer = server.demo("demo-officer-tr-1")
    for waiting in good(officer.get("/v1/licences")):
        path = f"/v1/licences/{waiting['membership_id']}/verify"
        found = officer.post(path, json={"register": "the ministry's register, TR-4471"})
        assert found.status_code == 204, found.text
    for role in ("coordinator", "clinician"):
        people[role] = server.sign_in(f"{role}@hospital.example")
    path = f"/v1/facilities/{facility['id']}/assign"
    assigned = operator.post(path, json={"organisation_id": organisation})
    assert assigned.status_code in (200, 201), assigned.text

    today = datetime.now(UTC).date()
    officers = [server.demo(f"demo-officer-tr-{number}") for number in (1, 2)]
    foreign = server.demo("demo-officer-kz-1")
    # An accreditation counts where two officers have recognised its body.
    body = good(officers[0].post("/v1/accreditors", json={"name": "A body of this test"}), 201)
    recorded = officers[0].post(
        "/v1/recognitions",
        json={
            "accreditor": body["name"],
            "reference": "Decision 7 of this test",
            "source_url": "https://example.org/decision-7",
            "recognised_from": str(today - timedelta(days=400)),
        },
    )
    recognition = f"/v1/recognitions/{good(recorded, 201)['id']}/confirm"
    stamp = {"If-Match": recorded.headers["etag"]}
    assert officers[0].post(recognition, headers=stamp).status_code == 403
    assert foreign.post(recognition, headers=stamp).status_code == 404
    good(officers[1].post(recognition, headers=stamp))
    for kind in ("licence", "health_tourism_authorisation", "quality_accreditation"):
        credential = good(
            people["coordinator"].post(
                f"/v1/facilities/{facility['id']}/credentials",
                json={
                    "kind": kind,
                    **(
                        {"accreditor_id": body["id"]}
                        if kind == "quality_accreditation"
                        else {"body": "An authority of this test"}
                    ),
                    "certificate_number": f"TEST-{kind}",
                    "issued": str(today - timedelta(days=30)),
                    "valid_from": str(today - timedelta(days=30)),
                    "valid_to": str(today + timedelta(days=700)),
                },
            ),
            201,
        )
        check = {"method": "registry_page", "primary_source": True, "url": "https://example.org/r"}
        address = f"/v1/credentials/{credential['id']}"
        assert foreign.post(f"{address}/verify", json=check).status_code in (403, 404, 422)
        verified = officers[0].post(f"{address}/verify", json=check, headers={"If-Match": '"1"'})
        good(verified)
        stamp = {"If-Match": verified.headers["etag"]}
        assert officers[0].post(f"{address}/confirm", headers=stamp).status_code in (403, 409)
        good(officers[1].post(f"{address}/confirm", headers=stamp))
    listed = good(operator.get(f"/v1/facilities/{facility['id']}"))
    assert listed["listing"]["reason"] == "accredited"
    return {"id": facility["id"], "organisation": organisation, **people}


@pytest.fixture(scope="module")
def offer(server: Server, hospital: dict[str, Any]) -> dict[str, Any]:
    """8. The hospital offers a treatment, with the people, room and beds it takes."""
    staff: httpx.Client = hospital["coordinator"]
    base = f"/v1/facilities/{hospital['id']}"
    made = good(
        staff.post(
            f"{base}/offers",
            json={
                "treatment": TREATMENT, "currency": "EUR", "lines": LINES, "deposit": 60_000,
                "mode": "instant", "lead_time_hours": 24, "languages": ["tr", "en"],
                "inclusions": ["interpreter"], "duration_minutes": 120, "stay_nights": 3,
            },
        ),
        201,
    )  # fmt: skip
    pools = (
        {"kind": "practitioner", "name": "Surgeon", "practitioner": {
            "name": "Dr. Sınama", "specialty": "orthopaedics", "licence_number": "TEST-1",
            "licence_state": "TR"}},
        {"kind": "room", "name": "Theatre", "lanes": 1},
        {"kind": "bed", "name": "Ward", "lanes": 2},
    )  # fmt: skip
    for pool in pools:
        pool_id = good(staff.post(f"{base}/resources", json=pool), 201)["id"]
        if pool["kind"] != "bed":
            rule = {"rrule": "FREQ=WEEKLY;BYDAY=MO,TU,WE,TH,FR,SA,SU", "opens": "09:00:00",
                    "minutes": 480, "valid_from": str(datetime.now(UTC).date())}  # fmt: skip
            good(staff.post(f"/v1/resources/{pool_id}/rules", json=rule), 201)
        need = {"pool_id": pool_id, "after_minutes": 30 if pool["kind"] == "room" else 0,
                "nights": 3 if pool["kind"] == "bed" else 0}  # fmt: skip
        good(staff.post(f"/v1/offers/{made['id']}/needs", json=need), 201)
    return dict(made)


@pytest.fixture(scope="module")
def patient(server: Server) -> dict[str, Any]:
    """A patient in Kazakhstan."""
    server.register("patient@journey.example", "KZ")
    client = server.sign_in("patient@journey.example")
    return {"client": client, "id": good(client.get("/v1/patients"))[0]["id"]}


def slots(server: Server, offer_id: str) -> list[str]:
    with server.client() as anonymous:
        found = good(anonymous.get(f"/v1/offers/{offer_id}/slots"))
    assert found["zone"] == "Europe/Istanbul"
    return [slot["starts_at"] for slot in found["items"]]


def test_a_layman_finds_the_offer_in_any_language_and_script(
    server: Server, offer: dict[str, Any]
) -> None:
    with server.client() as anonymous:
        for words in ("knee replacement", "Diz protezi", "эндопротезирование колена"):
            page = good(
                anonymous.get("/v1/offers", params={"q": words, "state": "TR", "sort": "price"})
            )
            assert offer["id"] in [item["id"] for item in page["items"]], words
            assert {item["treatment"]["code"] for item in page["items"]} == {TREATMENT}
        found = next(item for item in page["items"] if item["id"] == offer["id"])
        assert found["price"] == {"amount": 540_000, "currency": "EUR"}
        assert found["demo"] is False
        priced = {"q": "knee replacement", "price_max": 500_000, "currency": "EUR"}
        cheaper = good(anonymous.get("/v1/offers", params=priced))["items"]
        assert offer["id"] not in [item["id"] for item in cheaper]
        refused(anonymous.get("/v1/offers", params={"currency": "XXX"}), 422, "invalid_request")


def test_ten_race_for_a_slot_one_pays_and_the_ledger_has_the_money(
    server: Server, offer: dict[str, Any], patient: dict[str, Any], eventually: Any
) -> None:
    """9. Search, slot, hold, deposit, webhook, confirmation, posting."""
    start = slots(server, offer["id"])[0]
    body = {"offer_id": offer["id"], "offer_version": offer["version"], "starts_at": start}
    rivals = []
    for number in range(9):
        server.register(f"rival{number}@journey.example", "UZ")
        client = server.sign_in(f"rival{number}@journey.example")
        rivals.append((client, good(client.get("/v1/patients"))[0]["id"]))
    racers = [(patient["client"], patient["id"]), *rivals]

    from concurrent.futures import ThreadPoolExecutor

    with ThreadPoolExecutor(10) as pool:
        answers = list(
            pool.map(lambda r: r[0].post("/v1/bookings", json={**body, "patient_id": r[1]}), racers)
        )
    assert sorted(answer.status_code for answer in answers) == [201] + [409] * 9
    for answer in answers:
        if answer.status_code == 409:
            refused(answer, 409, "slot_taken")
    winner = next(n for n, answer in enumerate(answers) if answer.status_code == 201)
    client, booking = racers[winner][0], answers[winner].json()
    assert booking["status"] == "held"
    assert start not in slots(server, offer["id"])
    stranger = racers[(winner + 1) % 10][0]
    refused(stranger.get(f"/v1/bookings/{booking['id']}"), 404, "booking_not_found")
    refused(stranger.post(f"/v1/bookings/{booking['id']}/payments"), 404, "booking_not_found")

    payment = good(client.post(f"/v1/bookings/{booking['id']}/payments"), 201)
    again = good(client.post(f"/v1/bookings/{booking['id']}/payments"), 201)
    assert again["id"] == payment["id"]
    assert payment["amount"] == {"amount": 60_000, "currency": "EUR"}
    assert payment["demo"] is False
    server.pay_by_card(payment["client_secret"])
    confirmed: Any = eventually(
        lambda: good(client.get(f"/v1/bookings/{booking['id']}")),
        lambda view: view["status"] == "confirmed",
    )
    assert confirmed["hold_until"] is None
    assert good(client.get(f"/v1/payments/{payment['id']}"))["status"] == "captured"

    operator = server.demo("demo-operator")
    account = good(operator.get(f"/v1/ledger/accounts/deposit:{booking['episode_id']}"))
    assert [(entry["currency"], entry["balance"]) for entry in account] == [("EUR", 60_000)]
    assert set(good(operator.get("/v1/ledger/trial-balance"))["sums"].values()) == {0}
    seen = good(hospital_bookings(server))
    assert booking["id"] in [each["id"] for each in seen]


def hospital_bookings(server: Server) -> httpx.Response:
    return server.sign_in("coordinator@hospital.example").get("/v1/bookings")


def test_a_doctor_refers_the_patient_shares_and_the_loop_closes(
    server: Server, hospital: dict[str, Any], offer: dict[str, Any], patient: dict[str, Any],
    register_data: Path, eventually: Any,
) -> None:  # fmt: skip
    """10. Referral with a consented record, quote, payment, booking, outcome, revocation."""
    doctor, other = server.demo("demo-doctor"), server.demo("demo-patient")
    me: httpx.Client = patient["client"]
    coordinator: httpx.Client = hospital["coordinator"]
    clinician: httpx.Client = hospital["clinician"]

    code = good(me.post(f"/v1/patients/{patient['id']}/care-codes"), 201)["code"]
    refused(doctor.get(f"/v1/patients/{patient['id']}"), 404, "patient_not_found")
    good(doctor.post("/v1/care-relations", json={"code": code}), 201)
    refused(doctor.post("/v1/care-relations", json={"code": code}), 404, "care_code_unknown")

    bundle = gzip.decompress((register_data / "patients" / "synthea_ips_01.json.gz").read_bytes())
    imports = f"/v1/patients/{patient['id']}/record/imports"
    report = good(
        doctor.post(imports, content=bundle, headers={"Content-Type": "application/fhir+json"}),
        201,
    )
    assert report["sections"]["problems"] == 17
    repeated = doctor.post(imports, content=bundle, headers={"Content-Type": "application/json"})
    assert good(repeated)["repeated"] is True
    refused(doctor.post(imports, json={"resourceType": "Patient"}), 422, "not_an_ips")

    case = good(
        doctor.post("/v1/cases", json={"patient_id": patient["id"], "treatment": TREATMENT}), 201
    )
    draft = {
        "case_id": case["id"],
        "facility_id": hospital["id"],
        "letter": "Gonarthrosis of both knees; total replacement of the right one is requested.",
        "categories": ["problems", "allergies", "medications"],
        "declares_no_interest": True,
    }
    refused(
        doctor.post("/v1/referrals", json={**draft, "declares_no_interest": False}),
        422,
        "interest_not_declared",
    )
    referral = good(doctor.post("/v1/referrals", json=draft), 201)
    address = f"/v1/referrals/{referral['id']}"
    refused(other.get(address), 404, "referral_not_found")
    refused(coordinator.get(address), 404, "referral_not_found")
    stamp = {"If-Match": '"1"'}
    refused(doctor.post(f"{address}/submit", headers=stamp), 409, "consent_needed")

    consent = f"/v1/consents/{referral['consent_id']}"
    preview = good(me.get(f"{consent}/preview"))
    asked = good(me.get(consent))
    assert set(asked["categories"]) == {"problems", "allergies", "medications"}
    narrowed = {"categories": ["problems", "allergies"]}
    granted = me.post(
        f"{consent}/grant", json=narrowed, headers={"If-Match": f'"{asked["version"]}"'}
    )
    good(granted)
    assert preview
    good(doctor.post(f"{address}/submit", headers=stamp))
    refused(doctor.post(f"{address}/submit", headers=stamp), 412, "stale_version")

    seen = good(clinician.get(address))
    assert seen["status"] == "received"
    assert seen["patient"]["name"]["given"] == "Aigerim"
    record = good(clinician.get(f"{address}/record"))
    assert {section["category"] for section in record["sections"]} == {"problems", "allergies"}
    refused(other.get(f"{address}/record"), 403, "wrong_role")

    def act(client: httpx.Client, verb: str, status: int = 200, **body: object) -> Any:
        version = good(client.get(address))["version"]
        return good(
            client.post(
                f"{address}/{verb}", json=body or None, headers={"If-Match": f'"{version}"'}
            ),
            status,
        )

    assert "accept" in good(clinician.get(f"{address}/actions"))
    assert "accept" not in good(coordinator.get(f"{address}/actions"))
    act(clinician, "accept")
    start = next(
        slot
        for slot in slots(server, offer["id"])
        if datetime.fromisoformat(slot) > datetime.now(UTC) + timedelta(days=7)
    )
    quoted = act(
        coordinator, "quotes", 201, offer_id=offer["id"], offer_version=offer["version"],
        starts_at=start, currency="EUR", lines=LINES, deposit=60_000,
    )  # fmt: skip
    quote = quoted["quotes"][0]
    assert quote["total"]["amount"] == 540_000
    assert quote["max_total"]["amount"] == 576_000

    version = good(me.get(address))["version"]
    refused(
        other.post(f"/v1/quotes/{quote['id']}/accept", headers={"If-Match": f'"{version}"'}),
        404,
        "quote_not_found",
    )
    chosen = good(me.post(f"/v1/quotes/{quote['id']}/accept", headers={"If-Match": f'"{version}"'}))
    assert chosen["referral"]["status"] == "chosen"
    booking = chosen["booking"]
    payment = good(me.post(f"/v1/bookings/{booking['id']}/payments"), 201)
    server.pay_by_card(payment["client_secret"])
    eventually(lambda: good(me.get(address)), lambda view: view["status"] == "scheduled")
    assert good(me.get(f"/v1/bookings/{booking['id']}"))["status"] == "confirmed"

    act(coordinator, "start")
    act(coordinator, "discharge")
    act(
        clinician, "outcome",
        summary="Total replacement of the right knee without complications.",
        pending_results=["Histology"], follow_up="Physiotherapy at home for six weeks.",
    )  # fmt: skip
    came_back = good(doctor.get("/v1/worklists/came-back"))
    assert referral["id"] in [item["id"] for item in came_back["items"]]
    closed = act(doctor, "acknowledge")
    assert closed["status"] == "closed"
    assert closed["outcome"]["pending_results"] == ["Histology"]
    assert [entry["move"] for entry in closed["timeline"]] == [
        "submit", "receive", "accept", "quote", "choose", "fund", "schedule", "start",
        "discharge", "outcome", "acknowledge",
    ]  # fmt: skip

    good(clinician.get(f"{address}/record"))
    version = good(me.get(consent))["version"]
    good(me.post(f"{consent}/revoke", headers={"If-Match": f'"{version}"'}))
    refused(clinician.get(f"{address}/record"), 403, "consent_withdrawn")
    acts = {line["action"]: line for line in good(me.get(f"/v1/patients/{patient['id']}/accesses"))}
    assert any(name.startswith("records.") for name in acts)


def test_the_audit_chains_of_the_journey_hold(server: Server) -> None:
    proof = server.run("audit", "verify")
    assert proof.returncode == 0, proof.stdout + proof.stderr
    assert ", 0 findings" in proof.stdout
    assert server.run("events").stdout == ""
