"""Acting for somebody else: given, taken up, limited, seen, and ended."""

import itertools
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest

from domain.actor import SYSTEM, Actor, Role
from domain.db import connection, transactional
from domain.patients.types import AccessScope
from tests.conftest import Person, Register
from tests.factories.care import actor_of


@transactional
async def run(actor: Actor, sql: str, *values: object) -> Any:
    return await connection().fetch(sql, *values)


def said(answer: httpx.Response) -> tuple[int, str]:
    return answer.status_code, answer.json().get("code", "")


def terms(*scopes: str, days: int = 30, **more: Any) -> dict[str, Any]:
    until = datetime.now(UTC) + timedelta(days=days)
    return {"scopes": list(scopes or ("view",)), "until": until.isoformat(), **more}


async def offered(giver: Person, patient: Person, *scopes: str) -> str:
    answer = await giver.client.post(
        f"/v1/patients/{patient.patient_id}/mandates", json=terms(*scopes)
    )
    assert answer.status_code == 201, answer.text
    return str(answer.json()["code"])


async def taken_up(holder: Person, code: str) -> httpx.Response:
    return await holder.client.post("/v1/me/mandates", json={"code": code})


@pytest.fixture
async def father(person: Register) -> Person:
    return await person()


@pytest.fixture
async def daughter(person: Register) -> Person:
    return await person()


async def test_a_daughter_reads_with_her_fathers_mandate_until_he_takes_it_back(
    father: Person, daughter: Person
) -> None:
    record = f"/v1/patients/{father.patient_id}/record"
    assert said(await daughter.client.get(record)) == (404, "patient_not_found")
    code = await offered(father, father, "view", "pay")
    answer = await taken_up(daughter, code)
    assert answer.status_code == 201, answer.text
    assert answer.json()["id"] == str(father.patient_id)
    assert (await daughter.client.get(record)).status_code == 200
    shown = (await father.client.get(f"/v1/patients/{father.patient_id}/access")).json()
    mandate = next(each for each in shown if each["kind"] == "mandate")
    assert mandate["holder"] and mandate["how_given"] == "own_device"
    own_view = (await daughter.client.get(f"/v1/patients/{father.patient_id}/access")).json()
    assert [each["holder"] for each in own_view] == [None]
    ended = await father.client.delete(f"/v1/accesses/{mandate['id']}")
    assert ended.status_code == 204, ended.text
    assert said(await daughter.client.get(record)) == (404, "patient_not_found")
    rows = await run(
        SYSTEM,
        "SELECT action, on_behalf_of FROM audit_event WHERE account_id = $1 AND patient_id = $2"
        " AND outcome = 'success'",
        daughter.account_id, father.patient_id,
    )  # fmt: skip
    assert rows and all(row["on_behalf_of"] == father.patient_id for row in rows)


async def test_a_mandate_ends_by_the_clock_alone(father: Person, daughter: Person) -> None:
    await taken_up(daughter, await offered(father, father))
    record = f"/v1/patients/{father.patient_id}/record"
    assert (await daughter.client.get(record)).status_code == 200
    await run(
        SYSTEM,
        "UPDATE access SET until = now() - interval '1 second' WHERE account_id = $1"
        " AND kind = 'mandate'",
        daughter.account_id,
    )
    assert (await daughter.client.get(record)).status_code == 404
    # What has run out does not stand in the way of a new one.
    assert (await taken_up(daughter, await offered(father, father))).status_code == 201


async def test_a_code_works_once_in_time_and_not_for_oneself(
    father: Person, daughter: Person, person: Register
) -> None:
    code = await offered(father, father)
    assert said(await taken_up(father, code)) == (409, "own_mandate")
    assert (await taken_up(daughter, code)).status_code == 201
    assert said(await taken_up(await person(), code)) == (422, "mandate_refused")
    assert said(await taken_up(daughter, await offered(father, father))) == (409, "access_known")
    late = await offered(father, father)
    await run(SYSTEM, "UPDATE mandate_offer SET expires_at = now() - interval '1 second'")
    assert said(await taken_up(await person(), late)) == (422, "mandate_refused")
    for wrong in ("x" * 24, "%00%00%00%00%00", "ə" * 20):
        assert said(await taken_up(await person(), wrong)) == (422, "mandate_refused")


async def test_a_mandate_is_not_given_on(
    father: Person, daughter: Person, person: Register
) -> None:
    await taken_up(daughter, await offered(father, father, *[s.value for s in AccessScope]))
    address = f"/v1/patients/{father.patient_id}/mandates"
    assert said(await daughter.client.post(address, json=terms())) == (403, "forbidden")
    stranger = await person()
    assert said(await stranger.client.post(address, json=terms())) == (404, "patient_not_found")
    mine = (await father.client.get(f"/v1/patients/{father.patient_id}/access")).json()
    for access in mine:
        refused = await stranger.client.delete(f"/v1/accesses/{access['id']}")
        assert said(refused) == (404, "access_not_found")
    own = next(each for each in mine if each["kind"] == "self")
    kept = await father.client.delete(f"/v1/accesses/{own['id']}")
    assert said(kept) == (404, "access_not_found")


async def test_giving_asks_for_a_fresh_factor_and_for_sound_terms(father: Person) -> None:
    address = f"/v1/patients/{father.patient_id}/mandates"
    for wrong in (
        terms(days=800), terms(days=-1), terms("fly"), {"scopes": [], "until": None},
        terms() | {"until": "2027-01-01T00:00:00"}, terms(admin=True),
    ):  # fmt: skip
        assert (await father.client.post(address, json=wrong)).status_code == 422, wrong
    await run(
        SYSTEM,
        "UPDATE session SET strong_at = now() - interval '6 minutes' WHERE account_id = $1",
        father.account_id,
    )
    assert said(await father.client.post(address, json=terms())) == (403, "step_up_needed")


async def test_a_father_with_a_button_phone_gives_it_at_the_doctors_desk(
    father: Person, daughter: Person, person: Register
) -> None:
    doctor, stranger = await person(Role.REFERRING_DOCTOR), await person(Role.REFERRING_DOCTOR)
    care = await father.client.post(f"/v1/patients/{father.patient_id}/care-codes")
    await doctor.client.post("/v1/care-relations", json={"code": care.json()["code"]})
    address = f"/v1/patients/{father.patient_id}/desk-mandates"
    body = terms("view", "consent", identity_checked="identity card, in person")
    assert said(await stranger.client.post(address, json=body)) == (404, "patient_not_found")
    assert said(await father.client.post(address, json=body)) == (403, "wrong_role")
    made = await doctor.client.post(address, json=body)
    assert made.status_code == 201 and not made.json()["needs_confirmation"]
    assert (await taken_up(daughter, made.json()["code"])).status_code == 201
    rows = await run(
        SYSTEM, "SELECT given_by, how_given FROM access WHERE account_id = $1 AND kind = 'mandate'",
        daughter.account_id,
    )  # fmt: skip
    assert [(row["given_by"], row["how_given"]) for row in rows] == [
        (doctor.account_id, "qr_at_desk")
    ]


async def test_paper_needs_two_of_the_practice(
    father: Person, daughter: Person, person: Register
) -> None:
    doctor = await person(Role.REFERRING_DOCTOR)
    colleague = await person(Role.REFERRING_DOCTOR, organisation=doctor.organisation_id)
    stranger = await person(Role.REFERRING_DOCTOR)
    care = await father.client.post(f"/v1/patients/{father.patient_id}/care-codes")
    await doctor.client.post("/v1/care-relations", json={"code": care.json()["code"]})
    paper = {"sha256": "ab" * 32, "witnesses": ["Dana Omarova", "Erlan Bekov"]}
    made = await doctor.client.post(
        f"/v1/patients/{father.patient_id}/desk-mandates",
        json=terms("view", identity_checked="passport, in person", paper=paper),
    )
    assert made.json()["needs_confirmation"]
    confirm = f"/v1/mandates/{made.json()['id']}/confirm"
    assert said(await taken_up(daughter, made.json()["code"])) == (422, "mandate_refused")
    assert said(await doctor.client.post(confirm)) == (403, "four_eyes")
    assert said(await stranger.client.post(confirm)) == (404, "mandate_not_found")
    assert (await colleague.client.post(confirm)).status_code == 204
    assert (await taken_up(daughter, made.json()["code"])).status_code == 201
    for row in await run(SYSTEM, "SELECT mandate_offer::text AS text FROM mandate_offer"):
        assert "Omarova" not in row["text"]


async def test_a_parent_acts_for_a_child_until_it_is_of_age(person: Register) -> None:
    mother = await person()
    body = {
        "name": {"given": "Алан", "family": "Серікұлы"}, "birth_date": "2019-05-02",
        "home_state": "KZ", "evidence": "birth certificate, shown in person",
    }  # fmt: skip
    made = await mother.client.post("/v1/patients", json=body)
    assert made.status_code == 201, made.text
    child = made.json()["id"]
    access = (await mother.client.get(f"/v1/patients/{child}/access")).json()
    assert [(each["kind"], each["until"]) for each in access] == [("proxy", "2037-05-01T19:00:00Z")]
    assert (await mother.client.get(f"/v1/patients/{child}/record")).status_code == 200
    assert len((await mother.client.get("/v1/patients")).json()) == 2
    await run(
        SYSTEM, "UPDATE access SET until = now() WHERE account_id = $1 AND kind = 'proxy'",
        mother.account_id,
    )  # fmt: skip
    assert (await mother.client.get(f"/v1/patients/{child}/record")).status_code == 404
    for wrong, code in (
        ({"birth_date": "1990-05-02"}, "not_a_minor"), ({"birth_date": "2019-02-30"},
         "impossible_birth_date"), ({"birth_date": "2099-01-01"}, "impossible_birth_date"),
        ({"home_state": "ZZ"}, "unknown_jurisdiction"),
    ):  # fmt: skip
        answer = await mother.client.post("/v1/patients", json=body | wrong)
        assert said(answer) == (422, code), wrong


async def test_an_access_never_permits_what_its_scopes_lack(
    father: Person, daughter: Person
) -> None:
    await taken_up(daughter, await offered(father, father))
    holder = await actor_of(daughter)
    for count in range(1, len(AccessScope) + 1):
        for scopes in itertools.combinations(AccessScope, count):
            await run(
                SYSTEM,
                "UPDATE access SET scopes = $2 WHERE account_id = $1 AND kind = 'mandate'",
                daughter.account_id, [scope.value for scope in scopes],
            )  # fmt: skip
            for address, needed in (
                (f"/v1/patients/{father.patient_id}/record", AccessScope.VIEW),
                (f"/v1/patients/{father.patient_id}/accesses", AccessScope.VIEW),
            ):
                answer = await daughter.client.get(address)
                assert answer.status_code == (200 if needed in scopes else 403), scopes

            # The last wall alone, without any WHERE.
            @transactional
            async def seen(actor: Actor) -> set[Any]:
                rows = await connection().fetch("SELECT my_patients_with('view') AS id")
                return {row["id"] for row in rows}

            assert (father.patient_id in await seen(holder)) is (AccessScope.VIEW in scopes)
