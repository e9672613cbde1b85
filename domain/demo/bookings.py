"""Bookings of the first demo facility in several states, so that its desk is not empty.

They are made by the demo people through the services: each obeys the rules of a real one, and the
built-in gateway pays, which moves no money.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta
from uuid import UUID

import msgspec

from domain.actor import SYSTEM, Actor, ActorKind, Role
from domain.aftercare import service as aftercare
from domain.aftercare.types import AskQuestion
from domain.availability import service as availability
from domain.bookings import holding, items, jobs, safety, stay
from domain.bookings import service as bookings
from domain.bookings.item_types import AddItem, ItemDetails, ItemKind
from domain.bookings.stay_types import (
    AssessPatient,
    ChangedLine,
    DischargePatient,
    ProposedChange,
    RecordConsent,
    RecordCover,
    SignedBy,
    StartTreatment,
)
from domain.bookings.types import Assessment, BookingView, HoldSlot
from domain.catalogue import service as catalogue
from domain.catalogue.types import LineKind
from domain.clock import utc_now, zone
from domain.db import transactional
from domain.demo import queries
from domain.demo.types import SeededFacility
from domain.patients import service as patients
from domain.payments import gateways
from domain.payments import service as payments
from domain.payments.events import PaymentCaptured

_LATER, _SOON = "coronary-angiography", "coronary-stenting"
"""One is asked for days ahead; of the other, patients may be here today."""


class _Cast(msgspec.Struct, frozen=True):
    """Who works at the desk, and who comes: from three states, in three languages."""

    coordinator: Actor
    clinician: Actor
    aigerim: Actor
    bakyt: Actor
    reka: Actor


async def fill_desk(seeded: SeededFacility, people: Mapping[str, UUID]) -> None:
    """Book at a facility that nobody has booked at, unless money would have to move."""
    known = {_LATER, _SOON} <= seeded.offers.keys()
    if not known or not gateways.gateway().demo or await _has_bookings(SYSTEM, seeded.facility_id):
        return
    cast = _cast(seeded, people)
    await _asked(cast, seeded)
    await _expected(cast, seeded)
    for begin in (_to_be_changed, _in_treatment, _discharged):
        # Nobody checks in earlier than a day before the start: late in the day fewer are here.
        if (starts_at := await _next_start(seeded)) is not None:
            await begin(cast, seeded, starts_at)


@transactional
async def _has_bookings(actor: Actor, facility_id: UUID) -> bool:
    return await queries.has_bookings(facility_id)


def _cast(seeded: SeededFacility, people: Mapping[str, UUID]) -> _Cast:
    def staff(key: str, role: Role) -> Actor:
        return Actor(
            kind=ActorKind.PERSON, role=role, account_id=people[key],
            organisation_id=seeded.organisation_id, jurisdiction=seeded.facility.jurisdiction,
        )  # fmt: skip

    def patient(key: str, state: str) -> Actor:
        return Actor(
            kind=ActorKind.PERSON, role=Role.PATIENT, account_id=people[key], jurisdiction=state
        )

    return _Cast(
        coordinator=staff("demo-coordinator", Role.COORDINATOR),
        clinician=staff("demo-clinician", Role.CLINICIAN),
        aigerim=patient("demo-patient", "KZ"),
        bakyt=patient("demo-patient-kg", "KG"),
        reka=patient("demo-patient-hu", "HU"),
    )


async def _next_start(seeded: SeededFacility) -> datetime | None:
    """Return the first free start within the day before which nobody checks in, if there is one."""
    now = utc_now()
    today = now.astimezone(zone(seeded.facility.zone)).date()
    slots = await availability.list_slots(
        SYSTEM, seeded.offers[_SOON], today, today + timedelta(days=1), limit=1
    )
    found = [slot.starts_at for slot in slots.items if slot.starts_at < now + timedelta(hours=23)]
    return found[0] if found else None


async def _first_start(seeded: SeededFacility, treatment: str, days: int) -> datetime:
    first = utc_now().date() + timedelta(days=days)
    slots = await availability.list_slots(
        SYSTEM, seeded.offers[treatment], first, first + timedelta(days=14), limit=1
    )
    return slots.items[0].starts_at


async def _book(
    patient: Actor, seeded: SeededFacility, treatment: str, starts_at: datetime
) -> BookingView:
    """Hold a time and pay its deposit; what the worker would do is done at once."""
    offer = await catalogue.bookable_offer(SYSTEM, seeded.offers[treatment])
    own = await patients.list_patients(patient)
    held = await holding.hold_slot(
        patient,
        HoldSlot(
            patient_id=own[0].id, offer_id=offer.id, offer_version=offer.version,
            starts_at=starts_at,
        ),
    )  # fmt: skip
    payment = await holding.pay_deposit(patient, held.id)
    await payments.pay_in_demo(patient, payment.id)
    await jobs.confirm_when_paid(PaymentCaptured(payment.id, held.episode_id, held.id))
    return await bookings.show_booking(patient, held.id)


async def _asked(cast: _Cast, seeded: SeededFacility) -> None:
    """Let a booking wait for the facility's answer."""
    await _book(cast.aigerim, seeded, _LATER, await _first_start(seeded, _LATER, 10))


async def _expected(cast: _Cast, seeded: SeededFacility) -> None:
    """Let a patient be expected who asks to be fetched from the airport."""
    booking = await _book(cast.bakyt, seeded, _SOON, await _first_start(seeded, _SOON, 5))
    transfer = ItemDetails(
        pick_up="Istanbul airport (demo)", drop_off=seeded.facility.name,
        starts_at=booking.starts_at - timedelta(hours=20),
    )  # fmt: skip
    await items.add_item(cast.bakyt, booking.id, AddItem(kind=ItemKind.TRANSFER, details=transfer))


async def _arrived(
    patient: Actor, cast: _Cast, seeded: SeededFacility, starts_at: datetime
) -> BookingView:
    booking = await _book(patient, seeded, _SOON, starts_at)
    return await stay.check_in(cast.coordinator, booking.id, booking.version)


async def _to_be_changed(cast: _Cast, seeded: SeededFacility, starts_at: datetime) -> None:
    """Let a change wait for its patient."""
    booking = await _arrived(cast.aigerim, cast, seeded, starts_at)
    lines = [
        ChangedLine(
            kind=LineKind.MANDATORY, label="As agreed", amount=booking.price.amount
        ),
        ChangedLine(kind=LineKind.MANDATORY, label="Second stent", amount=84_000),
    ]  # fmt: skip
    await stay.assess_patient(
        cast.clinician,
        booking.id,
        AssessPatient(
            outcome=Assessment.CHANGE_ORDER,
            note="Demo: two vessels are narrowed, not one.",
            change=ProposedChange(lines=lines),
        ),
        booking.version,
    )


async def _treated(
    patient: Actor, cast: _Cast, seeded: SeededFacility, starts_at: datetime
) -> BookingView:
    """Bring a patient into treatment: assessed, insured, and with the signed consent recorded."""
    booking = await _arrived(patient, cast, seeded, starts_at)
    assessed = await stay.assess_patient(
        cast.clinician, booking.id, AssessPatient(outcome=Assessment.PROCEED), booking.version
    )
    today = utc_now().date()
    cover = RecordCover(
        insurer="Demo Insurance", policy_number="DEMO-1", valid_from=today - timedelta(days=1),
        valid_to=today + timedelta(days=90),
    )  # fmt: skip
    await safety.record_cover(cast.coordinator, booking.id, cover)
    consent = RecordConsent(
        language="en",
        text_version="demo-1",
        document_sha256="de" * 32,
        signed_by=SignedBy.PATIENT,
        signatory="Demo",
        interpreter="Demo interpreter",
        signed_at=utc_now(),
    )
    signed = await safety.record_consent(cast.clinician, booking.id, consent, assessed.version)
    return await stay.start_treatment(cast.clinician, booking.id, StartTreatment(), signed.version)


async def _in_treatment(cast: _Cast, seeded: SeededFacility, starts_at: datetime) -> None:
    """Let a patient be in treatment."""
    await _treated(cast.reka, cast, seeded, starts_at)


async def _discharged(cast: _Cast, seeded: SeededFacility, starts_at: datetime) -> None:
    """Let a patient be discharged, whose letter is missing and who asks something."""
    booking = await _treated(cast.bakyt, cast, seeded, starts_at)
    await stay.discharge_patient(cast.clinician, booking.id, DischargePatient(), booking.version)
    await aftercare.ask_question(
        cast.bakyt, booking.id, AskQuestion("Demo: may I climb stairs from tomorrow on?")
    )
