"""Pure decisions about erasure."""

from datetime import timedelta

from domain.rights.errors import WrongErasureState
from domain.rights.types import ErasureStatus

BACKUPS_LAST = timedelta(days=30)
"""A backup or archived log older than this is destroyed (see the README's runbook)."""

_S = ErasureStatus

TRANSITIONS: dict[ErasureStatus, frozenset[ErasureStatus]] = {
    _S.ASKED: frozenset({_S.REVIEWED, _S.REFUSED, _S.WITHDRAWN}),
    _S.REVIEWED: frozenset({_S.CONFIRMED, _S.REFUSED, _S.WITHDRAWN}),
    _S.CONFIRMED: frozenset({_S.DONE}),
    _S.DONE: frozenset(),
    _S.REFUSED: frozenset(),
    _S.WITHDRAWN: frozenset(),
}


def require_move(present: ErasureStatus, to: ErasureStatus) -> None:
    """Refuse a step that does not follow from the present state; raises WrongErasureState."""
    if to not in TRANSITIONS[present]:
        raise WrongErasureState(state=present.value)
