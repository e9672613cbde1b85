"""The searches that somebody keeps, and what answered them."""

from uuid import UUID

import msgspec
from litestar import Controller, Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath

from api.http.guards import may
from api.web.forms import Form, read_form
from api.web.languages import Language, language_of
from api.web.pages.search import Asked, chosen_in, names_of, query_of
from api.web.rendering import PageRequest, go, page
from domain.actor import Actor
from domain.errors import DomainError
from domain.saved_searches import service as saved_searches
from domain.saved_searches.types import SavedSearchView, SaveSearch, Wanted


class SavedSearchPages(Controller):
    path = "/searches"
    include_in_schema = False

    @get(guards=[may("saved_searches.read")])
    async def show(self, request: PageRequest, actor: NamedDependency[Actor]) -> Response[bytes]:
        """List the searches that are kept."""
        return await _list_page(request, actor, None)

    @post(guards=[may("saved_searches.save")])
    async def save(self, request: PageRequest, actor: NamedDependency[Actor]) -> Response[bytes]:
        """Keep the search whose words and filters the address repeats."""
        language = language_of(request)
        form = await read_form(request, language)
        asked = msgspec.to_builtins(query_of(request, language, None))
        names = [field.name for field in msgspec.structs.fields(Wanted)]
        wanted = msgspec.convert({name: asked[name] for name in names}, Wanted)
        command = SaveSearch(query=wanted)
        try:
            await saved_searches.save_search(actor, command, form.once(command))
        except DomainError as error:
            form.refuse(error)
            return await _list_page(request, actor, form, status=422)
        return go("/searches", done="search-kept")

    @get("/{search_id:uuid}", guards=[may("saved_searches.read")])
    async def look(
        self, request: PageRequest, search_id: FromPath[UUID], actor: NamedDependency[Actor]
    ) -> Response[bytes]:
        """Show what answered a search lately; it counts as seen from now on."""
        language = language_of(request)
        kept = await saved_searches.show_search(actor, search_id)
        finds = await saved_searches.look_at_finds(actor, search_id, language.tag)
        told = await _told(actor, kept, language)
        return page(request, "saved_search.html", kept=kept, told=told, finds=finds)

    @post("/{search_id:uuid}/forget", guards=[may("saved_searches.forget")])
    async def forget(
        self, request: PageRequest, search_id: FromPath[UUID], actor: NamedDependency[Actor]
    ) -> Response[bytes]:
        """Forget a search."""
        await read_form(request, language_of(request))
        await saved_searches.forget_search(actor, search_id)
        return go("/searches", done="removed")


async def _list_page(
    request: PageRequest, actor: Actor, form: Form | None, status: int = 200
) -> Response[bytes]:
    kept = await saved_searches.list_searches(actor)
    language = language_of(request)
    told = {each.id: await _told(actor, each, language) for each in kept}
    return page(request, "saved_searches.html", status=status, form=form, kept=kept, told=told)


async def _told(actor: Actor, kept: SavedSearchView, language: Language) -> dict[str, str]:
    """Return what a search asks for in words, and where it is asked."""
    query = kept.query.question()
    asked = Asked(query, "", language)
    chips = asked.chips(chosen_in(query), await names_of(actor, query, language))
    parts = [query.q] if query.q else []
    return {
        "words": language.enumeration([*parts, *(chip["text"] for chip in chips)]),
        "address": asked.address,
    }
