"""Following bookings from one's own calendar: addresses made, made anew, ended."""

from uuid import UUID

import msgspec
from litestar import Controller, Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath

from api.http.guards import may
from api.web.calendar_words import address_of, feed_name
from api.web.forms import Form, read_form
from api.web.languages import Language, language_of
from api.web.rendering import PageRequest, go, page
from domain.actor import Actor
from domain.availability import resources
from domain.calendars import service
from domain.calendars.types import CalendarSecret, CalendarView, CreateCalendar, FeedKind
from domain.errors import DomainError
from domain.facilities import service as facilities


class Followable(msgspec.Struct, frozen=True):
    """A calendar that somebody may follow: what it is called, and the form that follows it."""

    title: str
    kind: FeedKind
    facility_id: UUID | None = None
    practitioner_id: UUID | None = None

    def is_of(self, calendar: CalendarView) -> bool:
        """Tell whether a feed is of this calendar."""
        mine = (self.kind, self.facility_id, self.practitioner_id)
        return mine == (calendar.kind, calendar.facility_id, calendar.practitioner_id)


class CalendarPages(Controller):
    path = "/account/calendars"
    include_in_schema = False

    @get(guards=[may("calendars.list")])
    async def show(self, request: PageRequest, actor: NamedDependency[Actor]) -> Response[bytes]:
        """Show what one follows, and what one may follow."""
        return await _calendars_page(request, actor)

    @post(guards=[may("calendars.create")])
    async def create(self, request: PageRequest, actor: NamedDependency[Actor]) -> Response[bytes]:
        """Follow a calendar; its address is shown now only."""
        form = await read_form(request, language_of(request))
        command = form.read(CreateCalendar)
        if command is not None:
            try:
                made = await service.create_calendar(actor, command)
            except DomainError as error:
                form.refuse(error)
            else:
                return _address_page(request, made)
        return await _calendars_page(request, actor, form, status=422)

    @post("/{calendar_id:uuid}", guards=[may("calendars.change")])
    async def change(
        self, request: PageRequest, calendar_id: FromPath[UUID], actor: NamedDependency[Actor]
    ) -> Response[bytes]:
        """Make a new address, or end the calendar."""
        form = await read_form(request, language_of(request))
        if form.value("do") == "revoke":
            await service.revoke_calendar(actor, calendar_id)
            return go("/account/calendars", done="removed")
        return _address_page(request, await service.rotate_calendar(actor, calendar_id))


def _address_page(request: PageRequest, made: CalendarSecret) -> Response[bytes]:
    return page(
        request,
        "calendar_address.html",
        address_of_feed=address_of(request.app.state.settings.public_url, made.token),
        headers={"Cache-Control": "no-store"},
    )


async def _followable(actor: Actor, language: Language) -> list[Followable]:
    found = [Followable(feed_name(language, FeedKind.PATIENT), FeedKind.PATIENT)]
    for facility in await facilities.list_own(actor):
        found.append(Followable(facility.name, FeedKind.FACILITY, facility.id))
        for person in await resources.list_practitioners(actor, facility.id):
            title = f"{person.name}, {facility.name}"
            found.append(Followable(title, FeedKind.PRACTITIONER, facility.id, person.id))
    return found


async def _calendars_page(
    request: PageRequest, actor: Actor, form: Form | None = None, *, status: int = 200
) -> Response[bytes]:
    followed = await service.list_calendars(actor)
    options = await _followable(actor, language_of(request))
    titles = {
        calendar.id: next((each.title for each in options if each.is_of(calendar)), None)
        for calendar in followed
    }
    return page(
        request,
        "calendars.html",
        status=status,
        form=form,
        followed=followed,
        titles=titles,
        options=[each for each in options if not any(each.is_of(f) for f in followed)],
    )
