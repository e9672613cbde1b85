"""Which tasks people may call done, and which end with their matter alone."""

from domain.tasks.types import TaskKind

BY_HAND = frozenset(
    {
        TaskKind.WRITE_LETTER, TaskKind.SECURE_BED, TaskKind.RESOLVE_TIME, TaskKind.ARRANGE_ITEM,
        TaskKind.FOLLOW_UP,
    }
)  # fmt: skip
"""The others have a clock that somebody waits for: a click must not stop it."""
