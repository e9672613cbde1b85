"""One resource: the hours it opens again and again, the days with other hours, and its end."""

from collections.abc import Awaitable, Callable
from contextlib import suppress
from datetime import UTC, date, datetime, time, timedelta
from functools import partial
from uuid import UUID

from litestar import Controller, Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath

from api.http.guards import may
from api.web import opening_words
from api.web.forms import Form, read_form
from api.web.languages import language_of
from api.web.pages.facility_time import rule_in_words
from api.web.pages.own_facility import own_pool, saved_or_shown
from api.web.rendering import PageRequest, go, page
from domain import clock
from domain.actor import Actor
from domain.availability import hours, resources, uncovered
from domain.availability.errors import NoSuchException, NoSuchRule, UnusableRule
from domain.availability.recurrence import WEEKDAYS
from domain.availability.schedule_types import UncoveredBooking
from domain.availability.types import EndOpeningRule, EndResource, OpeningRuleView
from domain.errors import DomainError
from domain.facilities.types import FacilityView

_HERE = "/facility/time/resources"


class FacilityResourcePages(Controller):
    path = f"{_HERE}/{{pool_id:uuid}}"
    include_in_schema = False

    @get(guards=[may("pages.facility")])
    async def show(
        self, request: PageRequest, pool_id: FromPath[UUID], actor: NamedDependency[Actor]
    ) -> Response[bytes]:
        """Show the rules of a resource in words, its other days, and what can be changed."""
        return await _resource_page(request, actor, pool_id)

    @post("/rules", guards=[may("availability.change")])
    async def add_rule(
        self, request: PageRequest, pool_id: FromPath[UUID], actor: NamedDependency[Actor]
    ) -> Response[bytes]:
        """Open the resource at further hours, again and again."""
        form = await read_form(request, language_of(request))
        command, fault = opening_words.read_rule(form), None
        if command is not None:
            try:
                await hours.add_opening_rule(actor, pool_id, command, form.once(command))
                return go(f"{_HERE}/{pool_id}", done="rule-added")
            except DomainError as error:
                fault = _refused(form, error)
        form.typed["about"] = ["rule"]
        return await _resource_page(request, actor, pool_id, form, fault=fault, status=422)

    @post("/exceptions", guards=[may("availability.change")])
    async def add_exception(
        self, request: PageRequest, pool_id: FromPath[UUID], actor: NamedDependency[Actor]
    ) -> Response[bytes]:
        """Give one day other hours, or show first which bookings that touches."""
        form = await read_form(request, language_of(request))
        facility, _ = await own_pool(actor, pool_id)
        change, command = None, opening_words.read_exception(form)
        if command is not None:
            change = partial(hours.add_opening_exception, actor, pool_id, command)
        return await _changed_or_shown(
            request, actor, facility, pool_id, form, change, about="exception", done="day-changed"
        )

    @post("/exceptions/{exception_id:uuid}", guards=[may("availability.change")])
    async def remove_exception(
        self,
        request: PageRequest,
        pool_id: FromPath[UUID],
        exception_id: FromPath[UUID],
        actor: NamedDependency[Actor],
    ) -> Response[bytes]:
        """Give a day its usual hours again."""
        await read_form(request, language_of(request))
        with suppress(NoSuchException):  # it has them already
            await hours.remove_opening_exception(actor, pool_id, exception_id)
        return go(f"{_HERE}/{pool_id}", done="day-usual")

    @post("/end", guards=[may("availability.change")])
    async def end(
        self, request: PageRequest, pool_id: FromPath[UUID], actor: NamedDependency[Actor]
    ) -> Response[bytes]:
        """Take the resource out of service after a day, or now; or show what that touches."""
        form = await read_form(request, language_of(request))
        facility, _ = await own_pool(actor, pool_id)
        change, read = None, form.read(EndOpeningRule) if form.value("last_day") else None
        if not form.failed:
            ends_at = _midnight(facility, read.last_day) if read else None
            change = partial(resources.end_resource, actor, pool_id, EndResource(ends_at=ends_at))
        return await _changed_or_shown(
            request, actor, facility, pool_id, form, change, about="end", done="resource-ended"
        )

    @get("/rules/{rule_id:uuid}", guards=[may("pages.facility")])
    async def show_rule(
        self,
        request: PageRequest,
        pool_id: FromPath[UUID],
        rule_id: FromPath[UUID],
        actor: NamedDependency[Actor],
    ) -> Response[bytes]:
        """Show one rule as a form."""
        return await _rule_page(request, actor, pool_id, rule_id)

    @post("/rules/{rule_id:uuid}", guards=[may("availability.change")])
    async def change_rule(
        self,
        request: PageRequest,
        pool_id: FromPath[UUID],
        rule_id: FromPath[UUID],
        actor: NamedDependency[Actor],
    ) -> Response[bytes]:
        """Give a rule other terms, or show first which bookings that touches."""
        form = await read_form(request, language_of(request))
        facility, _ = await own_pool(actor, pool_id)
        command, found, fault = opening_words.read_rule(form), None, None
        if command is not None:
            change = partial(
                hours.change_opening_rule, actor, pool_id, rule_id, command, form.version()
            )
            try:
                found = await saved_or_shown(actor, facility.id, form, change)
                if found is None:
                    return go(f"{_HERE}/{pool_id}", done="rule-changed")
            except DomainError as error:
                fault = _refused(form, error)
        return await _rule_page(request, actor, pool_id, rule_id, form, preview=found, fault=fault)

    @post("/rules/{rule_id:uuid}/end", guards=[may("availability.change")])
    async def end_rule(
        self,
        request: PageRequest,
        pool_id: FromPath[UUID],
        rule_id: FromPath[UUID],
        actor: NamedDependency[Actor],
    ) -> Response[bytes]:
        """Let a rule open for the last time on a day, or show first which bookings that touches."""
        form = await read_form(request, language_of(request))
        facility, _ = await own_pool(actor, pool_id)
        command, found = form.read(EndOpeningRule), None
        if command is not None:
            change = partial(
                hours.end_opening_rule, actor, pool_id, rule_id, command, form.version()
            )
            try:
                found = await saved_or_shown(actor, facility.id, form, change)
                if found is None:
                    return go(f"{_HERE}/{pool_id}", done="rule-ended")
            except DomainError as error:
                form.refuse(error)
        form.typed["about"] = ["end"]
        return await _rule_page(request, actor, pool_id, rule_id, form, preview=found)


async def _changed_or_shown(
    request: PageRequest, actor: Actor, facility: FacilityView, pool_id: UUID, form: Form,
    change: Callable[[], Awaitable[object]] | None, *, about: str, done: str,
) -> Response[bytes]:  # fmt: skip
    """Make a change that the form asks for; else show what it touches, or what is wrong with it."""
    found = None
    if change is not None:
        try:
            found = await saved_or_shown(actor, facility.id, form, change)
            if found is None:
                return go(f"{_HERE}/{pool_id}", done=done)
        except DomainError as error:
            form.refuse(error)
    form.typed["about"] = [about]
    status = 422 if form.failed else 200
    return await _resource_page(request, actor, pool_id, form, preview=found, status=status)


def _refused(form: Form, error: DomainError) -> str | None:
    """Note a refusal; return what exactly is wrong with a rule, in the words of its standard."""
    form.refuse(error)
    return error.fields.get("rrule") if isinstance(error, UnusableRule) else None


def _midnight(facility: FacilityView, last_day: date) -> datetime:
    """Return the end of a day of the facility's calendar."""
    if not clock.EARLIEST <= last_day < clock.LATEST:
        return datetime.min.replace(tzinfo=UTC)  # which the service refuses as over
    local = datetime.combine(last_day + timedelta(days=1), time(), clock.zone(facility.zone))
    return local.astimezone(UTC)


async def _resource_page(
    request: PageRequest, actor: Actor, pool_id: UUID, form: Form | None = None, *,
    preview: list[UncoveredBooking] | None = None, fault: str | None = None, status: int = 200,
) -> Response[bytes]:  # fmt: skip
    language = language_of(request)
    facility, pool = await own_pool(actor, pool_id)
    rules = await hours.list_opening_rules(actor, pool_id)
    today = clock.utc_now().astimezone(clock.zone(facility.zone)).date()
    over = [rule for rule in rules if rule.last_day is not None and rule.last_day < today]
    outside = await uncovered.list_uncovered(actor, facility.id)
    return page(
        request,
        "facility_resource.html",
        status=status,
        form=form,
        about=form.value("about") if form else "",
        preview=preview,
        fault=fault,
        facility=facility,
        pool=pool,
        rules=[rule_in_words(language, rule) for rule in rules if rule not in over],
        over=[rule_in_words(language, rule) for rule in over],
        exceptions=await hours.list_opening_exceptions(actor, pool_id),
        in_hours=lambda day: opening_words.hours_in_words(language, day.opens, day.minutes),
        lying_outside=[each for each in outside if each.pool_id == pool_id],
        today=today,
        weekdays=[(code, language.weekday_name(n)) for n, code in enumerate(WEEKDAYS)],
    )


async def _rule_page(
    request: PageRequest, actor: Actor, pool_id: UUID, rule_id: UUID, form: Form | None = None,
    *, preview: list[UncoveredBooking] | None = None, fault: str | None = None,
) -> Response[bytes]:  # fmt: skip
    language = language_of(request)
    facility, pool = await own_pool(actor, pool_id)
    rule = await _rule(actor, pool_id, rule_id)
    about = form.value("about") if form else ""
    typed = form if form is not None and about != "end" else None
    return page(
        request,
        "facility_rule.html",
        status=422 if form is not None and form.failed else 200,
        form=form,
        about=about,
        typed=typed or Form(language, opening_words.typed_rule(rule)),
        preview=preview,
        fault=fault,
        facility=facility,
        pool=pool,
        rule=rule_in_words(language, rule),
        weekdays=[(code, language.weekday_name(n)) for n, code in enumerate(WEEKDAYS)],
    )


async def _rule(actor: Actor, pool_id: UUID, rule_id: UUID) -> OpeningRuleView:
    for rule in await hours.list_opening_rules(actor, pool_id):
        if rule.id == rule_id:
            return rule
    raise NoSuchRule(subject=("opening_rule", rule_id))
