"""The queries of likely duplicates, of merges and of pairs told apart."""

from datetime import datetime
from typing import Any
from uuid import UUID

from domain.actor import Actor, ActorKind, Role
from domain.db import connection
from domain.duplicates.tables import FacilityDistinction, FacilityMerge
from domain.duplicates.types import (
    DuplicateSide,
    DuplicateView,
    FacilityMergeStatus,
    FacilityMergeView,
)
from domain.facilities.types import FacilityKind, Source
from domain.ids import new_id

Position = tuple[int, datetime, UUID, UUID]
"""Where a page ended: the score in thousandths, since when both are known, and the two ids."""

LEAST = 650
"""Pairs below this score, in thousandths, are not worth an officer's time."""

_SEES_STATE = "($1::boolean OR {column} = $2::text)"


def _asks(visible_to: Actor) -> tuple[bool, str | None]:
    everything = visible_to.kind is ActorKind.SYSTEM or visible_to.role is Role.OPERATOR
    return everything, visible_to.jurisdiction


_PAIRS = f"""
WITH pair AS (
    SELECT a.id AS one, b.id AS other, greatest(a.created_at, b.created_at) AS since, s.score
    FROM facility a
    JOIN facility b ON b.jurisdiction = a.jurisdiction AND b.city_key = a.city_key
        AND b.id > a.id AND b.source <> a.source
    CROSS JOIN LATERAL (
        SELECT max(round(500 * (similarity(n.folded, m.folded) + greatest(
            strict_word_similarity(n.folded, m.folded),
            strict_word_similarity(m.folded, n.folded)))))::int AS score
        FROM facility_name n, facility_name m
        WHERE n.facility_id = a.id AND m.facility_id = b.id) s
    WHERE {_SEES_STATE.format(column="a.jurisdiction")}
        AND a.merged_into IS NULL AND b.merged_into IS NULL AND NOT a.demo AND NOT b.demo
        AND s.score >= {LEAST}
        AND NOT EXISTS (SELECT FROM facility_distinction d
            WHERE d.low_id = a.id AND d.high_id = b.id)
)
SELECT p.*, w.id AS merge_id FROM pair p
LEFT JOIN facility_merge w ON w.status = 'proposed'
    AND (w.survivor_id, w.other_id) IN ((p.one, p.other), (p.other, p.one))
WHERE $3::int IS NULL OR (-p.score, p.since, p.one, p.other) > (-$3, $4, $5, $6)
ORDER BY -p.score, p.since, p.one, p.other LIMIT $7
"""


async def duplicates(
    after: Position | None, limit: int, *, visible_to: Actor
) -> list[tuple[DuplicateView, Position]]:
    """Return pairs of two sources in one city whose names are alike, the surest first."""
    pairs = await connection().fetch(
        _PAIRS, *_asks(visible_to), *(after or (None, None, None, None)), limit
    )
    ids = {each for pair in pairs for each in (pair["one"], pair["other"])}
    sides = {
        row["id"]: DuplicateSide(
            id=row["id"],
            name=row["name"],
            kind=FacilityKind(row["kind"]),
            city=row["city"],
            address=row["address"],
            source=Source(row["source"]),
            known_since=row["created_at"],
            version=row["version"],
        )
        for row in await connection().fetch("SELECT * FROM facility WHERE id = ANY($1)", list(ids))
    }
    return [
        (
            DuplicateView(
                sides[pair["one"]], sides[pair["other"]], pair["score"] / 1000, pair["merge_id"]
            ),
            (pair["score"], pair["since"], pair["one"], pair["other"]),
        )
        for pair in pairs
    ]


_MERGE = (
    "SELECT m.*, s.name AS survivor_name, o.name AS other_name FROM facility_merge m"
    " JOIN facility s ON s.id = m.survivor_id JOIN facility o ON o.id = m.other_id"
    f" WHERE {_SEES_STATE.format(column='m.state')}"
)


def _view(row: Any) -> FacilityMergeView:
    return FacilityMergeView(
        id=row["id"],
        survivor_id=row["survivor_id"],
        survivor_name=row["survivor_name"],
        other_id=row["other_id"],
        other_name=row["other_name"],
        state=row["state"],
        status=FacilityMergeStatus(row["status"]),
        proposed_by=row["proposed_by"],
        proposed_at=row["proposed_at"],
        decided_by=row["decided_by"],
        decided_at=row["decided_at"],
    )


async def merge(
    merge_id: UUID, *, visible_to: Actor, lock: bool = False
) -> tuple[FacilityMergeView, Any] | None:
    """Return a merge of the actor's state, with the versions that were looked at."""
    row = await connection().fetchrow(
        _MERGE + " AND m.id = $3" + (" FOR UPDATE OF m" if lock else ""),
        *_asks(visible_to), merge_id,
    )  # fmt: skip
    return (_view(row), row) if row else None


async def merges(
    status: FacilityMergeStatus | None, after: UUID | None, limit: int, *, visible_to: Actor
) -> list[FacilityMergeView]:
    """Return the merges of the actor's state, newest first."""
    rows = await connection().fetch(
        _MERGE + " AND ($3::text IS NULL OR m.status = $3) AND ($4::uuid IS NULL OR m.id < $4)"
        " ORDER BY m.id DESC LIMIT $5",
        *_asks(visible_to), status.value if status else None, after, limit,
    )  # fmt: skip
    return [_view(row) for row in rows]


async def open_merge_of(survivor_id: UUID, other_id: UUID, by: UUID) -> UUID | None:
    """Return the same merge as this officer proposed it before."""
    found: UUID | None = await connection().fetchval(
        "SELECT id FROM facility_merge WHERE status = 'proposed' AND survivor_id = $1"
        " AND other_id = $2 AND proposed_by = $3",
        survivor_id, other_id, by,
    )  # fmt: skip
    return found


async def insert_merge(merge: FacilityMerge) -> None:
    """Store a proposal; a second open one of the same facility violates `facility_merge_open`."""
    await FacilityMerge.insert(merge)


async def decide(merge_id: UUID, status: FacilityMergeStatus, by: UUID, now: datetime) -> None:
    """Close a proposal."""
    await connection().execute(
        "UPDATE facility_merge SET status = $2, decided_by = $3, decided_at = $4 WHERE id = $1",
        merge_id, status.value, by, now,
    )  # fmt: skip


async def tell_apart(one: UUID, other: UUID, by: UUID, now: datetime) -> bool:
    """Remember that two facilities are not the same; tell whether that is new."""
    low, high = sorted((one, other))
    found = await (
        FacilityDistinction.insert(
            FacilityDistinction(id=new_id(), low_id=low, high_id=high, told_by=by, told_at=now)
        )
        .on_conflict(action="DO NOTHING")
        .returning(FacilityDistinction.id)
    )
    return bool(found)
