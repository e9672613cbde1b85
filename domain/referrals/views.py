"""Turning referral and quote rows, with what is sealed on them, into views."""

from typing import Any
from uuid import UUID

import msgspec

from domain.actor import Actor
from domain.cases.types import Urgency
from domain.clock import utc_now
from domain.keys.service import Keyring, Place, SubjectKind, data_key
from domain.money import Money, currency
from domain.patients import service as patients
from domain.referrals import queries
from domain.referrals.types import (
    Move,
    QuoteLine,
    QuoteView,
    ReferralStatus,
    ReferralSummary,
    ReferralView,
    SendOutcome,
    TransitionView,
)


def letter_place(referral_id: UUID) -> Place:
    """Return where a referral's letter is sealed."""
    return Place("referral", "letter", referral_id)


def outcome_place(referral_id: UUID) -> Place:
    """Return where a referral's outcome is sealed."""
    return Place("referral", "outcome", referral_id)


def comment_place(transition_id: UUID) -> Place:
    """Return where the comment of a move is sealed."""
    return Place("referral_transition", "comment", transition_id)


async def referral_view(actor: Actor, row: Any) -> ReferralView:
    """Return a referral with its timeline and quotes, opened for somebody who may see it.

    Letter, outcome and comments stay closed to whoever acts for the patient without `view`.
    """
    keyring = await data_key(SubjectKind.PATIENT, row["patient_id"])
    people = await patients.list_patients(actor, [row["patient_id"]])
    timeline = await queries.transitions(row["id"], visible_to=actor)
    quotes = await queries.quotes(row["id"], visible_to=actor)
    clinical = await patients.may_view(actor, row["patient_id"])
    sealed = row["outcome_sealed"] if clinical else None
    outcome = keyring.open(outcome_place(row["id"]), sealed) if sealed else None
    return ReferralView(
        id=row["id"],
        case_id=row["case_id"],
        episode_id=row["episode_id"],
        patient=people[0],
        practice_id=row["practice_id"],
        doctor_name=row["doctor_name"],
        facility_id=row["facility_id"],
        facility_name=row["facility_name"],
        treatment=row["treatment_code"],
        priority=Urgency(row["priority"]),
        status=ReferralStatus(row["status"]),
        on_hold=row["on_hold"],
        consent_id=row["consent_id"],
        booking_id=row["booking_id"],
        letter=(
            keyring.open_text(letter_place(row["id"]), row["letter_sealed"]) if clinical else None
        ),
        outcome=msgspec.json.decode(outcome, type=SendOutcome) if outcome else None,
        version=row["version"],
        submitted_at=row["submitted_at"],
        created_at=row["created_at"],
        timeline=[_transition(entry, keyring, clinical) for entry in timeline],
        quotes=[quote_view(quote) for quote in quotes],
    )


def _transition(row: Any, keyring: Keyring, clinical: bool) -> TransitionView:
    sealed = row["comment_sealed"] if clinical else None
    return TransitionView(
        move=Move(row["move"]),
        status=ReferralStatus(row["to_status"]),
        role=row["role"],
        reason=row["reason_code"],
        comment=keyring.open_text(comment_place(row["id"]), sealed) if sealed else None,
        version=row["version"],
        at=row["at"],
    )


def quote_view(row: Any) -> QuoteView:
    """Return a quote; one whose time has run out is expired by the clock."""
    paid_in = currency(row["currency"])
    ended = row["status"] == "offered" and row["expires_at"] <= utc_now()
    return QuoteView(
        id=row["id"],
        number=row["number"],
        status="expired" if ended else row["status"],
        offer_id=row["offer_id"],
        offer_version=row["offer_version"],
        starts_at=row["starts_at"],
        lines=msgspec.json.decode(row["lines"], type=list[QuoteLine]),
        total=Money(row["total_minor"], paid_in),
        max_total=Money(row["max_total_minor"], paid_in),
        deposit=Money(row["deposit_minor"], paid_in),
        expires_at=row["expires_at"],
        created_at=row["created_at"],
    )


async def summaries(actor: Actor, rows: list[Any]) -> list[ReferralSummary]:
    """Return the lines of a worklist."""
    people = {
        person.id: person.name.display
        for person in await patients.list_patients(actor, [row["patient_id"] for row in rows])
    }
    return [
        ReferralSummary(
            id=row["id"],
            patient_name=people.get(row["patient_id"], ""),
            doctor_name=row["doctor_name"],
            facility_name=row["facility_name"],
            treatment=row["treatment_code"],
            priority=Urgency(row["priority"]),
            status=ReferralStatus(row["status"]),
            on_hold=row["on_hold"],
            version=row["version"],
            updated_at=row["updated_at"],
        )
        for row in rows
    ]
