"""Writing a referral, moving it between practice, facility and patient, and closing the loop."""

from typing import Any
from uuid import UUID

import msgspec

from domain.actor import SYSTEM, Actor, ActorKind
from domain.audit import service as audit
from domain.bookings import cancelling
from domain.bookings import service as bookings
from domain.bookings.types import BookingStatus
from domain.cases import service as cases
from domain.cases.types import EpisodeStatus
from domain.catalogue import service as catalogue
from domain.clock import utc_now
from domain.consents import service as consents
from domain.consents.types import Category, RequestConsent
from domain.db import transactional
from domain.errors import StaleVersion
from domain.facilities import service as facilities
from domain.facilities.types import ListingReason
from domain.idempotency.service import Once, done_before, remember
from domain.identity import service as identity
from domain.ids import new_id
from domain.keys.service import SubjectKind, data_key
from domain.patients import service as patients
from domain.records import service as records
from domain.records.types import SharedRecord
from domain.referrals import policy, queries, rules, views
from domain.referrals.errors import (
    FacilityNotListed,
    InterestNotDeclared,
    NoSuchReferral,
    NoSuchWorklist,
    ReferralOver,
)
from domain.referrals.tables import Referral
from domain.referrals.types import (
    CreateReferral,
    Decline,
    Move,
    ReferralStatus,
    ReferralView,
    SendOutcome,
    Worklist,
)
from domain.referrals.worklists import LISTS, list_of
from domain.text import clean, cleaned

CONSENT_FOR = rules.CONSENT_FOR


@transactional
async def create_referral(
    actor: Actor, command: CreateReferral, once: Once | None = None
) -> ReferralView:
    """Draft a referral of a case to a facility, and ask the patient for the consent it needs.

    Raises FacilityNotListed and InterestNotDeclared.
    """
    if (done := await done_before(actor, "referrals.create", once)) is not None:
        return await show_referral(actor, done)
    if not command.declares_no_interest:
        raise InterestNotDeclared(fields={"declares_no_interest": InterestNotDeclared.title})
    case = await cases.show_case(actor, command.case_id)
    home_state = await patients.require_care_of(actor, case.patient_id)
    facility = await facilities.show_facility(actor, command.facility_id)
    ref = await facilities.facility_ref(actor, command.facility_id)
    if facility.listing.reason is ListingReason.NOT_LISTED or ref.organisation_id is None:
        raise FacilityNotListed(subject=("facility", command.facility_id))
    treatment = await catalogue.show_treatment(actor, case.treatment)
    episode = await cases.begin_episode(actor, case.id, ref.id, ref.organisation_id)
    now, referral_id = utc_now(), new_id()
    consent = await consents.request_consent(
        actor,
        RequestConsent(
            patient_id=case.patient_id,
            grantee_organisation_id=ref.organisation_id,
            episode_id=episode.id,
            categories=rules.categories(command.categories or treatment.record_categories),
            valid_until=now + CONSENT_FOR,
        ),
    )
    keyring = await data_key(SubjectKind.PATIENT, case.patient_id)
    me = await identity.me(actor)
    row: dict[str, Any] = {
        "id": referral_id,
        "episode_id": episode.id,
        "case_id": case.id,
        "patient_id": case.patient_id,
        "home_state": home_state,
        "practice_id": actor.organisation_id,
        "doctor_account_id": actor.account_id,
        "doctor_name": me.membership.display_name if me.membership else me.name.display,
        "facility_id": ref.id,
        "facility_organisation_id": ref.organisation_id,
        "facility_name": facility.name,
        "treatment_code": case.treatment,
        "priority": command.priority.value,
        "status": ReferralStatus.DRAFT.value,
        "on_hold": False,
        "consent_id": consent.id,
        "booking_id": None,
        "assignee_account_id": None,
        "letter_sealed": keyring.seal_text(views.letter_place(referral_id), clean(command.letter)),
        "outcome_sealed": None,
        "version": 1,
        "submitted_at": None,
        "created_at": now,
        "updated_at": now,
    }
    await queries.insert_referral(Referral(**row))
    await _audit(actor, row, "create")
    await remember(actor, "referrals.create", once, referral_id)
    return await show_referral(actor, referral_id)


async def _audit(actor: Actor, row: Any, verb: str) -> None:
    await audit.record(
        actor, f"referrals.{verb}", subject=("referral", row["id"]),
        patient_id=row["patient_id"], home_state=row["home_state"], consent_id=row["consent_id"],
    )  # fmt: skip


async def _visible(actor: Actor, referral_id: UUID, *, lock: bool = False) -> Any:
    row = await queries.referral(referral_id, visible_to=actor, lock=lock)
    if row is None:
        raise NoSuchReferral(subject=("referral", referral_id))
    return row


@transactional
async def show_referral(actor: Actor, referral_id: UUID) -> ReferralView:
    """Return a referral; the facility's first look receives it.

    Raises ReferralOver for a facility that declined it, or was not chosen, or was cancelled.
    """
    row = await _visible(actor, referral_id, lock=actor.of_facility)
    if actor.of_facility:
        await _require_open_episode(actor, row)
    if actor.of_facility and row["status"] == ReferralStatus.SUBMITTED.value:
        await apply_move(actor, row, Move.RECEIVE)
        row = await _visible(actor, referral_id)
    await _audit(actor, row, "show")
    return await views.referral_view(actor, row)


async def _require_open_episode(actor: Actor, row: Any) -> None:
    episode = await cases.episode_ref(actor, row["episode_id"])
    if episode.status in (EpisodeStatus.NOT_SELECTED, EpisodeStatus.ENDED):
        raise ReferralOver(subject=("referral", row["id"]))


async def apply_move(
    actor: Actor,
    row: Any,
    move: Move,
    *,
    reason: str | None = None,
    comment: str | None = None,
) -> ReferralStatus:
    """Move a locked referral, with its log and audit; raises WrongState and what policy raises."""
    await policy.require_move(actor, row, move)
    status = rules.target_of(move, ReferralStatus(row["status"]))
    if row["on_hold"] and actor.kind is not ActorKind.SYSTEM:
        rules.require_possible_on_hold(actor, move, ReferralStatus(row["status"]))
    transition_id, sealed = new_id(), None
    if comment:
        keyring = await data_key(SubjectKind.PATIENT, row["patient_id"])
        sealed = keyring.seal_text(views.comment_place(transition_id), clean(comment))
    await queries.move_referral(
        row, move, status, actor, utc_now(),
        reason=reason, comment=sealed, transition_id=transition_id,
    )  # fmt: skip
    await _audit(actor, row, move.value)
    return status


async def locked_for(actor: Actor, referral_id: UUID, move: Move, version: int) -> Any:
    """Return a referral, locked, to whoever may move it, if it still has the caller's version."""
    row = await _visible(actor, referral_id, lock=True)
    await policy.require_move(actor, row, move)
    if row["version"] != version:
        raise StaleVersion(version_now=row["version"], subject=("referral", referral_id))
    return row


@transactional
async def submit_referral(actor: Actor, referral_id: UUID, version: int) -> ReferralView:
    """Send a draft to its facility; raises ConsentNeeded until the patient has agreed."""
    row = await locked_for(actor, referral_id, Move.SUBMIT, version)
    await consents.require_standing(
        actor, row["patient_id"], row["facility_organisation_id"], row["episode_id"]
    )
    await apply_move(actor, row, Move.SUBMIT)
    await cases.share_episode(actor, row["episode_id"])
    return await show_referral(actor, referral_id)


@transactional
async def move_referral(
    actor: Actor, referral_id: UUID, move: Move, version: int, comment: str | None = None
) -> ReferralView:
    """Make a move that needs nothing but a sentence: receive, answer, accept, start and so on."""
    row = await locked_for(actor, referral_id, move, version)
    await apply_move(actor, row, move, comment=comment)
    return await show_referral(actor, referral_id)


@transactional
async def decline_referral(
    actor: Actor, referral_id: UUID, command: Decline, version: int
) -> ReferralView:
    """Decline with a coded reason; the consent ends with it."""
    row = await locked_for(actor, referral_id, Move.DECLINE, version)
    await apply_move(actor, row, Move.DECLINE, reason=command.reason.value, comment=command.comment)
    # The last look: with its end the facility loses the person.
    view = await show_referral(actor, referral_id)
    await end_referral(actor, row)
    return view


@transactional
async def send_outcome(
    actor: Actor, referral_id: UUID, command: SendOutcome, version: int
) -> ReferralView:
    """Report back what was done, what is pending and what comes next."""
    row = await locked_for(actor, referral_id, Move.OUTCOME, version)
    keyring = await data_key(SubjectKind.PATIENT, row["patient_id"])
    sealed = keyring.seal(views.outcome_place(referral_id), msgspec.json.encode(cleaned(command)))
    await queries.set_outcome(referral_id, sealed)
    await apply_move(actor, row, Move.OUTCOME)
    return await show_referral(actor, referral_id)


@transactional
async def cancel_referral(
    actor: Actor, referral_id: UUID, version: int, comment: str | None = None
) -> ReferralView:
    """Cancel before money came, or ask the facility to; the booking goes with it."""
    row = await locked_for(actor, referral_id, Move.CANCEL, version)
    status = await apply_move(actor, row, Move.CANCEL, comment=comment)
    if status is ReferralStatus.CANCELLED:
        await end_referral(actor, row)
    return await show_referral(actor, referral_id)


@transactional
async def confirm_cancel(actor: Actor, referral_id: UUID, version: int) -> ReferralView:
    """Confirm, as the facility, a cancellation after money came; the booking is cancelled too."""
    row = await locked_for(actor, referral_id, Move.CONFIRM_CANCEL, version)
    await apply_move(actor, row, Move.CONFIRM_CANCEL)
    view = await show_referral(actor, referral_id)
    await end_referral(actor, row)
    return view


async def end_referral(actor: Actor, row: Any) -> None:
    """End what hangs on a referral that is over: its live booking, its episode, its consents."""
    if row["booking_id"] is not None:
        booking = await bookings.show_booking(SYSTEM, row["booking_id"])
        if booking.status in (
            BookingStatus.HELD, BookingStatus.PENDING_PAYMENT,
            BookingStatus.AWAITING_FACILITY, BookingStatus.CONFIRMED,
        ):  # fmt: skip
            await cancelling.cancel_for_referral(SYSTEM, booking.id, by_facility=actor.of_facility)
    await cases.end_episode(SYSTEM, row["episode_id"])
    await consents.end_consents_of(SYSTEM, row["episode_id"])


@transactional
async def list_actions(actor: Actor, referral_id: UUID) -> list[Move]:
    """Return what the actor may do with a referral now."""
    row = await _visible(actor, referral_id)
    return rules.moves_of(actor, ReferralStatus(row["status"]), on_hold=row["on_hold"])


@transactional
async def list_referrals(actor: Actor, patient_id: UUID) -> list[ReferralView]:
    """Return every referral of a patient that the actor may see, with what is sealed in it."""
    rows = await queries.referrals(visible_to=actor, statuses=None, patient_id=patient_id)
    return [await views.referral_view(actor, row) for row in rows]


@transactional
async def worklist(actor: Actor, name: str) -> Worklist:
    """Return one worklist of the actor's role with the counts of all; raises NoSuchWorklist."""
    chosen = list_of(actor, name)
    if chosen is None or actor.role is None:
        raise NoSuchWorklist
    rows = await queries.referrals(visible_to=actor, statuses=[s.value for s in chosen])
    by_status = await queries.count_by_status(visible_to=actor)
    counts = {
        other: sum(by_status.get(status.value, 0) for status in statuses)
        for other, statuses in LISTS[rules.desk_of(actor)].items()
    }
    return Worklist(await views.summaries(actor, rows), counts)


async def read_record(
    actor: Actor, referral_id: UUID, categories: list[Category] | None = None
) -> SharedRecord:
    """Return exactly the part of the record the patient shares for this referral.

    Decided in the database at every read; raises the records' refusals.
    """
    row = await _row(actor, referral_id)
    return await records.read_shared(actor, row["patient_id"], row["episode_id"], categories)


@transactional
async def _row(actor: Actor, referral_id: UUID) -> Any:
    return await _visible(actor, referral_id)
