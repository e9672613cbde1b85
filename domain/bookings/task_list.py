"""The tasks that bookings bring, for whom and about what."""

from datetime import datetime
from typing import Any
from uuid import UUID

from domain.tasks.types import NewTask, TaskKind, TaskSide


def task_of(
    row: Any,
    kind: TaskKind,
    side: TaskSide,
    due_at: datetime,
    *,
    focus_id: UUID | None = None,
    reason: str | None = None,
) -> NewTask:
    """Return a task about a booking."""
    return NewTask(
        kind=kind,
        side=side,
        facility_id=row["facility_id"],
        facility_organisation_id=row["facility_organisation_id"],
        booking_id=row["id"],
        patient_id=row["patient_id"],
        home_state=row["home_state"],
        due_at=due_at,
        focus_id=focus_id,
        reason=reason,
    )
