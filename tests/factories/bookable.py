"""An offer that can be booked: a listed facility with a doctor, a room, beds and hours."""

from datetime import datetime, time, timedelta
from typing import Any
from uuid import UUID

import msgspec

from domain.actor import ANONYMOUS, SYSTEM
from domain.availability import hours, resources
from domain.availability import service as availability
from domain.availability.types import (
    NewOfferNeed,
    NewOpeningRule,
    NewPool,
    NewPractitioner,
    PoolKind,
)
from domain.catalogue.types import OfferView
from domain.ids import new_id
from tests.factories import directory

EVERY_DAY = "FREQ=WEEKLY;BYDAY=MO,TU,WE,TH,FR,SA,SU"


class Bookable(msgspec.Struct):
    """What a booking test needs to know of an offer."""

    facility_id: UUID
    organisation_id: UUID
    offer: OfferView
    starts: list[datetime]

    def hold(self, patient_id: UUID | None, number: int = 0, **more: Any) -> dict[str, Any]:
        """Return the body that holds the offer's slot of this number."""
        return {
            "patient_id": str(patient_id),
            "offer_id": str(self.offer.id),
            "offer_version": self.offer.version,
            "starts_at": self.starts[number].isoformat(),
            **more,
        }


def practitioner(state: str = "KZ", **more: str) -> NewPractitioner:
    """Return somebody with a licence of the state that nobody else has."""
    values = {"name": "Dr. T", "specialty": "dentistry", "licence_number": f"T-{new_id()}"}
    return NewPractitioner(**{**values, "licence_state": state, **more})


async def bookable(
    organisation_id: UUID,
    state: str = "KZ",
    *,
    licence: NewPractitioner | None = None,
    **terms: Any,
) -> Bookable:
    """Make an offer of a facility that this organisation runs, open every day from nine.

    Its doctor is somebody new, or whoever has this licence.
    """
    facility = await directory.licensed(state, organisation=organisation_id)
    values = {"duration_minutes": 60, "stay_nights": 1, **terms}
    offer = await directory.offer(facility.id, **values)
    licence = licence or practitioner(state)
    pools = (
        NewPool(
            kind=PoolKind.PRACTITIONER,
            name="Doctor",
            practitioner=licence,
        ),
        NewPool(kind=PoolKind.ROOM, name="Room"),
        NewPool(kind=PoolKind.BED, name="Beds", lanes=3),
    )
    for pool in pools:
        made = await resources.create_pool(SYSTEM, facility.id, pool)
        if pool.kind is not PoolKind.BED:
            opening = NewOpeningRule(
                rrule=EVERY_DAY, opens=time(9), minutes=480, valid_from=directory.today()
            )
            await hours.add_opening_rule(SYSTEM, made.id, opening)
        nights = 1 if pool.kind is PoolKind.BED else 0
        await resources.add_offer_need(
            SYSTEM, offer.id, NewOfferNeed(pool_id=made.id, nights=nights)
        )
    first = directory.today() + timedelta(days=3)
    slots = await availability.list_slots(ANONYMOUS, offer.id, first, first + timedelta(days=4))
    return Bookable(facility.id, organisation_id, offer, [slot.starts_at for slot in slots.items])
