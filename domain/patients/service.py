"""Opening patient files, showing them, and bringing a patient into a practice's care."""

import hashlib
import secrets
from datetime import date, timedelta
from typing import Any
from uuid import UUID

import msgspec

from domain.actor import SYSTEM, Actor
from domain.audit import service as audit
from domain.audit.service import Disclosure
from domain.clock import utc_now
from domain.db import transactional
from domain.errors import NotFound
from domain.identity.types import PersonName
from domain.ids import new_id
from domain.keys.service import Keyring, Place, SubjectKind, create_data_key, data_key, data_keys
from domain.patients import policy, queries
from domain.patients.errors import CareCodeUnknown, ImpossibleBirthDate, NoSuchPatient
from domain.patients.tables import Access, CareCode, CareRelation, Patient, Person
from domain.patients.types import (
    AccessKind,
    AccessScope,
    AccessView,
    NewCareCode,
    PatientView,
    RedeemCareCode,
)
from domain.permissions import service as permissions
from domain.permissions.types import Relation

CODE_LIFETIME = timedelta(minutes=30)
_CODE_ALPHABET = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"


@transactional
async def create_person(
    actor: Actor,
    name: PersonName,
    birth_date: str | None,
    home_state: str,
    *,
    known_as: UUID | None = None,
) -> UUID:
    """Store a person under a key of their own and return the id; for the system only.

    `known_as` is the id of a person whose key exists already.
    """
    person_id = known_as or new_id()
    keyring = (
        await data_key(SubjectKind.PERSON, person_id)
        if known_as
        else await create_data_key(SubjectKind.PERSON, person_id)
    )
    await queries.insert_person(
        Person(
            id=person_id,
            home_state=home_state,
            names_sealed=keyring.seal(
                Place("person", "names", person_id), msgspec.json.encode(name)
            ),
            birth_date_sealed=_sealed_birth_date(keyring, person_id, birth_date),
            created_at=utc_now(),
        )
    )
    return person_id


def _sealed_birth_date(keyring: Keyring, person_id: UUID, birth_date: str | None) -> bytes | None:
    require_possible_birth_date(birth_date)
    if birth_date is None:
        return None
    return keyring.seal_text(Place("person", "birth_date", person_id), birth_date)


def require_possible_birth_date(birth_date: str | None) -> None:
    """Refuse a day that is none, lies ahead, or on which nobody alive was born."""
    if birth_date is None:
        return
    try:
        if not date(1900, 1, 1) <= date.fromisoformat(birth_date) <= utc_now().date():
            raise ValueError
    except ValueError:
        raise ImpossibleBirthDate(fields={"birth_date": ImpossibleBirthDate.title}) from None


@transactional
async def open_file(actor: Actor, person_id: UUID, account_id: UUID, home_state: str) -> UUID:
    """Open the patient file of a person who acts for themself; for the system only."""
    patient_id = new_id()
    await create_data_key(SubjectKind.PATIENT, patient_id)
    await queries.insert_patient(
        Patient(id=patient_id, person_id=person_id, home_state=home_state, created_at=utc_now()),
        Access(
            id=new_id(),
            account_id=account_id,
            patient_id=patient_id,
            home_state=home_state,
            kind=AccessKind.SELF.value,
            scopes=[scope.value for scope in AccessScope],
            until=None,
            evidence=None,
            evidence_sealed=None,
            relationship=None,
            how_given=None,
            given_by=None,
            created_at=utc_now(),
            ended_at=None,
            ended_by=None,
        ),
    )
    return patient_id


@transactional
async def person_name(actor: Actor, person_id: UUID) -> PersonName:
    """Return the name of a person whom the actor may see."""
    row = await queries.person(person_id)
    if row is None:
        raise NotFound
    keyring = await data_key(SubjectKind.PERSON, person_id)
    return _name(keyring, person_id, row["names_sealed"])


def _name(keyring: Keyring, person_id: UUID, sealed: bytes) -> PersonName:
    return msgspec.json.decode(
        keyring.open(Place("person", "names", person_id), sealed), type=PersonName
    )


@transactional
async def birth_date(actor: Actor, person_id: UUID) -> str | None:
    """Return the date of birth of a person whom the actor may see (ISO 8601), if it is known."""
    row = await queries.person(person_id)
    if row is None:
        raise NotFound
    return birth_date_of(
        {"person_id": person_id, **row}, await data_key(SubjectKind.PERSON, person_id)
    )


def birth_date_of(row: Any, keyring: Keyring) -> str | None:
    """Return a person's date of birth from their row (ISO 8601), if it is known."""
    sealed = row["birth_date_sealed"]
    place = Place("person", "birth_date", row["person_id"])
    return keyring.open_text(place, sealed) if sealed else None


def _view(row: Any, keyring: Keyring) -> PatientView:
    return PatientView(
        id=row["id"],
        name=_name(keyring, row["person_id"], row["names_sealed"]),
        birth_date=birth_date_of(row, keyring),
        home_state=row["home_state"],
    )


@transactional
async def list_patients(actor: Actor, ids: list[UUID] | None = None) -> list[PatientView]:
    """Return the patients the actor may see (one's own, one's practice's, one's facility's).

    Whose data was erased is not among them.
    """
    rows = await queries.patients(ids, visible_to=actor)
    keyrings = await data_keys(SubjectKind.PERSON, list({row["person_id"] for row in rows}))
    return [_view(row, keyrings[row["person_id"]]) for row in rows if row["person_id"] in keyrings]


@transactional
async def show_patient(actor: Actor, patient_id: UUID) -> PatientView:
    """Return one patient, under today's number and with the old ones; raises NoSuchPatient."""
    # A facility that does not see the surviving file goes on with the one it treats.
    row = await queries.patient(await queries.current(patient_id), visible_to=actor)
    row = row or await queries.patient(patient_id, visible_to=actor)
    if row is None:
        raise NoSuchPatient(subject=("patient", patient_id))
    await audit.record(
        actor, "patients.show", subject=("patient", row["id"]), patient_id=row["id"],
        home_state=row["home_state"],
    )  # fmt: skip
    return msgspec.structs.replace(
        _view(row, await data_key(SubjectKind.PERSON, row["person_id"])),
        replaces=await queries.replaced_by(row["id"], visible_to=actor),
    )


@transactional
async def require_visible(actor: Actor, patient_id: UUID) -> str:
    """Return the home state of a patient the actor may see; raises NoSuchPatient."""
    row = await queries.patient(patient_id, visible_to=actor)
    if row is None:
        raise NoSuchPatient(subject=("patient", patient_id))
    return str(row["home_state"])


@transactional
async def require_care_of(actor: Actor, patient_id: UUID) -> str:
    """Return the home state of a patient in the care of the doctor's practice."""
    permissions.require(actor, "cases.open", relation=Relation.PRACTICE)
    if not await queries.cares_for(patient_id, visible_to=actor):
        raise NoSuchPatient(subject=("patient", patient_id))
    return await require_visible(actor, patient_id)


@transactional
async def practices_of(actor: Actor, patient_id: UUID) -> list[UUID]:
    """Return the practices in whose care a patient is now, as far as the actor sees them."""
    return await queries.practices_of(patient_id, visible_to=actor)


async def require_scope(actor: Actor, patient_id: UUID, scope: AccessScope) -> None:
    """Refuse a caller who may not do this for the patient (see `policy.require_scope`)."""
    await policy.require_scope(actor, patient_id, scope)


async def require_own_side(actor: Actor, patient_id: UUID) -> str:
    """Return the home state, to the patient or a parent or guardian (`policy.require_own_side`)."""
    await policy.require_own_side(actor, patient_id)
    return await require_visible(actor, patient_id)


async def current_number(actor: Actor, patient_id: UUID) -> UUID:
    """Return the number under which a patient is kept since the last merge."""
    return await queries.current(patient_id)


@transactional
async def may_view(actor: Actor, patient_id: UUID) -> bool:
    """Tell whether the actor may read what is clinical: not with an access that lacks `view`."""
    scopes = await queries.scopes_of(patient_id, visible_to=actor)
    return scopes is None or AccessScope.VIEW in scopes


@transactional
async def list_access(actor: Actor, patient_id: UUID) -> list[AccessView]:
    """Return the caller's own access to a patient; raises NoSuchPatient without any."""
    found = await queries.accesses(patient_id, visible_to=actor)
    if not found:
        raise NoSuchPatient(subject=("patient", patient_id))
    return found


@transactional
async def list_disclosures(actor: Actor, patient_id: UUID) -> list[Disclosure]:
    """Return who saw or changed a patient's data, to the patient or whoever acts for them."""
    await policy.require_scope(actor, patient_id, AccessScope.VIEW)
    return await audit.disclosures(actor, patient_id)


@transactional
async def create_care_code(actor: Actor, patient_id: UUID) -> NewCareCode:
    """Make a code with which one practice may take the patient into its care."""
    await policy.require_scope(actor, patient_id, AccessScope.CONSENT)
    home_state = await require_visible(actor, patient_id)
    text = "".join(secrets.choice(_CODE_ALPHABET) for _ in range(10))
    expires_at = utc_now() + CODE_LIFETIME
    await queries.insert_care_code(
        CareCode(
            id=new_id(),
            patient_id=patient_id,
            home_state=home_state,
            code_hash=_code_hash(text),
            expires_at=expires_at,
            used_at=None,
        )
    )
    await audit.record(
        actor, "patients.create_care_code", subject=("patient", patient_id),
        patient_id=patient_id, home_state=home_state,
    )  # fmt: skip
    return NewCareCode(f"{text[:5]}-{text[5:]}", expires_at)


@transactional
async def redeem_care_code(actor: Actor, command: RedeemCareCode) -> PatientView:
    """Take a patient into the practice's care; raises CareCodeUnknown."""
    permissions.require(actor, "patients.redeem_care_code")
    patient_id = await _bring_into_care(SYSTEM, actor, command.code)
    return await show_patient(actor, patient_id)


@transactional
async def _bring_into_care(system: Actor, doctor: Actor, code: str) -> UUID:
    now = utc_now()
    used = await queries.use_care_code(_code_hash(code), now)
    if used is None:
        raise CareCodeUnknown(fields={"code": CareCodeUnknown.title})
    await queries.insert_care_relation(
        CareRelation(
            id=new_id(),
            patient_id=used["patient_id"],
            home_state=used["home_state"],
            organisation_id=doctor.organisation_id,
            since=now,
            until=None,
        )
    )
    await audit.record(
        doctor, "patients.take_into_care", subject=("patient", used["patient_id"]),
        patient_id=used["patient_id"], home_state=used["home_state"],
    )  # fmt: skip
    return UUID(str(used["patient_id"]))


def _code_hash(code: str) -> bytes:
    plain = code.upper().replace("-", "").replace(" ", "")
    return hashlib.sha256(plain.encode()).digest()


@transactional
async def scopes_of(actor: Actor, patient_id: UUID) -> frozenset[AccessScope]:
    """Return what the actor's own access to a patient includes; nothing for strangers."""
    return frozenset(await queries.scopes_of(patient_id, visible_to=actor) or ())
