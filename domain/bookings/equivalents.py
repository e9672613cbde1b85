"""Where else the booked treatment can be had: help for who has to book anew."""

from contextlib import suppress
from datetime import datetime
from uuid import UUID

import msgspec

from domain.actor import Actor
from domain.availability import service as availability
from domain.bookings import moving
from domain.catalogue import service as catalogue
from domain.catalogue.types import OfferView
from domain.db import transactional
from domain.errors import DomainError

CANDIDATES = 12
SHOWN = 5


class Equivalent(msgspec.Struct, frozen=True):
    """Another facility's offer of the same treatment, and when its next free time begins."""

    offer: OfferView
    earliest_at: datetime


class Equivalents(msgspec.Struct, frozen=True):
    """Other offers of a booked treatment, the nearest price first."""

    items: list[Equivalent]


@transactional
async def list_equivalents(actor: Actor, booking_id: UUID, language: str = "en") -> Equivalents:
    """Return up to five bookable offers of the same treatment elsewhere, in any state.

    Only what has a free time within two weeks of its earliest possible one counts.
    """
    row = await moving.visible(actor, booking_id)
    found: list[Equivalent] = []
    for offer in await catalogue.equivalent_offers(actor, row["offer_id"], language, CANDIDATES):
        with suppress(DomainError):
            slots = await availability.list_slots(actor, offer.id, None, None)
            if slots.items:
                found.append(Equivalent(offer, slots.items[0].starts_at))
        if len(found) == SHOWN:
            break
    return Equivalents(found)
