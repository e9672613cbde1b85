"""What changes on the way: change orders, complications, cover, items and claimed grounds."""

from uuid import UUID

from litestar import Controller, Response, get, post, put
from litestar.di import NamedDependency
from litestar.openapi.datastructures import ResponseSpec
from litestar.params import FromPath, JSONBody
from litestar.response import Stream

from api.bookings.answers import MOVE, answer
from api.files.transfer import saved
from api.http.guards import may
from api.http.problems import problems
from api.http.repeats import IdempotencyKeyHeader, UnusableKey, once
from api.http.versions import IfMatch, VersionNeeded, version_from, with_etag
from domain.actor import Actor
from domain.availability.errors import NoSuchSlot, SlotTaken
from domain.bookings import changes, claims, items, safety
from domain.bookings.claim_types import ClaimGround, ClaimView, DecideClaim
from domain.bookings.errors import (
    ChangeDecided,
    ChangeUnsound,
    ClaimDecided,
    ClaimKnown,
    Contradictory,
    ImpossibleTime,
    ItemIncomplete,
    LimitExceeded,
    NoSuchBooking,
    NoSuchChange,
    NoSuchClaim,
    NoSuchComplication,
    NoSuchItem,
    TooManyItems,
    WrongState,
)
from domain.bookings.item_types import AddItem, ChangeItem, ItemView
from domain.bookings.stay_types import (
    ChangeOrderView,
    ComplicationView,
    CoverView,
    InsurerClaim,
    JustifyVariation,
    RecordCover,
    RecordVariation,
    RefuseChange,
    ReportComplication,
)
from domain.bookings.types import BookingView
from domain.credentials.errors import CredentialNotValid
from domain.errors import Forbidden, StaleVersion
from domain.files.errors import NoSuchFile, NotAvailable, StoreUnavailable
from domain.idempotency.service import KeyReused, RequestInProgress
from domain.keys.service import KeyDestroyed, SealBroken
from domain.patients.errors import NoSuchPatient

_ONCE = (KeyReused, RequestInProgress, UnusableKey)
_WRITE = (NoSuchBooking, NoSuchPatient, Forbidden, WrongState)


class BookingChangesController(Controller):
    path = "/v1/bookings/{booking_id:uuid}"
    tags = ["Stays"]

    @post(
        "/changes/{change_id:uuid}/accept",
        operation_id="acceptChange",
        guards=[may("bookings.decide_change")],
        summary="Agree to a change",
        status_code=200,
        responses=problems(
            *MOVE, NoSuchChange, ChangeDecided, NoSuchSlot, SlotTaken, CredentialNotValid
        ),
    )
    async def accept(
        self,
        booking_id: FromPath[UUID],
        change_id: FromPath[UUID],
        actor: NamedDependency[Actor],
        if_match: IfMatch = None,
    ) -> Response[BookingView]:
        """Agree to a proposed price or time; If-Match names the booking's version."""
        version = version_from(if_match)
        return answer(await changes.accept_change(actor, booking_id, change_id, version))

    @post(
        "/changes/{change_id:uuid}/refuse",
        operation_id="refuseChange",
        guards=[may("bookings.decide_change")],
        summary="Refuse a change",
        status_code=200,
        responses=problems(*MOVE, NoSuchChange, ChangeDecided),
    )
    async def refuse(
        self,
        booking_id: FromPath[UUID],
        change_id: FromPath[UUID],
        data: JSONBody[RefuseChange],
        actor: NamedDependency[Actor],
        if_match: IfMatch = None,
    ) -> Response[BookingView]:
        """Refuse a proposed change at no cost; with `withdraw` the booking ends with it."""
        version = version_from(if_match)
        return answer(await changes.refuse_change(actor, booking_id, change_id, data, version))

    @post(
        "/variations",
        operation_id="recordVariation",
        guards=[may("bookings.record_variation")],
        summary="Record what an operation needed beside the plan",
        status_code=200,
        responses=problems(*MOVE, ChangeUnsound, LimitExceeded),
    )
    async def record_variation(
        self,
        booking_id: FromPath[UUID],
        data: JSONBody[RecordVariation],
        actor: NamedDependency[Actor],
        if_match: IfMatch = None,
    ) -> Response[BookingView]:
        """Record it within `max_price`; it must be justified within 24 hours."""
        version = version_from(if_match)
        return answer(await changes.record_variation(actor, booking_id, data, version))

    @post(
        "/changes/{change_id:uuid}/justify",
        operation_id="justifyVariation",
        guards=[may("bookings.justify_variation")],
        summary="Say why a variation was needed",
        status_code=200,
        responses=problems(
            NoSuchBooking, NoSuchChange, ChangeDecided, Forbidden, StaleVersion, VersionNeeded
        ),
    )
    async def justify(
        self,
        booking_id: FromPath[UUID],
        change_id: FromPath[UUID],
        data: JSONBody[JustifyVariation],
        actor: NamedDependency[Actor],
        if_match: IfMatch = None,
    ) -> Response[ChangeOrderView]:
        """Justify a recorded variation, once; If-Match names the variation's version."""
        view = await changes.justify_variation(
            actor, booking_id, change_id, data, version_from(if_match)
        )
        return with_etag(view, view.version)

    @post(
        "/cover",
        operation_id="recordCover",
        guards=[may("bookings.record_cover")],
        summary="Record insurance against complications",
        responses=problems(*_WRITE, *_ONCE, Contradictory),
    )
    async def record_cover(
        self,
        booking_id: FromPath[UUID],
        data: JSONBody[RecordCover],
        actor: NamedDependency[Actor],
        idempotency_key: IdempotencyKeyHeader = None,
    ) -> CoverView:
        """Record a policy; where the state asks for cover, treatment waits for it."""
        return await safety.record_cover(actor, booking_id, data, once(idempotency_key, data))

    @post(
        "/complications",
        operation_id="reportComplication",
        guards=[may("bookings.report_complication")],
        summary="Report a complication",
        responses=problems(*_WRITE, *_ONCE, ImpossibleTime),
    )
    async def report_complication(
        self,
        booking_id: FromPath[UUID],
        data: JSONBody[ReportComplication],
        actor: NamedDependency[Actor],
        idempotency_key: IdempotencyKeyHeader = None,
    ) -> Response[ComplicationView]:
        """Report what went otherwise than it should; the insurer is told within 24 hours."""
        view = await safety.report_complication(
            actor, booking_id, data, once(idempotency_key, data)
        )
        return with_etag(view, view.version, status_code=201)

    @put(
        "/complications/{complication_id:uuid}/claim",
        operation_id="addInsurerClaim",
        guards=[may("bookings.add_claim")],
        summary="Note that the insurer was told",
        responses=problems(
            NoSuchBooking, NoSuchComplication, Forbidden, StaleVersion, VersionNeeded,
            ImpossibleTime,
        ),
    )  # fmt: skip
    async def add_claim(
        self,
        booking_id: FromPath[UUID],
        complication_id: FromPath[UUID],
        data: JSONBody[InsurerClaim],
        actor: NamedDependency[Actor],
        if_match: IfMatch = None,
    ) -> Response[ComplicationView]:
        """Note when the insurer was told of a complication, and the number of the claim."""
        view = await safety.add_claim(
            actor, booking_id, complication_id, data, version_from(if_match)
        )
        return with_etag(view, view.version)

    @get(
        "/items",
        operation_id="listBookingItems",
        guards=[may("bookings.read")],
        summary="What goes along with a booking",
        responses=problems(NoSuchBooking),
    )
    async def list_items(
        self, booking_id: FromPath[UUID], actor: NamedDependency[Actor]
    ) -> list[ItemView]:
        """List companions, interpreters, transfers, stays and medical transfers."""
        return await items.list_items(actor, booking_id)

    @post(
        "/items",
        operation_id="addBookingItem",
        guards=[may("bookings.change_items")],
        summary="Ask for something that goes along",
        responses=problems(*_WRITE, *_ONCE, ItemIncomplete, TooManyItems, NoSuchItem),
    )
    async def add_item(
        self,
        booking_id: FromPath[UUID],
        data: JSONBody[AddItem],
        actor: NamedDependency[Actor],
        idempotency_key: IdempotencyKeyHeader = None,
    ) -> Response[ItemView]:
        """Ask for it; the facility confirms it and names its supplier."""
        view = await items.add_item(actor, booking_id, data, once(idempotency_key, data))
        return with_etag(view, view.version, status_code=201)

    @put(
        "/items/{item_id:uuid}",
        operation_id="changeBookingItem",
        guards=[may("bookings.change_items")],
        summary="Change what goes along",
        responses=problems(*MOVE, NoSuchItem, ItemIncomplete),
    )
    async def change_item(
        self,
        booking_id: FromPath[UUID],
        item_id: FromPath[UUID],
        data: JSONBody[ChangeItem],
        actor: NamedDependency[Actor],
        if_match: IfMatch = None,
    ) -> Response[ItemView]:
        """Replace its content; what the patient changes the facility confirms anew."""
        view = await items.change_item(actor, booking_id, item_id, data, version_from(if_match))
        return with_etag(view, view.version)

    @post(
        "/items/{item_id:uuid}/cancel",
        operation_id="cancelBookingItem",
        guards=[may("bookings.change_items")],
        summary="Call an item off",
        status_code=200,
        responses=problems(*MOVE, NoSuchItem),
    )
    async def cancel_item(
        self,
        booking_id: FromPath[UUID],
        item_id: FromPath[UUID],
        actor: NamedDependency[Actor],
        if_match: IfMatch = None,
    ) -> Response[ItemView]:
        """Call off what goes along with a booking; the booking itself stays."""
        view = await items.cancel_item(actor, booking_id, item_id, version_from(if_match))
        return with_etag(view, view.version)

    @get(
        "/cancellation-claims",
        operation_id="listCancellationClaims",
        guards=[may("bookings.read")],
        summary="Claimed grounds for cancelling",
        responses=problems(NoSuchBooking),
    )
    async def list_claims(
        self, booking_id: FromPath[UUID], actor: NamedDependency[Actor]
    ) -> list[ClaimView]:
        """List what was claimed for this booking, and what was decided."""
        return await claims.list_claims(actor, booking_id)

    @post(
        "/cancellation-claims",
        operation_id="claimGround",
        guards=[may("bookings.claim_ground")],
        summary="Claim a ground for all money back",
        responses=problems(*_WRITE, NoSuchFile, ClaimKnown),
    )
    async def claim_ground(
        self,
        booking_id: FromPath[UUID],
        data: JSONBody[ClaimGround],
        actor: NamedDependency[Actor],
    ) -> Response[ClaimView]:
        """Claim a refused visa, medical unfitness or a death, with a file that proves it.

        The facility decides within three of its working days; after that an operator may.
        """
        view = await claims.claim_ground(actor, booking_id, data)
        return with_etag(view, view.version, status_code=201)


class CancellationClaimsController(Controller):
    path = "/v1/cancellation-claims/{claim_id:uuid}"
    tags = ["Stays"]

    @post(
        "/decide",
        operation_id="decideCancellationClaim",
        guards=[may("bookings.decide_claim")],
        summary="Decide a claimed ground",
        status_code=200,
        responses=problems(
            NoSuchClaim, ClaimDecided, Forbidden, StaleVersion, VersionNeeded, WrongState
        ),
    )
    async def decide(
        self,
        claim_id: FromPath[UUID],
        data: JSONBody[DecideClaim],
        actor: NamedDependency[Actor],
        if_match: IfMatch = None,
    ) -> Response[ClaimView]:
        """Confirm or refuse it; confirmed, the booking is cancelled and all money goes back."""
        view = await claims.decide_claim(actor, claim_id, data, version_from(if_match))
        return with_etag(view, view.version)

    @get(
        "/evidence",
        operation_id="readClaimEvidence",
        guards=[may("bookings.read_evidence")],
        summary="The document that proves a ground",
        responses={
            200: ResponseSpec(
                data_container=bytes,
                generate_examples=False,
                media_type="application/octet-stream",
                description="The document, under its own media type, always as a download",
            ),
            **problems(
                NoSuchClaim, ClaimDecided, Forbidden, NoSuchFile, NotAvailable, StoreUnavailable,
                SealBroken, KeyDestroyed,
            ),
        },
    )  # fmt: skip
    async def evidence(self, claim_id: FromPath[UUID], actor: NamedDependency[Actor]) -> Stream:
        """Return it to whoever is to decide, while that waits, and to the patient's side."""
        return saved(await claims.read_evidence(actor, claim_id))
