"""Query parameters that several public lists share."""

from typing import Annotated, Any

from litestar import Request
from litestar.params import QueryParameter

from api.http.languages import accepted_tags
from domain.cursor import MAX_LENGTH
from domain.errors import Invalid
from domain.jurisdictions import LANGUAGES

Lang = Annotated[
    str,
    QueryParameter(
        description="The language of names", max_length=10, schema_extra={"enum": list(LANGUAGES)}
    ),
]
AskedLang = Annotated[
    str | None,
    QueryParameter(
        description="The language of names; without it Accept-Language decides, else English",
        max_length=10,
        schema_extra={"enum": list(LANGUAGES)},
    ),
]
Words = Annotated[
    str | None,
    QueryParameter(description="Words in any language and script", max_length=200),
]
Cursor = Annotated[
    str | None,
    QueryParameter(description="`next` of the page before", max_length=MAX_LENGTH),
]
Limit = Annotated[int, QueryParameter(description="Items on a page", ge=1, le=100)]


class UnknownParameter(Invalid):
    code = "unknown_parameter"
    title = "This address does not know one of the query parameters"


def language_of(request: Request[Any, Any, Any], lang: str | None) -> str:
    """Return the language of names that a request asks for, or accepts, or English."""
    if lang is not None:
        return lang
    return next(iter(accepted_tags(request.headers.get("accept-language", ""))), "en")


def says(language: str) -> dict[str, str]:
    """Return the headers of an answer in a language that the request may have chosen."""
    return {"Content-Language": language, "Vary": "Accept-Language"}


def require_known(request: Request[Any, Any, Any], *known: str) -> None:
    """Refuse query parameters that would silently do nothing; raises UnknownParameter."""
    unknown = sorted(set(request.query_params.keys()) - set(known))
    if unknown:
        raise UnknownParameter(
            fields={name[:60]: "not a parameter of this address" for name in unknown},
            parameters=sorted(known),
        )
