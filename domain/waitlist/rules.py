"""For which days one may wait, and what a missed time means for one's place."""

from datetime import date, timedelta

from domain.waitlist.errors import UnusableWindow
from domain.waitlist.types import WaitStatus

LONGEST_WINDOW = timedelta(days=92)
FARTHEST = timedelta(days=366)
MISSES = 2


def require_window(first: date, last: date, today: date) -> None:
    """Refuse days that are over, turned round, too many or too far; raises UnusableWindow."""
    if not today <= first <= last <= today + FARTHEST or last - first >= LONGEST_WINDOW:
        raise UnusableWindow(fields={"last_day": UnusableWindow.title})


def after_missing(missed: int) -> WaitStatus:
    """Return where somebody stands who let so many times pass."""
    return WaitStatus.WAITING if missed < MISSES else WaitStatus.LAPSED
