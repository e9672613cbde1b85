"""A patient who came of age, or whose guardianship is over, takes over their own file."""

from datetime import date
from typing import Any
from uuid import UUID

from domain.actor import SYSTEM, Actor
from domain.audit import service as audit
from domain.clock import utc_now
from domain.db import transactional
from domain.ids import new_id
from domain.keys.service import SubjectKind, data_key
from domain.patients import file_codes, guardian_queries, policy, queries, rules
from domain.patients.errors import (
    ClaimRefused,
    NotOfAge,
    RepresentativesAccount,
    StillRepresented,
)
from domain.patients.file_codes import CodePurpose
from domain.patients.service import birth_date_of, require_care_of, require_visible, show_patient
from domain.patients.tables import Access
from domain.patients.types import (
    AccessGiven,
    AccessKind,
    AccessScope,
    DeskCode,
    OfferClaim,
    PatientView,
    RedeemCode,
)


@transactional
async def offer_claim(actor: Actor, patient_id: UUID, command: OfferClaim) -> DeskCode:
    """Make the code for a patient of age who sits at the desk and whom the doctor has identified.

    Raises NoSuchPatient, NotOfAge, and StillRepresented where somebody acts for them by law or
    they sign in already.
    """
    home_state = await require_care_of(actor, patient_id)
    await _require_claimable(SYSTEM, patient_id)
    made = await file_codes.make_code(
        actor, patient_id, home_state, CodePurpose.CLAIM, identity_checked=command.identity_checked
    )
    await audit.record(
        actor, "patients.offer_claim", subject=("file_code", made.id), patient_id=patient_id,
        home_state=home_state,
    )  # fmt: skip
    return DeskCode(made.id, made.code, made.expires_at)


@transactional
async def _require_claimable(system: Actor, patient_id: UUID) -> Any:
    """Return the patient, locked, if they are of age and nobody stands in their place."""
    row = await guardian_queries.lock_patient(patient_id)
    born = birth_date_of(row, await data_key(SubjectKind.PERSON, row["person_id"]))
    if born is None or rules.of_age_at(date.fromisoformat(born), row["home_state"]) > utc_now():
        raise NotOfAge
    live = await guardian_queries.live_accesses(patient_id)
    if any(each["kind"] != AccessKind.MANDATE.value for each in live):
        raise StillRepresented
    return row


@transactional
async def claim_file(actor: Actor, command: RedeemCode) -> PatientView:
    """Take over one's own file with the code of the practice; a repeat changes nothing.

    Raises ClaimRefused, NotOfAge, StillRepresented and RepresentativesAccount.
    """
    patient_id = await _claim(SYSTEM, policy.require_account(actor), command.code)
    await audit.record(
        actor, "patients.claim", subject=("patient", patient_id), patient_id=patient_id,
        home_state=await require_visible(actor, patient_id),
    )  # fmt: skip
    return await show_patient(actor, patient_id)


@transactional
async def _claim(system: Actor, account_id: UUID, code: str) -> UUID:
    used = await file_codes.use_code(system, code, CodePurpose.CLAIM, account_id)
    if used is None:
        raise ClaimRefused(fields={"code": ClaimRefused.title})
    patient_id, now = UUID(str(used["patient_id"])), utc_now()
    live = await guardian_queries.live_accesses(patient_id)
    mine = [each for each in live if each["account_id"] == account_id]
    if used["repeated"]:
        if any(each["kind"] == AccessKind.SELF.value for each in mine):
            return patient_id
        raise ClaimRefused(fields={"code": ClaimRefused.title})
    # A parent would keep the file for themself, and the doctor has made the code.
    if used["made_by"] == account_id or await guardian_queries.ever_represented(
        patient_id, account_id
    ):
        raise RepresentativesAccount
    row = await _require_claimable(system, patient_id)
    await queries.end_expired_access(account_id, patient_id, now)
    for each in mine:
        await queries.end_access(each["id"], account_id, now)
    await queries.insert_access(
        Access(
            id=new_id(),
            account_id=account_id,
            patient_id=patient_id,
            home_state=row["home_state"],
            kind=AccessKind.SELF.value,
            scopes=[scope.value for scope in AccessScope],
            until=None,
            evidence=str(used["id"]),
            evidence_sealed=None,
            relationship=None,
            how_given=AccessGiven.QR_AT_DESK.value,
            given_by=used["made_by"],
            created_at=now,
            ended_at=None,
            ended_by=None,
        )
    )
    return patient_id
