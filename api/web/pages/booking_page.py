"""Everything about one booking on one page: what waits, what was agreed, what has happened."""

import contextlib
from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec
from litestar import Response

from api.web.forms import Form
from api.web.languages import Language, home_zone, language_of
from api.web.rendering import PageRequest, page
from domain.actor import Actor, Role
from domain.bookings import claims, items, safety
from domain.bookings import service as bookings
from domain.bookings.stay_types import (
    BookingLogLine,
    ChangeOrderStatus,
    ChangeOrderView,
    StayView,
)
from domain.bookings.types import BookingStatus, BookingView
from domain.catalogue import service as catalogue
from domain.catalogue.errors import NoSuchOffer
from domain.catalogue.types import LineKind
from domain.letters import service as letters
from domain.letters.types import LetterView
from domain.patients import service as patients
from domain.payments import service as payments
from domain.payments.types import PaymentStatus, PaymentView

_STRIPE_CSP = (
    "default-src 'none'; script-src 'self' https://js.stripe.com; style-src 'self'; "
    "img-src 'self' data:; connect-src 'self' https://api.stripe.com; "
    "frame-src https://js.stripe.com https://hooks.stripe.com; form-action 'self'; "
    "base-uri 'none'; frame-ancestors 'none'"
)
_UNPAID = (PaymentStatus.CREATED, PaymentStatus.REQUIRES_ACTION)


class Facts(msgspec.Struct, frozen=True):
    """A booking with what every page about it names: treatment, patient, the patient's zone."""

    booking: BookingView
    treatment: str
    patient: str
    own_zone: str | None
    patient_side: bool


async def facts_of(actor: Actor, booking_id: UUID, language: Language) -> Facts:
    """Return what a page about a booking names; raises NoSuchBooking."""
    booking = await bookings.show_booking(actor, booking_id)
    treatment = await catalogue.show_treatment(actor, booking.treatment, language.tag)
    found = await patients.list_patients(actor, [booking.patient_id])
    return Facts(
        booking=booking,
        treatment=treatment.name,
        patient=found[0].name.display if found else "",
        own_zone=home_zone(found[0].home_state) if found else None,
        patient_side=actor.role is Role.PATIENT,
    )


def shown(facts: Facts) -> dict[str, Any]:
    """Return the facts by the names that templates give them."""
    return msgspec.structs.asdict(facts)


async def booking_page(
    request: PageRequest, actor: Actor, booking_id: UUID, form: Form | None = None,
    *, status: int = 200,
) -> Response[bytes]:  # fmt: skip
    """Show a booking to one of its sides, with what each may do with it now."""
    language, settings = language_of(request), request.app.state.settings
    facts = await facts_of(actor, booking_id, language)
    booking = facts.booking
    # An access without `view` books and pays, and reads nothing of the treatment.
    clinical = await patients.may_view(actor, booking.patient_id)
    stay = await safety.show_stay(actor, booking_id) if clinical else None
    changes = stay.changes if stay else []
    found = await payments.payments_of_episode(actor, booking.episode_id)
    mine = [payment for payment in found if payment.booking_id == booking_id]
    waiting, key = _stripe_payment(mine, booking), settings.stripe_publishable_key
    return page(
        request,
        "booking.html",
        status=status,
        form=form,
        headers={"Content-Security-Policy": _STRIPE_CSP} if waiting and key else None,
        **shown(facts),
        moves=await bookings.list_moves(actor, booking_id),
        clinical=clinical,
        stay=stay,
        proposal=next((each for each in changes if each.id == booking.change_order_id), None),
        past_changes=[each for each in changes if each.id != booking.change_order_id],
        agreed=await _agreed_lines(actor, booking, changes, language),
        history=[_told(move) for move in reversed(stay.moves)] if stay else [],
        cover_missing=_cover_missing(stay),
        letter=await _letter(actor, facts) if clinical else None,
        items=await items.list_items(actor, booking_id),
        claims=await claims.list_claims(actor, booking_id),
        payments=mine,
        arriving=booking.status is BookingStatus.PENDING_PAYMENT
        and any(payment.status is PaymentStatus.CAPTURED for payment in mine),
        stripe=waiting,
        stripe_key=key,
        demo_gateway=not settings.stripe_secret_key,
    )


def _stripe_payment(mine: list[PaymentView], booking: BookingView) -> PaymentView | None:
    if booking.status is not BookingStatus.PENDING_PAYMENT:
        return None
    return next((p for p in mine if p.client_secret and not p.demo and p.status in _UNPAID), None)


async def _letter(actor: Actor, facts: Facts) -> LetterView | None:
    """Return the latest letter of a booking, for its patient; it may be revoked."""
    if not facts.patient_side:
        return None
    found = await letters.list_letters(actor, [facts.booking.patient_id])
    return next((each for each in found if each.booking_id == facts.booking.id), None)


async def _agreed_lines(
    actor: Actor, booking: BookingView, changes: Sequence[ChangeOrderView], language: Language
) -> list[Any] | None:
    """Return the lines that make up the price, where they are still known."""
    found: list[Any] = []
    accepted = [c for c in changes if c.status is ChangeOrderStatus.ACCEPTED and c.lines]
    if accepted:
        found.extend(accepted[-1].lines)
    else:
        with contextlib.suppress(NoSuchOffer):  # withdrawn since, or not listed at present
            found.extend((await catalogue.show_offer(actor, booking.offer_id, language.tag)).lines)
    for change in changes:
        if change.status is ChangeOrderStatus.RECORDED:
            found.extend(change.lines)
    total = sum(line.amount or 0 for line in found if line.kind is LineKind.MANDATORY)
    return found if found and total == booking.price.amount else None


class Told(msgspec.Struct, frozen=True):
    """One move of a booking as it is told: when, to which state, why, with whose words."""

    at: datetime
    status: BookingStatus
    reason: str | None
    note: str | None
    died_at: datetime | None


def _told(move: BookingLogLine) -> Told:
    note, died_at = move.note, None
    if move.status is BookingStatus.DIED and note:
        # The first line of this note is the instant itself.
        first, _, rest = note.partition("\n")
        died_at, note = datetime.fromisoformat(first), rest
    return Told(move.at, move.status, move.reason, note, died_at)


def _cover_missing(stay: StayView | None) -> bool:
    return stay is not None and stay.cover_required and not stay.cover
