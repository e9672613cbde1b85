"""Taking in a facility's whole price list, and giving it out."""

from uuid import UUID

import msgspec

from domain.actor import Actor
from domain.audit import service as audit
from domain.catalogue import queries, rules, service
from domain.catalogue.price_lists import read_price_list, write_price_list
from domain.catalogue.types import (
    CreateOffer,
    OfferTerms,
    OfferView,
    PriceListReport,
    RefusedEntry,
)
from domain.db import transactional
from domain.errors import DomainError
from domain.facilities import service as facilities
from domain.text import cleaned


class _OnlyTried(Exception):
    """Undoes what a trial did, and carries what it would have done."""

    def __init__(self, report: PriceListReport) -> None:
        self.report = report


async def upload_price_list(
    actor: Actor, facility_id: UUID, raw: bytes, *, try_only: bool = False
) -> PriceListReport:
    """Make and change a facility's offers as its price list says, and tell what became of each.

    An offer is found again by its reference; sent twice, the list changes nothing. A row that
    cannot be taken is refused with its reasons and hinders no other; offers that the list does not
    name stay as they are. With `try_only` nothing is kept. Raises NoSuchFacility and
    PriceListUnreadable.
    """
    try:
        return await _upload(actor, facility_id, raw, try_only=try_only)
    except _OnlyTried as tried:
        return tried.report


@transactional
async def _upload(
    actor: Actor, facility_id: UUID, raw: bytes, *, try_only: bool
) -> PriceListReport:
    facility = await facilities.facility_of(actor, facility_id, "catalogue.upload_price_list")
    entries = read_price_list(raw)
    known = await queries.offers_by_reference(facility_id, [each.reference for each in entries])
    counts = {"made": 0, "changed": 0, "unchanged": 0}
    refused: list[RefusedEntry] = []
    for entry in entries:
        if entry.command is None:
            refused.append(RefusedEntry(entry.line, entry.reference, entry.complaints))
            continue
        present = known.get(entry.reference)
        try:
            counts[await _one(actor, facility_id, entry.command, present)] += 1
        except DomainError as error:
            reasons = [f"{name}: {text}" for name, text in error.fields.items()]
            refused.append(RefusedEntry(entry.line, entry.reference, reasons or [error.detail]))
    await audit.record(
        actor, "catalogue.upload_price_list", subject=("facility", facility_id),
        home_state=facility.jurisdiction, detail={**counts, "refused": len(refused)},
    )  # fmt: skip
    report = PriceListReport(**counts, refused=refused, tried_only=try_only)
    if try_only:
        raise _OnlyTried(report)
    return report


async def _one(
    actor: Actor, facility_id: UUID, command: CreateOffer, present: OfferView | None
) -> str:
    """Bring one offer to what the list says; return what was done."""
    if present is None:
        await service.create_offer(actor, facility_id, command)
        return "made"
    rules.require_same_treatment(command, present)
    command = cleaned(command)
    terms = msgspec.structs.replace(
        OfferTerms(**{name: getattr(command, name) for name in OfferTerms.__struct_fields__}),
        duration_minutes=command.duration_minutes or present.duration_minutes,
        stay_nights=present.stay_nights if command.stay_nights is None else command.stay_nights,
        languages=list(dict.fromkeys(command.languages)),
        inclusions=sorted(set(command.inclusions)),
        practitioner_id=present.practitioner_id,  # a table names nobody
        # One without a reference is given out under its number.
        reference=None if command.reference == str(present.id) else command.reference,
    )
    if terms == _terms_of(present):
        return "unchanged"
    await service.update_offer(actor, facility_id, present.id, terms, version=present.version)
    return "changed"


def _terms_of(offer: OfferView) -> OfferTerms:
    return OfferTerms(
        currency=offer.price.currency,
        lines=offer.lines,
        deposit=offer.deposit.amount,
        mode=offer.mode,
        lead_time_hours=offer.lead_time_hours,
        duration_minutes=offer.duration_minutes,
        stay_nights=offer.stay_nights,
        languages=offer.languages,
        inclusions=offer.inclusions,
        tiers=offer.tiers,
        practitioner_id=offer.practitioner_id,
        reference=offer.reference,
    )


@transactional
async def price_list(actor: Actor, facility_id: UUID) -> bytes:
    """Return a facility's active offers as a table (CSV); for its staff and systems."""
    await facilities.facility_of(actor, facility_id, "catalogue.read_price_list")
    offers = await queries.offers_of(facility_id, unlisted=True, language="en")
    return write_price_list(each for each in offers if each.active)
