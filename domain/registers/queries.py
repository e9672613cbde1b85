"""The queries of imports and of the changes they propose."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec

from domain.actor import Actor
from domain.db import connection
from domain.ids import new_id
from domain.registers.policy import sees_all
from domain.registers.tables import RegisterImport
from domain.registers.types import (
    Change,
    ChangeKind,
    ChangeView,
    Difference,
    Entry,
    ImportStatus,
    Outcome,
    RegisterFormat,
    RegisterImportView,
)

_VISIBLE = "($1::boolean OR b.states <@ ARRAY[$2::text])"


def _asks(visible_to: Actor) -> tuple[bool, str | None]:
    return sees_all(visible_to), visible_to.jurisdiction


def _view(row: Any) -> RegisterImportView:
    return RegisterImportView(
        id=row["id"],
        format=RegisterFormat(row["format"]),
        file_sha256=row["file_sha256"].hex(),
        states=list(row["states"]),
        status=ImportStatus(row["status"]),
        new=row["rows_new"],
        changed=row["rows_changed"],
        gone=row["rows_gone"],
        unchanged=row["rows_unchanged"],
        refused=row["rows_refused"],
        applied=row["rows_applied"],
        made_by=row["made_by"],
        made_at=row["made_at"],
        decided_by=row["decided_by"],
        decided_at=row["decided_at"],
        version=row["version"],
    )


async def register_import(
    import_id: UUID, *, visible_to: Actor, lock: bool = False
) -> RegisterImportView | None:
    """Return an import of the actor's states."""
    if lock:
        # Whoever clicks twice waits for the first click to be carried out.
        await connection().execute("SET LOCAL lock_timeout = '25s'")
    row = await connection().fetchrow(
        f"SELECT b.* FROM register_import b WHERE {_VISIBLE} AND b.id = $3"
        + (" FOR UPDATE" if lock else ""),
        *_asks(visible_to), import_id,
    )  # fmt: skip
    return _view(row) if row else None


async def register_imports(
    status: ImportStatus | None, after: UUID | None, limit: int, *, visible_to: Actor
) -> list[RegisterImportView]:
    """Return imports of the actor's states, newest first."""
    rows = await connection().fetch(
        f"SELECT b.* FROM register_import b WHERE {_VISIBLE}"
        " AND ($3::text IS NULL OR b.status = $3) AND ($4::uuid IS NULL OR b.id < $4)"
        " ORDER BY b.id DESC LIMIT $5",
        *_asks(visible_to), status.value if status else None, after, limit,
    )  # fmt: skip
    return [_view(row) for row in rows]


async def insert_import(made: RegisterImport, changes: Sequence[Change]) -> None:
    """Store an import with what it proposes, in the order in which it is shown."""
    await RegisterImport.insert(made)
    await connection().execute(
        "INSERT INTO register_change (id, import_id, kind, line, source_key, facility_id, state,"
        " name, entry, differences, reason) SELECT t.id, $1, t.kind, t.line, t.source_key,"
        " t.facility_id, t.state, t.name, t.entry::jsonb, t.differences::jsonb, t.reason"
        " FROM unnest($2::uuid[], $3::text[], $4::int[], $5::text[], $6::uuid[], $7::text[],"
        " $8::text[], $9::text[], $10::text[], $11::text[])"
        " t (id, kind, line, source_key, facility_id, state, name, entry, differences, reason)",
        made.id,
        [new_id() for _ in changes],
        [change.kind.value for change in changes],
        [change.line for change in changes],
        [change.source_key for change in changes],
        [change.facility_id for change in changes],
        [change.state for change in changes],
        [change.name for change in changes],
        [_json(change.entry) if change.entry else None for change in changes],
        [_json(change.differences) for change in changes],
        [change.reason for change in changes],
    )


def _json(value: object) -> str:
    return msgspec.json.encode(value).decode()


async def changes(
    import_id: UUID, kind: ChangeKind | None, after: UUID | None, limit: int | None
) -> list[ChangeView]:
    """Return the changes that an import proposes, in their order."""
    rows = await connection().fetch(
        "SELECT * FROM register_change WHERE import_id = $1 AND ($2::text IS NULL OR kind = $2)"
        " AND ($3::uuid IS NULL OR id > $3) ORDER BY id LIMIT $4",
        import_id, kind.value if kind else None, after, limit,
    )  # fmt: skip
    return [
        ChangeView(
            id=row["id"],
            kind=ChangeKind(row["kind"]),
            line=row["line"],
            source_key=row["source_key"],
            facility_id=row["facility_id"],
            state=row["state"],
            name=row["name"],
            differences=_differences(row),
            reason=row["reason"],
            outcome=Outcome(row["outcome"]) if row["outcome"] else None,
        )
        for row in rows
    ]


async def proposals(import_id: UUID) -> dict[UUID, Change]:
    """Return what can be applied of an import."""
    rows = await connection().fetch(
        "SELECT * FROM register_change WHERE import_id = $1 AND kind <> 'refused' ORDER BY id",
        import_id,
    )
    return {
        row["id"]: Change(
            kind=ChangeKind(row["kind"]),
            line=row["line"],
            source_key=row["source_key"],
            facility_id=row["facility_id"],
            entry=msgspec.json.decode(row["entry"], type=Entry) if row["entry"] else None,
            differences=_differences(row),
        )
        for row in rows
    }


def _differences(row: Any) -> list[Difference]:
    return msgspec.json.decode(row["differences"], type=list[Difference])


async def applied_of(import_id: UUID) -> set[UUID]:
    """Return which changes were chosen when the import was applied."""
    rows = await connection().fetch(
        "SELECT id FROM register_change WHERE import_id = $1 AND outcome IN ('applied', 'refused')"
        " AND kind <> 'refused'",
        import_id,
    )
    return {row["id"] for row in rows}


async def note_outcomes(
    outcomes: Mapping[UUID, Outcome], refused: Iterable[tuple[UUID, str]]
) -> None:
    """Write down what became of each change, and why one was refused after all."""
    await connection().execute(
        "UPDATE register_change c SET outcome = t.outcome"
        " FROM unnest($1::uuid[], $2::text[]) t (id, outcome) WHERE c.id = t.id",
        list(outcomes), [each.value for each in outcomes.values()],
    )  # fmt: skip
    for change_id, reason in refused:
        await connection().execute(
            "UPDATE register_change SET reason = $2 WHERE id = $1", change_id, reason
        )


async def decide(
    import_id: UUID, status: ImportStatus, applied: int, by: UUID | None, now: datetime
) -> None:
    """Close an import."""
    await connection().execute(
        "UPDATE register_import SET status = $2, rows_applied = $3, decided_by = $4,"
        " decided_at = $5, version = version + 1 WHERE id = $1",
        import_id, status.value, applied, by, now,
    )  # fmt: skip
