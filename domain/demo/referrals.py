"""Two referrals of the demo practice: one has reached the facility, one waits for its patient."""

from collections.abc import Mapping
from uuid import UUID

from domain.actor import SYSTEM, Actor, ActorKind, Role
from domain.cases import service as cases
from domain.cases.types import OpenCase
from domain.consents import service as consents
from domain.consents.types import Grant
from domain.db import transactional
from domain.demo import queries
from domain.demo.types import SeededFacility
from domain.patients import service as patients
from domain.patients.types import RedeemCareCode
from domain.records import service as records
from domain.records.types import QuickEntry, QuickForm, QuickResult
from domain.referrals import service as referrals
from domain.referrals.types import CreateReferral, ReferralView

_RECORD = QuickForm(
    problems=[QuickEntry(text="Angina pectoris (demo)"), QuickEntry(text="Hypertension (demo)")],
    allergies=[QuickEntry(text="Penicillin (demo)")],
    medicines=[QuickEntry(text="Bisoprolol 5 mg (demo)")],
    results=[QuickResult(text="Troponin T (demo)", value="9 ng/l")],
)


async def refer(seeded: SeededFacility, practice_id: UUID, people: Mapping[str, UUID]) -> None:
    """Refer from a practice that has never referred anybody."""
    if await _has_referrals(SYSTEM, practice_id):
        return
    doctor = Actor(
        kind=ActorKind.PERSON, role=Role.REFERRING_DOCTOR, account_id=people["demo-doctor"],
        organisation_id=practice_id, jurisdiction="KZ",
    )  # fmt: skip
    bakyt, reka = (
        Actor(kind=ActorKind.PERSON, role=Role.PATIENT, account_id=people[key], jurisdiction=state)
        for key, state in (("demo-patient-kg", "KG"), ("demo-patient-hu", "HU"))
    )
    sent = await _drafted(doctor, bakyt, seeded, "heart-valve-replacement")
    if sent.consent_id is not None:
        asked = await consents.show_consent(bakyt, sent.consent_id)
        await consents.grant_consent(bakyt, asked.id, Grant(language="ru"), asked.version)
        await referrals.submit_referral(doctor, sent.id, sent.version)
    await _drafted(doctor, reka, seeded, "aortic-aneurysm-repair")


@transactional
async def _has_referrals(actor: Actor, practice_id: UUID) -> bool:
    return await queries.has_referrals(practice_id)


async def _drafted(
    doctor: Actor, patient: Actor, seeded: SeededFacility, treatment: str
) -> ReferralView:
    """Take the patient into care, write a record down, and draft a referral."""
    own = (await patients.list_patients(patient))[0].id
    code = await patients.create_care_code(patient, own)
    await patients.redeem_care_code(doctor, RedeemCareCode(code.code))
    await records.add_entries(doctor, own, _RECORD)
    case = await cases.open_case(doctor, OpenCase(patient_id=own, treatment=treatment))
    return await referrals.create_referral(
        doctor,
        CreateReferral(
            case_id=case.id,
            facility_id=seeded.facility_id,
            letter="Demo: breathless on the stairs since spring; please see the attached record.",
            declares_no_interest=True,
        ),
    )
