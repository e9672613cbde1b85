"""Acting for somebody else: mandates that adults give, and parents' access until majority."""

import hashlib
import secrets
from datetime import date, timedelta
from typing import Any
from uuid import UUID

import msgspec

from domain.actor import SYSTEM, Actor
from domain.audit import service as audit
from domain.clock import utc_now
from domain.db import transactional
from domain.ids import new_id
from domain.jurisdictions import jurisdiction
from domain.keys.service import Place, SubjectKind, create_data_key, data_key
from domain.patients import policy, queries, rules
from domain.patients.errors import (
    ImpossibleBirthDate,
    MandateOutlivesGiver,
    MandateRefused,
    NoSuchAccess,
    NoSuchMandate,
    NoSuchPatient,
    OwnMandate,
)
from domain.patients.service import (
    create_person,
    person_name,
    require_care_of,
    require_visible,
    show_patient,
)
from domain.patients.tables import Access, MandateOffer, Patient
from domain.patients.types import (
    AccessGiven,
    AccessKind,
    AccessScope,
    AccessView,
    MandateCode,
    OfferMandate,
    OfferMandateAtDesk,
    OpenChildFile,
    PatientView,
    RedeemMandate,
)
from domain.text import clean, cleaned

CODE_LASTS = timedelta(minutes=30)


@transactional
async def offer_mandate(actor: Actor, patient_id: UUID, command: OfferMandate) -> MandateCode:
    """Make a code for whoever shall act for the patient; only the patient or a parent may.

    A mandate is never given on: its holder is told so (Forbidden). Raises MandateTooLong.
    """
    giver = await policy.require_own_side(actor, patient_id)
    if giver.until is not None and command.until > giver.until:
        raise MandateOutlivesGiver(fields={"until": MandateOutlivesGiver.title})
    home_state = await require_visible(actor, patient_id)
    return await _offer(
        actor, patient_id, home_state, command.scopes, command.until, AccessGiven.OWN_DEVICE
    )


@transactional
async def offer_at_desk(actor: Actor, patient_id: UUID, command: OfferMandateAtDesk) -> MandateCode:
    """Make a code for a patient who has no device of their own, at their doctor's desk."""
    home_state = await require_care_of(actor, patient_id)
    paper, sealed, offer_id = command.paper, None, new_id()
    if paper is not None:
        keyring = await data_key(SubjectKind.PATIENT, patient_id)
        names = msgspec.json.encode([clean(name) for name in paper.witnesses])
        sealed = keyring.seal(Place("mandate_offer", "witnesses", offer_id), names)
    return await _offer(
        actor, patient_id, home_state, command.scopes, command.until,
        AccessGiven.WITNESSED_PAPER if paper else AccessGiven.QR_AT_DESK,
        offer_id=offer_id, identity_checked=clean(command.identity_checked),
        paper_sha256=bytes.fromhex(paper.sha256) if paper else None, witnesses_sealed=sealed,
    )  # fmt: skip


async def _offer(
    actor: Actor,
    patient_id: UUID,
    home_state: str,
    scopes: list[AccessScope],
    until: Any,
    how_given: AccessGiven,
    *,
    offer_id: UUID | None = None,
    **more: Any,
) -> MandateCode:
    now = utc_now()
    rules.require_mandate_until(until, now)
    code = secrets.token_urlsafe(18)
    offer = MandateOffer(
        id=offer_id or new_id(),
        patient_id=patient_id,
        home_state=home_state,
        code_hash=_hash(code),
        scopes=sorted({scope.value for scope in scopes}),
        until=until,
        how_given=how_given.value,
        offered_by=actor.account_id,
        organisation_id=actor.organisation_id,
        created_at=now,
        expires_at=now + (timedelta(days=7) if more.get("paper_sha256") else CODE_LASTS),
        identity_checked=more.get("identity_checked"),
        paper_sha256=more.get("paper_sha256"),
        witnesses_sealed=more.get("witnesses_sealed"),
        confirmed_by=None,
        redeemed_at=None,
    )
    await queries.insert_offer(offer)
    await audit.record(
        actor, "mandates.offer", subject=("mandate_offer", offer.id), patient_id=patient_id,
        home_state=home_state, detail={"how_given": how_given.value, "scopes": offer.scopes},
    )  # fmt: skip
    waits = how_given is AccessGiven.WITNESSED_PAPER
    return MandateCode(offer.id, code, offer.expires_at, waits)


def _hash(code: str) -> bytes:
    return hashlib.sha256(code.strip().encode()).digest()


@transactional
async def confirm_paper(actor: Actor, offer_id: UUID) -> None:
    """Confirm, as a second member of the practice, a mandate on witnessed paper."""
    row = await queries.offer(offer_id)
    if row is None or row["organisation_id"] != actor.organisation_id:
        raise NoSuchMandate(subject=("mandate_offer", offer_id))
    await require_care_of(actor, row["patient_id"])
    await queries.confirm_offer(offer_id, actor.account_id)
    await audit.record(
        actor, "mandates.confirm", subject=("mandate_offer", offer_id),
        patient_id=row["patient_id"], home_state=row["home_state"],
    )  # fmt: skip


async def redeem_mandate(actor: Actor, command: RedeemMandate) -> PatientView:
    """Take up a mandate with its code; raises MandateRefused, OwnMandate or AccessKnown."""
    patient_id = await _take_up(SYSTEM, policy.require_account(actor), command.code)
    await _note_taken(actor, patient_id)
    return await show_patient(actor, patient_id)


@transactional
async def _note_taken(actor: Actor, patient_id: UUID) -> None:
    await audit.record(
        actor, "mandates.take_up", subject=("patient", patient_id), patient_id=patient_id,
        home_state=await require_visible(actor, patient_id),
    )  # fmt: skip


@transactional
async def _take_up(system: Actor, account_id: UUID, code: str) -> UUID:
    now = utc_now()
    offer = await queries.use_offer(_hash(code), now)
    if offer is None:
        raise MandateRefused(fields={"code": MandateRefused.title})
    if await queries.is_own(account_id, offer["patient_id"]):
        raise OwnMandate
    await queries.end_expired_access(account_id, offer["patient_id"], now)
    await queries.insert_access(
        Access(
            id=new_id(),
            account_id=account_id,
            patient_id=offer["patient_id"],
            home_state=offer["home_state"],
            kind=AccessKind.MANDATE.value,
            scopes=list(offer["scopes"]),
            until=offer["until"],
            evidence=str(offer["id"]),
            evidence_sealed=None,
            relationship=None,
            how_given=offer["how_given"],
            given_by=offer["offered_by"],
            created_at=now,
            ended_at=None,
            ended_by=None,
        )
    )
    return UUID(str(offer["patient_id"]))


@transactional
async def list_accesses(actor: Actor, patient_id: UUID) -> list[AccessView]:
    """Return who may act for the patient: all of it to the patient's own side, else one's own.

    Raises NoSuchPatient for whoever has no access.
    """
    mine = await queries.accesses(patient_id, visible_to=actor)
    if not mine:
        raise NoSuchPatient(subject=("patient", patient_id))
    if all(access.kind is AccessKind.MANDATE for access in mine):
        return mine
    return await _all_accesses(SYSTEM, patient_id)


@transactional
async def _all_accesses(system: Actor, patient_id: UUID) -> list[AccessView]:
    return [
        msgspec.structs.replace(
            queries.access_view(row), holder=(await person_name(system, row["person_id"])).display
        )
        for row in await queries.accesses_of(patient_id)
    ]


@transactional
async def withdraw_access(actor: Actor, access_id: UUID) -> None:
    """End a mandate at once: its patient's own side may, its holder, and the caring practice.

    One's own access to one's own file does not end; raises NoSuchAccess.
    """
    row = await _access(SYSTEM, access_id)
    ending = row is not None and await policy.may_end(actor, row)
    if row is None or not ending:
        raise NoSuchAccess(subject=("access", access_id))
    await _end(SYSTEM, access_id, actor.account_id)
    await audit.record(
        actor, "mandates.withdraw", subject=("access", access_id), patient_id=row["patient_id"],
        home_state=row["home_state"],
    )  # fmt: skip


@transactional
async def _access(system: Actor, access_id: UUID) -> Any:
    return await queries.live_access(access_id)


@transactional
async def _end(system: Actor, access_id: UUID, ended_by: UUID | None) -> None:
    await queries.end_access(access_id, ended_by, utc_now())


@transactional
async def open_child_file(actor: Actor, command: OpenChildFile) -> PatientView:
    """Open the file of a minor, whose parent acts for them until they come of age.

    Raises NotAMinor, ImpossibleBirthDate or UnknownJurisdiction.
    """
    account_id = policy.require_account(actor)
    jurisdiction(command.home_state)
    try:
        born = date.fromisoformat(command.birth_date)
    except ValueError:
        raise ImpossibleBirthDate(fields={"birth_date": ImpossibleBirthDate.title}) from None
    until = rules.proxy_until(born, command.home_state, utc_now())
    patient_id = await _open_for(SYSTEM, account_id, command, until)
    await audit.record(
        actor, "patients.open_for_child", subject=("patient", patient_id), patient_id=patient_id,
        home_state=command.home_state,
    )  # fmt: skip
    return await show_patient(actor, patient_id)


@transactional
async def _open_for(system: Actor, account_id: UUID, command: OpenChildFile, until: Any) -> UUID:
    person_id = await create_person(
        system, cleaned(command.name), command.birth_date, command.home_state
    )
    patient_id, access_id, now = new_id(), new_id(), utc_now()
    keyring = await create_data_key(SubjectKind.PATIENT, patient_id)
    place = Place("access", "evidence", access_id)
    await queries.insert_patient(
        Patient(id=patient_id, person_id=person_id, home_state=command.home_state, created_at=now),
        Access(
            id=access_id,
            account_id=account_id,
            patient_id=patient_id,
            home_state=command.home_state,
            kind=AccessKind.PROXY.value,
            scopes=[scope.value for scope in AccessScope],
            until=until,
            evidence=None,
            evidence_sealed=keyring.seal_text(place, clean(command.evidence)),
            relationship="parent",
            how_given=AccessGiven.PARENT.value,
            given_by=account_id,
            created_at=now,
            ended_at=None,
            ended_by=None,
        ),
    )
    return patient_id
