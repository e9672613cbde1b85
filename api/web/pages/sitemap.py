"""What search engines may read: the addresses of treatments and listed facilities."""

from collections.abc import Iterable
from datetime import datetime
from xml.sax.saxutils import escape

from litestar import Controller, Response, get
from litestar.di import NamedDependency

from api.http.guards import may
from api.web.languages import PAGES
from api.web.rendering import PageRequest
from domain.actor import Actor
from domain.catalogue import service as catalogue
from domain.facilities import service as facilities

_OWN = (
    "/account", "/bookings", "/me", "/practice", "/searches", "/facility$", "/officer", "/sign-in",
    "/docs",
)  # fmt: skip
_KEPT = {"Cache-Control": "public, max-age=3600"}


class SitemapPages(Controller):
    path = "/"
    include_in_schema = False

    @get("/robots.txt", guards=[may("pages.read")])
    async def robots(self, request: PageRequest) -> Response[str]:
        """Keep robots from what is somebody's own, and show them the sitemap (RFC 9309)."""
        lines = ["User-agent: *", *(f"Disallow: {path}" for path in _OWN)]
        lines.append(f"Sitemap: {request.app.state.settings.public_url}/sitemap.xml")
        return Response("\n".join(lines) + "\n", media_type="text/plain", headers=_KEPT)

    @get("/sitemap.xml", guards=[may("pages.read")])
    async def sitemap(self, request: PageRequest, actor: NamedDependency[Actor]) -> Response[bytes]:
        """List treatments and listed facilities, each in every language (sitemaps.org 0.9)."""
        pages: list[tuple[str, datetime | None]] = [("/", None)]
        pages += [
            (f"/treatments/{each.code}", None) for each in await catalogue.list_treatments(actor)
        ]
        pages += [(f"/facilities/{key}", at) for key, at in await facilities.list_listed(actor)]
        body = "".join(_document(request.app.state.settings.public_url, pages))
        return Response(body.encode(), media_type="application/xml", headers=_KEPT)


def _document(origin: str, pages: Iterable[tuple[str, datetime | None]]) -> Iterable[str]:
    yield '<?xml version="1.0" encoding="UTF-8"?>\n'
    yield '<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9"'
    yield ' xmlns:xhtml="http://www.w3.org/1999/xhtml">\n'
    for path, changed in pages:
        address = escape(origin + path)
        yield f"<url><loc>{address}</loc>"
        if changed is not None:
            yield f"<lastmod>{changed.date().isoformat()}</lastmod>"
        for tag in PAGES:
            yield f'<xhtml:link rel="alternate" hreflang="{tag}" href="{address}?lang={tag}"/>'
        yield "</url>\n"
    yield "</urlset>\n"
