"""What each offer takes of a facility's resources: buffers around care, and nights in a bed."""

from contextlib import suppress
from uuid import UUID

from litestar import Controller, Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath

from api.http.guards import may
from api.web.forms import Form, read_form
from api.web.languages import language_of
from api.web.pages.own_facility import chosen_facility
from api.web.pages.slot_picker import number_of
from api.web.rendering import PageRequest, go, page
from domain.actor import Actor
from domain.availability import resources, schedule
from domain.availability.errors import NoSuchNeed
from domain.availability.schedule_types import OfferNeedView
from domain.availability.types import NewOfferNeed
from domain.catalogue import service as catalogue
from domain.clock import utc_now
from domain.errors import DomainError

_HERE = "/facility/needs"


class FacilityNeedPages(Controller):
    path = _HERE
    include_in_schema = False

    @get(guards=[may("pages.facility")])
    async def show(self, request: PageRequest, actor: NamedDependency[Actor]) -> Response[bytes]:
        """Show by offer which resources a booking of it takes."""
        return await _needs_page(request, actor)

    @post("/{facility_id:uuid}", guards=[may("availability.change")])
    async def add(
        self, request: PageRequest, facility_id: FromPath[UUID], actor: NamedDependency[Actor]
    ) -> Response[bytes]:
        """Let each booking of an offer take a resource, or no longer."""
        form = await read_form(request, language_of(request))
        offer_id = number_of(form.value("offer_id")) or UUID(int=0)
        if form.value("do") == "remove":
            pool_id = number_of(form.value("pool_id")) or UUID(int=0)
            with suppress(NoSuchNeed):  # it takes it no longer
                await resources.remove_offer_need(actor, offer_id, pool_id)
            return go(_HERE, facility=facility_id, done="need-removed")
        command = form.read(NewOfferNeed)
        if command is not None:
            try:
                await resources.add_offer_need(actor, offer_id, command)
                return go(_HERE, facility=facility_id, done="need-added")
            except DomainError as error:
                form.refuse(error)
        return await _needs_page(request, actor, facility_id, form, offer_id, status=422)


async def _needs_page(
    request: PageRequest, actor: Actor, facility_id: UUID | None = None, form: Form | None = None,
    chosen: UUID | None = None, *, status: int = 200,
) -> Response[bytes]:  # fmt: skip
    own = await chosen_facility(request, actor, facility_id)
    if own.facility is None:
        return page(request, "no_facility.html")
    facility, now = own.facility, utc_now()
    offers = await catalogue.list_offers_of(actor, facility.id, language_of(request).tag)
    needs: dict[UUID, list[OfferNeedView]] = {}
    for need in await schedule.list_offer_needs(actor, facility.id):
        needs.setdefault(need.offer_id, []).append(need)
    return page(
        request,
        "facility_needs.html",
        status=status,
        form=form,
        chosen=chosen,
        facility=facility,
        facilities=own.all,
        offers=[offer for offer in offers.items if offer.active],
        needs=needs,
        pools=[
            pool for pool in await resources.list_pools(actor, facility.id)
            if pool.ends_at is None or pool.ends_at > now
        ],
    )  # fmt: skip
