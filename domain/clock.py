"""Time: aware UTC instants, and the IANA zone in which a wall clock was meant."""

from datetime import UTC, date, datetime, time
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from domain.errors import Invalid

EARLIEST, LATEST = date(1900, 1, 1), date(2999, 12, 31)
"""Days outside these are slips or probes, and a sum with them may leave the calendar."""


class UnknownZone(Invalid):
    """The name is not an IANA time zone."""

    code = "unknown_zone"
    title = "This is not the name of an IANA time zone, for example Asia/Almaty"


def utc_now() -> datetime:
    """Return the present instant, aware and in UTC."""
    return datetime.now(UTC)


def plausible(instant: datetime) -> bool:
    """Tell whether an aware instant is one that somebody may mean."""
    return EARLIEST.year < instant.year < LATEST.year


def zone(name: str) -> ZoneInfo:
    """Return the IANA zone of that name; raises UnknownZone."""
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise UnknownZone(zone=name) from None


def from_wall_clock(day: date, at: time, where: ZoneInfo) -> datetime | None:
    """Return the UTC instant at which clocks in `where` show `at` on `day`.

    An hour that a zone change repeats means its first occurrence (RFC 5545, section 3.3.5); one
    that a change skips never shows on any clock and gives None.
    """
    local = datetime.combine(day, at, tzinfo=where)
    instant = local.astimezone(UTC)
    if instant.astimezone(where).replace(tzinfo=None) != local.replace(tzinfo=None):
        return None
    return instant
