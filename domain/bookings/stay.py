"""From the patient's arrival to the closed file: every move of the people at the facility."""

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from domain.actor import SYSTEM, Actor
from domain.availability import service as availability
from domain.availability.errors import NothingReserved, SlotTaken
from domain.bookings import changes, moving, rules, safety, service, stay_rules
from domain.bookings.cancelling import end_as
from domain.bookings.errors import (
    Contradictory,
    LetterMissing,
    NotAssessed,
    ProcedureConsentMissing,
    TooEarly,
)
from domain.bookings.events import BookingNews, MoneyRule
from domain.bookings.stay_types import (
    AssessPatient,
    ChangeOrderKind,
    DischargeLetter,
    DischargePatient,
    ExtendStay,
    LeaveAgainstAdvice,
    RecordDeath,
    StartTreatment,
    TransferOut,
)
from domain.bookings.task_list import task_of
from domain.bookings.types import Assessment, BookingMove, BookingStatus, BookingView
from domain.catalogue import service as catalogue
from domain.clock import utc_now, zone
from domain.db import transactional
from domain.files import service as files
from domain.tasks import service as tasks
from domain.tasks.types import TaskKind, TaskSide

LETTER_WITHIN = timedelta(hours=48)
BED_WITHIN = timedelta(hours=4)


@transactional
async def check_in(actor: Actor, booking_id: UUID, version: int) -> BookingView:
    """Take in a patient who arrived, at most a day before the treatment; raises TooEarly."""
    row = await moving.to_move(actor, booking_id, BookingMove.CHECK_IN, version)
    if utc_now() < row["starts_at"] - rules.EARLIEST_CHECK_IN:
        raise TooEarly(earliest=row["starts_at"] - rules.EARLIEST_CHECK_IN)
    await changes.withdraw_open(actor, row)
    await moving.apply(actor, row, BookingStatus.CHECKED_IN, change_order_id=None)
    return await service.show_booking(actor, booking_id)


@transactional
async def note_no_show(actor: Actor, booking_id: UUID, version: int) -> BookingView:
    """Note that nobody came, two hours after the treatment was to begin; raises TooEarly."""
    row = await moving.to_move(actor, booking_id, BookingMove.NO_SHOW, version)
    if utc_now() < row["starts_at"] + rules.NO_SHOW_AFTER:
        raise TooEarly(earliest=row["starts_at"] + rules.NO_SHOW_AFTER)
    await changes.withdraw_open(actor, row)
    await end_as(actor, row, BookingStatus.NO_SHOW, None)
    return await service.show_booking(actor, booking_id)


@transactional
async def assess_patient(
    actor: Actor, booking_id: UUID, command: AssessPatient, version: int
) -> BookingView:
    """Assess a patient before treatment: go on, change what was agreed, or do not treat.

    An earlier change that still waits is withdrawn. Raises Contradictory and ChangeUnsound.
    """
    _require_consistent(command)
    row = await moving.to_move(actor, booking_id, BookingMove.ASSESS, version)
    await changes.withdraw_open(actor, row)
    if command.outcome is Assessment.NOT_TREATED:
        await _leave(actor, row, BookingStatus.NOT_TREATED, command.reason, command.note)
        return await service.show_booking(actor, booking_id)
    change_id, news = None, BookingNews.ASSESSED
    if command.change is not None:
        change_id = await changes.propose(
            actor, row, ChangeOrderKind.ASSESSMENT, command.change, command.note
        )
        news = BookingNews.CHANGE_PROPOSED
    await moving.apply(
        actor, row, BookingStatus.PRE_OP_ASSESSED, note=command.note, news=news,
        assessment=command.outcome.value, change_order_id=change_id,
    )  # fmt: skip
    return await service.show_booking(actor, booking_id)


def _require_consistent(command: AssessPatient) -> None:
    wrong = {}
    if (command.outcome is Assessment.CHANGE_ORDER) != (command.change is not None):
        wrong["change"] = "belongs to the outcome change_order"
    if (command.outcome is Assessment.NOT_TREATED) != (command.reason is not None):
        wrong["reason"] = "belongs to the outcome not_treated"
    if wrong:
        raise Contradictory(fields=wrong)


@transactional
async def start_treatment(
    actor: Actor, booking_id: UUID, command: StartTreatment, version: int
) -> BookingView:
    """Begin the treatment that was assessed, agreed to, and covered where the state asks for it.

    Raises NotAssessed, ProcedureConsentMissing, CoverMissing and ImpossibleTime.
    """
    row = await moving.to_move(actor, booking_id, BookingMove.START, version)
    if row["assessment"] != Assessment.PROCEED.value:
        raise NotAssessed
    if row["procedure_consent_id"] is None:
        raise ProcedureConsentMissing
    started_at = command.started_at or utc_now()
    earliest = row["starts_at"] - rules.EARLIEST_CHECK_IN
    stay_rules.require_between("started_at", started_at, earliest, utc_now())
    await safety.require_cover(row, started_at)
    await moving.apply(actor, row, BookingStatus.IN_TREATMENT, started_at=started_at)
    return await service.show_booking(actor, booking_id)


@transactional
async def extend_stay(
    actor: Actor, booking_id: UUID, command: ExtendStay, version: int
) -> BookingView:
    """Let a patient stay longer; where the bed is another's by then, the desk must find one."""
    row = await moving.to_move(actor, booking_id, BookingMove.EXTEND_STAY, version)
    latest = row["ends_at"] + stay_rules.LONGEST_EXTENSION
    stay_rules.require_between("ends_at", command.ends_at, row["ends_at"], latest)
    await moving.apply(
        actor, row, BookingStatus.EXTENDED, reason=command.reason.value, note=command.note,
        ends_at=command.ends_at,
    )  # fmt: skip
    try:
        await availability.extend_stay(actor, booking_id, command.ends_at)
    except (SlotTaken, NothingReserved):
        due_at = utc_now() + BED_WITHIN
        await tasks.open_task(SYSTEM, task_of(row, TaskKind.SECURE_BED, TaskSide.FACILITY, due_at))
    return await service.show_booking(actor, booking_id)


@transactional
async def transfer_out(
    actor: Actor, booking_id: UUID, command: TransferOut, version: int
) -> BookingView:
    """Note that the patient was taken on to another facility."""
    row = await moving.to_move(actor, booking_id, BookingMove.TRANSFER_OUT, version)
    note = "\n".join(filter(None, (command.to, command.note)))
    await _leave(actor, row, BookingStatus.TRANSFERRED_OUT, command.reason, note)
    return await service.show_booking(actor, booking_id)


@transactional
async def leave_against_advice(
    actor: Actor, booking_id: UUID, command: LeaveAgainstAdvice, version: int
) -> BookingView:
    """Note that the patient left against advice, and what they were told."""
    row = await moving.to_move(actor, booking_id, BookingMove.LEAVE, version)
    await _leave(actor, row, BookingStatus.LEFT_AGAINST_ADVICE, command.reason, command.note)
    return await service.show_booking(actor, booking_id)


@transactional
async def record_death(
    actor: Actor, booking_id: UUID, command: RecordDeath, version: int
) -> BookingView:
    """Record that the patient died; raises ImpossibleTime."""
    row = await moving.to_move(actor, booking_id, BookingMove.RECORD_DEATH, version)
    earliest = row["starts_at"] - rules.EARLIEST_CHECK_IN
    stay_rules.require_between("died_at", command.died_at, earliest, utc_now())
    note = f"{command.died_at.isoformat()}\n{command.note}"
    await _leave(actor, row, BookingStatus.DIED, None, note)
    return await service.show_booking(actor, booking_id)


async def _leave(
    actor: Actor, row: Any, status: BookingStatus, reason: str | None, note: str | None
) -> None:
    """End a stay otherwise than by discharge: beds are free, what was open is over."""
    await changes.withdraw_open(actor, row)
    await moving.apply(actor, row, status, reason=reason, note=note, change_order_id=None)
    await moving.free_time(row)
    # What was done, and must be explained, stays to be explained.
    await tasks.end_tasks(SYSTEM, row["id"], stay_rules.ENDS_WITH_THE_STAY, by=actor.account_id)
    if status is not BookingStatus.NOT_TREATED:
        await _ask_for_letter(row)


@transactional
async def discharge_patient(
    actor: Actor, booking_id: UUID, command: DischargePatient, version: int
) -> BookingView:
    """Discharge a patient, and compute from which day they may fly; raises ImpossibleTime."""
    row = await moving.to_move(actor, booking_id, BookingMove.DISCHARGE, version)
    discharged_at = command.discharged_at or utc_now()
    stay_rules.require_between("discharged_at", discharged_at, row["started_at"], utc_now())
    treatment = await catalogue.show_treatment(actor, row["treatment_code"])
    flies_on = stay_rules.fit_to_fly_on(
        row["started_at"], discharged_at, treatment.fit_to_fly_days, zone(row["zone"])
    )
    await moving.apply(
        actor, row, BookingStatus.DISCHARGED, discharged_at=discharged_at, fit_to_fly_on=flies_on
    )
    await moving.free_time(row)
    await tasks.end_tasks(SYSTEM, row["id"], [TaskKind.SECURE_BED], by=actor.account_id)
    await _ask_for_letter(row)
    return await service.show_booking(actor, booking_id)


async def _ask_for_letter(row: Any) -> None:
    due_at: datetime = utc_now() + LETTER_WITHIN
    await tasks.open_task(SYSTEM, task_of(row, TaskKind.WRITE_LETTER, TaskSide.FACILITY, due_at))


@transactional
async def add_letter(
    actor: Actor, booking_id: UUID, command: DischargeLetter, version: int
) -> BookingView:
    """Say where the discharge letter is; raises Contradictory and NoSuchFile.

    The first letter of a discharged patient releases that milestone's money.
    """
    if (command.file_id is None) == (command.reference is None):
        raise Contradictory(fields={"file_id": "either a file or a reference, not both"})
    row = await moving.to_move(actor, booking_id, BookingMove.ADD_LETTER, version)
    if command.file_id is not None:
        await files.show_file(actor, command.file_id)
    first = row["letter_file_id"] is None and row["letter_reference"] is None
    await moving.touch(
        actor, row, "add_letter", letter_file_id=command.file_id,
        letter_reference=command.reference,
    )  # fmt: skip
    await tasks.end_tasks(SYSTEM, row["id"], [TaskKind.WRITE_LETTER], by=actor.account_id)
    if first and row["status"] == BookingStatus.DISCHARGED.value:
        await moving.settle(row, MoneyRule.MILESTONE_DISCHARGE)
    return await service.show_booking(actor, booking_id)


@transactional
async def complete_stay(actor: Actor, booking_id: UUID, version: int) -> BookingView:
    """Close the file of a discharged patient; raises LetterMissing."""
    row = await moving.to_move(actor, booking_id, BookingMove.COMPLETE, version)
    if row["letter_file_id"] is None and row["letter_reference"] is None:
        raise LetterMissing
    await moving.apply(actor, row, BookingStatus.COMPLETED)
    return await service.show_booking(actor, booking_id)
