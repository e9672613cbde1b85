"""The queries of webhooks and their deliveries."""

from datetime import datetime
from typing import Any
from uuid import UUID

from domain.bookings.events import BookingChanged
from domain.db import connection
from domain.ids import new_id
from domain.webhooks.tables import WebhookEndpoint
from domain.webhooks.types import (
    DeliveryStatus,
    DeliveryView,
    DisabledReason,
    WebhookView,
)


def webhook_view(row: Any, now: datetime) -> WebhookView:
    """Return an endpoint as its administrators see it."""
    former = row["former_until"]
    return WebhookView(
        id=row["id"],
        organisation_id=row["organisation_id"],
        url=row["url"],
        enabled=row["disabled_at"] is None,
        disabled_reason=DisabledReason(row["disabled_reason"]) if row["disabled_reason"] else None,
        failing_since=row["failing_since"],
        former_secret_until=former if former is not None and former > now else None,
        version=row["version"],
        created_at=row["created_at"],
    )


async def insert_endpoint(endpoint: WebhookEndpoint) -> None:
    """Store a new endpoint."""
    await WebhookEndpoint.insert(endpoint)


async def endpoints(organisation_id: UUID) -> list[Any]:
    """Return the endpoints of an organisation, oldest first."""
    return list(
        await connection().fetch(
            "SELECT * FROM webhook_endpoint WHERE organisation_id = $1 AND removed_at IS NULL"
            " ORDER BY id",
            organisation_id,
        )
    )


async def endpoint(organisation_id: UUID, endpoint_id: UUID) -> Any | None:
    """Return an endpoint of an organisation; locks it."""
    return await connection().fetchrow(
        "SELECT * FROM webhook_endpoint WHERE id = $2 AND organisation_id = $1"
        " AND removed_at IS NULL FOR UPDATE",
        organisation_id, endpoint_id,
    )  # fmt: skip


async def change_endpoint(
    endpoint_id: UUID, url: str, disabled_at: datetime | None, reason: DisabledReason | None
) -> None:
    """Store where to send and whether; one that is enabled anew has failed at nothing."""
    await connection().execute(
        "UPDATE webhook_endpoint SET url = $2, disabled_at = $3, disabled_reason = $4,"
        " failing_since = CASE WHEN $3::timestamptz IS NULL THEN NULL ELSE failing_since END,"
        " version = version + 1 WHERE id = $1",
        endpoint_id, url, disabled_at, reason.value if reason else None,
    )  # fmt: skip


async def set_secrets(
    endpoint_id: UUID, secret: bytes, former: bytes, former_until: datetime
) -> None:
    """Store a new secret beside the one that was in use until now."""
    await connection().execute(
        "UPDATE webhook_endpoint SET secret_sealed = $2, former_secret_sealed = $3,"
        " former_until = $4, version = version + 1 WHERE id = $1",
        endpoint_id, secret, former, former_until,
    )  # fmt: skip


async def remove_endpoint(endpoint_id: UUID, now: datetime) -> None:
    """Take an endpoint out of use for good, with what waits for it."""
    await connection().execute(
        "UPDATE webhook_endpoint SET removed_at = $2, version = version + 1 WHERE id = $1",
        endpoint_id, now,
    )  # fmt: skip
    await stop_deliveries(endpoint_id)


async def stop_deliveries(endpoint_id: UUID) -> None:
    """Let nothing that waits for an endpoint be sent by itself any more."""
    await connection().execute(
        "UPDATE webhook_delivery SET next_at = NULL WHERE endpoint_id = $1 AND next_at IS NOT NULL",
        endpoint_id,
    )


async def queue(organisation_id: UUID, event: BookingChanged, now: datetime) -> None:
    """Store an event once for every endpoint of an organisation; a disabled one is sent nothing."""
    for row in await endpoints(organisation_id):
        await connection().execute(
            "INSERT INTO webhook_delivery (id, endpoint_id, organisation_id, booking_id, news,"
            " booking_version, created_at, attempts, next_at) VALUES ($1, $2, $3, $4, $5, $6, $7,"
            " 0, $8) ON CONFLICT ON CONSTRAINT webhook_delivery_once DO NOTHING",
            new_id(), row["id"], organisation_id, event.booking_id, event.news.value,
            event.version, now, now if row["disabled_at"] is None else None,
        )  # fmt: skip


async def claim(lease_until: datetime) -> Any | None:
    """Take the delivery that is due longest; one endpoint is sent to by one worker at a time."""
    return await connection().fetchrow(
        "WITH due AS ("
        " SELECT d.id, d.endpoint_id FROM webhook_delivery d"
        " JOIN webhook_endpoint e ON e.id = d.endpoint_id"
        " WHERE d.next_at <= clock_timestamp() AND e.disabled_at IS NULL AND e.removed_at IS NULL"
        " AND (e.busy_until IS NULL OR e.busy_until < clock_timestamp())"
        " ORDER BY d.next_at, d.id LIMIT 1 FOR UPDATE OF e SKIP LOCKED)"
        " UPDATE webhook_endpoint e SET busy_until = $1 FROM due, webhook_delivery d"
        " WHERE e.id = due.endpoint_id AND d.id = due.id"
        " RETURNING d.*, e.url, e.secret_sealed, e.former_secret_sealed, e.former_until",
        lease_until,
    )


async def note_attempt(
    delivery_id: UUID, status: int | None, error: str | None, now: datetime, *,
    delivered: bool, next_at: datetime | None,
) -> None:  # fmt: skip
    """Store what came of an attempt."""
    await connection().execute(
        "UPDATE webhook_delivery SET attempts = attempts + 1, last_at = $2, last_status = $3,"
        " last_error = $4, next_at = $5,"
        " delivered_at = CASE WHEN $6 THEN $2 ELSE delivered_at END WHERE id = $1",
        delivery_id, now, status, error, next_at, delivered,
    )  # fmt: skip


async def release(endpoint_id: UUID, now: datetime, *, delivered: bool) -> Any:
    """Let an endpoint be sent to again, and keep since when it takes nothing; return it."""
    return await connection().fetchrow(
        "UPDATE webhook_endpoint SET busy_until = NULL,"
        " failing_since = CASE WHEN $3 THEN NULL ELSE coalesce(failing_since, $2) END"
        " WHERE id = $1 RETURNING *",
        endpoint_id, now, delivered,
    )  # fmt: skip


async def disable(endpoint_id: UUID, reason: DisabledReason, now: datetime) -> None:
    """Send nothing to an endpoint any more, and let what waits be replayed."""
    await connection().execute(
        "UPDATE webhook_endpoint SET disabled_at = $2, disabled_reason = $3,"
        " version = version + 1 WHERE id = $1",
        endpoint_id, now, reason.value,
    )  # fmt: skip
    await stop_deliveries(endpoint_id)


_STATUS = (
    "CASE WHEN next_at IS NOT NULL THEN 'pending' WHEN delivered_at IS NOT NULL THEN 'delivered'"
    " ELSE 'failed' END"
)


async def deliveries(
    endpoint_id: UUID, *, status: DeliveryStatus | None = None, before: UUID | None = None,
    only: UUID | None = None, limit: int = 1,
) -> list[DeliveryView]:  # fmt: skip
    """Return an endpoint's deliveries, newest first."""
    rows = await connection().fetch(
        f"SELECT *, {_STATUS} AS status FROM webhook_delivery WHERE endpoint_id = $1"
        f" AND ($2::text IS NULL OR {_STATUS} = $2) AND ($3::uuid IS NULL OR id < $3)"
        " AND ($4::uuid IS NULL OR id = $4) ORDER BY id DESC LIMIT $5",
        endpoint_id, status.value if status else None, before, only, limit,
    )  # fmt: skip
    return [
        DeliveryView(
            id=row["id"],
            type=f"booking.{row['news']}",
            booking_id=row["booking_id"],
            version=row["booking_version"],
            status=DeliveryStatus(row["status"]),
            attempts=row["attempts"],
            created_at=row["created_at"],
            next_at=row["next_at"],
            last_at=row["last_at"],
            last_status=row["last_status"],
            last_error=row["last_error"],
            delivered_at=row["delivered_at"],
        )
        for row in rows
    ]


async def replay(
    endpoint_id: UUID, now: datetime, *, only: UUID | None = None, since: datetime | None = None
) -> int:
    """Make deliveries due again from their first attempt; return how many."""
    done = await connection().fetch(
        "UPDATE webhook_delivery SET next_at = $2, attempts = 0 WHERE endpoint_id = $1"
        " AND ($3::uuid IS NULL OR id = $3) AND ($4::timestamptz IS NULL OR created_at >= $4)"
        " RETURNING id",
        endpoint_id, now, only, since,
    )  # fmt: skip
    return len(done)


async def delete_deliveries(before: datetime) -> int:
    """Drop deliveries that were made before then; return how many."""
    gone = await connection().fetch(
        "DELETE FROM webhook_delivery WHERE created_at < $1 RETURNING id", before
    )
    return len(gone)
