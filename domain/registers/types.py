"""The vocabulary of registers: their formats, what a file proposes, and what became of it."""

from datetime import datetime
from enum import StrEnum
from typing import Annotated
from uuid import UUID

import msgspec

from domain.facilities.types import CreateFacility


class RegisterFormat(StrEnum):
    """The public registers whose files can be imported."""

    TR_MOH = "tr-moh"
    HU_NEAK = "hu-neak"
    ROR = "ror"


class ImportStatus(StrEnum):
    """Where an import stands."""

    PROPOSED = "proposed"
    APPLIED = "applied"
    DISCARDED = "discarded"


class ChangeKind(StrEnum):
    """What a row of the file, or its absence, means against what the register said before."""

    NEW = "new"
    CHANGED = "changed"
    GONE = "gone"
    REFUSED = "refused"


class Outcome(StrEnum):
    """What became of a proposed change."""

    APPLIED = "applied"
    LEFT_OUT = "left_out"
    REFUSED = "refused"


class Entry(msgspec.Struct, frozen=True):
    """What one row of a register says: its key there, the facility, and our specialties of it."""

    source_key: str
    facility: CreateFacility
    specialties: list[str] = []


class Difference(msgspec.Struct, frozen=True):
    """One field, as it was and as the register has it now; `names.tr` is the Turkish name."""

    field: str
    before: str | None
    after: str | None


class Change(msgspec.Struct, frozen=True, kw_only=True):
    """One proposed change, before it is stored."""

    kind: ChangeKind
    line: int | None = None
    source_key: str | None = None
    facility_id: UUID | None = None
    state: str | None = None
    name: str | None = None
    entry: Entry | None = None
    differences: list[Difference] = []
    reason: str | None = None


class ApplyRegisterImport(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Apply these of the proposed changes, or all where none are named."""

    changes: Annotated[list[UUID], msgspec.Meta(min_length=1, max_length=20_000)] | None = None


class RegisterImportView(msgspec.Struct, frozen=True):
    """A register's file as it was read, with the number of rows of each kind.

    `states` are those whose facilities it may touch. `made_by` is absent where the command line
    made it; `applied` counts what was carried out.
    """

    id: UUID
    format: RegisterFormat
    file_sha256: str
    states: list[str]
    status: ImportStatus
    new: int
    changed: int
    gone: int
    unchanged: int
    refused: int
    applied: int
    made_by: UUID | None
    made_at: datetime
    decided_by: UUID | None
    decided_at: datetime | None
    version: int


class ChangeView(msgspec.Struct, frozen=True):
    """One proposed change: of which facility, what was and what would be, and what became of it.

    A refused row has its `line` and the `reason`; whatever is gone was not in the file.
    """

    id: UUID
    kind: ChangeKind
    line: int | None
    source_key: str | None
    facility_id: UUID | None
    state: str | None
    name: str | None
    differences: list[Difference]
    reason: str | None
    outcome: Outcome | None


class RegisterImportDetail(RegisterImportView, frozen=True):
    """An import with one page of its changes; `next` is the cursor of the following page."""

    items: list[ChangeView]
    next: UUID | None


class RegisterImportPage(msgspec.Struct, frozen=True):
    """One page of imports, newest first."""

    items: list[RegisterImportView]
    next: UUID | None


class ImportReport(msgspec.Struct, frozen=True):
    """What an import did with each row; a skipped row has its line and the reason."""

    taken: int
    updated: int
    unchanged: int
    skipped: list[tuple[int, str]]
    gone: int = 0
