"""One offer with its free times, and holding one of them."""

from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from litestar import Controller, Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath

from api.http.guards import may, require_admitted
from api.web.forms import Form, read_form
from api.web.languages import home_zone, language_of
from api.web.rendering import PageRequest, address, go, page
from domain.actor import Actor, Role
from domain.availability import service as availability
from domain.availability.types import SlotList
from domain.bookings import holding
from domain.bookings.types import HoldSlot
from domain.catalogue import service as catalogue
from domain.catalogue.types import LineKind, OfferView
from domain.clock import LATEST
from domain.credentials import service as credentials
from domain.errors import Conflict, DomainError, Forbidden
from domain.facilities import service as facilities
from domain.money import Money
from domain.patients import service as patients
from domain.patients.types import PatientView

_LOOK_AHEAD = 3
"""How many spans of 31 days the page looks ahead for the first free time."""


class OfferPages(Controller):
    path = "/offers"
    include_in_schema = False

    @get("/{offer_id:uuid}", guards=[may("catalogue.read")])
    async def show(
        self, request: PageRequest, offer_id: FromPath[UUID], actor: NamedDependency[Actor]
    ) -> Response[bytes]:
        """Show price, terms and free times of an offer."""
        return await _offer_page(request, actor, offer_id)

    @get("/{offer_id:uuid}/hold", guards=[may("pages.read")])
    async def confirm_hold(
        self, request: PageRequest, offer_id: FromPath[UUID], actor: NamedDependency[Actor]
    ) -> Response[bytes]:
        """Show the time that was chosen before signing in, with the button that holds it."""
        language = language_of(request)
        offer = await catalogue.show_offer(actor, offer_id, language.tag)
        starts_at = _instant(request.query_params.get("starts_at") or "")
        if starts_at is None:
            return go(f"/offers/{offer_id}")
        own = await _patients(actor)
        return page(
            request,
            "hold.html",
            offer=offer,
            most=_most(offer),
            starts_at=starts_at,
            offer_version=request.query_params.get("offer_version") or offer.version,
            patients=[(str(patient.id), patient.name.display) for patient in own],
            own_zone=home_zone(own[0].home_state) if own else None,
        )

    @post("/{offer_id:uuid}/hold", guards=[may("pages.read")])
    async def hold(
        self, request: PageRequest, offer_id: FromPath[UUID], actor: NamedDependency[Actor]
    ) -> Response[bytes]:
        """Hold the chosen time; who is not signed in signs in first and comes back to it."""
        form = await read_form(request, language_of(request))
        if not actor.signed_in:
            wanted = address(
                f"/offers/{offer_id}/hold",
                starts_at=form.value("starts_at"),
                offer_version=form.value("offer_version"),
            )
            return go("/sign-in", next=wanted)
        await require_admitted(actor, "bookings.hold")
        if actor.role is not Role.PATIENT:
            raise Forbidden("Only patients and those who act for them book")
        command = form.read(HoldSlot, offer_id=offer_id)
        if command is None:
            return await _offer_page(request, actor, offer_id, form, status=422)
        try:
            # A second click on the same page finds the booking of the first.
            booking = await holding.hold_slot(actor, command, form.once(command))
        except DomainError as error:
            form.refuse(error)
            status = 409 if isinstance(error, Conflict) else 422
            return await _offer_page(request, actor, offer_id, form, status=status)
        return go(f"/bookings/{booking.id}", done="held")


async def _offer_page(
    request: PageRequest, actor: Actor, offer_id: UUID, form: Form | None = None, status: int = 200
) -> Response[bytes]:
    language = language_of(request)
    offer = await catalogue.show_offer(actor, offer_id, language.tag)
    typed = _instant(form.value("starts_at")) if form else None
    slots, week = await _week(actor, offer, request, typed)
    own = await _patients(actor)
    return page(
        request,
        "offer.html",
        status=status,
        form=form,
        offer=offer,
        most=_most(offer),
        facility=await facilities.show_facility(actor, offer.facility.id),
        treatment=await catalogue.show_treatment(actor, offer.treatment.code, language.tag),
        credentials=await credentials.list_credentials(actor, offer.facility.id),
        slots=slots,
        week=week,
        patients=[(str(patient.id), patient.name.display) for patient in own],
        own_zone=home_zone(own[0].home_state) if own else None,
    )


async def _patients(actor: Actor) -> list[PatientView]:
    if actor.role is not Role.PATIENT:
        return []
    return await patients.list_patients(actor)


def _most(offer: OfferView) -> Money:
    caps = sum(line.cap or 0 for line in offer.lines if line.kind is LineKind.CONDITIONAL)
    return Money(offer.price.amount + caps, offer.price.currency)


def _instant(text: str) -> datetime | None:
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        return None
    return found if found.tzinfo else None


def _day(text: str | None) -> date | None:
    try:
        return date.fromisoformat(text or "")
    except ValueError:
        return None


async def _week(
    actor: Actor, offer: OfferView, request: PageRequest, typed: datetime | None
) -> tuple[SlotList, dict[str, Any] | None]:
    """Return the free times of the week asked for, or of the first week that has any."""
    where = ZoneInfo(offer.facility.zone)
    earliest = datetime.now(where) + timedelta(hours=offer.lead_time_hours)
    asked = _day(request.query_params.get("week"))
    if typed is not None:
        asked = typed.astimezone(where).date()
    if asked is None:
        slots = await _first_slots(actor, offer.id)
        if not slots.items:
            return slots, None
        asked = slots.items[0].starts_at.astimezone(where).date()
    soonest = earliest.date() - timedelta(days=earliest.weekday())
    monday = max(
        soonest, min(asked - timedelta(days=asked.weekday()), LATEST - timedelta(weeks=60))
    )
    slots = await availability.list_slots(actor, offer.id, monday, monday + timedelta(days=6))
    days = [
        {
            "day": day,
            "slots": [s for s in slots.items if s.starts_at.astimezone(where).date() == day],
        }
        for day in (monday + timedelta(days=offset) for offset in range(7))
    ]
    free = [day for day in days if day["slots"]]
    wanted = _day(request.query_params.get("day")) or asked
    chosen = next((day for day in free if day["day"] == wanted), free[0] if free else None)
    return slots, {
        "days": days,
        "chosen": chosen["day"] if chosen else None,
        "times": chosen["slots"] if chosen else [],
        "before": (monday - timedelta(days=7)).isoformat() if monday > soonest else None,
        "after": (monday + timedelta(days=7)).isoformat(),
    }


async def _first_slots(actor: Actor, offer_id: UUID) -> SlotList:
    slots = await availability.list_slots(actor, offer_id, None, None)
    for _ in range(_LOOK_AHEAD):
        if slots.items or slots.next is None:
            break
        following = slots.next
        slots = await availability.list_slots(
            actor, offer_id, following, following + timedelta(days=30)
        )
    return slots
