"""Wards and their guardians, and the young adult who takes over their own file."""

import asyncio
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import httpx

from domain.actor import Role
from domain.clock import utc_now
from tests.conftest import Person, Register
from tests.factories.twins import confirmed
from tests.walls.world import run

SEEN = {"identity_checked": "identity card, in person"}


def said(answer: httpx.Response) -> tuple[int, str]:
    return answer.status_code, answer.json()["code"]


def readable(word: str, row: str) -> bool:
    """Tell whether a row holds a word, as text or as bytes."""
    return word in row or word.encode().hex() in row


def order(days: float = 300) -> dict[str, Any]:
    until = (datetime.now(UTC) + timedelta(days=days)).isoformat()
    return {"court": "Almaty district court no. 2", "number": "2-1187/26", "until": until}


def ward_file(born: str = "1950-04-01", days: float = 300, **more: Any) -> dict[str, Any]:
    name = {"given": "Serik", "family": "Ospanov"}
    return {"name": name, "birth_date": born, "home_state": "KZ", "order": order(days), **more}


async def in_care(who: Person, patient_id: Any, doctor: Person) -> None:
    code = await who.client.post(f"/v1/patients/{patient_id}/care-codes")
    assert code.status_code == 201, code.text
    taken = await doctor.client.post("/v1/care-relations", json={"code": code.json()["code"]})
    assert taken.status_code == 201, taken.text


async def test_a_guardian_acts_only_after_an_officer_saw_the_order(person: Register) -> None:
    guardian, officer = await person(), await person(Role.MINISTRY_OFFICER)
    abroad, stranger = await person(Role.MINISTRY_OFFICER, state="UZ"), await person()
    asked = await guardian.client.post("/v1/wards", json=ward_file())
    assert asked.status_code == 201 and asked.json()["status"] == "requested", asked.text
    ward, address = asked.json()["patient_id"], f"/v1/guardianships/{asked.json()['id']}"
    unseen = await guardian.client.get(f"/v1/patients/{ward}")
    assert said(unseen) == (404, "patient_not_found")
    for who in (abroad,):
        assert said(await who.client.post(f"{address}/confirm")) == (404, "guardianship_not_found")
    assert said(await stranger.client.post(f"{address}/confirm")) == (403, "wrong_role")
    assert said(await guardian.client.post(f"{address}/confirm")) == (403, "wrong_role")
    listed = (await officer.client.get("/v1/guardianships")).json()
    mine = next(each for each in listed if each["id"] == asked.json()["id"])
    assert mine["order"]["number"] == "2-1187/26" and mine["ward"]["given"] == "Serik"
    both = await asyncio.gather(*(officer.client.post(f"{address}/confirm") for _ in range(2)))
    assert [answer.status_code for answer in both] == [200, 200]
    assert (await guardian.client.get(f"/v1/patients/{ward}")).status_code == 200
    (access,) = (await guardian.client.get(f"/v1/patients/{ward}/access")).json()
    assert (access["kind"], access["relationship"]) == ("proxy", "guardian")
    assert access["until"] == mine["order"]["until"]
    rows = await run(
        "SELECT DISTINCT on_behalf_of FROM audit_event WHERE patient_id = $1 AND account_id = $2"
        " AND action = 'patients.show' AND outcome = 'success'",
        UUID(ward), guardian.account_id,
    )  # fmt: skip
    assert [row["on_behalf_of"] for row in rows] == [UUID(ward)]
    assert said(await officer.client.post(f"{address}/refuse")) == (409, "guardianship_decided")
    for row in await run("SELECT guardianship::text AS text FROM guardianship"):
        assert not readable("district court", row["text"])


async def test_at_the_desk_for_a_patient_in_care(person: Register) -> None:
    patient, guardian, other = await person(), await person(), await person()
    doctor, stranger = await person(Role.REFERRING_DOCTOR), await person(Role.REFERRING_DOCTOR)
    await in_care(patient, patient.patient_id, doctor)
    desk = f"/v1/patients/{patient.patient_id}/guardianships"
    body = {"order": order(), **SEEN}
    assert said(await stranger.client.post(desk, json=body)) == (404, "patient_not_found")
    assert said(await guardian.client.post(desk, json=body)) == (403, "wrong_role")
    over = {"order": order(-1), **SEEN}
    assert said(await doctor.client.post(desk, json=over)) == (422, "court_order_over")
    forever = {"order": order(4000), **SEEN}
    assert said(await doctor.client.post(desk, json=forever)) == (422, "court_order_over")
    made = await doctor.client.post(desk, json=body)
    assert made.status_code == 201, made.text
    take = {"code": made.json()["code"]}
    own = await patient.client.post("/v1/me/guardianships", json=take)
    assert said(own) == (403, "own_guardianship")
    asked = await guardian.client.post("/v1/me/guardianships", json=take)
    assert asked.status_code == 201, asked.text
    again = await guardian.client.post("/v1/me/guardianships", json=take)
    assert again.json()["id"] == asked.json()["id"]
    late = await other.client.post("/v1/me/guardianships", json=take)
    assert said(late) == (422, "guardianship_code_refused")
    unseen = await guardian.client.get(f"/v1/patients/{patient.patient_id}")
    assert said(unseen) == (404, "patient_not_found")
    officer = await person(Role.MINISTRY_OFFICER)
    address = f"/v1/guardianships/{asked.json()['id']}"
    assert (await officer.client.post(f"{address}/confirm")).status_code == 200
    assert (await guardian.client.get(f"/v1/patients/{patient.patient_id}")).status_code == 200
    people = (await patient.client.get(f"/v1/patients/{patient.patient_id}/access")).json()
    assert {each["kind"] for each in people} == {"self", "proxy"}


async def test_the_officer_neither_asks_nor_acts(person: Register) -> None:
    # The officer's own account asked, as the guardian: whoever confirms is somebody else.
    officer, second = await person(Role.MINISTRY_OFFICER), await person(Role.MINISTRY_OFFICER)
    asked = await officer.client.post("/v1/wards", json=ward_file())
    address = f"/v1/guardianships/{asked.json()['id']}"
    assert said(await officer.client.post(f"{address}/confirm")) == (403, "four_eyes")
    assert (await second.client.post(f"{address}/refuse")).json()["status"] == "refused"
    assert said(await second.client.post(f"{address}/confirm")) == (409, "guardianship_decided")


async def test_an_order_ends_by_the_clock_and_another_ward_stays_closed(person: Register) -> None:
    guardian, other = await person(), await person()
    officer = await person(Role.MINISTRY_OFFICER)
    wards = []
    for who in (guardian, other):
        asked = (await who.client.post("/v1/wards", json=ward_file())).json()
        done = await officer.client.post(f"/v1/guardianships/{asked['id']}/confirm")
        assert done.status_code == 200, done.text
        wards.append((asked["patient_id"], asked["id"]))
    assert said(await guardian.client.get(f"/v1/patients/{wards[1][0]}")) == (
        404, "patient_not_found",
    )  # fmt: skip
    assert said(await guardian.client.post(f"/v1/guardianships/{wards[1][1]}/end")) == (
        404, "guardianship_not_found",
    )  # fmt: skip
    mandate = {"scopes": ["view"], "until": (utc_now() + timedelta(days=400)).isoformat()}
    longer = await guardian.client.post(f"/v1/patients/{wards[0][0]}/mandates", json=mandate)
    assert said(longer) == (422, "mandate_outlives_giver")
    await run(
        "UPDATE access SET until = now() - interval '1 second' WHERE patient_id = $1",
        UUID(wards[0][0]),
    )
    await run(
        "UPDATE guardianship SET requested_at = now() - interval '2 days',"
        " until = now() - interval '1 second' WHERE id = $1", UUID(wards[0][1]),
    )  # fmt: skip
    for address in ("", "/access", "/record/problems"):
        answer = await guardian.client.get(f"/v1/patients/{wards[0][0]}{address}")
        assert said(answer) == (404, "patient_not_found")
    codes = await guardian.client.post(f"/v1/patients/{wards[0][0]}/merge-codes")
    assert said(codes) == (404, "patient_not_found")
    shown = (await guardian.client.get("/v1/guardianships")).json()
    assert [each["status"] for each in shown] == ["expired"]
    # Whoever resigns, or whom the court relieves, is out at once.
    resigned = await other.client.post(f"/v1/guardianships/{wards[1][1]}/end")
    assert resigned.status_code == 200 and resigned.json()["status"] == "ended"
    assert said(await other.client.get(f"/v1/patients/{wards[1][0]}")) == (
        404, "patient_not_found",
    )  # fmt: skip


async def test_an_order_that_ended_while_it_waited_is_not_confirmed(person: Register) -> None:
    guardian, officer = await person(), await person(Role.MINISTRY_OFFICER)
    asked = (await guardian.client.post("/v1/wards", json=ward_file())).json()
    await run(
        "UPDATE guardianship SET requested_at = now() - interval '2 days',"
        " until = now() - interval '1 day' WHERE id = $1", UUID(asked["id"]),
    )  # fmt: skip
    late = await officer.client.post(f"/v1/guardianships/{asked['id']}/confirm")
    assert said(late) == (422, "court_order_over")


async def test_bad_input_about_wards(person: Register) -> None:
    guardian = await person()
    for body, code in (
        (ward_file(born="1950-02-30"), "impossible_birth_date"),
        (ward_file(days=-2), "court_order_over"),
        (ward_file(days=2000), "court_order_over"),
        (ward_file() | {"home_state": "ZZ"}, None),
        (ward_file(surprise=1), None),
    ):
        answer = await guardian.client.post("/v1/wards", json=body)
        assert answer.status_code in (400, 422), answer.text
        assert code is None or answer.json()["code"] == code
    for code in ("\0" * 24, "x" * 24, "ҚҚҚҚҚҚҚҚҚҚҚҚ"):
        for path in ("/v1/me/guardianships", "/v1/me/claims"):
            assert (await guardian.client.post(path, json={"code": code})).status_code == 422
    answer = await guardian.client.post(f"/v1/guardianships/{uuid4()}/end")
    assert said(answer) == (404, "guardianship_not_found")
    key = {"Idempotency-Key": "ward-file-1"}
    body = ward_file()
    made = [await guardian.client.post("/v1/wards", json=body, headers=key) for _ in range(2)]
    assert made[0].json()["patient_id"] == made[1].json()["patient_id"]


async def child_of(parent: Person, doctor: Person) -> str:
    """Open a child's file, bring it into care, and let the child come of age."""
    born = utc_now().date().replace(month=1, day=1, year=utc_now().year - 10)
    opened = await parent.client.post(
        "/v1/patients",
        json={
            "name": {"given": "Alan", "family": "Serikuly"}, "birth_date": born.isoformat(),
            "home_state": "KZ", "evidence": "birth certificate 4120, shown",
        },
    )  # fmt: skip
    assert opened.status_code == 201, opened.text
    await in_care(parent, opened.json()["id"], doctor)
    return str(opened.json()["id"])


async def grown(patient_id: str) -> None:
    """Let ten years pass for one child: the clock ended the parents' access."""
    from domain.actor import SYSTEM, Actor
    from domain.db import connection, transactional
    from domain.keys.service import Place, SubjectKind, data_key

    @transactional
    async def older(actor: Actor) -> None:
        person_id = await connection().fetchval(
            "SELECT person_id FROM patient WHERE id = $1", UUID(patient_id)
        )
        keyring = await data_key(SubjectKind.PERSON, person_id)
        sealed = keyring.seal_text(
            Place("person", "birth_date", person_id), date(2000, 1, 1).isoformat()
        )
        await connection().execute(
            "UPDATE person SET birth_date_sealed = $2 WHERE id = $1", person_id, sealed
        )
        await connection().execute(
            "UPDATE access SET until = now() - interval '1 day' WHERE patient_id = $1",
            UUID(patient_id),
        )

    await older(SYSTEM)


async def test_the_young_adult_takes_over_the_file(person: Register) -> None:
    mother, doctor = await person(), await person(Role.REFERRING_DOCTOR)
    adult, other = await person(), await person()
    child = await child_of(mother, doctor)
    desk = f"/v1/patients/{child}/claims"
    assert said(await doctor.client.post(desk, json=SEEN)) == (422, "not_of_age")
    await grown(child)
    assert said(await mother.client.get(f"/v1/patients/{child}")) == (404, "patient_not_found")
    assert said(await mother.client.post(desk, json=SEEN)) == (403, "wrong_role")
    made = await doctor.client.post(desk, json=SEEN)
    assert made.status_code == 201, made.text
    code = {"code": made.json()["code"]}
    # A parent's account never becomes the patient's, nor does that of the doctor who made it.
    for who in (mother, doctor):
        refused = await who.client.post("/v1/me/claims", json=code)
        assert said(refused) == (403, "representatives_account")
    taken = await asyncio.gather(*(adult.client.post("/v1/me/claims", json=code) for _ in "ab"))
    assert {answer.status_code for answer in taken} == {201}
    assert said(await other.client.post("/v1/me/claims", json=code)) == (422, "claim_refused")
    assert said(await doctor.client.post(desk, json=SEEN)) == (409, "still_represented")
    (access,) = (await adult.client.get(f"/v1/patients/{child}/access")).json()
    assert (access["kind"], access["until"]) == ("self", None)
    rows = await run(
        "SELECT on_behalf_of FROM audit_event WHERE patient_id = $1 AND account_id = $2"
        " AND outcome = 'success'", UUID(child), adult.account_id,
    )  # fmt: skip
    assert rows and {row["on_behalf_of"] for row in rows} == {None}
    for row in await run("SELECT access::text AS text FROM access"):
        assert not readable("birth certificate", row["text"])
    # The file of their childhood and the one they opened themself become one.
    body = {"survivor_id": str(adult.patient_id), "alias_id": child}
    merge = await adult.client.post("/v1/patient-merges", json=body)
    assert merge.status_code == 201 and merge.json()["waits_for"] == [], merge.text
    officer = await person(Role.MINISTRY_OFFICER)
    address = f"/v1/patient-merges/{merge.json()['id']}"
    done = await confirmed(officer, address, "name", "birth_date")
    assert done.status_code == 200, done.text
    assert (await adult.client.get(f"/v1/patients/{child}")).json()["id"] == str(adult.patient_id)


async def test_two_claims_of_one_file_leave_one_patient(person: Register) -> None:
    mother, doctor = await person(), await person(Role.REFERRING_DOCTOR)
    child = await child_of(mother, doctor)
    await grown(child)
    codes = [
        (await doctor.client.post(f"/v1/patients/{child}/claims", json=SEEN)).json()["code"]
        for _ in range(2)
    ]
    people = [await person(), await person()]
    answers = await asyncio.gather(
        *(
            who.client.post("/v1/me/claims", json={"code": code})
            for who, code in zip(people, codes, strict=True)
        )
    )
    assert sorted(answer.status_code for answer in answers) == [201, 409]


async def test_a_wards_file_is_not_claimed_while_a_guardian_acts(person: Register) -> None:
    guardian, officer = await person(), await person(Role.MINISTRY_OFFICER)
    doctor = await person(Role.REFERRING_DOCTOR)
    asked = (await guardian.client.post("/v1/wards", json=ward_file())).json()
    await officer.client.post(f"/v1/guardianships/{asked['id']}/confirm")
    await in_care(guardian, asked["patient_id"], doctor)
    desk = f"/v1/patients/{asked['patient_id']}/claims"
    assert said(await doctor.client.post(desk, json=SEEN)) == (409, "still_represented")
    await officer.client.post(f"/v1/guardianships/{asked['id']}/end")
    assert (await doctor.client.post(desk, json=SEEN)).status_code == 201
