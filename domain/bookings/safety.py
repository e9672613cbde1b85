"""What protects a patient: consent to the procedure, cover, and reported complications."""

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from domain.actor import SYSTEM, Actor
from domain.audit import service as audit
from domain.bookings import moving, policy, service, stay_queries, stay_rules, stay_views
from domain.bookings.errors import Contradictory, CoverMissing, NoSuchComplication
from domain.bookings.events import BookingNews
from domain.bookings.stay_types import (
    ComplicationView,
    CoverView,
    InsurerClaim,
    RecordConsent,
    RecordCover,
    ReportComplication,
    StayView,
)
from domain.bookings.tables import Complication, ComplicationCover, ProcedureConsent
from domain.bookings.task_list import task_of
from domain.bookings.types import BookingMove, BookingView
from domain.clock import utc_now, zone
from domain.db import transactional
from domain.facilities import service as facilities
from domain.idempotency.service import Once, done_before, remember
from domain.ids import new_id
from domain.keys.notes import Notes, notes_of
from domain.languages import require_languages
from domain.tasks import service as tasks
from domain.tasks.types import TaskKind, TaskSide
from domain.text import cleaned

SIGNED_AT_MOST_BEFORE = timedelta(days=366)


@transactional
async def record_consent(
    actor: Actor, booking_id: UUID, command: RecordConsent, version: int
) -> BookingView:
    """Record the signed consent to the booked procedure, once while it holds.

    Raises ProcedureConsentKnown, ImpossibleTime and UnknownLanguage.
    """
    command = cleaned(command)
    require_languages([command.language])
    row = await moving.to_move(actor, booking_id, BookingMove.RECORD_CONSENT, version)
    now, consent_id = utc_now(), new_id()
    stay_rules.require_between("signed_at", command.signed_at, now - SIGNED_AT_MOST_BEFORE, now)
    notes, table = await notes_of(row["patient_id"]), "procedure_consent"
    await stay_queries.insert(
        ProcedureConsent(
            id=consent_id,
            booking_id=booking_id,
            patient_id=row["patient_id"],
            home_state=row["home_state"],
            treatment_code=row["treatment_code"],
            language=command.language,
            text_version=command.text_version,
            document_sha256=bytes.fromhex(command.document_sha256),
            signed_by=command.signed_by.value,
            signatory_sealed=notes.seal(table, "signatory", consent_id, command.signatory),
            interpreter_sealed=notes.seal_if(table, "interpreter", consent_id, command.interpreter),
            signed_at=command.signed_at,
            recorded_by=actor.account_id,
            recorded_at=now,
            withdrawn_at=None,
        )
    )
    await moving.touch(actor, row, "record_consent", procedure_consent_id=consent_id)
    return await service.show_booking(actor, booking_id)


@transactional
async def withdraw_consent(actor: Actor, booking_id: UUID, version: int) -> BookingView:
    """Take back, as the patient, the consent to a procedure that has not begun."""
    row = await moving.to_move(actor, booking_id, BookingMove.WITHDRAW_CONSENT, version)
    if row["procedure_consent_id"] is not None:
        await moving.touch(actor, row, "withdraw_consent", procedure_consent_id=None)
        await stay_queries.withdraw_consent(row["procedure_consent_id"], utc_now())
    return await service.show_booking(actor, booking_id)


@transactional
async def record_cover(
    actor: Actor, booking_id: UUID, command: RecordCover, once: Once | None = None
) -> CoverView:
    """Record a policy that covers complications; a longer one is added beside it."""
    if (done := await done_before(actor, "bookings.record_cover", once)) is not None:
        return stay_views.cover_view(*await _row(actor, "complication_cover", booking_id, done))
    command = cleaned(command)
    if command.valid_to < command.valid_from:
        raise Contradictory(fields={"valid_to": "not before valid_from"})
    row = await moving.to_move(actor, booking_id, BookingMove.RECORD_COVER)
    cover_id, notes = new_id(), await notes_of(row["patient_id"])
    await stay_queries.insert(
        ComplicationCover(
            id=cover_id,
            booking_id=booking_id,
            patient_id=row["patient_id"],
            home_state=row["home_state"],
            insurer=command.insurer,
            policy_sealed=notes.seal(
                "complication_cover", "policy", cover_id, command.policy_number
            ),
            valid_from=command.valid_from,
            valid_to=command.valid_to,
            recorded_by=actor.account_id,
            recorded_at=utc_now(),
        )
    )
    await moving.note_act(actor, row, "record_cover")
    await remember(actor, "bookings.record_cover", once, cover_id)
    return stay_views.cover_view(*await _row(actor, "complication_cover", booking_id, cover_id))


async def _row(actor: Actor, table: str, booking_id: UUID, row_id: UUID) -> tuple[Any, Notes]:
    row: Any = await stay_queries.row_of(table, booking_id, row_id, visible_to=actor)
    return row, await notes_of(row["patient_id"])


async def _cover_rule(row: Any, at: datetime) -> Any | None:
    facility = await facilities.facility_ref(SYSTEM, row["facility_id"])
    day = at.astimezone(zone(row["zone"])).date()
    rule = await stay_queries.cover_rule(facility.jurisdiction, day)
    return rule if rule is not None and rule["required"] else None


async def require_cover(row: Any, at: datetime) -> None:
    """Refuse a treatment without the cover its state asks for; raises CoverMissing."""
    rule = await _cover_rule(row, at)
    if rule is None:
        return
    first = at.astimezone(zone(row["zone"])).date()
    last = first + timedelta(days=rule["days"])
    if not await stay_queries.covered(row["id"], first, last):
        raise CoverMissing(covered_from=first, covered_to=last)


@transactional
async def report_complication(
    actor: Actor, booking_id: UUID, command: ReportComplication, once: Once | None = None
) -> ComplicationView:
    """Report what went otherwise than it should; the insurer is to be told within 24 hours.

    Raises ImpossibleTime.
    """
    if (done := await done_before(actor, "bookings.report_complication", once)) is not None:
        return stay_views.complication_view(*await _row(actor, "complication", booking_id, done))
    row = await moving.to_move(actor, booking_id, BookingMove.REPORT_COMPLICATION)
    now, complication_id = utc_now(), new_id()
    stay_rules.require_between("occurred_at", command.occurred_at, row["created_at"], now)
    notes = await notes_of(row["patient_id"])
    await stay_queries.insert(
        Complication(
            id=complication_id,
            booking_id=booking_id,
            patient_id=row["patient_id"],
            home_state=row["home_state"],
            what_sealed=notes.seal("complication", "what", complication_id, command.what),
            occurred_at=command.occurred_at,
            insurer_told_at=None,
            claim_sealed=None,
            version=1,
            recorded_by=actor.account_id,
            recorded_at=now,
        )
    )
    await moving.tell(row, BookingNews.COMPLICATION_REPORTED)
    await moving.note_act(actor, row, "report_complication")
    due_at = now + stay_rules.TELL_INSURER_WITHIN
    await tasks.open_task(
        SYSTEM,
        task_of(
            row, TaskKind.REPORT_TO_INSURER, TaskSide.FACILITY, due_at, focus_id=complication_id
        ),
    )
    await remember(actor, "bookings.report_complication", once, complication_id)
    if command.claim is not None:
        return await add_claim(actor, booking_id, complication_id, command.claim, 1)
    return stay_views.complication_view(
        *await _row(actor, "complication", booking_id, complication_id)
    )


@transactional
async def add_claim(
    actor: Actor, booking_id: UUID, complication_id: UUID, command: InsurerClaim, version: int
) -> ComplicationView:
    """Note when the insurer was told of a complication, and its number for it.

    Raises NoSuchComplication, StaleVersion and ImpossibleTime.
    """
    row = await moving.visible(actor, booking_id)
    policy.require_facility_of(actor, row, "bookings.add_claim")
    found = await stay_queries.row_of(
        "complication", booking_id, complication_id, visible_to=actor, lock=True
    )
    if found is None:
        raise NoSuchComplication(subject=("complication", complication_id))
    moving.require_version(("complication", complication_id), found["version"], version)
    stay_rules.require_between(
        "insurer_told_at", command.insurer_told_at, found["occurred_at"], utc_now()
    )
    notes = await notes_of(row["patient_id"])
    claim = notes.seal_if("complication", "claim", complication_id, command.claim_number)
    await stay_queries.add_claim(complication_id, command.insurer_told_at, claim)
    await tasks.end_tasks(
        SYSTEM, booking_id, [TaskKind.REPORT_TO_INSURER], focus_id=complication_id,
        by=actor.account_id,
    )  # fmt: skip
    await audit.record(
        actor, "bookings.add_claim", subject=("complication", complication_id),
        patient_id=row["patient_id"], home_state=row["home_state"],
    )  # fmt: skip
    return stay_views.complication_view(
        *await _row(actor, "complication", booking_id, complication_id)
    )


@transactional
async def show_stay(actor: Actor, booking_id: UUID) -> StayView:
    """Return what is kept of a stay to its facility, its practice, and who may view the patient."""
    row = await moving.visible(actor, booking_id)
    if not (policy.acts_for_facility(actor, row) or policy.refers(actor, row)):
        await policy.require_side(actor, row, "bookings.read_stay")
    notes = await notes_of(row["patient_id"])

    async def of(table: str) -> list[Any]:
        return await stay_queries.of_booking(table, booking_id, visible_to=actor)

    await moving.note_act(actor, row, "read_stay")
    return StayView(
        booking_id=booking_id,
        cover_required=await _cover_rule(row, row["started_at"] or row["starts_at"]) is not None,
        moves=[
            stay_views.move_view(each, notes)
            for each in await stay_queries.moves(booking_id, visible_to=actor)
        ],
        consents=[stay_views.consent_view(each, notes) for each in await of("procedure_consent")],
        cover=[stay_views.cover_view(each, notes) for each in await of("complication_cover")],
        complications=[
            stay_views.complication_view(each, notes) for each in await of("complication")
        ],
        changes=[stay_views.change_view(each, notes) for each in await of("change_order")],
    )
