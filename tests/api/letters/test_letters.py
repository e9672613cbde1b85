"""Letters over HTTP: issued once a version, verified by strangers, revoked with their booking."""

import asyncio
import hashlib
import io
import zipfile
from typing import Any
from uuid import UUID

import httpx
import msgspec
import pytest
import rfc8785
from joserfc import jws
from joserfc.jwk import KeySet

from domain.bookings.events import BookingChanged, BookingNews
from domain.letters import jobs
from tests.conftest import Register
from tests.domain.letters.test_printing import characters
from tests.factories.booked import Booked, booked
from tests.factories.mailbox import delivered
from tests.walls.world import run

pytestmark = pytest.mark.usefixtures("database", "catalogue")
NAME = {"passport_name": "Aygerim Serikkyzy"}


async def issued(booking: Booked, **body: Any) -> dict[str, Any]:
    answer = await booking.patient.client.post(f"{booking.address}/letter", json=NAME | body)
    assert answer.status_code == 200, answer.text
    return dict(answer.json())


async def holds(client: httpx.AsyncClient, letter: dict[str, Any]) -> str:
    answer = await client.get(f"/v1/letters/{letter['token']}")
    assert answer.status_code == 200
    return str(answer.json()["status"])


async def test_a_letter_is_issued_read_verified_and_its_signature_holds(
    person: Register, client: httpx.AsyncClient
) -> None:
    booking = await booked(person)
    letter = await issued(booking)
    read = await booking.patient.client.get(f"{booking.address}/letter")
    assert read.headers["content-type"] == "application/pdf"
    assert hashlib.sha256(read.content).hexdigest() == letter["sha256"]
    assert set("AYGERIMSERIKKYZY") <= characters(read.content)
    checked = await client.get(f"/v1/letters/{letter['token']}")
    assert checked.json() == {"status": "valid", "issued_at": letter["issued_at"]}
    keys = KeySet.import_key_set((await client.get("/.well-known/shifayol-keys.json")).json())
    facts = {
        "type": "letter", "letter_id": letter["id"], "sha256": letter["sha256"],
        "issued_at": letter["issued_at"],
    }  # fmt: skip
    jws.deserialize_compact(
        letter["signature"], keys, algorithms=["Ed25519"], payload=rfc8785.dumps(facts)
    )
    with pytest.raises(Exception, match="bad_signature"):
        forged = rfc8785.dumps(facts | {"sha256": "0" * 64})
        jws.deserialize_compact(letter["signature"], keys, algorithms=["Ed25519"], payload=forged)


async def test_asked_again_the_same_letter_answers_and_another_spelling_is_a_new_one(
    person: Register, client: httpx.AsyncClient
) -> None:
    booking = await booked(person)
    many = await asyncio.gather(*(issued(booking) for _ in range(4)))
    assert len({each["id"] for each in many}) == 1
    first = many[0]
    assert await issued(booking, passport_name="AYGERIM SERIKKYZY") == first
    other = await issued(booking, passport_name="Aigerim Serikkyzy")
    assert other["id"] != first["id"]
    assert (await holds(client, first), await holds(client, other)) == ("revoked", "valid")


async def test_a_companion_makes_a_new_letter_that_counts_them(
    person: Register, client: httpx.AsyncClient
) -> None:
    booking = await booked(person)
    first = await issued(booking)
    added = await booking.patient.client.post(
        f"{booking.address}/items",
        json={"kind": "companion", "details": {"name": "Saule"}},
        headers={"If-Match": f'"{(await booking.parties()).version}"'},
    )
    assert added.status_code == 201, added.text
    await delivered()
    second = await issued(booking)
    assert second["id"] != first["id"] and await holds(client, first) == "revoked"


@pytest.mark.parametrize("by", ["patient", "facility"])
async def test_a_cancelled_booking_takes_its_letter_along_before_any_job_runs(
    person: Register, client: httpx.AsyncClient, by: str
) -> None:
    booking = await booked(person)
    letter = await issued(booking)
    who = booking.patient if by == "patient" else booking.coordinator
    cancelled = await who.client.post(f"{booking.address}/cancel", json={})
    assert cancelled.status_code == 200, cancelled.text
    assert await holds(client, letter) == "revoked", "asked of the booking itself"
    await delivered()
    (row,) = await run("SELECT revoked_reason FROM letter WHERE id = $1", UUID(letter["id"]))
    assert row["revoked_reason"] == f"cancelled_by_{by}"
    gone = await booking.patient.client.get(f"{booking.address}/letter")
    assert gone.json()["code"] == "letter_not_found"
    refused = await booking.patient.client.post(f"{booking.address}/letter", json=NAME)
    assert (refused.status_code, refused.json()["code"]) == (409, "wrong_state")


async def test_a_moved_booking_revokes_its_letter_and_not_the_one_issued_since(
    person: Register, client: httpx.AsyncClient
) -> None:
    booking = await booked(person)
    old = await issued(booking)
    await run(
        "UPDATE booking SET starts_at = starts_at + interval '1 hour', version = version + 1"
        " WHERE id = $1",
        booking.id,
    )
    assert await holds(client, old) == "revoked"
    fresh = await issued(booking)
    found = await booking.parties()
    late = BookingChanged(
        booking.id, booking.id, found.facility_id, BookingNews.RESCHEDULED, found.version
    )
    await jobs.revoke_when_changed(late)
    assert (await holds(client, old), await holds(client, fresh)) == ("revoked", "valid")


async def test_only_the_patients_side_issues_and_reads(person: Register) -> None:
    booking = await booked(person)
    await issued(booking)
    stranger, payer = await person(), await person()
    await run(
        "INSERT INTO access (id, account_id, patient_id, home_state, kind, scopes, until,"
        " created_at) VALUES (gen_random_uuid(), $1, $2, 'KZ', 'mandate', '{pay}',"
        " now() + interval '1 day', now())",
        payer.account_id, booking.patient.patient_id,
    )  # fmt: skip
    for who, status in ((stranger, 404), (payer, 403), (booking.coordinator, 404)):
        answer = await who.client.get(f"{booking.address}/letter")
        assert answer.status_code == status, answer.text
        answer = await who.client.post(f"{booking.address}/letter", json=NAME)
        assert answer.status_code == status, answer.text


async def test_letters_are_part_of_what_a_patient_takes_along(person: Register) -> None:
    booking = await booked(person)
    letter = await issued(booking)
    answer = await booking.patient.client.get(f"/v1/patients/{booking.patient.patient_id}/export")
    assert answer.status_code == 200, answer.text
    archive = zipfile.ZipFile(io.BytesIO(answer.content))
    assert msgspec.json.decode(archive.read("letters.json")) == [letter]


async def test_what_is_printed_lies_sealed(person: Register) -> None:
    booking = await booked(person)
    letter = await issued(booking)
    (row,) = await run("SELECT * FROM letter WHERE id = $1", UUID(letter["id"]))
    assert b"AYGERIM" not in bytes(row["name_sealed"])
    assert b"%PDF" not in bytes(row["pdf_sealed"])
    assert letter["token"] not in str(dict(row))


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({}, "passport_name_needed"),
        ({"passport_name": "Айгерім"}, "invalid_request"),
        ({"passport_name": "A\u0000B"}, "invalid_request"),
        ({"passport_name": "#panic()"}, "invalid_request"),
        ({"passport_name": "A" * 81}, "invalid_request"),
        ({"passport_name": "A", "treatment": "x"}, "invalid_request"),
        ({"passport_name": 10**400}, None),
    ],
)
async def test_a_name_that_no_passport_has_is_refused(
    person: Register, body: dict[str, Any], code: str | None
) -> None:
    booking = await booked(person)
    answer = await booking.patient.client.post(f"{booking.address}/letter", json=body)
    assert answer.status_code in (400, 422), answer.text
    assert code in (None, answer.json()["code"])


@pytest.mark.parametrize(
    "token", ["x", "a" * 43, "A" * 5000, "%00", "..%2f..", "ı" * 43, "-" * 43, "a.b"]
)
async def test_what_was_never_issued_is_unknown(client: httpx.AsyncClient, token: str) -> None:
    answer = await client.get(f"/v1/letters/{token}")
    if answer.status_code == 200:
        assert answer.json() == {"status": "unknown", "issued_at": None}
    else:
        assert answer.status_code in (400, 404, 414, 422), answer.text
