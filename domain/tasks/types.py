"""The vocabulary of tasks."""

from datetime import datetime
from enum import StrEnum
from typing import Annotated
from uuid import UUID

import msgspec

Text = Annotated[str, msgspec.Meta(min_length=2, max_length=1000)]


class TaskKind(StrEnum):
    """What is to be seen to."""

    ANSWER_REQUEST = "answer_request"
    DECIDE_CHANGE = "decide_change"
    JUSTIFY_VARIATION = "justify_variation"
    REPORT_TO_INSURER = "report_to_insurer"
    WRITE_LETTER = "write_letter"
    DECIDE_CLAIM = "decide_claim"
    SECURE_BED = "secure_bed"
    RESOLVE_CREDENTIAL = "resolve_credential"
    RESOLVE_TIME = "resolve_time"
    ARRANGE_ITEM = "arrange_item"
    ANSWER_QUESTION = "answer_question"
    FOLLOW_UP = "follow_up"


class TaskSide(StrEnum):
    """Whose task it is."""

    FACILITY = "facility"
    PATIENT = "patient"


class TaskStatus(StrEnum):
    """Whether somebody must still see to it (FHIR R4 Task.status, reduced to these two)."""

    OPEN = "open"
    DONE = "done"


class NewTask(msgspec.Struct, frozen=True, kw_only=True):
    """What another room asks somebody to see to; `focus_id` tells several of one kind apart."""

    kind: TaskKind
    side: TaskSide
    facility_id: UUID
    facility_organisation_id: UUID
    booking_id: UUID
    patient_id: UUID
    home_state: str
    due_at: datetime
    focus_id: UUID | None = None
    reason: str | None = None


class TaskView(msgspec.Struct, frozen=True, kw_only=True):
    """A task; `overdue` is told by the clock at every look.

    `by_hand` tells whether somebody may call it done; the others end with their matter alone.
    """

    id: UUID
    kind: TaskKind
    side: TaskSide
    status: TaskStatus
    facility_id: UUID
    booking_id: UUID
    focus_id: UUID | None
    reason: str | None
    due_at: datetime
    overdue: bool
    by_hand: bool
    assignee_account_id: UUID | None
    note: str | None
    version: int
    created_at: datetime
    done_at: datetime | None


class TaskCounts(msgspec.Struct, frozen=True):
    """How many tasks of the facility are open, overdue, nobody's, and the reader's own."""

    open: int
    overdue: int
    unassigned: int
    mine: int


class TaskPage(msgspec.Struct, frozen=True):
    """Tasks of one facility, the soonest due first; `next` is the cursor of the following page.

    Of tasks that are done the last due comes first.
    """

    items: list[TaskView]
    counts: TaskCounts
    next: str | None


class TaskList(msgspec.Struct, frozen=True):
    """What a patient must see to, the soonest due first."""

    items: list[TaskView]


class TaskQuery(msgspec.Struct, frozen=True, kw_only=True):
    """Which tasks of a facility are asked for: somebody's, nobody's, or those of one booking."""

    status: TaskStatus = TaskStatus.OPEN
    assignee: UUID | None = None
    unassigned: bool = False
    booking_id: UUID | None = None
    cursor: str | None = None
    limit: int = 50


class AssignTask(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Give a task to a member of the facility, or back to everybody with null."""

    assignee_account_id: UUID | None


class HandOver(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Give all open tasks of one member at a facility to another, with a note."""

    facility_id: UUID
    from_account_id: UUID
    to_account_id: UUID
    note: Text


class FinishTask(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What was done about a task."""

    note: Text | None = None


class HandedOver(msgspec.Struct, frozen=True):
    """How many tasks changed hands."""

    count: int
