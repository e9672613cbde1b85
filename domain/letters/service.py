"""Issuing a booking's letter, reading it, and telling strangers whether one holds."""

import hashlib
from collections.abc import Callable
from datetime import datetime
from typing import Any
from uuid import UUID

from domain.actor import SYSTEM, Actor
from domain.audit import service as audit
from domain.bookings import items
from domain.bookings.errors import NoSuchBooking, WrongState
from domain.bookings.item_types import ItemKind, ItemStatus
from domain.bookings.parties import BookingParties, booking_parties
from domain.bookings.types import BookingStatus
from domain.clock import utc_now
from domain.db import transactional
from domain.errors import StaleVersion
from domain.facilities import service as facilities
from domain.identity.row_tokens import row_named, token_for
from domain.ids import new_id
from domain.jurisdictions import jurisdiction
from domain.keys.service import Keyring, Place, SubjectKind, data_key
from domain.keys.signatures import signature_of
from domain.letters import printing, queries, rules
from domain.letters.errors import NoSuchLetter
from domain.letters.tables import Letter
from domain.letters.types import (
    IssueLetter,
    LetterCheck,
    LetterFacts,
    LetterStatus,
    LetterText,
    LetterView,
    SignedLetter,
)
from domain.patients import service as patients
from domain.patients.types import AccessScope

_TOKEN = "letter"  # noqa: S105  what a token is for


async def issue_letter(
    actor: Actor,
    booking_id: UUID,
    command: IssueLetter,
    write: Callable[[LetterFacts], LetterText],
) -> LetterView:
    """Issue the letter of a confirmed booking, once for each of its versions and each spelling.

    `write` says the facts in the letter's languages. An earlier letter of the booking is revoked.
    Raises NoSuchBooking, NoSuchPatient, Forbidden, WrongState, PassportNameNeeded, StaleVersion
    where the booking moved meanwhile, and PrinterUnavailable.
    """
    prepared = await _prepare(actor, booking_id, command)
    if isinstance(prepared, LetterView):
        return prepared
    pdf = await printing.printed(write(prepared), prepared.issued_at)
    return await _store(SYSTEM, actor, prepared, pdf)


@transactional
async def _prepare(
    actor: Actor, booking_id: UUID, command: IssueLetter
) -> LetterFacts | LetterView:
    booking = await _own_booking(actor, booking_id)
    _require_confirmed(booking)
    patient = await patients.show_patient(actor, booking.patient_id)
    facility = await facilities.show_facility(actor, booking.facility_id)
    letter_id = new_id()
    facts = LetterFacts(
        letter_id=letter_id,
        booking_id=booking_id,
        booking_version=booking.version,
        passport_name=rules.printed_name(command.passport_name, patient.name),
        facility_names=facility.names,
        facility_name=booking.facility_name,
        city_names=facility.city_names,
        city=facility.city,
        address=facility.address,
        state=facility.jurisdiction,
        home_state=booking.home_state,
        starts_at=booking.starts_at,
        ends_at=booking.ends_at,
        zone=booking.zone,
        companions=await _companions(actor, booking_id),
        demo=facility.demo,
        languages=rules.languages_of(actor.language, jurisdiction(facility.jurisdiction).languages),
        issued_at=utc_now().replace(microsecond=0),
        token=token_for(_TOKEN, letter_id),
    )
    return await _same(facts) or facts


async def _companions(actor: Actor, booking_id: UUID) -> int:
    return sum(
        each.kind is ItemKind.COMPANION and each.status is not ItemStatus.CANCELLED
        for each in await items.list_items(actor, booking_id)
    )


async def _own_booking(actor: Actor, booking_id: UUID) -> BookingParties:
    """Return a booking to whoever may see what is clinical of its patient, and to nobody else."""
    booking = await booking_parties(actor, booking_id)
    if booking is None:
        raise NoSuchBooking(subject=("booking", booking_id))
    await patients.require_scope(actor, booking.patient_id, AccessScope.VIEW)
    return booking


def _require_confirmed(booking: BookingParties) -> None:
    if booking.status is not BookingStatus.CONFIRMED:
        raise WrongState(
            "A letter is issued for a confirmed booking that has not begun",
            status_now=booking.status.value,
        )


async def _same(facts: LetterFacts) -> LetterView | None:
    """Return the living letter that already says all of this, in whichever languages."""
    row = await queries.living(facts.booking_id)
    if row is None:
        return None
    if (row["booking_version"], row["companions"]) != (facts.booking_version, facts.companions):
        return None
    keyring = await data_key(SubjectKind.PATIENT, row["patient_id"])
    name = keyring.open_text(_name_of(row["id"]), row["name_sealed"])
    return _view(row) if name == facts.passport_name else None


def _name_of(letter_id: UUID) -> Place:
    return Place("letter", "name", letter_id)


def _pdf_of(letter_id: UUID) -> Place:
    return Place("letter", "pdf", letter_id)


@transactional
async def _store(system: Actor, issuer: Actor, facts: LetterFacts, pdf: bytes) -> LetterView:
    # Under the booking's lock: no letter is issued past a cancellation, and none twice.
    booking = await booking_parties(system, facts.booking_id, lock=True)
    if booking is None:
        raise NoSuchBooking(subject=("booking", facts.booking_id))
    _require_confirmed(booking)
    if booking.version != facts.booking_version:
        raise StaleVersion(version_now=booking.version)
    standing = await _same(facts)
    if standing is not None:
        return standing
    await queries.revoke(facts.booking_id, "issued_anew", facts.issued_at)
    digest = hashlib.sha256(pdf)
    keyring: Keyring = await data_key(SubjectKind.PATIENT, booking.patient_id)
    await queries.insert_letter(
        Letter(
            id=facts.letter_id,
            booking_id=facts.booking_id,
            patient_id=booking.patient_id,
            home_state=booking.home_state,
            booking_version=facts.booking_version,
            starts_at=facts.starts_at,
            languages=facts.languages,
            companions=facts.companions,
            name_sealed=keyring.seal_text(_name_of(facts.letter_id), facts.passport_name),
            pdf_sealed=keyring.seal(_pdf_of(facts.letter_id), pdf),
            pdf_sha256=digest.digest(),
            signature=signature_of(
                SignedLetter("letter", facts.letter_id, digest.hexdigest(), facts.issued_at)
            ),
            issued_by=issuer.account_id,
            issued_at=facts.issued_at,
            revoked_at=None,
            revoked_reason=None,
        )
    )
    await audit.record(
        issuer, "letters.issue", subject=("letter", facts.letter_id),
        patient_id=booking.patient_id, home_state=booking.home_state,
        detail={"booking_id": str(facts.booking_id), "sha256": digest.hexdigest()},
    )  # fmt: skip
    row = await queries.living(facts.booking_id)
    assert row is not None  # noqa: S101  it was inserted above
    return _view(row)


def _view(row: Any) -> LetterView:
    return LetterView(
        id=row["id"],
        booking_id=row["booking_id"],
        token=token_for(_TOKEN, row["id"]),
        languages=list(row["languages"]),
        issued_at=row["issued_at"],
        revoked_at=row["revoked_at"],
        sha256=bytes(row["pdf_sha256"]).hex(),
        signature=row["signature"],
    )


@transactional
async def find_letter(actor: Actor, booking_id: UUID) -> LetterView | None:
    """Return a booking's letter that was not revoked, if there is one."""
    await _own_booking(actor, booking_id)
    row = await queries.living(booking_id)
    return None if row is None else _view(row)


@transactional
async def list_letters(actor: Actor, patient_ids: list[UUID]) -> list[LetterView]:
    """Return every letter that was issued about a patient whom the actor may see."""
    return [_view(row) for row in await queries.letters_of(patient_ids)]


@transactional
async def read_letter(actor: Actor, booking_id: UUID) -> bytes:
    """Return the PDF of a booking's letter; raises NoSuchBooking, Forbidden and NoSuchLetter."""
    booking = await _own_booking(actor, booking_id)
    row = await queries.living(booking_id)
    if row is None:
        raise NoSuchLetter(subject=("booking", booking_id))
    keyring = await data_key(SubjectKind.PATIENT, row["patient_id"])
    await audit.record(
        actor, "letters.read", subject=("letter", row["id"]), patient_id=booking.patient_id,
        home_state=booking.home_state,
    )  # fmt: skip
    return keyring.open(_pdf_of(row["id"]), row["pdf_sealed"])


async def check_letter(token: str) -> LetterCheck:
    """Tell anybody with a letter in hand whether it holds now, and nothing else."""
    letter_id = row_named(_TOKEN, token)
    return (
        LetterCheck(LetterStatus.UNKNOWN) if letter_id is None else await _check(SYSTEM, letter_id)
    )


@transactional
async def _check(actor: Actor, letter_id: UUID) -> LetterCheck:
    row = await queries.letter(letter_id)
    if row is None:
        return LetterCheck(LetterStatus.UNKNOWN)
    booking = await booking_parties(actor, row["booking_id"])
    # Asked of the booking itself: a letter never outlives it by the moment a job needs.
    stands = booking is not None and rules.holds(
        booking.status, booking.starts_at, row["starts_at"]
    )
    if row["revoked_at"] is not None or not stands:
        return LetterCheck(LetterStatus.REVOKED)
    return LetterCheck(LetterStatus.VALID, row["issued_at"])


@transactional
async def revoke_letters(
    actor: Actor, booking_id: UUID, reason: str, before_version: int | None = None
) -> None:
    """Revoke the letter of a booking that is no longer what it says; for the system only."""
    now: datetime = utc_now()
    for row in await queries.revoke(booking_id, reason, now, before_version=before_version):
        await audit.record(
            actor, "letters.revoke", subject=("letter", row["id"]), patient_id=row["patient_id"],
            home_state=row["home_state"], detail={"reason": reason},
        )  # fmt: skip
