"""Bookings: hold, pay, show, accept, decline, put off, cancel, and where else one could go."""

from datetime import date, datetime
from typing import Annotated, Any
from uuid import UUID

from litestar import Controller, Request, Response, get, post, put
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody, QueryParameter

from api.bookings.answers import MOVE, answer
from api.http.guards import may
from api.http.problems import problems
from api.http.repeats import IdempotencyKeyHeader, UnusableKey, once
from api.http.versions import (
    IfMatch,
    VersionNeeded,
    VersionUnreadable,
    version_from,
    version_if_sent,
    with_etag,
)
from api.search.parameters import Cursor, Limit, UnknownParameter, require_known
from domain.actor import Actor
from domain.availability.errors import NoSuchSlot, SlotTaken, UnusableRange
from domain.availability.service import MAX_SLOTS
from domain.availability.types import SlotList
from domain.bookings import (
    answering,
    cancelling,
    equivalents,
    holding,
    rescheduling,
    service,
)
from domain.bookings.equivalents import Equivalents
from domain.bookings.errors import (
    EpisodeBooked,
    HoldExpired,
    NoSuchBooking,
    OfferChanged,
    TooLateToMove,
    TooManyHolds,
    UnusableInstant,
    WrongState,
)
from domain.bookings.types import (
    BookingMove,
    BookingPage,
    BookingStatus,
    BookingTermsView,
    BookingView,
    ChangesQuery,
    DeclineBooking,
    HoldSlot,
    RefundPreview,
    Reschedule,
    SetTerms,
)
from domain.catalogue.errors import NoSuchOffer, OfferWithdrawn
from domain.clock import UnknownZone
from domain.credentials.errors import CredentialNotValid
from domain.cursor import CursorInvalid
from domain.errors import Forbidden, StaleVersion
from domain.facilities.errors import NoSuchFacility
from domain.idempotency.service import KeyReused, RequestInProgress
from domain.patients.errors import NoSuchPatient
from domain.payments.errors import GatewayRefused, GatewayUnavailable
from domain.payments.types import PaymentView


class FacilityBookingsController(Controller):
    path = "/v1/facilities/{facility_id:uuid}/bookings"
    tags = ["Bookings"]

    @get(
        operation_id="listFacilityBookings",
        guards=[may("bookings.list_of_facility")],
        summary="The bookings of a facility, by when they changed",
        responses=problems(NoSuchFacility, CursorInvalid, UnusableInstant, UnknownParameter),
    )
    async def list_changes(
        self,
        request: Request[Any, Any, Any],
        facility_id: FromPath[UUID],
        actor: NamedDependency[Actor],
        statuses: Annotated[
            list[BookingStatus] | None, QueryParameter(name="status", required=False)
        ] = None,
        since: Annotated[
            datetime | None,
            QueryParameter(description="Only what changed at or after it", required=False),
        ] = None,
        cursor: Cursor = None,
        limit: Limit = 50,
    ) -> BookingPage:
        """List the paid bookings of one's own facility, the latest changed last.

        A system that keeps a copy asks again from a minute before the last `updated_at` it has
        seen: what it knows already comes with the `version` it knows.
        """
        require_known(request, "status", "since", "cursor", "limit")
        if since is not None and since.tzinfo is None:
            raise UnusableInstant("An instant needs its offset from UTC, for example a Z")
        query = ChangesQuery(status=tuple(statuses or ()), since=since, cursor=cursor, limit=limit)
        return await service.list_changes(actor, facility_id, query)


class BookingsController(Controller):
    path = "/v1/bookings"
    tags = ["Bookings"]

    @post(
        operation_id="holdSlot", guards=[may("bookings.hold")],
        summary="Hold a slot for 15 minutes",
        responses=problems(
            NoSuchPatient, NoSuchOffer, OfferChanged, NoSuchSlot, SlotTaken, TooManyHolds,
            CredentialNotValid, KeyReused, RequestInProgress, Forbidden, OfferWithdrawn,
            EpisodeBooked, UnusableKey,
        ),
    )  # fmt: skip
    async def hold(
        self,
        data: JSONBody[HoldSlot],
        actor: NamedDependency[Actor],
        idempotency_key: IdempotencyKeyHeader = None,
    ) -> Response[BookingView]:
        """Hold everything the booking needs, all or nothing, at the price that was shown."""
        view = await holding.hold_slot(actor, data, once(idempotency_key, data))
        return with_etag(view, view.version, status_code=201)

    @get(operation_id="listBookings", guards=[may("bookings.read")], summary="My bookings")
    async def list_bookings(
        self,
        actor: NamedDependency[Actor],
        status: Annotated[BookingStatus | None, QueryParameter(required=False)] = None,
    ) -> list[BookingView]:
        """List the bookings of one's patients, practice or facility, newest first."""
        return await service.list_bookings(actor, status)

    @get(
        "/{booking_id:uuid}",
        operation_id="showBooking",
        guards=[may("bookings.read")],
        summary="One booking",
        responses=problems(NoSuchBooking),
    )
    async def show(
        self, booking_id: FromPath[UUID], actor: NamedDependency[Actor]
    ) -> Response[BookingView]:
        """Return a booking with its frozen terms and, while it is held, its clock."""
        view = await service.show_booking(actor, booking_id)
        return with_etag(view, view.version)

    @post(
        "/{booking_id:uuid}/payments",
        operation_id="payDeposit",
        guards=[may("bookings.pay")],
        summary="Pay the deposit",
        responses=problems(
            NoSuchBooking, HoldExpired, WrongState, GatewayUnavailable, GatewayRefused, Forbidden
        ),
    )
    async def pay(self, booking_id: FromPath[UUID], actor: NamedDependency[Actor]) -> PaymentView:
        """Open the deposit's payment (or find the open one) and extend the hold once.

        Finish it in the payer's browser with `client_secret`; the booking is confirmed when the
        provider says that the money arrived. Calling it again is safe: one payment is open.
        """
        return await holding.pay_deposit(actor, booking_id)

    @get(
        "/{booking_id:uuid}/refund-preview",
        operation_id="previewRefund",
        guards=[may("bookings.read")],
        summary="What a cancellation would give back",
        responses=problems(NoSuchBooking),
    )
    async def preview(
        self, booking_id: FromPath[UUID], actor: NamedDependency[Actor]
    ) -> RefundPreview:
        """Return what would go back if the caller cancelled now."""
        return await cancelling.preview_refund(actor, booking_id)

    @get(
        "/{booking_id:uuid}/actions",
        operation_id="listBookingActions",
        guards=[may("bookings.read")],
        summary="What I may do now",
        responses=problems(NoSuchBooking),
    )
    async def actions(
        self, booking_id: FromPath[UUID], actor: NamedDependency[Actor]
    ) -> list[BookingMove]:
        """List what the caller may do with the booking as it stands."""
        return await service.list_moves(actor, booking_id)

    @get(
        "/{booking_id:uuid}/equivalents",
        operation_id="listEquivalents",
        guards=[may("bookings.read")],
        summary="The same treatment elsewhere",
        responses=problems(NoSuchBooking),
    )
    async def equivalents(
        self, booking_id: FromPath[UUID], actor: NamedDependency[Actor]
    ) -> Equivalents:
        """List up to five offers of other facilities that can be booked, the nearest price first.

        In any state of the network: for who has to book anew because the facility cannot treat.
        """
        return await equivalents.list_equivalents(actor, booking_id)

    @post(
        "/{booking_id:uuid}/cancel",
        operation_id="cancelBooking",
        guards=[may("bookings.cancel")],
        summary="Cancel a booking",
        status_code=200,
        responses=problems(NoSuchBooking, WrongState, Forbidden, StaleVersion, VersionUnreadable),
    )
    async def cancel(
        self, booking_id: FromPath[UUID], actor: NamedDependency[Actor], if_match: IfMatch = None
    ) -> Response[BookingView]:
        """Cancel under the frozen terms; when the facility cancels, all money goes back.

        Free of charge for the patient while the booking needs attention. Without If-Match whatever
        it has become is cancelled.
        """
        version = version_if_sent(if_match)
        return answer(await cancelling.cancel_booking(actor, booking_id, version))

    @get(
        "/{booking_id:uuid}/slots",
        operation_id="listRescheduleSlots",
        guards=[may("bookings.read")],
        summary="To which times a booking could move",
        responses=problems(
            NoSuchBooking, NoSuchOffer, OfferWithdrawn, UnusableRange, UnknownZone
        ),
    )  # fmt: skip
    async def reschedule_slots(
        self,
        booking_id: FromPath[UUID],
        actor: NamedDependency[Actor],
        first: Annotated[
            date | None,
            QueryParameter(
                name="from", description="First day of the facility's calendar", required=False
            ),
        ] = None,
        last: Annotated[
            date | None,
            QueryParameter(name="to", description="Last day, at most 89 later", required=False),
        ] = None,
        zone: Annotated[
            str | None,
            QueryParameter(
                description="The asker's IANA zone, whose clock is shown beside the facility's",
                max_length=64, required=False,
            ),
        ] = None,
        limit: Annotated[
            int,
            QueryParameter(
                description="After how many slots no further day is begun",
                ge=1, le=MAX_SLOTS, required=False,
            ),
        ] = 1000,
    ) -> SlotList:  # fmt: skip
        """List the free times of the booking's offer; what the booking has now is no hindrance."""
        return await rescheduling.list_times(actor, booking_id, first, last, zone=zone, limit=limit)

    @post(
        "/{booking_id:uuid}/reschedule",
        operation_id="rescheduleBooking",
        guards=[may("bookings.reschedule")],
        summary="Put a booking off, or bring it forward",
        status_code=200,
        responses=problems(
            *MOVE, NoSuchSlot, SlotTaken, TooLateToMove, CredentialNotValid, NoSuchOffer,
            OfferWithdrawn,
        ),
    )  # fmt: skip
    async def reschedule(
        self,
        booking_id: FromPath[UUID],
        data: JSONBody[Reschedule],
        actor: NamedDependency[Actor],
        if_match: IfMatch = None,
    ) -> Response[BookingView]:
        """Move the booking to another free time of its offer; its number and its price stay.

        The patient does so up to the offer's lead time before it begins, the facility within the
        same day. Another day is the facility's proposal: `change_order_id` names it, and the
        patient accepts or refuses it.
        """
        version = version_from(if_match)
        return answer(await rescheduling.reschedule_booking(actor, booking_id, data, version))

    @post(
        "/{booking_id:uuid}/accept",
        operation_id="acceptBooking",
        guards=[may("bookings.accept")],
        summary="Accept a booking on request",
        status_code=200,
        responses=problems(
            NoSuchBooking, WrongState, CredentialNotValid, Forbidden, StaleVersion,
            VersionUnreadable,
        ),
    )  # fmt: skip
    async def accept(
        self, booking_id: FromPath[UUID], actor: NamedDependency[Actor], if_match: IfMatch = None
    ) -> Response[BookingView]:
        """Confirm a paid booking that waits for the facility."""
        version = version_if_sent(if_match)
        return answer(await answering.accept_booking(actor, booking_id, version))

    @post(
        "/{booking_id:uuid}/decline",
        operation_id="declineBooking",
        guards=[may("bookings.decline")],
        summary="Decline a booking on request",
        status_code=200,
        responses=problems(NoSuchBooking, WrongState, Forbidden, StaleVersion, VersionUnreadable),
    )
    async def decline(
        self,
        booking_id: FromPath[UUID],
        data: JSONBody[DeclineBooking],
        actor: NamedDependency[Actor],
        if_match: IfMatch = None,
    ) -> Response[BookingView]:
        """Decline a paid booking that waits for the facility; all money goes back."""
        version = version_if_sent(if_match)
        return answer(await answering.decline_booking(actor, booking_id, data, version))


class BookingTermsController(Controller):
    path = "/v1/facilities/{facility_id:uuid}/booking-terms"
    tags = ["Bookings"]

    @get(
        operation_id="showBookingTerms",
        guards=[may("facilities.read")],
        summary="How soon a facility answers",
        responses=problems(NoSuchFacility),
    )
    async def show(
        self, facility_id: FromPath[UUID], actor: NamedDependency[Actor]
    ) -> Response[BookingTermsView]:
        """Return within how many of its working days a facility answers a booking on request."""
        view = await answering.show_terms(actor, facility_id)
        return with_etag(view, view.version)

    @put(
        operation_id="setBookingTerms",
        guards=[may("bookings.set_terms")],
        summary="Set how soon one's facility answers",
        responses=problems(NoSuchFacility, Forbidden, StaleVersion, VersionNeeded),
    )
    async def set(
        self,
        facility_id: FromPath[UUID],
        data: JSONBody[SetTerms],
        actor: NamedDependency[Actor],
        if_match: IfMatch = None,
    ) -> Response[BookingTermsView]:
        """Set it for what is asked from now on; weekends and the state's holidays do not count."""
        view = await answering.set_terms(actor, facility_id, data, version_from(if_match))
        return with_etag(view, view.version)
