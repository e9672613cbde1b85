"""Which facility of one's organisation a page is about, and what a change of its time touches."""

from collections.abc import Awaitable, Callable
from uuid import UUID

import msgspec

from api.web.forms import Form
from api.web.pages.slot_picker import number_of
from api.web.rendering import PageRequest
from domain.actor import Actor
from domain.availability import resources, uncovered
from domain.availability.errors import NoSuchPool
from domain.availability.schedule_types import UncoveredBooking
from domain.availability.types import PoolView
from domain.facilities import service as facilities
from domain.facilities.errors import NoSuchFacility
from domain.facilities.types import FacilityView


class Chosen(msgspec.Struct, frozen=True):
    """The facilities of the organisation, and the one that the page is about."""

    all: list[FacilityView]
    facility: FacilityView | None


async def chosen_facility(
    request: PageRequest, actor: Actor, facility_id: UUID | None = None
) -> Chosen:
    """Return the facility of this number or of `?facility=`, else the first.

    Raises NoSuchFacility for one that is not the organisation's.
    """
    own = await facilities.list_own(actor)
    wanted = facility_id or number_of(request.query_params.get("facility"))
    if wanted is None:
        return Chosen(own, own[0] if own else None)
    for facility in own:
        if facility.id == wanted:
            return Chosen(own, facility)
    raise NoSuchFacility(subject=("facility", wanted))


async def own_pool(actor: Actor, pool_id: UUID) -> tuple[FacilityView, PoolView]:
    """Return a resource of one's own organisation and its facility; raises NoSuchPool."""
    for facility in await facilities.list_own(actor):
        for pool in await resources.list_pools(actor, facility.id):
            if pool.id == pool_id:
                return facility, pool
    raise NoSuchPool(subject=("resource_pool", pool_id))


async def saved_or_shown(
    actor: Actor, facility_id: UUID, form: Form, change: Callable[[], Awaitable[object]]
) -> list[UncoveredBooking] | None:
    """Make a change, and return None; by the button that only looks, return what it would touch.

    That is a list of the bookings that would lie outside, and nothing is changed.
    """
    if form.value("do") == "save":
        await change()
        return None
    return await uncovered.preview_uncovered(actor, facility_id, change)
