"""How waiting grows with wrong attempts."""

from domain.limits.types import FORGOTTEN_AFTER, FREE_FAILURES, LONGEST_WAIT_S


def wait_after(failures: int, since_last_s: float, free: int = FREE_FAILURES) -> float:
    """Return how many seconds the next attempt still has to wait after so many wrong ones.

    It doubles from one second on after the `free` ones, stays at half a minute, and is forgotten
    with the failures after a quarter of an hour: nobody is ever locked out.
    """
    if failures < free or since_last_s >= FORGOTTEN_AFTER.total_seconds():
        return 0.0
    wait: float = min(LONGEST_WAIT_S, 2.0 ** min(failures - free, 10))
    return max(0.0, wait - since_last_s)
