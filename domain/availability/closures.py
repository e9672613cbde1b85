"""Days on which a whole facility is closed."""

from datetime import date
from uuid import UUID

import msgspec

from domain import clock
from domain.actor import Actor
from domain.audit import service as audit
from domain.availability import hour_queries, queries, uncovered
from domain.availability.errors import NoSuchClosure, UnusableTime
from domain.availability.events import Cause
from domain.availability.tables import Closure as ClosureRow
from domain.availability.types import Closure, NewClosure
from domain.db import transactional
from domain.facilities import service as facilities
from domain.idempotency.service import Once, done_before, remember
from domain.ids import new_id
from domain.text import cleaned

LONGEST_DAYS = 1095


@transactional
async def list_closures(
    actor: Actor, facility_id: UUID, first: date | None = None
) -> list[Closure]:
    """Return the closures of one's own facility that last until a day or longer, else today."""
    facility = await facilities.facility_of(actor, facility_id, "availability.list")
    today = clock.utc_now().astimezone(clock.zone(facility.zone)).date()
    found = await hour_queries.closures([facility_id], first or today, clock.LATEST)
    return [closure for _, closure in found]


@transactional
async def close_facility(
    actor: Actor, facility_id: UUID, command: NewClosure, once: Once | None = None
) -> Closure:
    """Close one's own facility for whole days; bookings within stay, and are told of."""
    await facilities.facility_of(actor, facility_id, "availability.change")
    if (done := await done_before(actor, "availability.close_facility", once)) is not None:
        return await _closure(facility_id, done)
    command = cleaned(command)
    length = (command.last_day - command.first_day).days
    if not (
        0 <= length <= LONGEST_DAYS
        and command.first_day >= clock.EARLIEST
        and command.last_day <= clock.LATEST
    ):
        raise UnusableTime(fields={"last_day": "not before the first, at most three years later"})
    pools = await hour_queries.pools_of_facility(facility_id)
    await queries.lock_pools(pools)
    closure = Closure(id=new_id(), **msgspec.structs.asdict(command))
    await hour_queries.insert_closure(
        ClosureRow(
            facility_id=facility_id, created_at=clock.utc_now(), **msgspec.structs.asdict(closure)
        )
    )
    await uncovered.tell_uncovered(pools, Cause.CLOSURE)
    await audit.record(actor, "availability.close_facility", subject=("facility", facility_id))
    await remember(actor, "availability.close_facility", once, closure.id)
    return closure


async def _closure(facility_id: UUID, closure_id: UUID) -> Closure:
    found = await hour_queries.closures([facility_id], clock.EARLIEST, clock.LATEST)
    for _, closure in found:
        if closure.id == closure_id:
            return closure
    raise NoSuchClosure(subject=("closure", closure_id))


@transactional
async def reopen_facility(actor: Actor, facility_id: UUID, closure_id: UUID) -> None:
    """Lift a closure; raises NoSuchClosure."""
    await facilities.facility_of(actor, facility_id, "availability.change")
    pools = await hour_queries.pools_of_facility(facility_id)
    await queries.lock_pools(pools)
    if not await hour_queries.delete_closure(facility_id, closure_id):
        raise NoSuchClosure(subject=("closure", closure_id))
    await uncovered.tell_uncovered(pools, Cause.CLOSURE)
    await audit.record(actor, "availability.reopen_facility", subject=("facility", facility_id))
