"""Keeping each offer's earliest free time, from which searches sort and filter."""

from datetime import datetime, timedelta

from domain import clock
from domain.actor import SYSTEM, Actor
from domain.availability import earliest_queries, placing, rules
from domain.availability.timetable import Timetable, timetable
from domain.availability.types import TimedOffer
from domain.catalogue import service as catalogue
from domain.db import transactional

HORIZON = timedelta(days=180)
SOON = timedelta(days=14)
"""Most offers are free within two weeks, and a short window is read in a fraction of the time."""
AGAIN = timedelta(hours=12)
NEVER = timedelta(days=36_500)
BATCH, MARKS, ROUNDS = 100, 2000, 200


async def keep_earliest() -> int:
    """Compute anew what changes or the clock have made due; return how many offers there were."""
    for _ in range(ROUNDS):
        if not await _spread(SYSTEM):
            break
    done = 0
    for _ in range(ROUNDS):
        computed = await _compute(SYSTEM)
        if not computed:
            break
        done += computed
    return done


@transactional
async def _spread(actor: Actor) -> int:
    return await earliest_queries.spread_marks(MARKS, clock.utc_now())


@transactional
async def _compute(actor: Actor) -> int:
    # Claimed before anything is read: what changes from here on makes the offer due again.
    claimed = await earliest_queries.claim_due(BATCH)
    offers = await earliest_queries.timed_offers(claimed)
    now = clock.utc_now()
    found: dict[TimedOffer, datetime | None] = {}
    waiting = [offer for offer in offers if offer.needs]
    for ahead in (SOON, HORIZON):
        table = await _table(waiting, now, ahead)
        found |= {offer: _first(offer, table, now, ahead) for offer in waiting}
        waiting = [offer for offer in waiting if found[offer] is None]
    await catalogue.note_earliest(actor, {offer.id: found.get(offer) for offer in offers})
    await earliest_queries.note_due(
        {offer.id: _due(offer, found.get(offer), now) for offer in offers}
    )
    return len(claimed)


async def _table(offers: list[TimedOffer], now: datetime, ahead: timedelta) -> Timetable:
    pools = sorted({need.pool_id for offer in offers for need in offer.needs})
    longest = max(
        (placing.ahead_of(offer.needs, offer.duration) for offer in offers), default=timedelta(0)
    )
    # Lead times differ, and days begin at different moments: one day more on both sides.
    lead = max((offer.lead for offer in offers), default=timedelta(0))
    first = now.date() - timedelta(days=1)
    last = (now + lead + ahead).date() + timedelta(days=1)
    return await timetable(pools, first, last, ahead=longest)


def _first(offer: TimedOffer, table: Timetable, now: datetime, ahead: timedelta) -> datetime | None:
    where, not_before = clock.zone(offer.zone), now + offer.lead
    starts = rules.free_starts(
        offer.needs, table.open, table.busy, offer.duration, where, not_before
    )
    found = next(starts, None)
    return found if found is None or found <= not_before + ahead else None


def _due(offer: TimedOffer, earliest: datetime | None, now: datetime) -> datetime:
    """Return when an answer may be wrong though nothing changed: the clock has overtaken it."""
    if not offer.needs:
        return now + NEVER
    return now + AGAIN if earliest is None else earliest - offer.lead + timedelta(seconds=1)
