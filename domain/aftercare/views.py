"""Rows of aftercare as their readers see them."""

from typing import Any

import msgspec

from domain.aftercare import rules
from domain.aftercare.types import PlanStatus, PlanView, Provider, QuestionView, VisitView
from domain.bookings.types import BookingRef
from domain.clock import utc_now, zone
from domain.keys.notes import Notes


def plan_view(row: Any, notes: Notes, booking: BookingRef, organisation: str | None) -> PlanView:
    """Return a plan with what a provider needs to know of the treatment."""
    table, row_id = "aftercare_plan", row["id"]
    provider = notes.open(table, "provider", row_id, row["provider_sealed"])
    return PlanView(
        id=row_id,
        booking_id=row["booking_id"],
        patient_id=row["patient_id"],
        status=PlanStatus(row["status"]),
        organisation_id=row["organisation_id"],
        organisation_name=organisation,
        provider=None if provider is None else msgspec.json.decode(provider, type=Provider),
        note=notes.open(table, "note", row_id, row["note_sealed"]),
        treatment=booking.treatment,
        facility_name=booking.facility_name,
        starts_at=booking.starts_at,
        zone=booking.zone,
        version=row["version"],
        asked_at=row["asked_at"],
        answered_at=row["answered_at"],
    )


def visit_view(row: Any, notes: Notes, booking: BookingRef) -> VisitView:
    """Return a visit, late or not by the calendar of the facility."""
    today = utc_now().astimezone(zone(booking.zone)).date()
    return VisitView(
        id=row["id"],
        booking_id=row["booking_id"],
        day=row["day"],
        due_on=row["due_on"],
        overdue=row["reported_at"] is None and today > row["due_on"] + rules.LATE_AFTER,
        visited_on=row["visited_on"],
        report=notes.open("aftercare_visit", "report", row["id"], row["report_sealed"]),
        version=row["version"],
    )


def question_view(row: Any, notes: Notes) -> QuestionView:
    """Return a question, late or not by the clock."""
    table = "aftercare_question"
    return QuestionView(
        id=row["id"],
        booking_id=row["booking_id"],
        text=notes.open(table, "text", row["id"], row["text_sealed"]),
        asked_at=row["asked_at"],
        due_at=row["due_at"],
        overdue=row["answered_at"] is None and row["due_at"] <= utc_now(),
        answer=notes.open(table, "answer", row["id"], row["answer_sealed"]),
        answered_at=row["answered_at"],
        version=row["version"],
    )
