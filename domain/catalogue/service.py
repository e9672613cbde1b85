"""Showing the catalogue, and what facilities offer at which price."""

import contextlib
from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec

from domain.actor import Actor
from domain.audit import service as audit
from domain.catalogue import policy, queries, rules
from domain.catalogue.errors import (
    NoSuchOffer,
    NoSuchTreatment,
    OfferWithdrawn,
    TooManyCompared,
    TreatmentRestricted,
    UnknownTreatment,
)
from domain.catalogue.reference import load_reference as load_reference
from domain.catalogue.types import (
    BookableOffer,
    CreateOffer,
    OfferList,
    OfferTerms,
    OfferView,
    PricePoint,
    SpecialtyView,
    TreatmentName,
    TreatmentView,
)
from domain.clock import utc_now
from domain.db import transactional
from domain.errors import StaleVersion
from domain.facilities import service as facilities
from domain.idempotency.service import Once, done_before, remember
from domain.ids import new_id
from domain.languages import require_languages
from domain.money import Currency
from domain.rates import service as rates
from domain.text import cleaned


@transactional
async def list_specialties(actor: Actor, language: str = "en") -> list[SpecialtyView]:
    """Return every specialty."""
    require_languages([language])
    return await queries.specialties(language)


@transactional
async def list_treatments(
    actor: Actor, language: str = "en", specialty: str | None = None
) -> list[TreatmentView]:
    """Return every treatment, or those of one specialty."""
    require_languages([language])
    return await queries.treatments(language, specialty)


@transactional
async def show_treatment(actor: Actor, code: str, language: str = "en") -> TreatmentView:
    """Return a treatment; raises NoSuchTreatment."""
    require_languages([language])
    found = await queries.treatments(language, None, code)
    if not found:
        raise NoSuchTreatment(subject=("treatment", code))
    return found[0]


@transactional
async def require_treatment(actor: Actor, code: str) -> None:
    """Refuse a code that no treatment of the catalogue has; raises NoSuchTreatment."""
    await show_treatment(actor, code)


@transactional
async def list_names(actor: Actor, code: str, language: str | None = None) -> list[TreatmentName]:
    """Return what a treatment is called, everywhere or in one language; raises NoSuchTreatment."""
    if language is not None:
        require_languages([language])
    if not (found := await queries.treatment_names(code, language)):
        raise NoSuchTreatment(subject=("treatment", code))
    return found


MOST_COMPARED = 4


@transactional
async def compare_offers(
    actor: Actor, offer_ids: list[UUID], language: str = "en"
) -> list[OfferView]:
    """Return up to four offers side by side, in the order asked for.

    One that is not shown (any more) is left out; raises TooManyCompared.
    """
    require_languages([language])
    asked = list(dict.fromkeys(offer_ids))
    if len(asked) > MOST_COMPARED:
        raise TooManyCompared(fields={"offer": TooManyCompared.title}, most=MOST_COMPARED)
    found = []
    for offer_id in asked:
        with contextlib.suppress(NoSuchOffer):
            found.append(await show_offer(actor, offer_id, language))
    return found


@transactional
async def show_offer(actor: Actor, offer_id: UUID, language: str = "en") -> OfferView:
    """Return an offer; one that is withdrawn or not listed only to those it concerns."""
    require_languages([language])
    found = await queries.offer(offer_id, language)
    if found is None:
        raise NoSuchOffer(subject=("offer", offer_id))
    view, organisation_id = found
    if not view.listed and not policy.sees_unlisted(actor, organisation_id, view.facility.state):
        raise NoSuchOffer(subject=("offer", offer_id))
    return view


@transactional
async def equivalent_offers(
    actor: Actor, offer_id: UUID, language: str, limit: int
) -> list[OfferView]:
    """Return listed offers of other facilities for the same treatment, the nearest price first."""
    require_languages([language])
    return await queries.equivalents(offer_id, language, limit)


@transactional
async def list_offers_of(actor: Actor, facility_id: UUID, language: str = "en") -> OfferList:
    """Return a facility's offers, cheapest first; its staff also see what is not listed."""
    require_languages([language])
    facility = await facilities.facility_ref(actor, facility_id)
    unlisted = policy.sees_unlisted(actor, facility.organisation_id, facility.jurisdiction)
    return OfferList(await queries.offers_of(facility_id, unlisted=unlisted, language=language))


@transactional
async def price_history(actor: Actor, offer_id: UUID) -> list[PricePoint]:
    """Return what an offer cost and costs, newest first; raises NoSuchOffer."""
    await show_offer(actor, offer_id)
    return await queries.price_history(offer_id)


@transactional
async def create_offer(
    actor: Actor, facility_id: UUID, command: CreateOffer, once: Once | None = None
) -> OfferView:
    """Offer a treatment at one's own facility.

    Raises UnknownTreatment, TreatmentRestricted, and what is wrong with the terms.
    """
    if (done := await done_before(actor, "catalogue.create_offer", once)) is not None:
        return await show_offer(actor, done)
    facility = await facilities.facility_of(actor, facility_id, "catalogue.create_offer")
    command = cleaned(command)
    found = await queries.treatments("en", None, command.treatment)
    if not found:
        raise UnknownTreatment(fields={"treatment": UnknownTreatment.title})
    treatment = found[0]
    if facility.jurisdiction in treatment.restricted_in:
        raise TreatmentRestricted(fields={"treatment": TreatmentRestricted.title})
    values = await _columns(actor, command, treatment)
    offer_id, now = new_id(), utc_now()
    await queries.insert_offer(
        offer_id, facility_id, treatment, values, demo=facility.demo, now=now
    )
    await queries.replace_lines(offer_id, command)
    await remember(actor, "catalogue.create_offer", once, offer_id)
    return await _note(actor, "create_offer", offer_id)


@transactional
async def update_offer(
    actor: Actor, facility_id: UUID, offer_id: UUID, terms: OfferTerms, *, version: int
) -> OfferView:
    """Give an offer new terms, as its next version; raises StaleVersion and OfferWithdrawn."""
    view = await _own(actor, facility_id, offer_id)
    terms = cleaned(terms)
    treatment = (await queries.treatments("en", None, view.treatment.code))[0]
    values = await _columns(actor, terms, treatment)
    if not await queries.update_offer(offer_id, values, version=version, now=utc_now()):
        raise StaleVersion(subject=("offer", offer_id), version=view.version)
    await queries.replace_lines(offer_id, terms)
    return await _note(actor, "update_offer", offer_id)


@transactional
async def withdraw_offer(
    actor: Actor, facility_id: UUID, offer_id: UUID, *, version: int
) -> OfferView:
    """Take an offer from the market; bookings already made stand."""
    view = await _own(actor, facility_id, offer_id)
    if not await queries.update_offer(offer_id, {"active": False}, version=version, now=utc_now()):
        raise StaleVersion(subject=("offer", offer_id), version=view.version)
    return await _note(actor, "withdraw_offer", offer_id)


@transactional
async def bookable_offer(actor: Actor, offer_id: UUID) -> BookableOffer:
    """Return what a booking takes over from an offer; raises NoSuchOffer and OfferWithdrawn.

    Whether credentials cover it is asked apart: `credentials.require_cover`.
    """
    found = await queries.bookable_offer(offer_id)
    if found is None:
        raise NoSuchOffer(subject=("offer", offer_id))
    offer, active = found
    if not active:
        raise OfferWithdrawn(subject=("offer", offer_id))
    return offer


@transactional
async def note_earliest(actor: Actor, earliest: dict[UUID, datetime | None]) -> int:
    """Store when offers can start at the earliest; return how many that changed.

    Their versions stay: it is no term of theirs.
    """
    return await queries.note_earliest(earliest)


async def _columns(actor: Actor, terms: OfferTerms, treatment: TreatmentView) -> dict[str, Any]:
    price = rules.price_of_terms(terms)
    compared = (await rates.current_rates(actor)).convert(price, Currency.EUR)
    minutes, nights = terms.duration_minutes, terms.stay_nights
    return {
        "practitioner_id": terms.practitioner_id,
        "reference": terms.reference,
        "mode": terms.mode.value,
        "currency": price.currency.value,
        "price_minor": price.amount,
        "price_eur_minor": max(1, compared.amount),
        "deposit_minor": terms.deposit,
        "lead_time_hours": terms.lead_time_hours,
        "duration_minutes": treatment.duration_minutes if minutes is None else minutes,
        "stay_nights": treatment.stay_nights if nights is None else nights,
        "languages": list(dict.fromkeys(terms.languages)),
        "inclusions": sorted({inclusion.value for inclusion in terms.inclusions}),
        "tiers": msgspec.json.encode(terms.tiers).decode(),
    }


async def _own(actor: Actor, facility_id: UUID, offer_id: UUID) -> OfferView:
    await facilities.facility_of(actor, facility_id, "catalogue.update_offer")
    found = await queries.offer(offer_id, "en")
    if found is None or found[0].facility.id != facility_id:
        raise NoSuchOffer(subject=("offer", offer_id))
    if not found[0].active:
        raise OfferWithdrawn(subject=("offer", offer_id))
    return found[0]


async def _note(actor: Actor, operation: str, offer_id: UUID) -> OfferView:
    found = await queries.offer(offer_id, "en")
    if found is None:
        raise NoSuchOffer(subject=("offer", offer_id))
    view = found[0]
    await queries.append_revision(view, actor.account_id, utc_now())
    await audit.record(
        actor, f"catalogue.{operation}", subject=("offer", offer_id),
        home_state=view.facility.state,
        detail={"facility_id": str(view.facility.id), "version": view.version},
    )  # fmt: skip
    return view
