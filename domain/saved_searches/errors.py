"""Why a search cannot be kept."""

from domain.errors import Conflict, Invalid, NotFound


class NoSuchSavedSearch(NotFound):
    code = "saved_search_not_found"
    title = "There is no such search among those you keep"


class NothingAsked(Invalid):
    code = "nothing_asked"
    title = "A search to be kept asks for something: words or at least one filter"


class TooManySavedSearches(Conflict):
    code = "too_many_saved_searches"
    title = "You keep twenty searches already; delete one first"
