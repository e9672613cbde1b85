"""The first page, and the static files that every page needs."""

from litestar import Controller, Response, get
from litestar.di import NamedDependency
from litestar.exceptions import NotFoundException
from litestar.params import FromPath

from api.http.guards import may
from api.web.languages import language_of
from api.web.rendering import PageRequest, assets, page
from domain.actor import Actor
from domain.search import service as search
from domain.search.types import Facet, OfferQuery

POPULAR = 10


class HomePages(Controller):
    path = "/"
    include_in_schema = False

    @get("/", guards=[may("pages.read")])
    async def home(self, request: PageRequest, actor: NamedDependency[Actor]) -> Response[bytes]:
        """Show the search box, the states, and the treatments with most offers."""
        names = language_of(request).tag
        found = await search.search_offers(
            actor, OfferQuery(facets=(Facet.STATE, Facet.TREATMENT), limit=1, lang=names)
        )
        return page(
            request,
            "home.html",
            states=await search.list_states(actor, names),
            counts={count.value: count.count for count in found.facets["state"]},
            popular=[
                {"code": count.value, "name": count.label}
                for count in found.facets["treatment"][:POPULAR]
            ],
        )

    @get("/static/{name:str}", guards=[may("pages.static")])
    async def static_file(self, name: FromPath[str]) -> Response[bytes]:
        """Return a static file; its address names its content, so it may be kept for a year."""
        asset = assets().get(f"/static/{name}")
        if asset is None:
            raise NotFoundException
        return Response(
            asset.body,
            media_type=asset.media_type,
            headers={"Cache-Control": "public, max-age=31536000, immutable"},
        )
