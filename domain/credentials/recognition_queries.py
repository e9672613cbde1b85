"""The queries of accreditors and of who recognises them."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from domain.actor import Actor, ActorKind, Role
from domain.credentials.recognition_types import (
    AccreditorView,
    RecognitionView,
    ShippedRecognition,
)
from domain.credentials.tables import Accreditor, AccreditorRecognition
from domain.db import connection
from domain.ids import new_id

_SEEN = "(r.confirmed_at IS NOT NULL OR $1 OR r.jurisdiction = $2)"


def _asking(actor: Actor) -> tuple[bool, str | None]:
    officer = actor.role is Role.MINISTRY_OFFICER
    return actor.kind is ActorKind.SYSTEM, actor.jurisdiction if officer else None


def recognition_view(row: Any) -> RecognitionView:
    """Return the view of a stored recognition."""
    return RecognitionView(
        row["id"], row["jurisdiction"], row["reference"], row["source_url"],
        row["recognised_from"], row["recognised_to"], row["confirmed_at"] is not None,
        row["end_reason"], row["version"],
    )  # fmt: skip


async def accreditors(
    after: str | None, limit: int, *, visible_to: Actor, name: str | None = None
) -> list[AccreditorView]:
    """Return accreditors in the order of their names, or the one of that `name`."""
    rows = await connection().fetch(
        "SELECT * FROM accreditor WHERE ($1::text IS NULL OR name > $1)"
        " AND ($2::text IS NULL OR name = $2) ORDER BY name LIMIT $3",
        after, name, limit,
    )  # fmt: skip
    recognised = await connection().fetch(
        f"SELECT r.* FROM accreditor_recognition r WHERE {_SEEN} AND r.accreditor_id = ANY($3)"
        " ORDER BY r.jurisdiction NULLS FIRST, r.recognised_from, r.id",
        *_asking(visible_to), [row["id"] for row in rows],
    )  # fmt: skip
    return [
        AccreditorView(
            row["id"], row["name"], row["jurisdiction"], row["demo"],
            [recognition_view(r) for r in recognised if r["accreditor_id"] == row["id"]],
        )
        for row in rows
    ]  # fmt: skip


async def accreditor_name(accreditor_id: UUID) -> str | None:
    """Return what an accreditor is called."""
    name: str | None = await connection().fetchval(
        "SELECT name FROM accreditor WHERE id = $1", accreditor_id
    )
    return name


async def recognised(accreditor_id: UUID, jurisdiction: str, issued: date) -> bool:
    """Tell whether an accreditor was recognised in a jurisdiction on a day.

    The SQL function `accreditor_recognised` asks the same of a stored credential.
    """
    return bool(
        await connection().fetchval(
            "SELECT EXISTS (SELECT FROM accreditor_recognition r WHERE r.accreditor_id = $1"
            " AND r.confirmed_at IS NOT NULL AND coalesce(r.jurisdiction, $2) = $2"
            " AND daterange(r.recognised_from, r.recognised_to, '[]') @> $3::date)",
            accreditor_id, jurisdiction, issued,
        )
    )  # fmt: skip


async def insert_accreditor(row: Accreditor) -> None:
    """Store a new accreditor."""
    await Accreditor.insert(row)


async def put_accreditor(name: str, jurisdiction: str | None, *, demo: bool) -> UUID:
    """Store an accreditor under its name and return its id."""
    found: UUID = await connection().fetchval(
        "INSERT INTO accreditor (id, name, jurisdiction, demo) VALUES ($1, $2, $3, $4)"
        " ON CONFLICT (name) DO UPDATE SET jurisdiction = excluded.jurisdiction RETURNING id",
        new_id(), name, jurisdiction, demo,
    )  # fmt: skip
    return found


async def put_recognition(accreditor_id: UUID, shipped: ShippedRecognition, now: datetime) -> None:
    """Store a recognition that the marketplace ships; one that is known is left alone."""
    await connection().execute(
        "INSERT INTO accreditor_recognition (id, accreditor_id, jurisdiction, reference,"
        " source_url, recognised_from, recognised_to, recorded_at, confirmed_at, version)"
        " VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $8, 1)"
        " ON CONFLICT ON CONSTRAINT recognition_once DO NOTHING",
        new_id(), accreditor_id, shipped.jurisdiction, shipped.reference, shipped.source_url,
        shipped.recognised_from, shipped.recognised_to, now,
    )  # fmt: skip


async def insert_recognition(row: AccreditorRecognition) -> None:
    """Store a new recognition."""
    await AccreditorRecognition.insert(row)


async def recognition(recognition_id: UUID, *, visible_to: Actor) -> Any | None:
    """Return a recognition as the actor may see it, locked for a change."""
    return await connection().fetchrow(
        f"SELECT r.* FROM accreditor_recognition r WHERE {_SEEN} AND r.id = $3 FOR UPDATE",
        *_asking(visible_to), recognition_id,
    )  # fmt: skip


async def update_recognition(recognition_id: UUID, values: dict[str, Any]) -> Any:
    """Write columns of a locked recognition and return its row."""
    sets = ", ".join(f"{column} = ${n}" for n, column in enumerate(values, 2))
    return await connection().fetchrow(
        f"UPDATE accreditor_recognition SET {sets}, version = version + 1"
        " WHERE id = $1 RETURNING *",
        recognition_id, *values.values(),
    )  # fmt: skip
