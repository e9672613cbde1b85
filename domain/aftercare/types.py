"""The vocabulary of aftercare."""

from datetime import date, datetime
from enum import StrEnum
from typing import Annotated
from uuid import UUID

import msgspec

from domain.identity.types import OrganisationRef

Text = Annotated[str, msgspec.Meta(min_length=3, max_length=4000)]
Label = Annotated[str, msgspec.Meta(min_length=2, max_length=300)]


class PlanStatus(StrEnum):
    """Whether somebody at home looks after the patient; `stated` is what the patient says."""

    ASKED = "asked"
    ACCEPTED = "accepted"
    DECLINED = "declined"
    STATED = "stated"
    REPLACED = "replaced"


class Provider(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Somebody outside the network who looks after the patient at home."""

    name: Label
    address: Label


class PlanAftercare(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Who is to look after the patient at home: a practice of the network, or somebody else."""

    organisation_id: UUID | None = None
    provider: Provider | None = None


class AnswerPlan(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Whether a practice looks after the patient, and what it says to it."""

    accepted: bool
    note: Text | None = None


class PlanView(msgspec.Struct, frozen=True, kw_only=True):
    """Who looks after a patient at home, with what they need to know of the treatment."""

    id: UUID
    booking_id: UUID
    patient_id: UUID
    status: PlanStatus
    organisation_id: UUID | None
    organisation_name: str | None
    provider: Provider | None
    note: str | None
    treatment: str
    facility_name: str
    starts_at: datetime
    zone: str
    version: int
    asked_at: datetime
    answered_at: datetime | None


class VisitView(msgspec.Struct, frozen=True, kw_only=True):
    """A visit so many days after discharge; `overdue` is told by the clock."""

    id: UUID
    booking_id: UUID
    day: int
    due_on: date
    overdue: bool
    visited_on: date | None
    report: str | None
    version: int


class ReportVisit(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """When a visit took place, and what was found."""

    visited_on: date
    report: Text


class AskQuestion(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What a patient wants to know after discharge."""

    text: Text


class AnswerQuestion(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The facility's answer."""

    answer: Text


class QuestionView(msgspec.Struct, frozen=True, kw_only=True):
    """A question after discharge; `overdue` tells that 24 hours have passed without an answer."""

    id: UUID
    booking_id: UUID
    text: str | None
    asked_at: datetime
    due_at: datetime
    overdue: bool
    answer: str | None
    answered_at: datetime | None
    version: int


class AftercareView(msgspec.Struct, frozen=True):
    """Everything after a stay: who looks after the patient, the visits, the questions."""

    booking_id: UUID
    plans: list[PlanView]
    visits: list[VisitView]
    questions: list[QuestionView]


class AftercareChoices(msgspec.Struct, frozen=True):
    """What the patient's side may do now, and which practices know the patient already."""

    may_plan: bool
    may_ask: bool
    practices: list[OrganisationRef]


class PlanList(msgspec.Struct, frozen=True):
    """The patients whom one's practice was asked to look after, the latest first."""

    items: list[PlanView]
