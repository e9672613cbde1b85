"""Calendars over HTTP: what followers see, whose secrets hold, and what real programs read."""

import asyncio
import shutil
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import httpx
import icalendar
import pytest
import uvicorn
from litestar import Litestar

from domain.actor import Role
from domain.bookings.events import BookingNews
from tests.conftest import Person, Register
from tests.factories.booked import Booked, booked
from tests.factories.mailbox import delivered
from tests.serving import free_port, skip
from tests.walls.world import run

pytestmark = pytest.mark.usefixtures("database", "catalogue")


async def followed(who: Person, **body: Any) -> dict[str, Any]:
    made = await who.client.post("/v1/me/calendars", json={"kind": "patient", **body})
    assert made.status_code == 201, made.text
    return dict(made.json())


def path_of(secret: dict[str, Any]) -> str:
    return f"/calendars/{secret['token']}.ics"


async def events(client: httpx.AsyncClient, path: str) -> list[icalendar.Event]:
    answer = await client.get(path)
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"] == "text/calendar; charset=utf-8"
    return list(icalendar.Calendar.from_ical(answer.content).walk("VEVENT"))


async def test_a_booking_is_one_event_and_names_no_treatment(person: Register) -> None:
    booking = await booked(person)
    (event,) = await events(booking.patient.client, f"{booking.address}/calendar.ics")
    found = await booking.parties()
    assert event["UID"] == f"{booking.id}@shifayol" and event["SEQUENCE"] == found.version
    assert event["SUMMARY"] == f"Appointment at {found.facility_name}"
    assert event["DTSTART"].params["TZID"] == "Europe/Budapest"
    assert event["DTSTART"].dt == found.starts_at
    (desk,) = await events(booking.coordinator.client, f"{booking.address}/calendar.ics")
    assert desk["SUMMARY"] == f"Booking {booking.id}" and "LOCATION" not in desk
    stranger = await person()
    hidden = await stranger.client.get(f"{booking.address}/calendar.ics")
    assert hidden.json()["code"] == "booking_not_found"


async def test_a_time_that_is_only_held_has_no_event(person: Register) -> None:
    booking = await booked(person)
    offer = booking.offer
    held = await booking.patient.client.post(
        "/v1/bookings", json=offer.hold(booking.patient.patient_id, 2)
    )
    answer = await booking.patient.client.get(f"/v1/bookings/{held.json()['id']}/calendar.ics")
    assert (answer.status_code, answer.json()["code"]) == (409, "not_booked_yet")
    secret = await followed(booking.patient)
    found = await events(booking.patient.client, path_of(secret))
    assert [str(each["UID"]) for each in found] == [f"{booking.id}@shifayol"]


async def test_a_feed_is_followed_without_signing_in_and_answers_what_is_known(
    person: Register, client: httpx.AsyncClient
) -> None:
    booking = await booked(person)
    secret = await followed(booking.patient)
    first = await client.get(path_of(secret))
    etag = first.headers["etag"]
    for known in (etag, f"W/{etag}", f'"other", {etag}'):
        again = await client.get(path_of(secret), headers={"If-None-Match": known})
        assert (again.status_code, again.content) == (304, b"") and again.headers["etag"] == etag
    cancelled = await booking.patient.client.post(f"{booking.address}/cancel", json={})
    assert cancelled.status_code == 200, cancelled.text
    changed = await client.get(path_of(secret), headers={"If-None-Match": etag})
    assert changed.status_code == 200
    (event,) = icalendar.Calendar.from_ical(changed.content).walk("VEVENT")
    (before,) = icalendar.Calendar.from_ical(first.content).walk("VEVENT")
    assert (event["STATUS"], event["UID"]) == ("CANCELLED", before["UID"])
    assert event["SEQUENCE"] > before["SEQUENCE"]
    for days, shown in ((59, 1), (61, 0)):
        await run(
            "UPDATE booking SET updated_at = now() - $2::interval WHERE id = $1",
            booking.id, timedelta(days=days),
        )  # fmt: skip
        assert len(await events(client, path_of(secret))) == shown


async def test_only_the_hash_of_an_address_is_kept_and_it_can_be_changed_and_ended(
    person: Register, client: httpx.AsyncClient
) -> None:
    reader, stranger = await person(), await person()
    secret = await followed(reader)
    (row,) = await run(
        "SELECT token_hash FROM calendar_subscription WHERE id = $1", UUID(secret["calendar"]["id"])
    )
    assert secret["token"].encode() not in bytes(row["token_hash"])
    address = f"/v1/me/calendars/{secret['calendar']['id']}"
    for verb, path in (("POST", f"{address}/rotate"), ("DELETE", address)):
        theirs = await stranger.client.request(verb, path)
        assert (theirs.status_code, theirs.json()["code"]) == (404, "calendar_not_found")
    known = await reader.client.post("/v1/me/calendars", json={"kind": "patient"})
    assert (known.status_code, known.json()["code"]) == (409, "calendar_known")
    fresh = (await reader.client.post(f"{address}/rotate")).json()
    assert fresh["token"] != secret["token"]
    assert (await client.get(path_of(secret))).status_code == 404
    assert (await client.get(path_of(fresh))).status_code == 200
    (shown,) = (await reader.client.get("/v1/me/calendars")).json()
    assert shown["last_read_at"] is not None and "token" not in shown
    assert (await reader.client.delete(address)).status_code == 204
    assert (await client.get(path_of(fresh))).status_code == 404
    assert (await reader.client.get("/v1/me/calendars")).json() == []
    await followed(reader)


@pytest.mark.parametrize(
    "name",
    ["x.ics", "a" * 43, "a" * 43 + ".ics", "%00.ics", "..%2f..%2fetc.ics", "a" * 5000 + ".ics",
     "ı" * 43 + ".ics"],
)  # fmt: skip
async def test_what_is_no_secret_of_ours_is_unknown(client: httpx.AsyncClient, name: str) -> None:
    answer = await client.get(f"/calendars/{name}")
    assert answer.status_code in (400, 404, 414, 422), answer.text


async def test_an_access_that_ends_ends_in_the_calendar_too(
    person: Register, client: httpx.AsyncClient
) -> None:
    booking, daughter = await booked(person), await person()
    await run(
        "INSERT INTO access (id, account_id, patient_id, home_state, kind, scopes, until,"
        " created_at) VALUES (gen_random_uuid(), $1, $2, 'KZ', 'mandate', '{view}',"
        " now() + interval '1 day', now())",
        daughter.account_id, booking.patient.patient_id,
    )  # fmt: skip
    secret = await followed(daughter)
    assert len(await events(client, path_of(secret))) == 1
    await run("UPDATE access SET scopes = '{pay}' WHERE account_id = $1 AND kind = 'mandate'",
              daughter.account_id)  # fmt: skip
    assert await events(client, path_of(secret)) == []


async def test_staff_follow_their_facility_and_who_works_there_by_number_alone(
    person: Register, client: httpx.AsyncClient
) -> None:
    booking = await booked(person)
    desk, facility = booking.coordinator, str(booking.offer.facility_id)
    people = (await desk.client.get(f"/v1/facilities/{facility}/practitioners")).json()
    whole = await followed(desk, kind="facility", facility_id=facility)
    one = await followed(
        desk, kind="practitioner", facility_id=facility, practitioner_id=people[0]["id"]
    )
    for secret in (whole, one):
        text = (await client.get(path_of(secret))).text
        (event,) = icalendar.Calendar.from_ical(text).walk("VEVENT")
        assert event["SUMMARY"] == f"Booking {booking.id}"
        for hidden in (str(booking.patient.patient_id), "Aybek"):
            assert hidden not in text
    await run("UPDATE membership SET ends_at = now() WHERE account_id = $1", desk.account_id)
    for secret in (whole, one):
        assert (await client.get(path_of(secret))).status_code == 404, "they have left"


async def test_nobody_follows_what_is_not_theirs(person: Register) -> None:
    booking = await booked(person)
    facility = str(booking.offer.facility_id)
    elsewhere, patient = await person(Role.COORDINATOR), booking.patient
    for who, body, status in (
        (elsewhere, {"kind": "facility", "facility_id": facility}, 404),
        (patient, {"kind": "facility", "facility_id": facility}, 403),
        (booking.coordinator, {"kind": "facility", "facility_id": str(uuid4())}, 404),
        (
            booking.coordinator,
            {"kind": "practitioner", "facility_id": facility, "practitioner_id": str(uuid4())},
            404,
        ),
        (patient, {"kind": "patient", "facility_id": facility}, 422),
        (patient, {"kind": "everybody"}, 422),
        (patient, {"kind": "patient", "token": "mine"}, 422),
    ):
        answer = await who.client.post("/v1/me/calendars", json=body)
        assert answer.status_code == status, (body, answer.text)


@pytest.fixture
async def address(app: Litestar) -> AsyncIterator[str]:
    """The application on a port of the loopback, for programs that speak HTTP themselves."""
    port = free_port()
    config = uvicorn.Config(app, "127.0.0.1", port, lifespan="off", log_level="error")
    server = uvicorn.Server(config)
    serving = asyncio.create_task(server.serve())
    while not server.started:
        await asyncio.sleep(0.02)
    yield f"http://127.0.0.1:{port}"
    server.should_exit = True
    await serving


async def ran(*command: str, home: Path) -> str:
    process = await asyncio.create_subprocess_exec(
        *command, env={"HOME": str(home), "PATH": "/usr/bin:/bin", "LC_ALL": "C.UTF-8"},
        stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT,
    )  # fmt: skip
    said, _ = await asyncio.wait_for(process.communicate(), 60)
    assert process.returncode == 0, said.decode()
    return said.decode()


async def subscribed(home: Path, url: str) -> None:
    """Let vdirsyncer bring the feed into a folder that khal reads."""
    (home / "calendar").mkdir(exist_ok=True)
    (home / "vdirsyncer.conf").write_text(
        f'[general]\nstatus_path = "{home}/status/"\n'
        '[pair shifayol]\na = "remote"\nb = "local"\ncollections = null\n'
        'conflict_resolution = "a wins"\n'
        f'[storage remote]\ntype = "http"\nurl = "{url}"\n'
        f'[storage local]\ntype = "filesystem"\npath = "{home}/calendar/"\nfileext = ".ics"\n'
    )
    (home / "khal.conf").write_text(
        f"[calendars]\n[[shifayol]]\npath = {home}/calendar/\nreadonly = True\n"
        f"[sqlite]\npath = {home}/khal.db\n"
        "[locale]\nlocal_timezone = Asia/Almaty\ndefault_timezone = Asia/Almaty\n"
        "timeformat = %H:%M\ndateformat = %Y-%m-%d\nlongdateformat = %Y-%m-%d\n"
        "datetimeformat = %Y-%m-%d %H:%M\nlongdatetimeformat = %Y-%m-%d %H:%M\n"
    )
    conf = ("vdirsyncer", "-c", f"{home}/vdirsyncer.conf")
    await ran(*conf, "discover", home=home)
    await ran(*conf, "sync", home=home)


async def agenda(home: Path, day: str) -> str:
    wanted = "{title}|{start}|"
    return await ran(
        "khal", "-c", f"{home}/khal.conf", "list", "--format", wanted, "--day-format", "", day,
        "1d",
        home=home,
    )  # fmt: skip


async def test_real_subscribers_show_a_booking_on_their_own_clock_and_follow_its_moves(
    person: Register, address: str, tmp_path: Path
) -> None:
    if shutil.which("khal") is None or shutil.which("vdirsyncer") is None:
        skip("real subscribers need khal and vdirsyncer (apt-get install khal vdirsyncer)")
    booking: Booked = await booked(person)
    secret = await followed(booking.patient)
    url = address + path_of(secret)
    await subscribed(tmp_path, url)
    found = await booking.parties()
    almaty = found.starts_at + timedelta(hours=5)
    shown = await agenda(tmp_path, almaty.strftime("%Y-%m-%d"))
    assert f"Appointment at {found.facility_name}|{almaty:%Y-%m-%d %H:%M}" in shown, shown
    assert len(list((tmp_path / "calendar").iterdir())) == 1

    # A booking that moves keeps its number; the subscriber moves it and adds none.
    await run(
        "UPDATE booking SET starts_at = starts_at + interval '90 minutes',"
        " ends_at = ends_at + interval '90 minutes', version = version + 1, updated_at = now()"
        " WHERE id = $1",
        booking.id,
    )
    await booking.has(BookingNews.RESCHEDULED)
    await delivered()
    await subscribed(tmp_path, url)
    moved = almaty + timedelta(minutes=90)
    shown = await agenda(tmp_path, moved.strftime("%Y-%m-%d"))
    assert f"|{moved:%Y-%m-%d %H:%M}|" in shown and f"|{almaty:%Y-%m-%d %H:%M}|" not in shown
    assert len(list((tmp_path / "calendar").iterdir())) == 1
