"""make bench BENCH=bookings: holding time, against pgbench on the very statements of a hold."""

import os

os.environ.setdefault("PICCOLO_CONF", "domain.piccolo_conf")

import asyncio
import itertools
import random
import re
import time
from collections.abc import Iterator, Sequence
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from datetime import time as clock_time
from pathlib import Path
from uuid import UUID

import asyncpg
import msgspec

from api.postgres import EmbeddedPostgres
from api.runtime import Runtime
from domain.actor import ANONYMOUS, SYSTEM, Actor, ActorKind, Role
from domain.availability import earliest, hours, resources
from domain.availability import service as availability
from domain.availability.errors import NoSuchSlot, SlotTaken
from domain.availability.types import (
    NewOfferNeed,
    NewOpeningRule,
    NewPool,
    NewPractitioner,
    PoolKind,
)
from domain.bookings import holding
from domain.bookings.types import HoldSlot
from domain.catalogue.reference import load_reference
from domain.catalogue.types import OfferView
from domain.db import connection, transactional
from domain.identity import service as identity
from domain.identity.types import PersonName, RegisterAccount
from domain.ids import new_id
from domain.patients import service as patients
from domain.savepoints import context
from domain.schema import migrate
from domain.settings import read_settings
from tests.bench.catalogue_generator import Generator
from tests.bench.harness import figure, median, percentile, pgbench, recorded, scratch
from tests.factories import directory
from tests.factories.desk import one, run, sold_twice

AT_ONCE = 8
ROUNDS = 5
SECONDS = 4
OFFERS = 8
PATIENTS = 200
HOLDS = 3 * PATIENTS
SCRIPTS = 96
"""pgbench holds for so many patients: those of one wait for each other."""
CALLS = 200
MARKET, FACILITIES, SHARING = 100_000, 2_000, 2_000
RARE = 50
"""So many starts are fought over."""

SURGERY, TIDYING = timedelta(minutes=60), timedelta(minutes=30)
EVERY_DAY = "FREQ=WEEKLY;BYDAY=MO,TU,WE,TH,FR,SA,SU"


class Hospital(msgspec.Struct):
    """One offer with a surgeon, a theatre and beds of its own, and starts that never overlap."""

    offer: OfferView
    pools: list[UUID]
    starts: list[datetime]


async def hospital() -> Hospital:
    """Make an offer that needs a surgeon, a theatre that is tidied after, and a bed's night."""
    organisation = await directory.employer()
    facility = await directory.licensed("KZ", organisation=organisation)
    offer = await directory.offer(facility.id, duration_minutes=60, stay_nights=1)
    surgeon = NewPractitioner(
        name="Dr. Bench", specialty="dentistry", licence_number=str(new_id()), licence_state="KZ"
    )
    pools = []
    for new in (
        NewPool(kind=PoolKind.PRACTITIONER, name="Surgeon", practitioner=surgeon),
        NewPool(kind=PoolKind.ROOM, name="Theatre"),
        NewPool(kind=PoolKind.BED, name="Beds", lanes=12),
    ):
        pool = await resources.create_pool(SYSTEM, facility.id, new)
        pools.append(pool.id)
        if new.kind is not PoolKind.BED:
            opening = NewOpeningRule(
                rrule=EVERY_DAY, opens=clock_time(8), minutes=720, valid_from=directory.today()
            )
            await hours.add_opening_rule(SYSTEM, pool.id, opening)
        need = NewOfferNeed(
            pool_id=pool.id,
            after_minutes=30 if new.kind is PoolKind.ROOM else 0,
            nights=int(new.kind is PoolKind.BED),
        )
        await resources.add_offer_need(SYSTEM, offer.id, need)
    first = directory.today() + timedelta(days=3)
    listed = await availability.list_slots(ANONYMOUS, offer.id, first, first + timedelta(days=30))
    starts: list[datetime] = []
    for slot in listed.items:
        if not starts or slot.starts_at >= starts[-1] + SURGERY + TIDYING:
            starts.append(slot.starts_at)
    return Hospital(offer, pools, starts)


async def patient(number: int) -> tuple[Actor, UUID]:
    """Make somebody who books."""
    command = RegisterAccount(
        email=f"bench{number}@example.org", password="a long enough phrase 7",
        name=PersonName(given="Bench", family=f"Number {number}"), home_state="KZ",
    )  # fmt: skip
    account = await identity.register_account(command)
    actor = Actor(
        kind=ActorKind.PERSON, role=Role.PATIENT, account_id=account, strong_at=datetime.now(UTC)
    )
    return actor, (await patients.list_patients(actor))[0].id


Wanted = tuple[Actor, HoldSlot]


def hold_of(who: tuple[Actor, UUID], offer: OfferView, starts_at: datetime) -> Wanted:
    """Return an actor and the hold they ask for."""
    actor, patient_id = who
    return actor, HoldSlot(
        patient_id=patient_id, offer_id=offer.id, offer_version=offer.version, starts_at=starts_at
    )


async def all_of(wanted: Sequence[Wanted]) -> tuple[float, list[float], int]:
    """Ask for holds, eight at once; return holds a second, each one's time, and how many stand."""
    asked, times, stand = iter(wanted), list[float](), 0

    async def one() -> None:
        nonlocal stand
        for actor, command in asked:
            began = time.perf_counter()
            with suppress(SlotTaken, NoSuchSlot):
                await holding.hold_slot(actor, command)
                stand += 1
            times.append(time.perf_counter() - began)

    began = time.perf_counter()
    await asyncio.gather(*(one() for _ in range(AT_ONCE)))
    return len(wanted) / (time.perf_counter() - began), times, stand


async def give_back() -> None:
    """End every hold, as the clock would in fifteen minutes."""
    for table in ("reservation", "booking"):
        await run(SYSTEM, f"UPDATE {table} SET status = 'expired' WHERE status = 'held'")


@transactional
async def statements_of(actor: Actor, command: HoldSlot) -> list[str]:
    """Return the statements of one hold, which may be refused, and take its work back."""
    async with recorded(connection()) as sent:
        with suppress(SlotTaken, NoSuchSlot):
            await holding.hold_slot(actor, command)
    return sent


def script(actor: Actor, sent: list[str], since: UUID, starts_at: datetime, days: int) -> list[str]:
    """Make the statements of one hold those of any: ids of its own, and a day drawn at random.

    What the hold itself made is younger than `since`. Times within three days of the start move
    by whole days, so that the starts stay on the hours of the opening.
    """
    made: dict[str, int] = {}

    def own(found: re.Match[str]) -> str:
        text = found[1]
        if UUID(text) < since:
            return found[0]
        number = made.setdefault(text, len(made))
        return f"md5('{number} ' || :n)::uuid"

    def moved(found: re.Match[str]) -> str:
        at = datetime.fromisoformat(found[1])
        if abs(at - starts_at) > timedelta(days=3):
            return found[0]
        return f"({found[0]} + :day * interval '1 day')"

    draw = ["\\set n random(1, 1000000000000)", f"\\set day random(0, {days})"]
    lines = []
    for statement in sent:
        line = re.sub(r"uuid '([0-9a-f-]{36})'", own, statement)
        lines.append(re.sub(r"timestamptz '([^']+)'", moved, line))
    return [*draw, context(actor) + ";", *lines]


async def measure_holds(postgres: EmbeddedPostgres, folder: Path) -> None:
    """Print what holding costs when nobody else wants the time, and when all want the same."""
    hospitals = [await hospital() for _ in range(OFFERS)]
    people = [await patient(number) for number in range(PATIENTS)]
    everybody = itertools.cycle(people)

    def free() -> Iterator[Wanted]:
        for number in range(HOLDS):
            place = hospitals[number % OFFERS]
            yield hold_of(next(everybody), place.offer, place.starts[number // OFFERS])

    scripts = []
    for number in range(SCRIPTS):
        place = hospitals[number % OFFERS]
        since = new_id()
        actor, command = hold_of(people[number], place.offer, place.starts[0])
        sent = await statements_of(actor, command)
        await give_back()
        scripts.append(script(actor, sent, since, place.starts[0], days=25))
    await all_of(list(free())[:100])
    await give_back()
    rates, limits, times = [], [], []
    for _ in range(ROUNDS):
        rate, took, _ = await all_of(list(free()))
        await give_back()
        rates.append(rate)
        times += took
        limits.append(await limit(postgres, scripts, folder))
        await give_back()
    figure(
        "bookings.hold.vs_pgbench", median(rates) / median(limits), "ratio",
        holds_per_s=round(median(rates), 1), pgbench_tps=round(median(limits), 1),
        p50_ms=round(percentile(times, 50) * 1000, 2),
        p99_ms=round(percentile(times, 99) * 1000, 2),
        statements=len(scripts[0]) - 3, at_once=AT_ONCE, rounds=ROUNDS,
    )  # fmt: skip

    place, dice = hospitals[0], random.Random(1)
    rare = place.starts[:RARE]

    def fought() -> list[Wanted]:
        return [hold_of(next(everybody), place.offer, dice.choice(rare)) for _ in range(HOLDS)]

    rates, limits, stand = [], [], 0
    for _ in range(ROUNDS):
        rate, _, stand = await all_of(fought())
        rates.append(rate)
        refused = []
        for who in people[:SCRIPTS]:
            since = new_id()
            actor, command = hold_of(who, place.offer, rare[0])
            sent = await statements_of(actor, command)
            refused.append(script(actor, sent, since, rare[0], days=0))
        limits.append(await limit(postgres, refused, folder))
        await give_back()
    figure(
        "bookings.contended.vs_pgbench", median(rates) / median(limits), "ratio",
        attempts_per_s=round(median(rates), 1), pgbench_tps=round(median(limits), 1),
        starts=RARE, sold=stand, statements=len(refused[0]) - 3, at_once=AT_ONCE,
    )  # fmt: skip


async def limit(postgres: EmbeddedPostgres, scripts: list[list[str]], folder: Path) -> float:
    """Return what pgbench reaches with the same statements, as often at once."""
    return await asyncio.to_thread(
        pgbench, postgres, scripts, folder, seconds=SECONDS, connections=AT_ONCE
    )


async def fill(place: Hospital, reservations: int) -> None:
    """Reserve hours of the past, and some nights to come, until there are so many."""
    await run(
        SYSTEM,
        "INSERT INTO reservation (id, resource_id, pool_id, status, starts_at, ends_at, created_at)"
        " SELECT gen_random_uuid(), lanes.resource_id, lanes.pool_id, 'confirmed', at,"
        " at + interval '45 minutes',"
        " now() FROM (SELECT resource_id, pool_id, count(*) OVER () AS of"
        "  FROM pool_lane WHERE pool_id = ANY($1)) lanes,"
        " generate_series(1, $2 / lanes.of) AS i,"
        " LATERAL (SELECT date_trunc('hour', now()) - i * interval '1 hour' AS at) AS past"
        " ON CONFLICT DO NOTHING",
        place.pools, reservations,
    )  # fmt: skip


async def measure_growth() -> None:
    """Print whether a facility with a long past still holds as fast."""
    who, middle = await patient(PATIENTS + 1), dict[int, float]()
    for reservations in (1_000, 100_000):
        place = await hospital()
        await fill(place, reservations)
        await run(SYSTEM, "ANALYZE reservation")
        took = []
        for starts_at in place.starts[:120]:
            _, times, _ = await all_of([hold_of(who, place.offer, starts_at)])
            took += times
            await give_back()
        middle[reservations] = median(took)
    figure(
        "bookings.growth_1k_to_100k", middle[100_000] / middle[1_000], "ratio",
        **{f"p50_ms_at_{n}": round(took * 1000, 2) for n, took in middle.items()},
    )  # fmt: skip


async def crowd(place: Hospital, each: int, days: int) -> None:
    """Reserve so many half hours of surgeon and theatre in days to come, and most nights."""
    await run(
        SYSTEM,
        "INSERT INTO reservation (id, resource_id, pool_id, status, starts_at, ends_at, created_at)"
        " SELECT gen_random_uuid(), l.resource_id, l.pool_id, 'confirmed', at,"
        " at + interval '30 minutes', now()"
        " FROM (SELECT *, row_number() OVER (ORDER BY resource_id) AS n FROM pool_lane"
        "  WHERE pool_id = ANY($1)) l, generate_series(0, $2 - 1) day, generate_series(0, 23) half,"
        " LATERAL (SELECT ((current_date + day) + time '08:00' + half * interval '30 minutes')"
        "  AT TIME ZONE 'Asia/Almaty' AS at) AS there"
        " WHERE (half + day * 5 + l.n) % 24 < $3 * 24 / ($2 * 24)",
        place.pools[:2], days, each,
    )  # fmt: skip
    await run(
        SYSTEM,
        "INSERT INTO reservation (id, resource_id, pool_id, status, starts_at, ends_at, created_at)"
        " SELECT gen_random_uuid(), l.resource_id, l.pool_id, 'confirmed', at,"
        " at + interval '22 hours', now() FROM pool_lane l, generate_series(0, $2 - 1) day,"
        " LATERAL (SELECT ((current_date + day) + time '14:00') AT TIME ZONE 'Asia/Almaty' AS at)"
        " AS night WHERE l.pool_id = $1 AND l.lane <= 9",
        place.pools[2], days,
    )  # fmt: skip


async def measure_slots() -> None:
    """Print how evenly ninety days of slots are told where every resource is crowded."""
    place = await hospital()
    await crowd(place, each=1_000, days=90)
    await run(SYSTEM, "ANALYZE reservation")
    first, took, found = directory.today() + timedelta(days=1), list[float](), 0
    for _ in range(CALLS):
        began = time.perf_counter()
        listed = await availability.list_slots(
            ANONYMOUS, place.offer.id, first, first + timedelta(days=88)
        )
        took.append(time.perf_counter() - began)
        found = len(listed.items)
    middle, worst = percentile(took, 50), percentile(took, 99)
    figure(
        "bookings.free_slots.p99_over_p50", worst / middle, "ratio",
        p50_ms=round(middle * 1000, 1), p99_ms=round(worst * 1000, 1), slots=found, calls=CALLS,
        reservations_per_resource=1_000, days=89,
    )  # fmt: skip


async def fill_market(postgres: EmbeddedPostgres) -> None:
    """Make a market of many facilities and offers, among which the measured ones stand."""
    connection = await asyncpg.connect(postgres.superuser_url)
    generator = Generator(connection)
    await generator.prepare(FACILITIES)
    await generator.add_offers(MARKET)
    await connection.close()


async def measure_earliest() -> None:
    """Print how soon the first free time of every offer that one hold concerns is right again."""
    place, who = await hospital(), await patient(PATIENTS + 2)
    await run(
        SYSTEM,
        "INSERT INTO offer_need (id, offer_id, pool_id, before_minutes, after_minutes, nights)"
        " SELECT gen_random_uuid(), o.id, n.pool_id, n.before_minutes, n.after_minutes, n.nights"
        " FROM (SELECT id FROM offer WHERE active AND id <> $1 ORDER BY id LIMIT $2) o,"
        " offer_need n WHERE n.offer_id = $1",
        place.offer.id, SHARING,
    )  # fmt: skip
    while await earliest.keep_earliest():
        pass
    before = await _first_of(place)
    stop, lags = asyncio.Event(), list[float]()
    keeping = asyncio.create_task(_keep(stop))
    for _ in range(ROUNDS):
        began = time.perf_counter()
        await all_of([hold_of(who, place.offer, before)])
        while await _still(place, before):
            await asyncio.sleep(0.02)
        lags.append(time.perf_counter() - began)
        await give_back()
        while await _first_of(place) != before:
            await asyncio.sleep(0.02)
    stop.set()
    await keeping
    figure(
        "bookings.earliest.lag_s", median(lags), "s", worst_s=round(max(lags), 2),
        offers=MARKET, sharing=SHARING + 1,
    )  # fmt: skip


async def _keep(stop: asyncio.Event) -> None:
    """Keep the earliest times every second, as the worker does."""
    while not stop.is_set():
        began = time.perf_counter()
        await earliest.keep_earliest()
        await asyncio.sleep(max(0.05, 1 - (time.perf_counter() - began)))


async def _first_of(place: Hospital) -> datetime:
    return await one("SELECT earliest_at FROM offer WHERE id = $1", place.offer.id)


async def _still(place: Hospital, before: datetime) -> int:
    """Return how many offers that share the place's resources still show a time that is taken."""
    return await one(
        "SELECT count(*) FROM offer o WHERE o.earliest_at = $2 AND EXISTS (SELECT FROM offer_need n"
        " WHERE n.offer_id = o.id AND n.pool_id = $1)",
        place.pools[0], before,
    )  # fmt: skip


async def measure(postgres: EmbeddedPostgres, folder: Path) -> None:
    """Print everything that is measured inside one process."""
    await migrate(postgres.urls.owner, postgres.urls.app)
    settings = read_settings(
        {
            "DATABASE_URL": postgres.urls.app,
            "MIGRATION_DATABASE_URL": postgres.urls.owner,
            "SHIFAYOL_DATA_DIR": str(folder / "data"),
        }
    )
    async with Runtime(settings, worker=False, size=AT_ONCE):
        await load_reference(SYSTEM)
        await fill_market(postgres)
        await measure_holds(postgres, folder)
        figure("bookings.double_bookings", len(await sold_twice()), "reservations")
        await measure_growth()
        await measure_slots()
        await measure_earliest()


def main() -> None:
    """Measure on a database of its own."""
    with scratch() as folder, EmbeddedPostgres(folder / "pg") as postgres:
        asyncio.run(measure(postgres, folder))


if __name__ == "__main__":
    main()
