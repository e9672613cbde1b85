"""Pure decisions about merging: who speaks for a file, what contradicts, and when it is over."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from domain.merges.types import Contradiction, MergeStatus, Side
from domain.patients.types import AccessKind, PatientView
from domain.text import fold

PROPOSAL_LASTS = timedelta(days=14)

Holders = Mapping[UUID, AccessKind]
"""Who may sign in to a file as its own side, by account: its patient, parents and guardians."""


def speakers(holders: Holders) -> set[UUID]:
    """Return who may agree for a file: its patient, or else parents and guardians."""
    selves = {account for account, kind in holders.items() if kind is AccessKind.SELF}
    return selves or set(holders)


def status_of(row: Any, now: datetime) -> MergeStatus:
    """Return where a merge stands; a proposal that nobody confirmed ends by the clock."""
    status = MergeStatus(row["status"])
    if status is MergeStatus.PROPOSED and row["proposed_at"] <= now - PROPOSAL_LASTS:
        return MergeStatus.EXPIRED
    return status


def missing(row: Any, holders: Mapping[UUID, Holders]) -> list[Side]:
    """Return the files whose own side has not agreed, or only through somebody who is gone."""
    return [
        side
        for side in Side
        if (may_agree := speakers(holders[row[f"{side}_id"]]))
        and row[f"{side}_agreed_by"] not in may_agree
    ]


def contradictions(
    survivor: PatientView,
    alias: PatientView,
    survivor_groups: Mapping[str, set[str]],
    alias_groups: Mapping[str, set[str]],
) -> list[Contradiction]:
    """Return what two files say differently; what one of them does not know contradicts nothing.

    Names are compared by their folding, so that Cyrillic and Latin spellings of one name agree.
    """
    found = []
    if None not in (survivor.birth_date, alias.birth_date) and (
        survivor.birth_date != alias.birth_date
    ):
        found.append(Contradiction.BIRTH_DATE)
    if _folded(survivor) != _folded(alias):
        found.append(Contradiction.NAME)
    both = survivor_groups.keys() & alias_groups.keys()
    if any(survivor_groups[code] != alias_groups[code] for code in both):
        found.append(Contradiction.BLOOD_GROUP)
    return found


def _folded(patient: PatientView) -> frozenset[str]:
    return frozenset(fold(f"{patient.name.given} {patient.name.family}").split())
