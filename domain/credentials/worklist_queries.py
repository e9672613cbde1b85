"""The queries of what waits for an officer, and of dates that come near."""

from datetime import datetime
from typing import Any
from uuid import UUID

from domain.actor import Actor
from domain.credentials.queries import VIEW, view_of
from domain.credentials.worklist_types import CredentialList, Due, WorklistItem
from domain.db import connection
from domain.ids import new_id

# The dates of the credentials in force that none in force has replaced, by their own calendar.
_DATES = (
    "SELECT c.id, c.status, least(c.valid_to, c.conditions_until) AS last_day,"
    " coalesce(c.next_check_due, c.next_check) AS next_check,"
    " (statement_timestamp() AT TIME ZONE coalesce(f.zone, c.zone))::date AS today,"
    " coalesce(f.jurisdiction, c.jurisdiction) AS place"
    " FROM credential c LEFT JOIN facility f ON f.id = c.facility_id"
    " WHERE c.confirmed_by IS NOT NULL AND c.status IN ('active', 'conditional', 'renewal_filed')"
    " AND NOT EXISTS (SELECT FROM credential n WHERE n.supersedes = c.id"
    "  AND n.status IN ('active', 'conditional', 'renewal_filed'))"
)
_PLACE = (
    " FROM credential c LEFT JOIN facility f ON f.id = c.facility_id{more}"
    " WHERE coalesce(f.jurisdiction, c.jurisdiction) = $1"
)
_NOT_DUE = ", NULL::text AS due, NULL::date AS due_on"
_LISTS = {
    CredentialList.PENDING: f"SELECT c.id, c.created_at AS since{_NOT_DUE}"
    + _PLACE.format(more="")
    + " AND c.status = 'pending'",
    CredentialList.RENEWALS: f"SELECT c.id, r.filed_at AS since{_NOT_DUE}"
    + _PLACE.format(more=" JOIN credential_renewal r ON r.credential_id = c.id")
    + " AND r.status = 'filed'",
    CredentialList.APPEALS: f"SELECT c.id, a.filed_at AS since{_NOT_DUE}"
    + _PLACE.format(more=" JOIN credential_appeal a ON a.credential_id = c.id")
    + " AND a.status = 'filed'",
    CredentialList.DUE: "SELECT d.id, least(d.last_day, d.next_check)::timestamptz AS since,"
    " CASE WHEN d.next_check < d.last_day OR d.last_day IS NULL THEN 'next_check'"
    " ELSE 'last_day' END AS due, least(d.last_day, d.next_check) AS due_on"
    f" FROM ({_DATES}) d WHERE d.place = $1 AND coalesce(d.last_day >= d.today, true)"
    " AND least(d.last_day, d.next_check) <= d.today + 90",
}


async def waiting(
    name: CredentialList, after: tuple[datetime, UUID] | None, limit: int, *, visible_to: Actor
) -> list[tuple[datetime, WorklistItem]]:
    """Return what waits in a list of the officer's own state, oldest first, with its place."""
    since, last = after or (None, None)
    rows = await connection().fetch(
        f"SELECT * FROM ({_LISTS[name]}) w"
        " WHERE ($2::timestamptz IS NULL OR (w.since, w.id) > ($2, $3))"
        " ORDER BY w.since, w.id LIMIT $4",
        visible_to.jurisdiction, since, last, limit,
    )  # fmt: skip
    found = await connection().fetch(VIEW + "c.id = ANY($1)", [row["id"] for row in rows])
    views = {row["id"]: view_of(row) for row in found}
    return [(row["since"], _item(row, views[row["id"]])) for row in rows]


def _item(row: Any, view: Any) -> WorklistItem:
    due = Due(row["due"]) if row["due"] else None
    return WorklistItem(view, None if due else row["since"], due, row["due_on"])


async def counts(*, visible_to: Actor) -> dict[str, int]:
    """Return how many wait in each list of the officer's own state."""
    row = await connection().fetchrow(
        "SELECT "
        + ", ".join(f"(SELECT count(*) FROM ({sql}) w) AS {name}" for name, sql in _LISTS.items()),
        visible_to.jurisdiction,
    )
    return dict(row)


# The nearest of the three thresholds that a date has come under; each is reminded of once.
_NEAR = (
    f"SELECT d.id, w.what, w.due_on, t.days FROM ({_DATES}) d,"
    " LATERAL (VALUES ('last_day', d.last_day), ('next_check', d.next_check)) w(what, due_on),"
    " LATERAL (SELECT CASE WHEN w.due_on - d.today <= 7 THEN 7"
    "  WHEN w.due_on - d.today <= 30 THEN 30 ELSE 90 END AS days) t"
    " WHERE w.due_on <= d.today + 90 AND coalesce(d.last_day >= d.today, true)"
    " AND NOT (w.what = 'last_day' AND d.status = 'renewal_filed')"
)


async def unreminded(limit: int) -> list[Any]:
    """Return dates that came near and of which nobody was reminded at this threshold."""
    return list(
        await connection().fetch(
            f"SELECT n.* FROM ({_NEAR}) n WHERE NOT EXISTS (SELECT FROM credential_reminder r"
            "  WHERE (r.credential_id, r.what, r.due_on, r.days)"
            "   = (n.id, n.what, n.due_on, n.days))"
            " ORDER BY n.due_on, n.id LIMIT $1",
            limit,
        )
    )


async def note_reminder(row: Any, now: datetime) -> UUID | None:
    """Write a reminder down; return its id, or None where it was written already."""
    noted: UUID | None = await connection().fetchval(
        "INSERT INTO credential_reminder (id, credential_id, what, due_on, days, noted_at)"
        " VALUES ($1, $2, $3, $4, $5, $6)"
        " ON CONFLICT ON CONSTRAINT credential_reminder_once DO NOTHING RETURNING id",
        new_id(), row["id"], row["what"], row["due_on"], row["days"], now,
    )  # fmt: skip
    return noted


async def reminder(reminder_id: UUID) -> Any | None:
    """Return a reminder's credential and date, if that date still comes near."""
    return await connection().fetchrow(
        "SELECT r.what, r.due_on, c.kind, c.body, c.certificate_number,"
        " coalesce(f.organisation_id, c.organisation_id) AS organisation_id,"
        " coalesce(f.name, o.name) AS holder_name"
        f" FROM credential_reminder r JOIN ({_NEAR}) n"
        "  ON (n.id, n.what, n.due_on) = (r.credential_id, r.what, r.due_on)"
        " JOIN credential c ON c.id = r.credential_id"
        " LEFT JOIN facility f ON f.id = c.facility_id"
        " LEFT JOIN organisation o ON o.id = c.organisation_id WHERE r.id = $1",
        reminder_id,
    )
