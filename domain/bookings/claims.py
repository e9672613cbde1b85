"""Named grounds for cancelling with all money back: claimed with evidence, decided by others."""

from typing import Any
from uuid import UUID

from domain.actor import SYSTEM, Actor, Role
from domain.audit import service as audit
from domain.bookings import answering, moving, queries, stay_queries
from domain.bookings.cancelling import end_as
from domain.bookings.claim_types import (
    ClaimGround,
    ClaimStatus,
    ClaimView,
    DecideClaim,
    Ground,
)
from domain.bookings.errors import ClaimDecided, NoSuchClaim, WrongState
from domain.bookings.events import MoneyRule
from domain.bookings.rules import PAID, before
from domain.bookings.tables import CancellationClaim
from domain.bookings.task_list import task_of
from domain.bookings.types import BookingMove, BookingStatus
from domain.clock import utc_now
from domain.consents.types import Purpose
from domain.db import transactional
from domain.files import service as files
from domain.files.errors import NoSuchFile
from domain.files.types import Content
from domain.ids import new_id
from domain.keys.notes import notes_of
from domain.patients import service as patients
from domain.patients.types import AccessScope
from domain.payments import service as payments
from domain.permissions import service as permissions
from domain.permissions.types import Relation
from domain.tasks import service as tasks
from domain.tasks.types import TaskKind, TaskSide

DECIDED_WITHIN_DAYS = 3


@transactional
async def claim_ground(actor: Actor, booking_id: UUID, command: ClaimGround) -> ClaimView:
    """Claim a named ground with a file of the patient's as evidence, also after cancelling.

    The facility decides within three of its working days, then an operator may. Raises
    NoSuchFile and ClaimKnown.
    """
    row = await moving.to_move(actor, booking_id, BookingMove.CLAIM_GROUND)
    file = await files.show_file(actor, command.file_id)
    owner = file.patient_id and await patients.current_number(actor, file.patient_id)
    if owner != await patients.current_number(actor, row["patient_id"]):
        raise NoSuchFile(fields={"file_id": NoSuchFile.title})
    claim_id, now = new_id(), utc_now()
    due_at = await answering.working_days_from(row["facility_id"], now, DECIDED_WITHIN_DAYS)
    notes = await notes_of(row["patient_id"])
    await stay_queries.insert(
        CancellationClaim(
            id=claim_id,
            booking_id=booking_id,
            patient_id=row["patient_id"],
            home_state=row["home_state"],
            facility_organisation_id=row["facility_organisation_id"],
            ground=command.ground.value,
            status=ClaimStatus.CLAIMED.value,
            file_id=command.file_id,
            note_sealed=notes.seal_if("cancellation_claim", "note", claim_id, command.note),
            answer_sealed=None,
            due_at=due_at,
            claimed_by=actor.account_id,
            claimed_at=now,
            decided_by=None,
            decided_at=None,
            version=1,
        )
    )
    await moving.note_act(actor, row, "claim_ground")
    await tasks.open_task(
        SYSTEM,
        task_of(
            row, TaskKind.DECIDE_CLAIM, TaskSide.FACILITY, due_at, focus_id=claim_id,
            reason=command.ground.value,
        ),
    )  # fmt: skip
    return await _shown(actor, claim_id)


@transactional
async def show_claim(actor: Actor, claim_id: UUID) -> ClaimView:
    """Return a claim to both its sides, and to operators once it is late; raises NoSuchClaim."""
    return await _shown(actor, claim_id)


async def read_evidence(actor: Actor, claim_id: UUID) -> Content:
    """Return the document that proves a claim, to whoever is to decide about it and its patient.

    The patient sees who read it. Raises NoSuchClaim, ClaimDecided for others than the patient's
    side, and what reading a file raises.
    """
    return await files.read_handed_over(await _evidence(actor, claim_id))


@transactional
async def _evidence(actor: Actor, claim_id: UUID) -> UUID:
    row, subject = await _visible(actor, claim_id), ("cancellation_claim", claim_id)
    if actor.role is Role.PATIENT:
        await patients.require_scope(actor, row["patient_id"], AccessScope.VIEW)
    else:
        relation = Relation.PLATFORM if actor.role is Role.OPERATOR else Relation.FACILITY
        permissions.require(actor, "bookings.read_evidence", relation=relation, subject=subject)
        if row["status"] != ClaimStatus.CLAIMED.value:
            raise ClaimDecided(subject=subject)
    await audit.record(
        actor, "bookings.read_evidence", subject=subject, patient_id=row["patient_id"],
        home_state=row["home_state"], purpose=Purpose.PAYMENT.value,
    )  # fmt: skip
    return UUID(str(row["file_id"]))


@transactional
async def list_claims(actor: Actor, booking_id: UUID) -> list[ClaimView]:
    """Return the claims of a booking; raises NoSuchBooking."""
    await moving.visible(actor, booking_id)
    rows = await stay_queries.of_booking("cancellation_claim", booking_id, visible_to=actor)
    return [await _view(row) for row in rows]


@transactional
async def decide_claim(
    actor: Actor, claim_id: UUID, command: DecideClaim, version: int
) -> ClaimView:
    """Confirm or refuse a claim; confirmed, all that is left of the deposit goes back.

    Raises NoSuchClaim, StaleVersion, ClaimDecided, and WrongRole for others than the facility's
    desk and, once the claim is late, operators.
    """
    found = await _visible(actor, claim_id)
    relation = Relation.PLATFORM if actor.role is Role.OPERATOR else Relation.FACILITY
    permissions.require(
        actor, "bookings.decide_claim", relation=relation,
        subject=("cancellation_claim", claim_id),
    )  # fmt: skip
    moving.require_version(("cancellation_claim", claim_id), found["version"], version)
    # Like everywhere the booking is locked first.
    await _decide(SYSTEM, actor, found["booking_id"], claim_id, command)
    await audit.record(
        actor, "bookings.decide_claim", subject=("cancellation_claim", claim_id),
        patient_id=found["patient_id"], home_state=found["home_state"],
        detail={"confirmed": command.confirmed},
    )  # fmt: skip
    return await _shown(actor, claim_id)


@transactional
async def _decide(
    system: Actor, decider: Actor, booking_id: UUID, claim_id: UUID, command: DecideClaim
) -> None:
    row = await queries.booking(booking_id, visible_to=system, lock=True)
    claim = await stay_queries.claim(claim_id, visible_to=system, lock=True)
    if claim is None or claim["status"] != ClaimStatus.CLAIMED.value:
        raise ClaimDecided(subject=("cancellation_claim", claim_id))
    notes = await notes_of(claim["patient_id"])
    answer = notes.seal_if("cancellation_claim", "answer", claim_id, command.answer)
    status = ClaimStatus.CONFIRMED if command.confirmed else ClaimStatus.REFUSED
    await stay_queries.decide_claim(claim_id, status.value, answer, decider.account_id, utc_now())
    await tasks.end_tasks(
        system, booking_id, [TaskKind.DECIDE_CLAIM], focus_id=claim_id, by=decider.account_id
    )
    if command.confirmed:
        await _give_back(system, row, claim["ground"])


async def _give_back(system: Actor, row: Any, ground: str) -> None:
    status = BookingStatus(row["status"])
    if status in PAID:
        await end_as(system, row, BookingStatus.CANCELLED_BY_PATIENT, ground, ground=True)
    elif status not in before(BookingMove.CLAIM_GROUND):
        raise WrongState(status_now=status.value)
    elif row["deposit_payment_id"] is not None:
        # The tiers may have given a part already: the rest follows.
        await payments.request_refund(system, row["deposit_payment_id"], None, ground)
    await moving.settle(row, MoneyRule.NAMED_GROUND)


async def _visible(actor: Actor, claim_id: UUID) -> Any:
    row = await stay_queries.claim(claim_id, visible_to=actor)
    if row is None:
        raise NoSuchClaim(subject=("cancellation_claim", claim_id))
    return row


async def _shown(actor: Actor, claim_id: UUID) -> ClaimView:
    return await _view(await _visible(actor, claim_id))


async def _view(row: Any) -> ClaimView:
    notes, status = await notes_of(row["patient_id"]), ClaimStatus(row["status"])
    table = "cancellation_claim"
    return ClaimView(
        id=row["id"],
        booking_id=row["booking_id"],
        ground=Ground(row["ground"]),
        status=status,
        file_id=row["file_id"],
        note=notes.open(table, "note", row["id"], row["note_sealed"]),
        answer=notes.open(table, "answer", row["id"], row["answer_sealed"]),
        due_at=row["due_at"],
        overdue=status is ClaimStatus.CLAIMED and row["due_at"] <= utc_now(),
        claimed_at=row["claimed_at"],
        decided_at=row["decided_at"],
        version=row["version"],
    )
