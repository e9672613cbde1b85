"""When a resource is open: recurring rules, and the exceptions of single days."""

from datetime import date
from uuid import UUID

import msgspec

from domain import clock
from domain.actor import Actor
from domain.audit import service as audit
from domain.availability import hour_queries, queries, recurrence, uncovered
from domain.availability.errors import NoSuchException, NoSuchPool, NoSuchRule, UnusableRule
from domain.availability.events import Cause
from domain.availability.tables import OpeningException as ExceptionRow
from domain.availability.tables import OpeningRule as RuleRow
from domain.availability.types import (
    EndOpeningRule,
    NewOpeningException,
    NewOpeningRule,
    OpeningExceptionView,
    OpeningRuleView,
)
from domain.db import transactional
from domain.errors import Invalid, StaleVersion
from domain.facilities import service as facilities
from domain.facilities.types import FacilityRef
from domain.idempotency.service import Once, done_before, remember
from domain.ids import new_id


async def require_pool(
    actor: Actor, pool_id: UUID, action: str = "availability.change"
) -> FacilityRef:
    """Return the facility of a pool to whoever may do the action there; raises NoSuchPool."""
    facility_id = await queries.facility_of_pool(pool_id)
    if facility_id is None:
        raise NoSuchPool(subject=("resource_pool", pool_id))
    return await facilities.facility_of(actor, facility_id, action)


@transactional
async def list_opening_rules(actor: Actor, pool_id: UUID) -> list[OpeningRuleView]:
    """Return the rules of a pool of one's own facility, those that are over too."""
    await require_pool(actor, pool_id, "availability.list")
    return await hour_queries.rules_of(pool_id)


@transactional
async def add_opening_rule(
    actor: Actor, pool_id: UUID, command: NewOpeningRule, once: Once | None = None
) -> OpeningRuleView:
    """Open a pool at these hours of the facility's clock, again and again; raises UnusableRule."""
    await require_pool(actor, pool_id)
    if (done := await done_before(actor, "availability.add_opening_rule", once)) is not None:
        return await _rule(pool_id, done)
    rule = _view(new_id(), 1, command)
    await queries.lock_pools([pool_id])
    await hour_queries.insert_rule(RuleRow(pool_id=pool_id, **msgspec.structs.asdict(rule)))
    await audit.record(actor, "availability.add_opening_rule", subject=("resource_pool", pool_id))
    await remember(actor, "availability.add_opening_rule", once, rule.id)
    return rule


async def _rule(pool_id: UUID, rule_id: UUID) -> OpeningRuleView:
    for rule in await hour_queries.rules_of(pool_id):
        if rule.id == rule_id:
            return rule
    raise NoSuchRule(subject=("opening_rule", rule_id))


@transactional
async def change_opening_rule(
    actor: Actor, pool_id: UUID, rule_id: UUID, command: NewOpeningRule, version: int
) -> OpeningRuleView:
    """Give a rule other terms; bookings that lie outside now stay, and are told of.

    Raises UnusableRule, NoSuchRule and StaleVersion.
    """
    await _lock_rule(actor, pool_id, rule_id, version)
    rule = _view(rule_id, version + 1, command)
    await hour_queries.change_rule(rule)
    await _changed(actor, pool_id, "availability.change_opening_rule")
    return rule


@transactional
async def end_opening_rule(
    actor: Actor, pool_id: UUID, rule_id: UUID, command: EndOpeningRule, version: int
) -> None:
    """Let a rule open for the last time on a day; bookings beyond stay, and are told of.

    A day after its present end changes nothing. Raises NoSuchRule and StaleVersion.
    """
    rule = await _lock_rule(actor, pool_id, rule_id, version)
    if command.last_day < rule.valid_from:
        await hour_queries.delete_rule(rule_id)
    elif rule.last_day is None or command.last_day < rule.last_day:
        await hour_queries.change_rule(
            msgspec.structs.replace(
                rule,
                valid_until=command.last_day,
                last_day=command.last_day,
                version=version + 1,
            )
        )
    await _changed(actor, pool_id, "availability.end_opening_rule")


async def _lock_rule(actor: Actor, pool_id: UUID, rule_id: UUID, version: int) -> OpeningRuleView:
    await require_pool(actor, pool_id)
    await queries.lock_pools([pool_id])
    rule = await hour_queries.rule_for_change(pool_id, rule_id)
    if rule is None:
        raise NoSuchRule(subject=("opening_rule", rule_id))
    if rule.version != version:
        raise StaleVersion(subject=("opening_rule", rule_id), version=rule.version)
    return rule


async def _changed(actor: Actor, pool_id: UUID, action: str) -> None:
    await uncovered.tell_uncovered([pool_id], Cause.RULE_CHANGED)
    await audit.record(actor, action, subject=("resource_pool", pool_id))


def _view(rule_id: UUID, version: int, command: NewOpeningRule) -> OpeningRuleView:
    for name in ("valid_from", "valid_until"):
        day = getattr(command, name)
        if day is not None and not clock.EARLIEST <= day <= clock.LATEST:
            raise UnusableRule(fields={name: "is no day that somebody may mean"})
    rule = recurrence.parsed(command.rrule)
    return OpeningRuleView(
        id=rule_id,
        rrule=command.rrule.strip().upper(),
        opens=command.opens.replace(tzinfo=None),
        minutes=command.minutes,
        valid_from=command.valid_from,
        valid_until=command.valid_until,
        last_day=recurrence.last_day(rule, command.valid_from, command.valid_until),
        observes_holidays=command.observes_holidays,
        version=version,
    )


@transactional
async def list_opening_exceptions(
    actor: Actor, pool_id: UUID, first: date | None = None
) -> list[OpeningExceptionView]:
    """Return the exceptions of a pool of one's own facility from a day on, else from today."""
    facility = await require_pool(actor, pool_id, "availability.list")
    today = clock.utc_now().astimezone(clock.zone(facility.zone)).date()
    return await hour_queries.exceptions_of(pool_id, first or today)


@transactional
async def add_opening_exception(
    actor: Actor, pool_id: UUID, command: NewOpeningException
) -> OpeningExceptionView:
    """Give a pool other hours on one day, or close it; bookings of that day are told of."""
    await require_pool(actor, pool_id)
    if (command.opens is None) != (command.minutes == 0):
        raise Invalid(
            "An open day has both `opens` and `minutes`, a closed one neither",
            fields={"minutes": "goes together with opens"},
        )
    await queries.lock_pools([pool_id])
    view = OpeningExceptionView(
        id=new_id(),
        day=command.day,
        opens=command.opens.replace(tzinfo=None) if command.opens else None,
        minutes=command.minutes,
    )
    await hour_queries.insert_exception(
        ExceptionRow(pool_id=pool_id, **msgspec.structs.asdict(view))
    )
    await _changed(actor, pool_id, "availability.add_opening_exception")
    return view


@transactional
async def remove_opening_exception(actor: Actor, pool_id: UUID, exception_id: UUID) -> None:
    """Let a day have its usual hours again; raises NoSuchException."""
    await require_pool(actor, pool_id)
    await queries.lock_pools([pool_id])
    if not await hour_queries.delete_exception(pool_id, exception_id):
        raise NoSuchException(subject=("opening_exception", exception_id))
    await _changed(actor, pool_id, "availability.remove_opening_exception")
