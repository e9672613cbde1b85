"""A facility's resources and closed days: what there is, what is added, and what that touches."""

from contextlib import suppress
from datetime import timedelta
from functools import partial
from typing import Any
from uuid import UUID

from litestar import Controller, Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath

from api.http.guards import may
from api.web.forms import Form, read_form
from api.web.languages import Language, language_of
from api.web.opening_words import days_in_words, hours_in_words
from api.web.pages.own_facility import chosen_facility, saved_or_shown
from api.web.rendering import PageRequest, go, page
from domain import clock
from domain.actor import Actor
from domain.availability import closures, hours, resources, uncovered
from domain.availability.errors import NoSuchClosure
from domain.availability.public_holidays import holidays_between
from domain.availability.schedule_types import UncoveredBooking
from domain.availability.types import (
    NewClosure,
    NewPool,
    NewPractitioner,
    OpeningRuleView,
    PoolKind,
    PoolView,
)
from domain.catalogue import service as catalogue
from domain.errors import DomainError
from domain.jurisdictions import JURISDICTIONS

_HERE = "/facility/time"
_HOLIDAYS_AHEAD = timedelta(days=180)


class FacilityTimePages(Controller):
    path = _HERE
    include_in_schema = False

    @get(guards=[may("pages.facility")])
    async def show(self, request: PageRequest, actor: NamedDependency[Actor]) -> Response[bytes]:
        """Show resources with their hours, closed days, and bookings that lie outside."""
        return await _time_page(request, actor)

    @post("/{facility_id:uuid}/resources", guards=[may("availability.change")])
    async def add(
        self, request: PageRequest, facility_id: FromPath[UUID], actor: NamedDependency[Actor]
    ) -> Response[bytes]:
        """Add a room, a device or beds, or somebody who works here."""
        form = await read_form(request, language_of(request))
        command = _new_pool(form)
        if command is not None:
            try:
                made = await resources.create_pool(actor, facility_id, command)
                return go(f"{_HERE}/resources/{made.id}", done="resource-added")
            except DomainError as error:
                form.refuse(error)
        return await _time_page(request, actor, facility_id, form, status=422)

    @post("/{facility_id:uuid}/closures", guards=[may("availability.change")])
    async def close(
        self, request: PageRequest, facility_id: FromPath[UUID], actor: NamedDependency[Actor]
    ) -> Response[bytes]:
        """Close the facility for days, or show first which bookings lie in them."""
        form = await read_form(request, language_of(request))
        command = form.read(NewClosure, beds_too=form.checked("beds_too"))
        found = None
        if command is not None:
            change = partial(
                closures.close_facility, actor, facility_id, command, form.once(command)
            )
            try:
                found = await saved_or_shown(actor, facility_id, form, change)
                if found is None:
                    return go(_HERE, facility=facility_id, done="closed-days")
            except DomainError as error:
                form.refuse(error)
        status = 422 if form.failed else 200
        return await _time_page(request, actor, facility_id, form, preview=found, status=status)

    @post("/{facility_id:uuid}/closures/{closure_id:uuid}", guards=[may("availability.change")])
    async def reopen(
        self,
        request: PageRequest,
        facility_id: FromPath[UUID],
        closure_id: FromPath[UUID],
        actor: NamedDependency[Actor],
    ) -> Response[bytes]:
        """Lift a closure; lifting it twice is lifting it once."""
        await read_form(request, language_of(request))
        with suppress(NoSuchClosure):  # one that is lifted already
            await closures.reopen_facility(actor, facility_id, closure_id)
        return go(_HERE, facility=facility_id, done="reopened")


def _new_pool(form: Form) -> NewPool | None:
    if form.value("do") != "practitioner":
        return form.read(NewPool, practitioner=None)
    person = form.read(NewPractitioner)
    if person is None:
        return None
    return form.read(NewPool, kind=PoolKind.PRACTITIONER, lanes=1, practitioner=person)


async def _time_page(
    request: PageRequest, actor: Actor, facility_id: UUID | None = None, form: Form | None = None,
    *, preview: list[UncoveredBooking] | None = None, status: int = 200,
) -> Response[bytes]:  # fmt: skip
    language = language_of(request)
    own = await chosen_facility(request, actor, facility_id)
    if own.facility is None:
        return page(request, "no_facility.html")
    facility = own.facility
    now = clock.utc_now()
    today = now.astimezone(clock.zone(facility.zone)).date()
    pools = await resources.list_pools(actor, facility.id)
    return page(
        request,
        "facility_time.html",
        status=status,
        form=form,
        preview=preview,
        facility=facility,
        facilities=own.all,
        lying_outside=await uncovered.list_uncovered(actor, facility.id),
        present=[pool for pool in pools if pool.ends_at is None or pool.ends_at > now],
        ended=[pool for pool in pools if pool.ends_at is not None and pool.ends_at <= now],
        hours_of={pool.id: await _hours(actor, pool, language) for pool in pools},
        closures=await closures.list_closures(actor, facility.id),
        holidays=holidays_between(facility.jurisdiction, today, today + _HOLIDAYS_AHEAD),
        today=today,
        specialties=[
            (each.code, each.name) for each in await catalogue.list_specialties(actor, language.tag)
        ],
        states=[(code, language.state(code)) for code in JURISDICTIONS if code != "XN"],
    )


async def _hours(actor: Actor, pool: PoolView, language: Language) -> list[dict[str, Any]]:
    """Return the present rules of a resource in words; beds are open round the clock."""
    if pool.kind is PoolKind.BED:
        return []
    today = clock.utc_now().date()
    return [
        rule_in_words(language, rule)
        for rule in await hours.list_opening_rules(actor, pool.id)
        if rule.last_day is None or rule.last_day >= today
    ]


def rule_in_words(language: Language, rule: OpeningRuleView) -> dict[str, Any]:
    """Return a rule with its days and hours in words."""
    days = days_in_words(language, rule.rrule, rule.valid_from)
    hours = hours_in_words(language, rule.opens, rule.minutes)
    return {"rule": rule, "days": days, "hours": hours, "words": f"{days}, {hours}"}
