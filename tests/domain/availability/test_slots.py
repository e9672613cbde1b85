"""The free slots of an offer: long windows, pages, two clocks, and how fresh they are."""

import time as clock_time
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from domain.actor import ANONYMOUS
from domain.availability import rules
from domain.availability import service as availability
from domain.availability.types import Need, OpeningRule, PoolKind, Span
from domain.ids import new_id
from tests.factories import directory
from tests.factories.bookable import Bookable, bookable
from tests.walls.world import run

pytestmark = pytest.mark.usefixtures("catalogue")


@pytest.fixture
async def open_offer(database: None) -> Bookable:
    """An offer of a facility in Istanbul."""
    return await bookable(await directory.employer("TR"), "TR")


async def test_ninety_days_are_the_union_of_their_pages(open_offer: Bookable, client: Any) -> None:
    first = directory.today() + timedelta(days=3)
    last = first + timedelta(days=89)
    address = f"/v1/offers/{open_offer.offer.id}/slots"
    whole = await client.get(address, params={"from": first, "to": last, "limit": 5000})
    assert whole.status_code == 200, whole.text
    assert whole.json()["next"] == (last + timedelta(days=1)).isoformat()
    paged, following, pages = [], first.isoformat(), 0
    while following <= last.isoformat():
        page = await client.get(address, params={"from": following, "to": last, "limit": 100})
        paged += page.json()["items"]
        following, pages = page.json()["next"], pages + 1
    assert paged == whole.json()["items"]
    assert pages > 5


@pytest.mark.parametrize(
    "query",
    [
        {"zone": "Mars/Olympus"}, {"zone": "../etc/passwd"}, {"zone": "America"}, {"zone": "\0"},
        {"zone": "x" * 65}, {"limit": 0}, {"limit": 5001}, {"limit": 10**400}, {"from": "soon"},
        {"from": "2027-01-02", "to": "2027-01-01"}, {"from": "2027-01-01", "to": "2027-04-01"},
    ],
)  # fmt: skip
async def test_what_cannot_be_asked_is_refused_and_never_an_empty_list(
    open_offer: Bookable, client: Any, query: dict[str, Any]
) -> None:
    answer = await client.get(f"/v1/offers/{open_offer.offer.id}/slots", params=query)
    assert answer.status_code in (400, 422), answer.text
    assert "items" not in answer.json()


async def test_both_clocks_show_the_same_instant(open_offer: Bookable, client: Any) -> None:
    answer = await client.get(
        f"/v1/offers/{open_offer.offer.id}/slots", params={"zone": "Asia/Almaty"}
    )
    found = answer.json()
    assert (found["zone"], found["your_zone"]) == ("Europe/Istanbul", "Asia/Almaty")
    assert (found["mode"], found["imported"]) == ("instant", None)
    slot = found["items"][0]
    instants = {datetime.fromisoformat(slot[name]) for name in ("starts_at", "local", "yours")}
    assert len(instants) == 1
    assert (slot["local"][-6:], slot["yours"][-6:]) == ("+03:00", "+05:00")


async def test_it_says_how_fresh_imported_calendars_are(open_offer: Bookable, client: Any) -> None:
    await run(
        "INSERT INTO calendar_feed (id, pool_id, resource_id, organisation_id, host, url,"
        " failures, last_error, next_sync_at, created_at) SELECT gen_random_uuid(), l.pool_id,"
        " l.resource_id, f.organisation_id, 'x.example', 'sealed', 1, 'refused', 'infinity', now()"
        " FROM pool_lane l JOIN resource_pool p ON p.id = l.pool_id AND p.kind = 'room'"
        " JOIN facility f ON f.id = p.facility_id WHERE f.id = $1",
        open_offer.facility_id,
    )
    address = f"/v1/offers/{open_offer.offer.id}/slots"
    imported = (await client.get(address)).json()["imported"]
    assert imported == {"synced_at": None, "failing": True}
    await run(
        "UPDATE calendar_feed SET last_synced_at = '2026-11-28T00:00:00Z', failures = 0,"
        " last_error = NULL WHERE host = 'x.example'"
    )
    imported = (await client.get(address)).json()["imported"]
    assert imported == {"synced_at": "2026-11-28T00:00:00Z", "failing": False}
    await run("DELETE FROM calendar_feed WHERE host = 'x.example'")


async def test_an_offer_that_needs_nothing_says_that_no_page_follows(database: None) -> None:
    facility = await directory.licensed("KZ")
    offer = await directory.offer(facility.id)
    found = await availability.list_slots(ANONYMOUS, offer.id, None, None)
    assert (found.items, found.next) == ([], None)


def test_a_quarter_with_a_thousand_reservations_each_takes_no_time() -> None:
    where, first = ZoneInfo("Europe/Istanbul"), date(2027, 1, 1)
    doctor, room, beds = new_id(), new_id(), new_id()
    begin = datetime(2027, 1, 1, tzinfo=UTC)

    def taken(offset: int) -> list[Span]:
        starts = (begin + timedelta(minutes=120 * n + offset) for n in range(1000))
        return [Span(start, start + timedelta(minutes=45)) for start in starts]

    busy = {
        doctor: {new_id(): taken(0)},
        room: {new_id(): taken(30)},
        beds: {new_id(): taken(n) for n in range(40)},
    }
    needs = [
        Need(doctor, PoolKind.PRACTITIONER, 0, 0, 0),
        Need(room, PoolKind.ROOM, 0, 15, 0),
        Need(beds, PoolKind.BED, 0, 0, 3),
    ]
    daily = OpeningRule(doctor, "FREQ=DAILY", time(0), 1440, first, None)
    began = clock_time.perf_counter()
    opened = rules.openings([daily], [], where, first, first + timedelta(days=90))
    open_spans = {
        doctor: opened,
        room: opened,
        beds: [Span(begin - timedelta(days=9), begin + timedelta(days=99))],
    }
    found = list(rules.free_starts(needs, open_spans, busy, timedelta(minutes=30), where, begin))
    assert clock_time.perf_counter() - began < 1.0
    assert found
