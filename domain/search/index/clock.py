"""The clock of the index: what is listed and which credentials hold, without anybody writing.

Every instant at which something begins or ends lies in a heap. Turning the clock looks again at
what is due; looking too often changes nothing.
"""

import heapq
import re
from collections.abc import Iterable
from datetime import UTC, datetime

import msgspec
import numpy as np

from domain.search.index.columns import Book, Column

Span = tuple[datetime, datetime]

_NEVER, _FOREVER = datetime.min.replace(tzinfo=UTC), datetime.max.replace(tzinfo=UTC)
_RANGE = re.compile(r'[\[(]"?([^",]*)"?,"?([^",)\]]*)"?[\])]')


class Held(msgspec.Struct, frozen=True):
    """A credential of a facility and when it holds."""

    kind: str
    during: Span
    specialties: list[str]
    treatments: list[str]

    def covers(self, specialty: str, treatment: str) -> bool:
        """Tell whether its scope has the treatment, as `credential_covers` does."""
        scoped = self.specialties or self.treatments
        return not scoped or specialty in self.specialties or treatment in self.treatments


class Turned(msgspec.Struct, frozen=True):
    """What the clock changed: windows that opened or closed, facilities with other credentials."""

    opened: list[int]
    closed: list[int]
    facilities: list[int]

    def __bool__(self) -> bool:
        return bool(self.opened or self.closed or self.facilities)


class Clock:
    """`open_windows` and `held` say, by the code of a window or a facility, what holds now."""

    def __init__(self, book: Book) -> None:
        self._book = book
        self._windows: list[list[Span]] = []
        self._credentials: dict[int, list[Held]] = {}
        self._due: list[tuple[datetime, bool, int]] = []
        self.open_windows: Column = np.zeros(1024, bool)
        self.held: Column = np.zeros(1024, "u2")

    @property
    def next_at(self) -> datetime:
        """Return when something changes next."""
        return self._due[0][0] if self._due else _FOREVER

    def learn_windows(self, now: datetime) -> None:
        """Take in the windows that the book has learned since."""
        known = self._book.windows.known
        self.open_windows = _grown(self.open_windows, len(known))
        for code in range(len(self._windows), len(known)):
            spans = spans_of(known[code])
            self._windows.append(spans)
            self.open_windows[code] = any(within(span, now) for span in spans)
            self._wait(spans, now, False, code)

    def learn_facility(self, code: int, credentials: list[Held], now: datetime) -> bool:
        """Take in a facility's credentials; return whether other kinds hold than before."""
        self.held = _grown(self.held, code + 1)
        self._credentials[code] = credentials
        self._wait([each.during for each in credentials], now, True, code)
        return self._look_at(code, now)

    def turn(self, now: datetime) -> Turned:
        """Look again at what is due."""
        opened, closed, facilities = set[int](), set[int](), set[int]()
        while self._due and self._due[0][0] <= now:
            _, is_facility, code = heapq.heappop(self._due)
            if is_facility:
                self._wait([each.during for each in self._credentials[code]], now, True, code)
                if self._look_at(code, now):
                    facilities.add(code)
                continue
            spans = self._windows[code]
            self._wait(spans, now, False, code)
            is_open = any(within(span, now) for span in spans)
            if is_open != self.open_windows[code]:
                self.open_windows[code] = is_open
                (opened if is_open else closed).add(code)
        return Turned(sorted(opened), sorted(closed), sorted(facilities))

    def _look_at(self, facility: int, now: datetime) -> bool:
        kinds = {held.kind for held in self._credentials[facility] if within(held.during, now)}
        mask = sum(1 << self._book.credentials[kind] for kind in kinds)
        changed = bool(self.held[facility] != mask)
        self.held[facility] = mask
        return changed

    def _wait(self, spans: Iterable[Span], now: datetime, is_facility: bool, code: int) -> None:
        ahead = [at for span in spans for at in span if now < at < _FOREVER]
        if ahead:
            heapq.heappush(self._due, (min(ahead), is_facility, code))


def spans_of(text: str) -> list[Span]:
    """Return the ranges of a tstzmultirange as PostgreSQL writes it in UTC."""
    return [
        (
            datetime.fromisoformat(since) if since else _NEVER,
            datetime.fromisoformat(until) if until else _FOREVER,
        )
        for since, until in _RANGE.findall(text.strip("{}"))
    ]


def span_of(since: datetime | None, until: datetime | None) -> Span:
    """Return a range whose ends may be open."""
    return since or _NEVER, until or _FOREVER


def within(span: Span, now: datetime) -> bool:
    """Tell whether a range contains an instant."""
    return span[0] <= now < span[1]


def _grown(column: Column, size: int) -> Column:
    if size <= len(column):
        return column
    more = np.zeros(max(size, 2 * len(column)), column.dtype)
    more[: len(column)] = column
    return more
