"""A person's rights: the full copy, erasure by four eyes, legal holds, and leaving."""

import io
import json
import subprocess
import zipfile
from pathlib import Path
from typing import Any
from uuid import UUID

import asyncpg
import httpx
import msgspec
import pytest
from litestar import Litestar

from api.postgres import DatabaseUrls
from api.postgres.binaries import installed
from domain.actor import SYSTEM, Actor, Role
from domain.db import connection, transactional
from domain.files import jobs as files
from domain.keys.service import SubjectKind, forget_data_key
from domain.rights import jobs
from domain.rights.erasure_log import ErasureLog, LogBroken
from domain.rights.errors import OnHold
from domain.settings import Settings
from tests.conftest import PASSWORD, Person, Register
from tests.factories.mailbox import delivered, mails_to
from tests.factories.story import story_of
from tests.factories.twins import confirmed, merged, proposed, twin_of

CANARY = "Zhanbota canary 7731"
PDF = b"%PDF-1.7\n" + b"Zhanbota canary 7731 in a file\n" * 20 + b"%%EOF\n"


async def run(sql: str, *values: object) -> Any:
    @transactional
    async def as_system(actor: Actor) -> Any:
        return await connection().fetch(sql, *values)

    return await as_system(SYSTEM)


async def with_data(person: Register) -> tuple[Person, str]:
    """Make a patient with a record entry, a case and a checked file full of canaries."""
    patient, doctor = await person(), await person(Role.REFERRING_DOCTOR)
    path = f"/v1/patients/{patient.patient_id}"
    code = (await patient.client.post(f"{path}/care-codes")).json()["code"]
    assert (await doctor.client.post("/v1/care-relations", json={"code": code})).is_success
    entry = {"problems": [{"text": CANARY}]}
    assert (await doctor.client.post(f"{path}/record/entries", json=entry)).status_code == 201
    case = {"patient_id": str(patient.patient_id), "treatment": "dental-implant",
            "description": CANARY}  # fmt: skip
    assert (await doctor.client.post("/v1/cases", json=case)).status_code == 201
    declared = {"name": f"{CANARY}.pdf", "media_type": "application/pdf", "size": len(PDF)}
    file = (await patient.client.post(f"{path}/files", json=declared)).json()["id"]
    sent = await patient.client.patch(
        f"/v1/files/{file}", content=PDF,
        headers={"Upload-Offset": "0", "Content-Type": "application/offset+octet-stream"},
    )  # fmt: skip
    assert sent.status_code == 204, sent.text
    await delivered()
    await files.check_waiting()
    return patient, file


async def decide(person: Register, erasure: str) -> None:
    """Let two operators decide on an erasure, and carry it out."""
    for verb in ("review", "confirm"):
        operator = await person(Role.OPERATOR)
        answer = await operator.client.post(f"/v1/erasures/{erasure}/{verb}")
        assert answer.status_code == 200, answer.text
    await delivered()


async def ask(patient: Person) -> str:
    asked = await patient.client.post(f"/v1/patients/{patient.patient_id}/erasures")
    assert asked.status_code == 201, asked.text
    return str(asked.json()["id"])


async def test_the_full_copy_holds_everything_and_only_for_its_patient(
    person: Register, catalogue: None
) -> None:
    patient, file = await with_data(person)
    address = f"/v1/patients/{patient.patient_id}/export"
    assert (await (await person()).client.get(address)).status_code == 404
    answer = await patient.client.get(address)
    assert answer.headers["content-type"] == "application/zip", answer.text
    archive = zipfile.ZipFile(io.BytesIO(answer.content))
    assert archive.testzip() is None
    parts = {name: json.loads(archive.read(name)) for name in archive.namelist()
             if name.endswith(".json")}  # fmt: skip
    assert set(parts["index.json"]["parts"]) == {
        name.removesuffix(".json") for name in parts if name != "index.json"
    }
    assert CANARY in json.dumps(parts["record.json"]["problems"])
    assert parts["cases.json"][0]["description"] == CANARY
    assert parts["patient.json"]["id"] == str(patient.patient_id)
    assert {e["action"] for e in parts["who_saw_my_data.json"]} >= {"records.add_entries"}
    stored = next(name for name in archive.namelist() if file in name)
    assert archive.read(stored) == PDF and " " not in stored
    seen = (await patient.client.get(f"/v1/patients/{patient.patient_id}/accesses")).json()
    assert "patients.export" in {each["action"] for each in seen}


async def test_the_full_copy_asks_for_a_fresh_factor(person: Register) -> None:
    patient = await person()
    await run("UPDATE session SET strong_at = now() - interval '6 minutes' WHERE account_id = $1",
              patient.account_id)  # fmt: skip
    for verb, path in (("GET", "export"), ("POST", "erasures")):
        answer = await patient.client.request(verb, f"/v1/patients/{patient.patient_id}/{path}")
        assert (answer.status_code, answer.json()["code"]) == (403, "step_up_needed")


async def test_two_people_erase_a_patient_and_nothing_opens_any_more(
    person: Register, catalogue: None, settings: Settings, client: httpx.AsyncClient
) -> None:
    patient, file = await with_data(person)
    erasure = await ask(patient)
    twice = await patient.client.post(f"/v1/patients/{patient.patient_id}/erasures")
    assert (twice.status_code, twice.json()["code"]) == (409, "erasure_asked")
    first, second = await person(Role.OPERATOR), await person(Role.OPERATOR)
    early = await first.client.post(f"/v1/erasures/{erasure}/confirm")
    assert (early.status_code, early.json()["code"]) == (409, "wrong_erasure_state")
    assert (await first.client.post(f"/v1/erasures/{erasure}/review")).json()["status"] == (
        "reviewed"
    )
    same = await first.client.post(f"/v1/erasures/{erasure}/confirm")
    assert (same.status_code, same.json()["code"]) == (403, "four_eyes")
    assert (await (await person()).client.post(f"/v1/erasures/{erasure}/withdraw")).status_code == (
        404
    )
    assert (await second.client.post(f"/v1/erasures/{erasure}/confirm")).status_code == 200
    objects = settings.data_dir / "files"
    assert any(file in str(p) for p in objects.rglob("*"))
    await delivered()
    shown = next(e for e in (await second.client.get("/v1/erasures")).json() if e["id"] == erasure)
    assert shown["status"] == "done" and shown["backups_gone_by"] > shown["done_at"]
    assert await run("SELECT FROM data_key WHERE subject_id = $1", patient.patient_id) == []
    assert not any(file in str(p) for p in objects.rglob("*") if p.is_file())
    assert (await patient.client.get("/v1/me")).status_code == 401
    signing = {"email": patient.email, "password": PASSWORD}
    assert (await client.post("/v1/sessions", json=signing)).status_code == 401
    assert len(mails_to(settings.data_dir, patient.email)) == 1
    row = (await run("SELECT * FROM account WHERE id = $1", patient.account_id))[0]
    assert row["closed_at"] and row["password_hash"] is None
    # Delivered twice, it changes nothing more.
    assert await jobs.replay() >= 1
    assert len(await ErasureLog(settings.erasure_log).entries()) == len(
        {e.erasure_id for e in await ErasureLog(settings.erasure_log).entries()}
    )


async def test_lists_of_others_survive_an_erased_patient(person: Register, catalogue: None) -> None:
    story = await story_of(person)
    await decide(person, await ask(story.patient))
    for who, path in (
        (story.doctor, "/v1/cases"), (story.doctor, "/v1/patients"),
        (story.doctor, "/v1/worklists/drafts"), (story.coordinator, "/v1/worklists/to-triage"),
        (story.coordinator, "/v1/bookings"),
    ):  # fmt: skip
        answer = await who.client.get(path)
        assert answer.status_code in (200, 404) and "erased" not in answer.text, (path, answer.text)
    gone = await story.doctor.client.get(story.address)
    assert (gone.status_code, gone.json()["code"]) == (404, "erased")
    assert (await story.doctor.client.get("/v1/cases")).json()[0]["description"] is None


async def test_a_legal_hold_stops_erasure_even_at_the_last_moment_and_lifting_lets_it_go_on(
    person: Register,
) -> None:
    patient = await person(state="KZ")
    officer, foreign = (
        await person(Role.MINISTRY_OFFICER, state="KZ"),
        await person(Role.MINISTRY_OFFICER, state="TR"),
    )
    path = f"/v1/patients/{patient.patient_id}/holds"
    order = {"authority": "Court of Almaty", "reference": "2-17"}
    assert (await foreign.client.post(path, json=order)).status_code == 404
    erasure = await ask(patient)
    for verb in ("review", "confirm"):
        operator = await person(Role.OPERATOR)
        assert (await operator.client.post(f"/v1/erasures/{erasure}/{verb}")).is_success
    placed = await officer.client.post(path, json=order)
    assert placed.status_code == 201, placed.text
    again = await officer.client.post(path, json=order)
    assert (again.status_code, again.json()["code"]) == (409, "held_already")
    await delivered()
    assert await run("SELECT FROM data_key WHERE subject_id = $1", patient.patient_id)

    @transactional
    async def forced(actor: Actor) -> None:
        await forget_data_key(SubjectKind.PATIENT, UUID(str(patient.patient_id)))

    with pytest.raises(OnHold):
        await forced(SYSTEM)
    assert (await patient.client.get("/v1/erasures")).json()[0]["held"] is True
    hold = placed.json()["id"]
    assert (await foreign.client.post(f"/v1/holds/{hold}/lift")).status_code == 404
    assert (await officer.client.post(f"/v1/holds/{hold}/lift")).status_code == 200
    assert (await officer.client.post(f"/v1/holds/{hold}/lift")).status_code == 404
    assert await jobs.erase_waiting() >= 1
    assert await run("SELECT FROM data_key WHERE subject_id = $1", patient.patient_id) == []


async def test_a_hold_stands_against_the_decision(person: Register) -> None:
    patient, officer = await person(state="KZ"), await person(Role.MINISTRY_OFFICER, state="KZ")
    erasure = await ask(patient)
    order = {"authority": "Court of Astana", "reference": "9/26"}
    await officer.client.post(f"/v1/patients/{patient.patient_id}/holds", json=order)
    operator = await person(Role.OPERATOR)
    refused = await operator.client.post(f"/v1/erasures/{erasure}/review")
    assert (refused.status_code, refused.json()["code"]) == (409, "legal_hold")
    reason = {"reason": "A court has ordered that it be kept."}
    told = await operator.client.post(f"/v1/erasures/{erasure}/refuse", json=reason)
    assert told.json()["reason"] == reason["reason"]
    assert (await patient.client.post(f"/v1/erasures/{erasure}/withdraw")).status_code == 409
    await ask(patient)


async def test_open_care_and_a_mandate_stand_against_asking(
    person: Register, catalogue: None
) -> None:
    story = await story_of(person)
    await story.choose(await story.quoted())
    path = f"/v1/patients/{story.patient.patient_id}/erasures"
    refused = await story.patient.client.post(path)
    assert (refused.status_code, refused.json()["code"]) == (409, "care_under_way")
    holder = await person()
    await run(
        "INSERT INTO access (id, account_id, patient_id, home_state, kind, scopes, until,"
        " created_at) VALUES (gen_random_uuid(), $1, $2, 'KZ', 'mandate',"
        " ARRAY['view', 'consent'], now() + interval '1 day', now())",
        holder.account_id, story.patient.patient_id,
    )  # fmt: skip
    assert (await holder.client.post(path)).status_code == 403


async def test_a_line_that_is_not_ours_in_the_log_erases_nothing(
    app: Litestar, person: Register, tmp_path: Path
) -> None:
    patient = await person()
    log = ErasureLog(tmp_path / "log.jsonl")
    forged = {"erasure_id": str(UUID(int=1)), "at": "2026-01-01T00:00:00Z", "mac": "00" * 32,
              "subjects": [["patient", str(patient.patient_id)]]}  # fmt: skip
    log.path.write_bytes(msgspec.json.encode(forged) + b"\n")
    with pytest.raises(LogBroken):
        await log.entries()
    log.path.write_bytes(b'{"cut off')
    assert await log.entries() == []


async def test_closing_an_account_frees_the_address_and_keeps_the_file(
    person: Register, settings: Settings, client: httpx.AsyncClient
) -> None:
    who = await person()
    assert (await who.client.post("/v1/me/close")).status_code == 204
    assert (await who.client.get("/v1/me")).status_code == 401
    await delivered()
    assert len(mails_to(settings.data_dir, who.email)) == 1
    again = {"email": who.email, "password": PASSWORD, "home_state": "KZ",
             "name": {"given": "A", "family": "Again"}}  # fmt: skip
    assert (await client.post("/v1/accounts", json=again)).status_code == 202
    await delivered()
    assert "token=" in mails_to(settings.data_dir, who.email)[-1].get_content()
    assert await run("SELECT FROM patient WHERE id = $1", who.patient_id)


async def test_an_administrator_leaves_only_when_another_one_stays(person: Register) -> None:
    administrator = await person(Role.COORDINATOR)
    await person(Role.SCHEDULER, organisation=administrator.organisation_id)
    refused = await administrator.client.post("/v1/me/close")
    assert (refused.status_code, refused.json()["code"]) == (409, "last_administrator")
    alone = await person(Role.COORDINATOR)
    assert (await alone.client.post("/v1/me/close")).status_code == 204


async def test_no_canary_lies_readable_in_dump_data_files_or_objects(
    person: Register, catalogue: None, settings: Settings, urls: DatabaseUrls, folder: Path,
    tmp_path: Path,
) -> None:  # fmt: skip
    patient, _ = await with_data(person)
    await decide(person, await ask(patient))
    owner = await asyncpg.connect(urls.owner)
    await owner.execute("VACUUM")
    await owner.close()
    dump = tmp_path / "dump.sql"
    subprocess.run(
        [installed() / "bin" / "pg_dump", "--enable-row-security", "-Fp", f"--file={dump}",
         f"--dbname={urls.owner}"], check=True,
    )  # fmt: skip
    searched = [dump, *(p for p in folder.rglob("*") if p.is_file())]
    words = [CANARY.encode(), b"Zhanbota", patient.email.encode()]
    found = [
        (path, word)
        for path in searched
        if path.suffix != ".eml"  # mails of a machine without a mail server
        for word in words
        if word in path.read_bytes()
    ]
    assert dump.stat().st_size > 100_000 and found == []


async def test_erasure_and_the_full_copy_reach_what_was_merged(
    person: Register, catalogue: None
) -> None:
    first, _ = await with_data(person)
    second = await twin_of(person, first)
    await merged(first, second)
    copy = await second.client.get(f"/v1/patients/{second.patient_id}/export")
    archive = zipfile.ZipFile(io.BytesIO(copy.content))
    assert CANARY in archive.read("record.json").decode()
    assert len(json.loads(archive.read("index.json"))["numbers"]) == 2
    officer = await person(Role.MINISTRY_OFFICER, state="KZ")
    # An order that names the old number keeps the whole file.
    order = {"authority": "Court of Almaty", "reference": "2-18"}
    placed = await officer.client.post(f"/v1/patients/{second.patient_id}/holds", json=order)
    erasure = await ask(second)
    operator = await person(Role.OPERATOR)
    held = await operator.client.post(f"/v1/erasures/{erasure}/review")
    assert (held.status_code, held.json()["code"]) == (409, "legal_hold")
    await officer.client.post(f"/v1/holds/{placed.json()['id']}/lift")
    await decide(person, erasure)
    numbers = [first.patient_id, second.patient_id]
    assert await run("SELECT FROM data_key WHERE subject_id = ANY($1)", numbers) == []
    for who in (first, second):
        assert (await who.client.get("/v1/me")).status_code == 401


async def test_a_file_under_a_legal_hold_is_not_merged(person: Register) -> None:
    first = await person(state="KZ")
    second = await twin_of(person, first)
    officer = await person(Role.MINISTRY_OFFICER, state="KZ")
    address = await proposed(first, second)
    order = {"authority": "Court of Almaty", "reference": "2-19"}
    await officer.client.post(f"/v1/patients/{second.patient_id}/holds", json=order)
    refused = await confirmed(first, address)
    assert (refused.status_code, refused.json()["code"]) == (409, "file_held")
