"""The queries of what was done with credentials."""

from datetime import date
from typing import Any
from uuid import UUID

import msgspec

from domain.credentials.types import (
    CredentialChangeView,
    CredentialMove,
    CredentialStatus,
    DecidedBy,
)
from domain.db import connection

_CHANGE = (
    "SELECT h.*, o.name AS organisation FROM credential_change h"
    " LEFT JOIN organisation o ON o.id = h.organisation_id WHERE "
)


class _Snapshot(msgspec.Struct, frozen=True):
    """What a change reads from the view stored with it, however old that is."""

    suspended_specialties: list[str] = []
    suspended_treatments: list[str] = []
    conditions: str | None = None
    conditions_until: date | None = None
    stayed: bool = False


def _view(row: Any) -> CredentialChangeView:
    then = msgspec.json.decode(row["snapshot"], type=_Snapshot)
    return CredentialChangeView(
        version=row["version"],
        move=CredentialMove(row["move"]),
        status=CredentialStatus(row["status"]),
        reason=row["reason"],
        effective_at=row["effective_at"],
        suspended_specialties=then.suspended_specialties,
        suspended_treatments=then.suspended_treatments,
        conditions=then.conditions,
        conditions_until=then.conditions_until,
        stayed=then.stayed,
        at=row["changed_at"],
        by=DecidedBy(row["organisation"], row["jurisdiction"]) if row["changed_by"] else None,
    )


async def changes(credential_id: UUID, after: int, limit: int) -> list[CredentialChangeView]:
    """Return the changes of a credential after a version, oldest first."""
    rows = await connection().fetch(
        _CHANGE + "h.credential_id = $1 AND h.version > $2 ORDER BY h.version LIMIT $3",
        credential_id, after, limit,
    )  # fmt: skip
    return [_view(row) for row in rows]
