"""Calendars kept elsewhere that say when a resource is busy: adding, watching, removing them."""

from contextlib import suppress
from uuid import UUID

from litestar import Controller, Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath

from api.http.guards import may
from api.web.forms import Form, read_form
from api.web.languages import language_of
from api.web.pages.own_facility import chosen_facility, own_pool
from api.web.pages.slot_picker import number_of
from api.web.rendering import PageRequest, go, page
from domain.actor import Actor
from domain.availability import feeds, resources
from domain.availability.errors import NoSuchFeed
from domain.availability.types import NewFeed
from domain.clock import utc_now
from domain.errors import DomainError

_HERE = "/facility/calendars"


class FacilityCalendarPages(Controller):
    path = _HERE
    include_in_schema = False

    @get(guards=[may("pages.facility")])
    async def show(self, request: PageRequest, actor: NamedDependency[Actor]) -> Response[bytes]:
        """Show the imported calendars of each resource, and how fresh they are."""
        return await _calendars_page(request, actor)

    @post("/{facility_id:uuid}", guards=[may("availability.change")])
    async def add(
        self, request: PageRequest, facility_id: FromPath[UUID], actor: NamedDependency[Actor]
    ) -> Response[bytes]:
        """Let a calendar say when a resource is busy."""
        form = await read_form(request, language_of(request))
        command = form.read(NewFeed)
        if command is not None:
            try:
                pool_id = number_of(form.value("pool_id")) or UUID(int=0)
                facility, _ = await own_pool(actor, pool_id)
                await feeds.add_feed(actor, pool_id, command, form.once(command))
                return go(_HERE, facility=facility.id, done="calendar-added")
            except DomainError as error:
                form.refuse(error)
        return await _calendars_page(request, actor, facility_id, form, status=422)

    @post("/{pool_id:uuid}/{feed_id:uuid}", guards=[may("availability.change")])
    async def move(
        self,
        request: PageRequest,
        pool_id: FromPath[UUID],
        feed_id: FromPath[UUID],
        actor: NamedDependency[Actor],
    ) -> Response[bytes]:
        """Have a calendar fetched now, or remove it."""
        form = await read_form(request, language_of(request))
        facility, _ = await own_pool(actor, pool_id)
        if form.value("do") == "remove":
            with suppress(NoSuchFeed):  # it is gone already
                await feeds.remove_feed(actor, pool_id, feed_id)
            return go(_HERE, facility=facility.id, done="calendar-removed")
        await feeds.sync_feed(actor, pool_id, feed_id)
        return go(_HERE, facility=facility.id, done="calendar-asked")


async def _calendars_page(
    request: PageRequest, actor: Actor, facility_id: UUID | None = None, form: Form | None = None,
    *, status: int = 200,
) -> Response[bytes]:  # fmt: skip
    own = await chosen_facility(request, actor, facility_id)
    if own.facility is None:
        return page(request, "no_facility.html")
    facility, now = own.facility, utc_now()
    pools = await resources.list_pools(actor, facility.id)
    imported = [(pool, await feeds.list_feeds(actor, pool.id)) for pool in pools]
    return page(
        request,
        "facility_calendars.html",
        status=status,
        form=form,
        facility=facility,
        facilities=own.all,
        imported=[(pool, found) for pool, found in imported if found],
        pools=[pool for pool in pools if pool.ends_at is None or pool.ends_at > now],
        hosts=request.app.state.settings.calendar_hosts,
        now=now,
    )
