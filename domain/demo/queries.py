"""What of the demo set is already there."""

from uuid import UUID

from domain.db import connection


async def organisation(demo_key: str) -> UUID | None:
    """Return the demo organisation of that key."""
    found: UUID | None = await connection().fetchval(
        "SELECT id FROM organisation WHERE demo_key = $1", demo_key
    )
    return found


async def accounts() -> dict[str, tuple[UUID, bool]]:
    """Return the demo accounts by key: their ids, and whether they have a role anywhere."""
    rows = await connection().fetch(
        "SELECT a.demo_key, a.id, EXISTS (SELECT FROM membership m WHERE m.account_id = a.id)"
        " AS employed FROM account a WHERE a.demo_key IS NOT NULL"
    )
    return {row["demo_key"]: (row["id"], row["employed"]) for row in rows}


async def offers(facility_id: UUID) -> dict[str, UUID]:
    """Return the active offers of a facility by their treatment."""
    rows = await connection().fetch(
        "SELECT treatment_code, id FROM offer WHERE facility_id = $1 AND active ORDER BY id DESC",
        facility_id,
    )
    return {row["treatment_code"]: row["id"] for row in rows}


async def has_bookings(facility_id: UUID) -> bool:
    """Tell whether anybody has booked at a facility."""
    return bool(
        await connection().fetchval(
            "SELECT EXISTS (SELECT FROM booking WHERE facility_id = $1)", facility_id
        )
    )


async def has_referrals(practice_id: UUID) -> bool:
    """Tell whether a practice has referred anybody."""
    return bool(
        await connection().fetchval(
            "SELECT EXISTS (SELECT FROM referral WHERE practice_id = $1)", practice_id
        )
    )
