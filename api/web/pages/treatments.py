"""One treatment, and offers side by side."""

from uuid import UUID

from litestar import Controller, Response, get
from litestar.di import NamedDependency
from litestar.params import FromPath

from api.http.guards import may
from api.web.languages import language_of
from api.web.rendering import PageRequest, page
from domain.actor import Actor
from domain.catalogue import service as catalogue
from domain.catalogue.types import LineKind
from domain.facilities import service as facilities
from domain.money import Currency
from domain.rates import service as rates
from domain.search import service as search
from domain.search.types import Facet, OfferQuery, Sort

CHEAPEST = 5


class TreatmentPages(Controller):
    path = "/"
    include_in_schema = False

    @get("/treatments/{code:str}", guards=[may("catalogue.read")])
    async def treatment(
        self, request: PageRequest, code: FromPath[str], actor: NamedDependency[Actor]
    ) -> Response[bytes]:
        """Show what a treatment is, how it goes on afterwards, and where it is offered."""
        language = language_of(request)
        treatment = await catalogue.show_treatment(actor, code, language.tag)
        names = await catalogue.list_names(actor, code, language.tag)
        found = await search.search_offers(
            actor,
            OfferQuery(
                treatment=(code,), sort=Sort.PRICE, facets=(Facet.STATE,), limit=CHEAPEST,
                lang=language.tag,
            ),
        )  # fmt: skip
        return page(
            request,
            "treatment.html",
            treatment=treatment,
            also=[each.text for each in names if each.text != treatment.name],
            found=found,
            states=lambda codes: [language.state(code) for code in codes],
        )

    @get("/compare", guards=[may("catalogue.read")])
    async def compare(self, request: PageRequest, actor: NamedDependency[Actor]) -> Response[bytes]:
        """Show up to four offers side by side; what is no number of an offer is left out."""
        language = language_of(request)
        asked = request.query_params.getall("offer", [])
        wanted = [number for each in asked if (number := _number(each))]
        offers = await catalogue.compare_offers(
            actor, wanted[: catalogue.MOST_COMPARED], language.tag
        )
        places = [await facilities.show_facility(actor, offer.facility.id) for offer in offers]
        rate_set = await rates.current_rates(actor)
        return page(
            request,
            "compare.html",
            offers=offers,
            in_euros=[rate_set.convert(offer.price, Currency.EUR) for offer in offers],
            mixed=len({offer.price.currency for offer in offers}) > 1,
            places=places,
            gone=len(set(wanted)) - len(offers),
            conditional=LineKind.CONDITIONAL,
            excluded=LineKind.EXCLUDED,
        )


def _number(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None
