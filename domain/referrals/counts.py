"""How many a decision about a facility would touch: numbers for authorities, nobody's data."""

from datetime import date
from uuid import UUID

import msgspec

from domain.actor import Actor
from domain.db import transactional
from domain.referrals import queries, rules


class ReferralsUnderWay(msgspec.Struct, frozen=True):
    """How many referrals for one treatment of one state's patients were sent in one week."""

    treatment: str
    home_state: str
    week: date
    count: int


@transactional
async def referrals_under_way(
    actor: Actor, facility_id: UUID, zone: str
) -> list[ReferralsUnderWay]:
    """Count a facility's referrals before treatment, by weeks of a zone (run as the system)."""
    statuses = [status.value for status in rules.UNDER_WAY]
    rows = await queries.count_submitted(facility_id, statuses, zone)
    return [ReferralsUnderWay(*row.values()) for row in rows]


@transactional
async def episodes_in_treatment(actor: Actor, facility_id: UUID) -> dict[UUID, str]:
    """Return the treatment of each episode whose treatment has begun (run as the system)."""
    rows = await queries.in_treatment(facility_id)
    return {row["episode_id"]: row["treatment_code"] for row in rows}
