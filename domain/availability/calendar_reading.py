"""Reading a stranger's calendar (RFC 5545) in a process of its own, with bounds on time and memory.

A calendar can be made to take for ever: a rule that repeats each second, or one that never falls
on any day. `busy_times` is what the marketplace calls; `main` is what runs in the other process.
"""

import asyncio
import datetime as dt
import math
import re
import resource
import sys
from pathlib import Path
from zoneinfo import ZoneInfo

import icalendar
import msgspec
import recurring_ical_events

from domain.availability.types import FeedTrouble, Span

MAX_TIMES = 20_000
MAX_TIMES_A_DAY = 48
CPU_S = 30
TIMEOUT_S = 60.0
MEMORY = 1 << 30
_ROOT = Path(__file__).resolve().parents[2]
_CRASHED, _TOO_MUCH = 1, 4
_ZONE_BLOCK = re.compile(rb"^BEGIN:VTIMEZONE\s*$.*?^END:VTIMEZONE\s*$", re.M | re.S | re.I)
_ZONE_NAME = re.compile(rb"^TZID(?:;[^:\r\n]*)?:([^\r\n]*?)\s*$", re.M | re.I)
_ZONE_USED = re.compile(rb'(;TZID=)("?)([^";:\r\n]+)\2(?=[;:])', re.I)
_UUID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.I)


class FeedFailed(Exception):
    """A calendar could not be had or read; what it said before still counts."""

    def __init__(self, trouble: FeedTrouble) -> None:
        super().__init__(trouble.value)
        self.trouble = trouble


class BusyTime(msgspec.Struct, frozen=True):
    """A stretch that an entry takes; `ids` are the UUIDs in the entry's own identifier."""

    span: Span
    ids: list[str]


class _Asked(msgspec.Struct):
    zone: str
    within: Span


async def busy_times(content: bytes, zone: str, within: Span) -> list[BusyTime]:
    """Return what a calendar says is taken within a stretch of time; raises FeedFailed.

    Entries that are transparent or cancelled take nothing. Times without a zone, and whole days,
    are those of `zone`; a zone that the calendar defines itself is what it defines.
    """
    asked = msgspec.json.encode(_Asked(zone, within))
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", __name__, cwd=_ROOT, env={"PYTHONPATH": str(_ROOT)},
        stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.DEVNULL,
    )  # fmt: skip
    try:
        async with asyncio.timeout(TIMEOUT_S):
            answer, _ = await process.communicate(asked + b"\n" + content)
    except TimeoutError:
        raise FeedFailed(FeedTrouble.TOO_MUCH) from None
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    if process.returncode == 0:
        return msgspec.json.decode(answer, type=list[BusyTime])
    # Whatever a library makes of a stranger's text ends the interpreter; a bound kills it.
    unreadable = process.returncode == _CRASHED
    raise FeedFailed(FeedTrouble.UNREADABLE if unreadable else FeedTrouble.TOO_MUCH)


def main() -> int:
    """Read what is asked and a calendar from the standard input, and write what is taken."""
    resource.setrlimit(resource.RLIMIT_CPU, (CPU_S, CPU_S))
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    asked = msgspec.json.decode(sys.stdin.buffer.readline(), type=_Asked)
    try:
        calendars = icalendar.Calendar.from_ical(
            _with_own_zones(sys.stdin.buffer.read()), multiple=True
        )
        found = [
            time for calendar in calendars for time in _busy(calendar, ZoneInfo(asked.zone), asked)
        ]
    except (_TooMuch, MemoryError):
        return _TOO_MUCH
    if not calendars:
        return _CRASHED
    sys.stdout.buffer.write(msgspec.json.encode(found))
    return 0


class _TooMuch(Exception):
    pass


def _with_own_zones(content: bytes) -> bytes:
    """Rename the zones that a calendar defines, so that no known zone of that name stands in.

    What a calendar defines is what it meant (RFC 5545, section 3.6.5), be the name wrong or old.
    """
    text = re.sub(rb"\r?\n[ \t]", b"", content)
    blocks = _ZONE_BLOCK.findall(text)
    names = {
        name: b"X-FEED-%d" % number
        for number, block in enumerate(blocks)
        for name in _ZONE_NAME.findall(block)
    }
    text = _ZONE_BLOCK.sub(
        lambda block: _ZONE_NAME.sub(lambda found: b"TZID:" + names[found[1]], block[0]), text
    )
    return _ZONE_USED.sub(
        lambda used: used[1] + names[used[3]] if used[3] in names else used[0], text
    )


def _busy(calendar: icalendar.Component, where: ZoneInfo, asked: _Asked) -> list[BusyTime]:
    for event in calendar.walk("VEVENT"):
        rules = event.get("RRULE", [])
        for rule in rules if isinstance(rules, list) else [rules]:
            _require_bounded(rule)
    found = []
    query = recurring_ical_events.of(calendar, components=["VEVENT"])
    for event in query.between(asked.within.start, asked.within.end):
        if event.get("TRANSP", "OPAQUE").upper() == "TRANSPARENT":
            continue
        if event.get("STATUS", "").upper() == "CANCELLED":
            continue
        start, end = (_instant(event[name].dt, where) for name in ("DTSTART", "DTEND"))
        if start < end:
            found.append(BusyTime(Span(start, end), _UUID.findall(str(event.get("UID", "")))))
        if len(found) > MAX_TIMES:
            raise _TooMuch
    return found


def _require_bounded(rule: icalendar.vRecur) -> None:
    """Refuse a rule of more times a day than any diary has, before it is written out."""
    times = math.prod(len(rule.get(name, "1")) for name in ("BYHOUR", "BYMINUTE", "BYSECOND"))
    if {"SECONDLY", "MINUTELY"} & set(rule["FREQ"]) or times > MAX_TIMES_A_DAY:
        raise _TooMuch


def _instant(value: dt.date, where: ZoneInfo) -> dt.datetime:
    if not isinstance(value, dt.datetime):
        value = dt.datetime.combine(value, dt.time())
    if value.tzinfo is None:
        value = value.replace(tzinfo=where)
    return value.astimezone(dt.UTC)


if __name__ == "__main__":
    sys.exit(main())
