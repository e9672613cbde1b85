"""The queries of profiles and photos."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec

from domain.db import connection
from domain.profiles import rules
from domain.profiles.tables import FacilityPhoto
from domain.profiles.types import PhotoView, PhotoWidth, WriteProfile


async def profile(facility_id: UUID) -> Any:
    """Return what a facility says of itself, or None."""
    return await connection().fetchrow("SELECT * FROM facility_profile WHERE id = $1", facility_id)


async def write_profile(
    facility_id: UUID, command: WriteProfile, *, version: int, now: datetime
) -> bool:
    """Store a profile over this version (0 where there is none); tell whether it was that one."""
    values = (
        facility_id, command.departments, command.languages,
        [each.value for each in command.accessibility], now, version,
    )  # fmt: skip
    if version == 0:
        sql = (
            "INSERT INTO facility_profile (id, departments, languages, accessibility, updated_at,"
            " version) VALUES ($1, $2, $3, $4, $5, $6 + 1) ON CONFLICT (id) DO NOTHING RETURNING id"
        )
    else:
        sql = (
            "UPDATE facility_profile SET departments = $2, languages = $3, accessibility = $4,"
            " updated_at = $5, version = version + 1 WHERE id = $1 AND version = $6 RETURNING id"
        )
    return await connection().fetchval(sql, *values) is not None


def _photo(row: Any) -> PhotoView:
    return PhotoView(
        id=row["id"],
        facility_id=row["facility_id"],
        alt=msgspec.json.decode(row["alt"], type=dict[str, str]),
        addresses={each.value: rules.address(row["id"], each) for each in PhotoWidth},
        width=row["width"],
        height=row["height"],
        created_at=row["created_at"],
    )


async def photos(facility_id: UUID) -> list[PhotoView]:
    """Return the photos of a facility in their order."""
    rows = await connection().fetch(
        "SELECT * FROM facility_photo WHERE facility_id = $1 ORDER BY position, id", facility_id
    )
    return [_photo(row) for row in rows]


async def photo(photo_id: UUID) -> PhotoView | None:
    """Return one photo."""
    row = await connection().fetchrow("SELECT * FROM facility_photo WHERE id = $1", photo_id)
    return _photo(row) if row else None


async def lock_photos(facility_id: UUID) -> list[UUID]:
    """Return the photos of a facility, which nobody else changes until this operation ends."""
    await connection().execute(
        "SELECT pg_advisory_xact_lock(hashtextextended('facility_photo ' || $1::text, 0))",
        str(facility_id),
    )
    return [each.id for each in await photos(facility_id)]


async def insert_photo(row: FacilityPhoto) -> None:
    """Store a photo behind the others."""
    await FacilityPhoto.insert(row)


async def describe_photo(photo_id: UUID, alt: dict[str, str]) -> None:
    """Store the alternative texts of a photo."""
    await connection().execute(
        "UPDATE facility_photo SET alt = $2::jsonb WHERE id = $1",
        photo_id, msgspec.json.encode(alt).decode(),
    )  # fmt: skip


async def order_photos(ids: Sequence[UUID]) -> None:
    """Store the order of photos."""
    await connection().execute(
        "UPDATE facility_photo p SET position = t.position"
        " FROM unnest($1::uuid[]) WITH ORDINALITY t (id, position) WHERE p.id = t.id",
        list(ids),
    )


async def delete_photo(photo_id: UUID) -> None:
    """Remove a photo's row."""
    await connection().execute("DELETE FROM facility_photo WHERE id = $1", photo_id)


async def known_photos(ids: Sequence[UUID]) -> set[UUID]:
    """Return which of these photos there are."""
    rows = await connection().fetch("SELECT id FROM facility_photo WHERE id = ANY($1)", list(ids))
    return {row["id"] for row in rows}
