"""Rows of a stay as their readers see them."""

from typing import Any

import msgspec

from domain.bookings.stay_types import (
    BookingLogLine,
    ChangedLine,
    ChangeOrderKind,
    ChangeOrderStatus,
    ChangeOrderView,
    ComplicationView,
    CoverView,
    ProcedureConsentView,
    SignedBy,
)
from domain.bookings.types import BookingStatus
from domain.clock import utc_now
from domain.keys.notes import Notes
from domain.money import Money, currency


def move_view(row: Any, notes: Notes) -> BookingLogLine:
    """Return one line of a booking's log."""
    return BookingLogLine(
        status=BookingStatus(row["to_status"]),
        reason=row["reason"],
        note=notes.open("booking_transition", "note", row["id"], row["note_sealed"]),
        version=row["version"],
        at=row["at"],
    )


def consent_view(row: Any, notes: Notes) -> ProcedureConsentView:
    """Return a consent to a procedure."""
    table, row_id = "procedure_consent", row["id"]
    return ProcedureConsentView(
        id=row_id,
        treatment=row["treatment_code"],
        language=row["language"],
        text_version=row["text_version"],
        document_sha256=row["document_sha256"].hex(),
        signed_by=SignedBy(row["signed_by"]),
        signatory=notes.open(table, "signatory", row_id, row["signatory_sealed"]),
        interpreter=notes.open(table, "interpreter", row_id, row["interpreter_sealed"]),
        signed_at=row["signed_at"],
        recorded_at=row["recorded_at"],
        withdrawn_at=row["withdrawn_at"],
    )


def cover_view(row: Any, notes: Notes) -> CoverView:
    """Return a policy that covers complications."""
    return CoverView(
        id=row["id"],
        insurer=row["insurer"],
        policy_number=notes.open("complication_cover", "policy", row["id"], row["policy_sealed"]),
        valid_from=row["valid_from"],
        valid_to=row["valid_to"],
        recorded_at=row["recorded_at"],
    )


def complication_view(row: Any, notes: Notes) -> ComplicationView:
    """Return a reported complication."""
    return ComplicationView(
        id=row["id"],
        what=notes.open("complication", "what", row["id"], row["what_sealed"]),
        occurred_at=row["occurred_at"],
        insurer_told_at=row["insurer_told_at"],
        claim_number=notes.open("complication", "claim", row["id"], row["claim_sealed"]),
        version=row["version"],
        recorded_at=row["recorded_at"],
    )


def change_view(row: Any, notes: Notes) -> ChangeOrderView:
    """Return a change of a booking, late or not by the clock."""
    table, row_id, paid_in = "change_order", row["id"], currency(row["currency"])
    waits = row["justify_by"] is not None and row["justified_at"] is None
    return ChangeOrderView(
        id=row_id,
        booking_id=row["booking_id"],
        kind=ChangeOrderKind(row["kind"]),
        status=ChangeOrderStatus(row["status"]),
        starts_at=row["starts_at"],
        lines=msgspec.json.decode(row["lines"], type=list[ChangedLine]),
        price=Money(row["price_minor"], paid_in),
        max_price=Money(row["max_price_minor"], paid_in),
        note=notes.open(table, "note", row_id, row["note_sealed"]),
        proposed_at=row["proposed_at"],
        decided_at=row["decided_at"],
        justify_by=row["justify_by"],
        justified_at=row["justified_at"],
        justification=notes.open(table, "justification", row_id, row["justification_sealed"]),
        overdue=waits and row["justify_by"] <= utc_now(),
        version=row["version"],
    )
