"""Guardians whom a court appointed: asked for, seen by an officer, ended by the clock."""

import secrets
from datetime import date
from typing import Any
from uuid import UUID

import msgspec

from domain.actor import SYSTEM, Actor, Role
from domain.audit import service as audit
from domain.clock import utc_now
from domain.db import transactional
from domain.idempotency.service import Once, done_before, remember
from domain.ids import new_id
from domain.jurisdictions import jurisdiction
from domain.keys.service import Place, SubjectKind, create_data_key, data_key
from domain.patients import guardian_queries, policy, queries, rules
from domain.patients.errors import (
    CourtOrderOver,
    GuardianshipCodeRefused,
    GuardianshipDecided,
    ImpossibleBirthDate,
    NoSuchGuardianship,
    OwnGuardianship,
)
from domain.patients.file_codes import CODE_LASTS, hashed
from domain.patients.service import birth_date_of, create_person, person_name, require_care_of
from domain.patients.tables import Access, Guardianship, Patient
from domain.patients.types import (
    AccessGiven,
    AccessKind,
    AccessScope,
    CourtOrder,
    DeskCode,
    GuardianshipStatus,
    GuardianshipView,
    OfferGuardianship,
    OpenWardFile,
    RedeemCode,
    Relationship,
)
from domain.permissions import service as permissions
from domain.text import clean, cleaned


@transactional
async def open_ward_file(
    actor: Actor, command: OpenWardFile, once: Once | None = None
) -> GuardianshipView:
    """Open the file of a ward who has none, and ask to act for them by the court's order.

    Nobody acts for the ward before an officer of the home state has seen the order. Raises
    UnknownJurisdiction, ImpossibleBirthDate and CourtOrderOver.
    """
    account_id = policy.require_account(actor)
    if (done := await done_before(actor, "guardianships.open", once)) is not None:
        return await show_guardianship(actor, done)
    jurisdiction(command.home_state)
    born = _day(command.birth_date)
    until = rules.ward_until(born, command.home_state, utc_now(), command.order.until)
    made = await _open(SYSTEM, account_id, command, until)
    await remember(actor, "guardianships.open", once, made)
    row = await guardian_queries.guardianship(made, visible_to=actor)
    await _note(actor, "open", row)
    return await _view(SYSTEM, row)


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise ImpossibleBirthDate(fields={"birth_date": ImpossibleBirthDate.title}) from None


@transactional
async def _open(system: Actor, account_id: UUID, command: OpenWardFile, until: Any) -> UUID:
    person_id = await create_person(
        system, cleaned(command.name), command.birth_date, command.home_state
    )
    patient_id, now = new_id(), utc_now()
    await create_data_key(SubjectKind.PATIENT, patient_id)
    await queries.insert_patient(
        Patient(id=patient_id, person_id=person_id, home_state=command.home_state, created_at=now),
        None,
    )
    row = await _row(patient_id, command.home_state, command.order, until, account_id)
    row.account_id, row.status = account_id, GuardianshipStatus.REQUESTED.value
    await guardian_queries.insert_guardianship(row)
    return UUID(str(row.id))


async def _row(
    patient_id: UUID, home_state: str, order: CourtOrder, until: Any, asked_by: UUID
) -> Guardianship:
    """Return an offered guardianship with the order sealed under the ward's key."""
    guardianship_id = new_id()
    keyring = await data_key(SubjectKind.PATIENT, patient_id)
    sealed = keyring.seal(_place(guardianship_id), msgspec.json.encode(cleaned(order)))
    return Guardianship(
        id=guardianship_id,
        patient_id=patient_id,
        home_state=home_state,
        account_id=None,
        status=GuardianshipStatus.OFFERED.value,
        order_sealed=sealed,
        identity_checked_sealed=None,
        until=until,
        organisation_id=None,
        requested_by=asked_by,
        requested_at=utc_now(),
        code_hash=None,
        code_expires_at=None,
        decided_by=None,
        decided_at=None,
        access_id=None,
        ended_by=None,
        ended_at=None,
    )


def _place(guardianship_id: UUID) -> Place:
    return Place("guardianship", "order", guardianship_id)


async def _note(actor: Actor, verb: str, row: Any, **detail: Any) -> None:
    await audit.record(
        actor, f"guardianships.{verb}", subject=("guardianship", row["id"]),
        patient_id=row["patient_id"], home_state=row["home_state"], detail=detail or None,
    )  # fmt: skip


@transactional
async def offer_guardianship(
    actor: Actor, patient_id: UUID, command: OfferGuardianship
) -> DeskCode:
    """Make the code for a guardian whose identity and order the ward's doctor has seen.

    Raises NoSuchPatient for a patient who is not in the practice's care, and CourtOrderOver.
    """
    home_state = await require_care_of(actor, patient_id)
    account_id = policy.require_account(actor)
    made, code = await _offer(SYSTEM, actor, account_id, patient_id, home_state, command)
    row = await guardian_queries.guardianship(made, visible_to=actor)
    await _note(actor, "offer", row, identity_checked=True)
    return DeskCode(made, code, row["code_expires_at"])


@transactional
async def _offer(
    system: Actor, doctor: Actor, account_id: UUID, patient_id: UUID, home_state: str,
    command: OfferGuardianship,
) -> tuple[UUID, str]:  # fmt: skip
    until = await _until(patient_id, command.order)
    row = await _row(patient_id, home_state, command.order, until, account_id)
    code = secrets.token_urlsafe(18)
    row.organisation_id, row.code_hash = doctor.organisation_id, hashed(code)
    row.code_expires_at = utc_now() + CODE_LASTS
    keyring = await data_key(SubjectKind.PATIENT, patient_id)
    row.identity_checked_sealed = keyring.seal_text(
        Place("guardianship", "identity_checked", row.id), clean(command.identity_checked)
    )
    await guardian_queries.insert_guardianship(row)
    return UUID(str(row.id)), code


async def _until(patient_id: UUID, order: CourtOrder) -> Any:
    patient = await guardian_queries.lock_patient(patient_id)
    born = birth_date_of(patient, await data_key(SubjectKind.PERSON, patient["person_id"]))
    day = date.fromisoformat(born) if born else None
    return rules.ward_until(day, patient["home_state"], utc_now(), order.until)


@transactional
async def take_up_guardianship(actor: Actor, command: RedeemCode) -> GuardianshipView:
    """Ask, with the code of the practice, to act for a ward; a repeat changes nothing.

    Raises GuardianshipCodeRefused, OwnGuardianship and GuardianshipAsked.
    """
    account_id = policy.require_account(actor)
    row = await _take_up(SYSTEM, account_id, command.code)
    await _note(actor, "take_up", row)
    return await _view(SYSTEM, row)


@transactional
async def _take_up(system: Actor, account_id: UUID, code: str) -> Any:
    row = await guardian_queries.take_up(hashed(code), account_id, utc_now())
    if row is None:
        raise GuardianshipCodeRefused(fields={"code": GuardianshipCodeRefused.title})
    await _require_another(account_id, row["patient_id"])
    return row


async def _require_another(account_id: UUID, patient_id: UUID) -> None:
    """Refuse whoever is the ward."""
    live = await guardian_queries.live_accesses(patient_id)
    own = any(
        each["account_id"] == account_id and each["kind"] == AccessKind.SELF.value for each in live
    )
    if own or await queries.is_own(account_id, patient_id):
        raise OwnGuardianship


@transactional
async def list_guardianships(actor: Actor) -> list[GuardianshipView]:
    """Return one's own guardianships, one's practice's, or those of the officer's state."""
    rows = await guardian_queries.guardianships(visible_to=actor)
    for row in rows:
        await _note(actor, "read", row)
    return [await _view(SYSTEM, row) for row in rows]


@transactional
async def show_guardianship(actor: Actor, guardianship_id: UUID) -> GuardianshipView:
    """Return one guardianship; raises NoSuchGuardianship."""
    row = await _visible(actor, guardianship_id)
    await _note(actor, "read", row)
    return await _view(SYSTEM, row)


async def _visible(actor: Actor, guardianship_id: UUID) -> Any:
    row = await guardian_queries.guardianship(guardianship_id, visible_to=actor)
    if row is None:
        raise NoSuchGuardianship(subject=("guardianship", guardianship_id))
    return row


@transactional
async def _view(system: Actor, row: Any) -> GuardianshipView:
    patient: Any = await queries.patient(row["patient_id"], visible_to=system)
    keyring = await data_key(SubjectKind.PATIENT, row["patient_id"])
    order = keyring.open(_place(row["id"]), row["order_sealed"])
    status, guardian = GuardianshipStatus(row["status"]), None
    if status is GuardianshipStatus.CONFIRMED and row["until"] <= utc_now():
        status = GuardianshipStatus.EXPIRED
    if row["account_id"] is not None:
        person_id = await guardian_queries.person_of_account(row["account_id"])
        guardian = await person_name(system, person_id)
    return GuardianshipView(
        id=row["id"],
        patient_id=row["patient_id"],
        ward=await person_name(system, patient["person_id"]),
        birth_date=birth_date_of(patient, await data_key(SubjectKind.PERSON, patient["person_id"])),
        guardian=guardian,
        home_state=row["home_state"],
        order=msgspec.json.decode(order, type=CourtOrder),
        status=status,
        requested_at=row["requested_at"],
        decided_at=row["decided_at"],
        ended_at=row["ended_at"],
    )


@transactional
async def confirm_guardianship(actor: Actor, guardianship_id: UUID) -> GuardianshipView:
    """Let a guardian act, as an officer who has seen the order; confirming again changes nothing.

    Raises NoSuchGuardianship, GuardianshipDecided, CourtOrderOver, OwnGuardianship and
    GuardianshipFourEyes.
    """
    return await _decided(actor, "confirm", guardianship_id)


@transactional
async def refuse_guardianship(actor: Actor, guardianship_id: UUID) -> GuardianshipView:
    """Refuse a guardian whose order does not hold; raises as `confirm_guardianship`."""
    return await _decided(actor, "refuse", guardianship_id)


async def _decided(actor: Actor, verb: str, guardianship_id: UUID) -> GuardianshipView:
    permissions.require(actor, f"guardianships.{verb}")
    officer_id = policy.require_account(actor)
    await _visible(actor, guardianship_id)
    row, changed = await _decide(SYSTEM, officer_id, verb, guardianship_id)
    if changed:
        await _note(actor, verb, row)
    return await _view(SYSTEM, row)


@transactional
async def _decide(
    system: Actor, officer_id: UUID, verb: str, guardianship_id: UUID
) -> tuple[Any, bool]:
    row = await guardian_queries.guardianship(guardianship_id, visible_to=system, lock=True)
    wanted = {
        "confirm": GuardianshipStatus.CONFIRMED, "refuse": GuardianshipStatus.REFUSED,
    }[verb]  # fmt: skip
    if row["status"] == wanted and row["decided_by"] == officer_id:
        return row, False
    if row["status"] != GuardianshipStatus.REQUESTED:
        raise GuardianshipDecided
    access_id, now = None, utc_now()
    if wanted is GuardianshipStatus.CONFIRMED:
        if row["until"] <= now:
            raise CourtOrderOver
        await guardian_queries.lock_patient(row["patient_id"])
        await _require_another(row["account_id"], row["patient_id"])
        await _require_another(officer_id, row["patient_id"])
        access_id = await _appoint(row, officer_id)
    await guardian_queries.decide(guardianship_id, wanted.value, officer_id, access_id, now)
    return await guardian_queries.guardianship(guardianship_id, visible_to=system), True


async def _appoint(row: Any, officer_id: UUID) -> UUID:
    """Let the guardian act until the order ends; what they had before ends with it."""
    now, access_id = utc_now(), new_id()
    await queries.end_expired_access(row["account_id"], row["patient_id"], now)
    for held in await guardian_queries.live_accesses(row["patient_id"]):
        if (held["account_id"], held["patient_id"]) == (row["account_id"], row["patient_id"]):
            await queries.end_access(held["id"], officer_id, now)
    await queries.insert_access(
        Access(
            id=access_id,
            account_id=row["account_id"],
            patient_id=row["patient_id"],
            home_state=row["home_state"],
            kind=AccessKind.PROXY.value,
            scopes=[scope.value for scope in AccessScope],
            until=row["until"],
            evidence=str(row["id"]),
            evidence_sealed=None,
            relationship=Relationship.GUARDIAN.value,
            how_given=AccessGiven.COURT_ORDER.value,
            given_by=officer_id,
            created_at=now,
            ended_at=None,
            ended_by=None,
        )
    )
    return access_id


@transactional
async def end_guardianship(actor: Actor, guardianship_id: UUID) -> GuardianshipView:
    """End a guardianship at once: an officer whom the court told, or the guardian who resigns.

    Raises NoSuchGuardianship for everybody else, and GuardianshipDecided where none stands.
    """
    account_id = policy.require_account(actor)
    seen = await _visible(actor, guardianship_id)
    if actor.role is not Role.MINISTRY_OFFICER and seen["account_id"] != account_id:
        raise NoSuchGuardianship(subject=("guardianship", guardianship_id))
    row = await _end(SYSTEM, account_id, guardianship_id)
    await _note(actor, "end", row)
    return await _view(SYSTEM, row)


@transactional
async def _end(system: Actor, account_id: UUID, guardianship_id: UUID) -> Any:
    row = await guardian_queries.guardianship(guardianship_id, visible_to=system, lock=True)
    if row["status"] == GuardianshipStatus.ENDED and row["ended_by"] == account_id:
        return row
    if row["status"] != GuardianshipStatus.CONFIRMED:
        raise GuardianshipDecided
    now = utc_now()
    await queries.end_access(row["access_id"], account_id, now)
    await guardian_queries.end(guardianship_id, account_id, now)
    return await guardian_queries.guardianship(guardianship_id, visible_to=system)
