"""When a resource is open: weekly rules and the exceptions of single days."""

from uuid import UUID

from domain.actor import Actor
from domain.audit import service as audit
from domain.availability import queries, rules
from domain.availability.errors import NoSuchPool
from domain.availability.tables import OpeningException as ExceptionRow
from domain.availability.tables import OpeningRule as RuleRow
from domain.availability.types import NewOpeningException, NewOpeningRule
from domain.db import transactional
from domain.errors import Invalid
from domain.facilities import service as facilities
from domain.ids import new_id


async def _require_pool(actor: Actor, pool_id: UUID) -> None:
    facility_id = await queries.facility_of_pool(pool_id)
    if facility_id is None:
        raise NoSuchPool(subject=("resource_pool", pool_id))
    await facilities.facility_of(actor, facility_id, "availability.change")


@transactional
async def add_opening_rule(actor: Actor, pool_id: UUID, command: NewOpeningRule) -> UUID:
    """Open a pool every week at these hours of the facility's clock; raises UnusableRule."""
    rules.weekdays_of(command.rrule)
    await _require_pool(actor, pool_id)
    await queries.lock_pools([pool_id])
    rule_id = new_id()
    await queries.insert_rule(
        RuleRow(
            id=rule_id,
            pool_id=pool_id,
            rrule=command.rrule.strip().upper(),
            opens=command.opens.replace(tzinfo=None),
            minutes=command.minutes,
            valid_from=command.valid_from,
            valid_until=command.valid_until,
        )
    )
    await audit.record(actor, "availability.add_opening_rule", subject=("resource_pool", pool_id))
    return rule_id


@transactional
async def add_opening_exception(actor: Actor, pool_id: UUID, command: NewOpeningException) -> UUID:
    """Give a pool other hours on one day, or close it."""
    await _require_pool(actor, pool_id)
    if (command.opens is None) != (command.minutes == 0):
        raise Invalid(
            "An open day has both `opens` and `minutes`, a closed one neither",
            fields={"minutes": "goes together with opens"},
        )
    await queries.lock_pools([pool_id])
    exception_id = new_id()
    await queries.insert_exception(
        ExceptionRow(
            id=exception_id,
            pool_id=pool_id,
            day=command.day,
            opens=command.opens.replace(tzinfo=None) if command.opens else None,
            minutes=command.minutes,
        )
    )
    await audit.record(
        actor, "availability.add_opening_exception", subject=("resource_pool", pool_id)
    )
    return exception_id
