"""What each scope opens through all walls: at the system's own facility, and nothing elsewhere."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import httpx
import msgspec
import pytest
from litestar import Litestar

from domain.actor import SYSTEM, Role
from domain.catalogue.types import OfferMode
from domain.clients import tokens
from domain.db import connection, transactional
from tests.conftest import Person, Register
from tests.factories import directory
from tests.factories.bookable import EVERY_DAY, Bookable, bookable
from tests.factories.desk import work
from tests.factories.systems import registered

pytestmark = pytest.mark.usefixtures("catalogue")


class Desk(msgspec.Struct):
    """A facility with an offer on request, its coordinator, and a system with every scope."""

    coordinator: Person
    offer: Bookable
    system: httpx.AsyncClient
    app: Litestar
    opened: list[httpx.AsyncClient]

    @property
    def facility(self) -> str:
        return f"/v1/facilities/{self.offer.facility_id}"

    async def with_scope(self, *scopes: str) -> httpx.AsyncClient:
        """Return another system of the facility, with these scopes only."""
        made = await (await registered(self.coordinator, *scopes)).signed_in(self.app)
        self.opened.append(made)
        return made


@pytest.fixture
async def desk(app: Litestar, person: Register) -> AsyncIterator[Desk]:
    made = await desk_of(app, person)
    yield made
    for each in (made.system, *made.opened):
        await each.aclose()


async def desk_of(app: Litestar, person: Register) -> Desk:
    coordinator = await person(Role.COORDINATOR)
    assert coordinator.organisation_id is not None
    offer = await bookable(coordinator.organisation_id, mode=OfferMode.ON_REQUEST)
    system = await (await registered(coordinator)).signed_in(app)
    return Desk(coordinator, offer, system, app, [])


async def booked(person: Register, offer: Bookable, number: int = 0) -> dict[str, Any]:
    """Let a new patient book and pay; return the booking as the patient sees it."""
    patient = await person()
    held = await patient.client.post("/v1/bookings", json=offer.hold(patient.patient_id, number))
    assert held.status_code == 201, held.text
    address = f"/v1/bookings/{held.json()['id']}"
    payment = await patient.client.post(f"{address}/payments")
    assert payment.status_code == 201, payment.text
    await patient.client.post(f"/v1/demo/payments/{payment.json()['id']}/confirm")
    await work()
    return dict((await patient.client.get(address)).json())


async def test_availability_write_changes_hours_and_availability_read_shows_them(
    desk: Desk,
) -> None:
    writes, reads = (
        await desk.with_scope("availability:write"), await desk.with_scope("availability:read")
    )  # fmt: skip
    room = await writes.post(f"{desk.facility}/resources", json={"kind": "room", "name": "Two"})
    assert room.status_code == 201, room.text
    rule = {"rrule": EVERY_DAY, "opens": "09:00:00", "minutes": 480,
            "valid_from": directory.today().isoformat()}  # fmt: skip
    address = f"/v1/resources/{room.json()['id']}"
    assert (await writes.post(f"{address}/rules", json=rule)).status_code == 201
    closed = {"day": (directory.today() + timedelta(days=9)).isoformat(), "opens": None,
              "minutes": 0}  # fmt: skip
    assert (await writes.post(f"{address}/exceptions", json=closed)).status_code == 201
    need = {"pool_id": room.json()["id"]}
    taken = await writes.post(f"/v1/offers/{desk.offer.offer.id}/needs", json=need)
    assert taken.status_code == 201, taken.text
    listed = await reads.get(f"{desk.facility}/resources")
    assert "Two" in [each["name"] for each in listed.json()]
    for who, method, path, sent in (
        (reads, "POST", f"{desk.facility}/resources", {"kind": "room", "name": "Three"}),
        (reads, "POST", f"{address}/rules", rule),
        (writes, "GET", f"{desk.facility}/resources", None),
    ):
        answer = await who.request(method, path, json=sent)
        assert (answer.status_code, answer.json()["code"]) == (403, "scope_missing"), path


async def test_offers_write_makes_changes_and_withdraws_offers_and_a_repeat_makes_one(
    desk: Desk,
) -> None:
    system = await desk.with_scope("offers:write")
    body = msgspec.to_builtins(directory.offering("dental-implant", 70_000))
    key = {"Idempotency-Key": f"his-{uuid4()}"}
    made = await system.post(f"{desk.facility}/offers", json=body, headers=key)
    assert made.status_code == 201, made.text
    again = await system.post(f"{desk.facility}/offers", json=body, headers=key)
    assert (again.status_code, again.json()["id"]) == (201, made.json()["id"])
    other = await system.post(f"{desk.facility}/offers", json=body | {"deposit": 1}, headers=key)
    assert (other.status_code, other.json()["code"]) == (422, "idempotency_key_reused")
    # Keys are of whoever sends them: another system's is another key.
    elsewhere = await desk.system.post(f"{desk.facility}/offers", json=body, headers=key)
    assert elsewhere.json()["id"] != made.json()["id"]
    address = f"{desk.facility}/offers/{made.json()['id']}"
    terms = {name: value for name, value in body.items() if name != "treatment"}
    changed = await system.put(
        address, json=terms | {"deposit": 9_000}, headers={"If-Match": made.headers["etag"]}
    )
    assert changed.json()["version"] == 2, changed.text
    withdrawn = await system.post(f"{address}/withdraw", headers={"If-Match": '"2"'})
    assert withdrawn.status_code == 200, withdrawn.text
    # What is no longer on the market its makers still see, and nobody else.
    path = f"/v1/offers/{made.json()['id']}"
    reader = await desk.with_scope("bookings:read")
    assert [(await who.get(path)).status_code for who in (system, reader)] == [200, 404]


async def test_bookings_read_sees_the_facilitys_bookings_and_moves_none(
    desk: Desk, person: Register
) -> None:
    booking = await booked(person, desk.offer)
    system = await desk.with_scope("bookings:read")
    assert [each["id"] for each in (await system.get("/v1/bookings")).json()] == [booking["id"]]
    address = f"/v1/bookings/{booking['id']}"
    shown = (await system.get(address)).json()
    assert (shown["id"], shown["status"]) == (booking["id"], "awaiting_facility")
    # A number is all that a booking says of its patient.
    assert set(shown) == set(booking)
    preview = await system.get(f"{address}/refund-preview")
    assert preview.json()["percent"] == 100, "the facility's side gives everything back"
    for verb, sent, code in (
        ("accept", None, "scope_missing"), ("decline", {"reason": "No bed"}, "scope_missing"),
        ("cancel", None, "wrong_role"), ("payments", None, "wrong_role"),
    ):  # fmt: skip
        answer = await system.post(f"{address}/{verb}", json=sent)
        assert (answer.status_code, answer.json()["code"]) == (403, code), verb
    assert (await system.get(address)).json()["status"] == "awaiting_facility"


async def test_bookings_write_accepts_and_declines_in_the_systems_own_name(
    desk: Desk, person: Register
) -> None:
    first, second = await booked(person, desk.offer), await booked(person, desk.offer, 3)
    system = await desk.with_scope("bookings:write")
    accepted = await system.post(f"/v1/bookings/{first['id']}/accept")
    assert (accepted.status_code, accepted.json()["status"]) == (200, "confirmed"), accepted.text
    declined = await system.post(
        f"/v1/bookings/{second['id']}/decline", json={"reason": "No surgeon that day"}
    )
    assert declined.json()["status"] == "cancelled_by_facility", declined.text
    twice = await system.post(f"/v1/bookings/{first['id']}/accept")
    assert (twice.status_code, twice.json()["code"]) == (409, "wrong_state")
    for path in ("/v1/bookings", f"/v1/bookings/{first['id']}", f"{desk.facility}/bookings"):
        answer = await system.get(path)
        assert (answer.status_code, answer.json()["code"]) == (403, "scope_missing"), path
    await work()

    @transactional
    async def trail(actor: Any) -> list[Any]:
        return list(
            await connection().fetch(
                "SELECT DISTINCT e.action, e.client_id IS NOT NULL AS named, e.account_id,"
                " t.actor_kind FROM audit_event e JOIN booking_transition t"
                " ON t.booking_id::text = e.subject_id AND t.at >= e.at - interval '1 second'"
                " AND t.to_status IN ('confirmed', 'cancelled_by_facility')"
                " WHERE e.subject_id = ANY($1) AND e.action IN"
                " ('bookings.confirmed', 'bookings.cancelled_by_facility')",
                [first["id"], second["id"]],
            )
        )

    assert {tuple(row) for row in await trail(SYSTEM)} == {
        ("bookings.confirmed", True, None, "client"),
        ("bookings.cancelled_by_facility", True, None, "client"),
    }


async def test_a_hold_is_not_the_facilitys_yet(desk: Desk, person: Register) -> None:
    patient = await person()
    held = await patient.client.post("/v1/bookings", json=desk.offer.hold(patient.patient_id))
    assert (await desk.system.get("/v1/bookings")).json() == []
    assert (await desk.system.get(f"{desk.facility}/bookings")).json()["items"] == []
    answer = await desk.system.get(f"/v1/bookings/{held.json()['id']}")
    assert (answer.status_code, answer.json()["code"]) == (404, "booking_not_found")


async def test_at_another_facility_a_system_is_nobody(
    desk: Desk, app: Litestar, person: Register
) -> None:
    booking = await booked(person, desk.offer)
    other = await desk_of(app, person)
    rule = {"rrule": EVERY_DAY, "opens": "09:00:00", "minutes": 480,
            "valid_from": directory.today().isoformat()}  # fmt: skip
    pools = (await desk.system.get(f"{desk.facility}/resources")).json()
    body = msgspec.to_builtins(directory.offering())
    terms = {name: value for name, value in body.items() if name != "treatment"}
    offer = f"{desk.facility}/offers/{desk.offer.offer.id}"
    version = {"If-Match": '"1"'}
    for method, path, sent in (
        ("GET", f"{desk.facility}/resources", None),
        ("POST", f"{desk.facility}/resources", {"kind": "room", "name": "Mine"}),
        ("POST", f"/v1/resources/{pools[0]['id']}/rules", rule),
        ("POST", f"/v1/offers/{desk.offer.offer.id}/needs", {"pool_id": pools[0]["id"]}),
        ("POST", f"{desk.facility}/offers", body),
        ("PUT", offer, terms),
        ("POST", f"{offer}/withdraw", None),
        ("GET", f"{desk.facility}/bookings", None),
        ("GET", f"/v1/bookings/{booking['id']}", None),
        ("GET", f"/v1/bookings/{booking['id']}/refund-preview", None),
        ("POST", f"/v1/bookings/{booking['id']}/accept", None),
        ("POST", f"/v1/bookings/{booking['id']}/decline", {"reason": "Ours now"}),
    ):
        answer = await other.system.request(method, path, json=sent, headers=version)
        assert answer.status_code == 404, (method, path, answer.text)
    assert (await other.system.get("/v1/bookings")).json() == []
    assert (await desk.system.get(f"/v1/bookings/{booking['id']}")).json()["status"] == (
        "awaiting_facility"
    )
    await other.system.aclose()


async def test_patients_records_and_referrals_are_closed_whatever_the_scopes(
    desk: Desk, person: Register
) -> None:
    patient = await person()
    file = f"/v1/patients/{patient.patient_id}"
    for path in (
        "/v1/me", "/v1/patients", file, f"{file}/record", f"{file}/record/problems",
        f"{file}/accesses", f"{file}/access", f"{file}/files", "/v1/worklists/to-triage",
        f"/v1/referrals/{uuid4()}", f"/v1/referrals/{uuid4()}/record", "/v1/consents",
        f"/v1/cases/{uuid4()}", f"/v1/episodes/{uuid4()}", f"/v1/payments/{uuid4()}",
        "/v1/ledger/trial-balance", f"/v1/organisations/{desk.offer.organisation_id}/clients",
        f"/v1/organisations/{desk.offer.organisation_id}/members",
    ):  # fmt: skip
        answer = await desk.system.get(path)
        assert (answer.status_code, answer.json()["code"]) == (403, "wrong_role"), path


async def test_the_last_wall_closes_everything_but_the_bookings_its_scopes_open(
    desk: Desk, person: Register
) -> None:
    """With every WHERE forgotten: what PostgreSQL shows a system of the treating facility."""
    booking = await booked(person, desk.offer)

    async def seen(*scopes: str) -> dict[str, int]:
        client = await desk.with_scope(*scopes)
        token = client.headers["authorization"].removeprefix("Bearer ")
        actor = await tokens.resolve_token(token, None)
        assert actor is not None

        @transactional
        async def count(_: Any) -> dict[str, int]:
            tables = await connection().fetch(
                "SELECT relname FROM pg_class WHERE relrowsecurity AND relforcerowsecurity"
            )
            return {
                row["relname"]: await connection().fetchval(f"SELECT count(*) FROM {row[0]}")
                for row in tables
            }

        counted = await count(actor)
        assert len(counted) > 25
        return {table: rows for table, rows in counted.items() if rows}

    assert await seen("availability:read", "availability:write", "offers:write") == {}
    assert await seen("bookings:read") == {"booking": 1}
    assert (await seen("bookings:write")).keys() == {"booking", "booking_transition"}

    reader = await tokens.resolve_token(
        (await desk.with_scope("bookings:read")).headers["authorization"][7:], None
    )

    @transactional
    async def forge(_: Any) -> None:
        moved = await connection().execute(
            "UPDATE booking SET status = 'confirmed' WHERE id = $1", UUID(booking["id"])
        )
        assert moved == "UPDATE 0"
        await connection().execute(
            "INSERT INTO audit_event (id, at, chain, actor_kind, action, outcome, client_id)"
            " VALUES ($1, now(), 'ZZ', 'client', 'test.forged', 'success', $1)",
            uuid4(),
        )

    with pytest.raises(Exception, match="row-level security"):
        await forge(reader)


async def test_a_facilitys_bookings_are_listed_by_when_they_changed(
    desk: Desk, person: Register
) -> None:
    bookings = [await booked(person, desk.offer, number) for number in (0, 3, 6)]
    for who in (desk.system, desk.coordinator.client):
        page = (await who.get(f"{desk.facility}/bookings")).json()
        assert [each["id"] for each in page["items"]] == [each["id"] for each in bookings]
        assert page["next"] is None
    accepted = await desk.system.post(f"/v1/bookings/{bookings[0]['id']}/accept")
    assert accepted.status_code == 200
    listed: list[dict[str, Any]] = []
    cursor: str | None = None
    for _ in range(3):
        asked = {"limit": "1"} | ({"cursor": cursor} if cursor else {})
        page = (await desk.system.get(f"{desk.facility}/bookings", params=asked)).json()
        listed += page["items"]
        cursor = page["next"]
    assert cursor is None
    order = [bookings[1]["id"], bookings[2]["id"], bookings[0]["id"]]
    assert [each["id"] for each in listed] == order
    assert [each["updated_at"] for each in listed] == sorted(e["updated_at"] for e in listed)

    async def ids(**params: Any) -> list[str]:
        answer = await desk.system.get(f"{desk.facility}/bookings", params=params)
        assert answer.status_code == 200, answer.text
        return [each["id"] for each in answer.json()["items"]]

    assert await ids(status="confirmed") == [bookings[0]["id"]]
    assert await ids(status=["confirmed", "awaiting_facility"]) == order
    assert await ids(status="held") == []
    assert await ids(since=listed[1]["updated_at"]) == order[1:]
    assert await ids(since=(datetime.now(UTC) + timedelta(hours=1)).isoformat()) == []
    for params, status, code in (
        ({"since": "2026-11-23T09:00:00"}, 422, "unusable_instant"),
        ({"since": "0001-01-01T00:00:00Z"}, 422, "unusable_instant"),
        ({"since": "yesterday"}, 422, "invalid_request"),
        ({"status": "lost"}, 422, "invalid_request"),
        ({"cursor": "x"}, 422, "cursor_invalid"),
        ({"limit": "101"}, 422, "invalid_request"),
        ({"state": "confirmed"}, 422, "unknown_parameter"),
    ):
        answer = await desk.system.get(f"{desk.facility}/bookings", params=params)
        assert (answer.status_code, answer.json()["code"]) == (status, code), params
    first = await desk.system.get(f"{desk.facility}/bookings", params={"limit": "1"})
    moved = {"cursor": first.json()["next"], "status": "confirmed"}
    other = await desk.system.get(f"{desk.facility}/bookings", params=moved)
    assert other.json()["code"] == "cursor_invalid"


async def test_a_facilitys_bookings_are_for_those_who_run_it(desk: Desk, person: Register) -> None:
    await booked(person, desk.offer)
    for who, status in (
        (await person(Role.BILLING, organisation=desk.offer.organisation_id), 200),
        (await person(Role.COORDINATOR), 404), (await person(), 403),
        (await person(Role.REFERRING_DOCTOR), 403), (await person(Role.OPERATOR), 403),
    ):  # fmt: skip
        answer = await who.client.get(f"{desk.facility}/bookings")
        assert answer.status_code == status, answer.text


@pytest.mark.parametrize("path", ["/", "/search?q=implant", "/docs", "/docs/permissions"])
async def test_public_pages_bear_a_system(desk: Desk, path: str) -> None:
    answer = await desk.system.get(path, headers={"Accept": "text/html"})
    assert answer.status_code == 200, answer.text[:300]
