"""From a template and its facts to an answer in the reader's language."""

import functools
import hashlib
from collections.abc import Callable
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import jinja2
import msgspec
from litestar import Request, Response
from litestar.datastructures import Cookie
from markupsafe import Markup

from api.web import csrf, labels, languages, words
from api.web.languages import Language, catalogue, language_of
from domain.actor import Actor
from domain.ids import new_id
from domain.money import Money, currency

PageRequest = Request[Any, Any, Any]
HERE = Path(__file__).parent
MEDIA_TYPE = "text/html"


class Asset(msgspec.Struct, frozen=True):
    """One file of the static folder; its address changes with its content."""

    address: str
    media_type: str
    body: bytes


_MEDIA = {".css": "text/css", ".js": "text/javascript", ".svg": "image/svg+xml"}


@functools.cache
def assets() -> dict[str, Asset]:
    """Return the static files by their address, read once."""
    found = {}
    for path in sorted((HERE / "static").iterdir()):
        body = path.read_bytes()
        digest = hashlib.sha256(body).hexdigest()[:12]
        address = f"/static/{path.stem}.{digest}{path.suffix}"
        found[address] = Asset(address, _MEDIA[path.suffix], body)
    return found


@functools.cache
def _address_of(name: str) -> str:
    stem, _, suffix = name.rpartition(".")
    return next(
        address for address in assets()
        if address.startswith(f"/static/{stem}.") and address.endswith(f".{suffix}")
    )  # fmt: skip


@functools.cache
def environment(page_language: str) -> jinja2.Environment:
    """Return the templates with the messages of one language; everything is escaped."""
    env = jinja2.Environment(
        loader=jinja2.FileSystemLoader(HERE / "templates"),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        extensions=["jinja2.ext.i18n"],
    )
    env.install_gettext_translations(catalogue(page_language), newstyle=True)  # type: ignore[attr-defined]
    env.globals["_"] = _said(page_language)
    env.globals["asset"] = _address_of
    env.globals["page_languages"] = languages.PAGES
    return env


def _said(page_language: str) -> Callable[..., Markup]:
    """Return what `_` is in templates: the same as the extension's, for a fifth of its cost."""
    messages = catalogue(page_language)

    @functools.lru_cache(maxsize=4_096)
    def plain(message: str) -> Markup:
        return Markup(messages.gettext(message))  # noqa: S704  our own catalogues, no one's words

    def said(message: str, **places: object) -> Markup:
        text = plain(message)
        return text % places if "%" in text else text

    return said


def address(path: str, **query: object) -> str:
    """Return a path with a query string; values that are None are left out."""
    sent = [
        (name, each)
        for name, value in query.items()
        if value is not None
        for each in (value if isinstance(value, list | tuple) else [value])
    ]
    return f"{path}?{urlencode(sent)}" if sent else path


def _here(request: PageRequest, **changes: object) -> str:
    """Return the present address with other query parameters, for links on the page."""
    kept: dict[str, list[str]] = {}
    for name, value in request.query_params.multi_items():
        kept.setdefault(name, []).append(value)
    return address(request.url.path, **{**kept, **changes})


def page(
    request: PageRequest,
    template: str,
    *,
    status: int = 200,
    cookies: list[Cookie] | None = None,
    headers: dict[str, str] | None = None,
    **context: Any,
) -> Response[bytes]:
    """Render a template for this reader.

    A form's token and its cookie are made only when the page asks for them; `?lang=` is remembered.
    """
    language = language_of(request)
    actor = request.state.get("actor")

    def form_token() -> Markup:
        return Markup('<input type="hidden" name="{}" value="{}">').format(
            csrf.FIELD, csrf.token_of(request)
        )

    body = (
        environment(language.tag)
        .get_template(template)
        .render(
            **{
                "language": language,
                "actor": actor if isinstance(actor, Actor) and actor.signed_in else None,
                "unread": request.state.get("unread") or 0,
                "form_token": form_token,
                "attempt": str(new_id()),
                "here": functools.partial(_here, request),
                "address": address,
                "path": request.url.path,
                "label": functools.partial(labels.label, language),
                "labels": lambda kind, codes: [
                    labels.label(language, kind, code) for code in codes
                ],
                "spoken": lambda tags: [language.language(tag) for tag in tags],
                "birth": date.fromisoformat,
                "home_zone": languages.home_zone,
                "hours": lambda count: timedelta(hours=count),
                "one_day": timedelta(days=1),
                "amount": lambda minor, code: Money(minor, currency(code)),
                "plain": lambda money: Decimal(money.amount).scaleb(-2),
                "origin": request.app.state.settings.public_url,
                "development": not request.app.state.settings.production,
                "done": words.done(language, request.query_params.get("done") or ""),
                "form": None,
                **context,
            }
        )
    )
    sent = [*csrf.cookie_of(request), *(cookies or [])]
    if languages.asked_for(request) is not None:
        sent.append(_language_cookie(language))
    return Response(
        body.encode(),
        status_code=status,
        media_type=MEDIA_TYPE,
        cookies=sent,
        headers={"Content-Language": language.tag, "Vary": "Cookie", **(headers or {})},
    )


def _language_cookie(language: Language) -> Cookie:
    return Cookie(
        languages.COOKIE,
        path="/",
        value=language.tag,
        max_age=365 * 86400,
        secure=True,
        httponly=True,
        samesite="lax",
    )


def go(path: str, *, cookies: list[Cookie] | None = None, **query: object) -> Response[bytes]:
    """Send the browser on with GET, so that loading again never repeats what a form did."""
    return Response(
        b"",
        status_code=303,
        media_type=MEDIA_TYPE,
        headers={"Location": address(path, **query)},
        cookies=cookies or [],
    )


def moved(path: str) -> Response[bytes]:
    """Send the browser, and whoever keeps addresses, to where this is from now on."""
    return Response(b"", status_code=301, media_type=MEDIA_TYPE, headers={"Location": path})


def safe_path(wanted: str | None, otherwise: str = "/") -> str:
    """Return a path of this site to go on to; anything that could lead elsewhere is refused."""
    if not wanted or len(wanted) > 2000 or not wanted.startswith("/"):
        return otherwise
    if wanted[1:2] in ("/", "\\") or not wanted.isprintable() or "\\" in wanted:
        return otherwise
    return wanted
