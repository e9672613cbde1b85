"""Bookings as calendar files, and as feeds under secret addresses."""

from typing import Any
from uuid import UUID

from litestar import Controller, Request, Response, delete, get, post
from litestar.di import NamedDependency
from litestar.openapi.datastructures import ResponseSpec
from litestar.params import FromPath, JSONBody

from api.http.guards import may
from api.http.problems import problems
from api.web.calendar_words import SUFFIX, entries_of, feed_name
from api.web.languages import Language, of_tag
from domain.actor import Actor
from domain.availability.errors import NoSuchPractitioner
from domain.bookings.errors import NoSuchBooking
from domain.calendars import service, writing
from domain.calendars.errors import (
    CalendarIncomplete,
    CalendarKnown,
    NoSuchCalendar,
    NotBookedYet,
)
from domain.calendars.types import CalendarSecret, CalendarView, CreateCalendar, FeedKind
from domain.facilities.errors import NoSuchFacility
from domain.permissions.errors import WrongRole

MEDIA_TYPE = "text/calendar"
_FILE = {
    200: ResponseSpec(
        data_container=bytes, generate_examples=False, media_type=MEDIA_TYPE,
        description="An iCalendar object (RFC 5545)",
    )
}  # fmt: skip


def calendar_answer(request: Request[Any, Any, Any], body: bytes) -> Response[bytes]:
    """Answer a calendar, or that the asker has it already (RFC 9110, section 13.1.2)."""
    etag = writing.etag_of(body)
    headers = {"ETag": etag, "Cache-Control": "private, no-cache"}
    known = {each.strip() for each in request.headers.get("if-none-match", "").split(",")}
    if known & {etag, f"W/{etag}", "*"}:
        return Response(b"", status_code=304, headers=headers)
    return Response(body, media_type=MEDIA_TYPE, headers=headers)


class CalendarFilesController(Controller):
    path = "/"
    tags = ["Calendars"]

    @get(
        "/v1/bookings/{booking_id:uuid}/calendar.ics",
        operation_id="showBookingCalendar",
        guards=[may("bookings.read")],
        summary="One booking for a calendar",
        responses={**_FILE, **problems(NoSuchBooking, NotBookedYet)},
    )
    async def booking(
        self,
        request: Request[Any, Any, Any],
        booking_id: FromPath[UUID],
        actor: NamedDependency[Actor],
    ) -> Response[bytes]:
        """Return a booking as one event: its time in the facility's zone, and no treatment."""
        booking = await service.show_booking(actor, booking_id)
        for_patient = booking.facility_organisation_id != actor.organisation_id
        found = entries_of(
            [booking], of_tag(actor.language) or Language("en"),
            request.app.state.settings.public_url, for_patient=for_patient,
        )  # fmt: skip
        return calendar_answer(request, writing.written(found))

    @get(
        "/calendars/{name:str}",
        operation_id="readCalendar",
        guards=[may("calendars.read")],
        summary="A feed, for calendars that follow it",
        responses={**_FILE, **problems(NoSuchCalendar)},
    )
    async def read(
        self,
        request: Request[Any, Any, Any],
        name: FromPath[str],
        actor: NamedDependency[Actor],
    ) -> Response[bytes]:
        """Return the bookings that a secret address `<token>.ics` follows, as they are now.

        Cancelled ones stay for 60 days, marked as such.
        """
        if not name.endswith(SUFFIX):
            raise NoSuchCalendar
        feed = await service.read_feed(name.removesuffix(SUFFIX))
        language = of_tag(feed.language) or Language("en")
        found = entries_of(
            feed.bookings, language, request.app.state.settings.public_url,
            for_patient=feed.kind is FeedKind.PATIENT,
        )  # fmt: skip
        return calendar_answer(request, writing.written(found, feed_name(language, feed.kind)))


class CalendarsController(Controller):
    path = "/v1/me/calendars"
    tags = ["Calendars"]

    @get(
        operation_id="listCalendars",
        guards=[may("calendars.list")],
        summary="The calendars I follow",
    )
    async def list_calendars(self, actor: NamedDependency[Actor]) -> list[CalendarView]:
        """List one's feeds, with when each was last asked for; not their addresses."""
        return await service.list_calendars(actor)

    @post(
        operation_id="createCalendar",
        guards=[may("calendars.create")],
        summary="Follow a calendar",
        responses=problems(
            CalendarIncomplete, CalendarKnown, NoSuchFacility, NoSuchPractitioner, WrongRole
        ),
    )
    async def create(
        self, data: JSONBody[CreateCalendar], actor: NamedDependency[Actor]
    ) -> CalendarSecret:
        """Make a secret address `/calendars/<token>.ics`, shown now and never again.

        One's own calendar follows the patients one acts for; staff also follow their facility
        or a practitioner there, whose bookings show a number only.
        """
        return await service.create_calendar(actor, data)

    @post(
        "/{calendar_id:uuid}/rotate",
        operation_id="rotateCalendar",
        guards=[may("calendars.change")],
        summary="Make a new address",
        status_code=200,
        responses=problems(NoSuchCalendar),
    )
    async def rotate(
        self, calendar_id: FromPath[UUID], actor: NamedDependency[Actor]
    ) -> CalendarSecret:
        """Give a feed a new address; whoever has the former one finds nothing there."""
        return await service.rotate_calendar(actor, calendar_id)

    @delete(
        "/{calendar_id:uuid}",
        operation_id="revokeCalendar",
        guards=[may("calendars.change")],
        summary="Follow no more",
        responses=problems(NoSuchCalendar),
    )
    async def revoke(self, calendar_id: FromPath[UUID], actor: NamedDependency[Actor]) -> None:
        """End a feed; its address tells nothing any more."""
        await service.revoke_calendar(actor, calendar_id)
