"""The alarm: somebody reads far more records than they usually do."""

from uuid import UUID

import msgspec
import structlog

from domain.actor import Actor
from domain.audit import service as audit
from domain.db import connection, transactional

TIMES_USUAL = 3
LEAST = 60
"""Below this many reads in an hour nobody is suspicious."""

log = structlog.get_logger()


class UnusualReader(msgspec.Struct, frozen=True):
    """Who read how much in the last hour, and their mean in an hour with any reads before."""

    account_id: UUID
    reads: int
    usual: float


@transactional
async def note_unusual_reads(actor: Actor) -> list[UnusualReader]:
    """Find professionals who read three times as much as they usually do, and write it down.

    Each at most once an hour; auditors find it in the trail, operators in the log. A periodic job,
    for the system only.
    """
    rows = await connection().fetch(
        "WITH lately AS (SELECT account_id, count(*) AS reads FROM audit_event"
        "  WHERE is_record_read(action) AND organisation_id IS NOT NULL AND outcome = 'success'"
        "  AND at > clock_timestamp() - interval '1 hour' GROUP BY 1 HAVING count(*) >= $1)"
        " SELECT l.account_id, l.reads, coalesce(b.usual, 0)::float8 AS usual FROM lately l"
        " CROSS JOIN LATERAL (SELECT count(*)::float8 / nullif(count(DISTINCT"
        "  date_trunc('hour', at)), 0) AS usual FROM audit_event WHERE account_id = l.account_id"
        "  AND is_record_read(action) AND organisation_id IS NOT NULL AND outcome = 'success'"
        "  AND at > clock_timestamp() - interval '30 days'"
        "  AND at <= clock_timestamp() - interval '1 hour') b"
        " WHERE l.reads > $2 * coalesce(b.usual, 0) AND NOT EXISTS (SELECT FROM audit_event"
        "  WHERE action = 'audit.unusual_reads' AND subject_id = l.account_id::text"
        "  AND at > clock_timestamp() - interval '1 hour')",
        LEAST, TIMES_USUAL,
    )  # fmt: skip
    found = [UnusualReader(row["account_id"], row["reads"], row["usual"]) for row in rows]
    for reader in found:
        log.warning("unusual_reads", account_id=str(reader.account_id), reads=reader.reads)
        await audit.record(
            actor, "audit.unusual_reads", subject=("account", reader.account_id),
            detail={"reads": reader.reads, "usual": round(reader.usual, 1)},
        )  # fmt: skip
    return found
