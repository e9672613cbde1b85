"""The facility's offers: what stands in them, and the price list as a table."""

from uuid import UUID

from litestar import Controller, Response, get, post
from litestar.di import NamedDependency

from api.http.guards import may
from api.web.forms import Form, read_form
from api.web.languages import N_, language_of
from api.web.rendering import PageRequest, page
from domain.actor import Actor
from domain.catalogue import service as catalogue
from domain.catalogue import uploads
from domain.catalogue.types import PriceListReport
from domain.errors import DomainError
from domain.facilities import service as facilities

TABLE_LIMIT = 1024 * 1024 + 64 * 1024


class FacilityOfferPages(Controller):
    path = "/facility/offers"
    include_in_schema = False

    @get(guards=[may("catalogue.read_price_list")])
    async def offers(self, request: PageRequest, actor: NamedDependency[Actor]) -> Response[bytes]:
        """Show the offers of each facility of one's organisation."""
        return await _page(request, actor)

    @post(request_max_body_size=TABLE_LIMIT, guards=[may("catalogue.upload_price_list")])
    async def upload(self, request: PageRequest, actor: NamedDependency[Actor]) -> Response[bytes]:
        """Take in a price list, or only try it, and show what became of each row."""
        form = await read_form(request, language_of(request))
        table = form.files.get("table", b"")
        if not table:
            form.complain("table", N_("Choose the file with the table."))
            return await _page(request, actor, form, status=422)
        try:
            report = await uploads.upload_price_list(
                actor, _number(form.value("facility_id")), table, try_only=form.checked("try_only")
            )
        except DomainError as error:
            form.refuse(error)
            return await _page(request, actor, form, status=422)
        return await _page(request, actor, report=report)


async def _page(
    request: PageRequest, actor: Actor, form: Form | None = None,
    report: PriceListReport | None = None, *, status: int = 200,
) -> Response[bytes]:  # fmt: skip
    language = language_of(request)
    own = await facilities.list_own(actor)
    return page(
        request,
        "facility_offers.html",
        status=status,
        form=form,
        report=report,
        places=[
            (place, (await catalogue.list_offers_of(actor, place.id, language.tag)).items)
            for place in own
        ],
        facilities=[(str(place.id), place.name) for place in own],
    )


def _number(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError:
        return UUID(int=0)
