"""The clock of the reader: the zone they chose, kept in a cookie, else that of their state."""

from datetime import datetime

from litestar.datastructures import Cookie

from api.web.languages import Language
from api.web.rendering import PageRequest
from domain.clock import UnknownZone, utc_now, zone
from domain.jurisdictions import JURISDICTIONS

COOKIE = "__Host-zone"

_ABROAD = (
    "America/New_York", "Asia/Dubai", "Asia/Seoul", "Asia/Tehran", "Asia/Yekaterinburg",
    "Europe/Berlin", "Europe/London", "Europe/Moscow",
)  # fmt: skip
"""Where many people of the network's states live; any other zone can be named by address."""


def asked_for(request: PageRequest) -> str | None:
    """Return the zone that `?zone=` names, or None for one that does not exist."""
    return _known(request.query_params.get("zone") or "")


def own_zone(request: PageRequest, home: str | None) -> str | None:
    """Return the zone of the reader's clock: by ?zone=, else as chosen before, else of home."""
    chosen = request.cookies.get(COOKIE, "").replace("~", "/")
    return asked_for(request) or _known(chosen) or home


def kept(request: PageRequest) -> list[Cookie]:
    """Return the cookie that keeps a zone just chosen."""
    chosen = asked_for(request)
    if chosen is None:
        return []
    value = chosen.replace("/", "~")  # a slash would have to be quoted
    return [
        Cookie(
            COOKIE, path="/", value=value, max_age=365 * 86400, secure=True, httponly=True,
            samesite="lax",
        )
    ]  # fmt: skip


def choices(language: Language, chosen: str | None) -> list[tuple[str, str]]:
    """Return the zones to choose from with their cities and present offsets, from west to east."""
    now = utc_now()
    names = {*(each.zone for each in JURISDICTIONS.values()), *_ABROAD}
    if chosen is not None:
        names.add(chosen)
    ordered = sorted(names, key=lambda name: (now.astimezone(zone(name)).utcoffset(), name))
    return [(name, f"{language.place_of(name)} ({_offset(now, name)})") for name in ordered]


def _offset(now: datetime, name: str) -> str:
    text = now.astimezone(zone(name)).strftime("%z")
    return f"UTC{text[:3]}:{text[3:5]}".replace("-", "\N{MINUS SIGN}")


def _known(name: str) -> str | None:
    if not name or len(name) > 64:
        return None
    try:
        return zone(name).key
    except UnknownZone:
        return None
