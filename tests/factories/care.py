"""A patient in a practice's care, a facility abroad, and strangers, for tests of shared records."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import msgspec

from domain.actor import Actor, Role
from domain.consents import service as consents
from domain.consents.types import Category, ConsentView, Grant, Label, RequestConsent
from domain.identity import sessions
from domain.patients import service as patients
from domain.patients.types import RedeemCareCode


class Care(msgspec.Struct):
    """Who is who: actors as their sessions prove them."""

    patient_id: UUID
    patient: Actor
    doctor: Actor
    clinician: Actor
    stranger: Actor
    other_doctor: Actor
    other_clinician: Actor


async def actor_of(person: Any) -> Actor:
    """Return the actor behind a signed-in person."""
    found = await sessions.resolve_session(person.token, None)
    assert found is not None
    return found


async def take_into_care(patient: Actor, patient_id: UUID, doctor: Actor) -> None:
    """Let the patient's code bring them into the practice's care."""
    code = await patients.create_care_code(patient, patient_id)
    await patients.redeem_care_code(doctor, RedeemCareCode(code.code))


async def care_of(person: Any, *, home: str = "KZ", abroad: str = "TR") -> Care:
    """Make the people of one story with the `person` fixture."""
    patient = await person(state=home)
    people = [
        await actor_of(each)
        for each in (
            patient,
            await person(Role.REFERRING_DOCTOR, state=home),
            await person(Role.CLINICIAN, state=abroad),
            await person(state=home),
            await person(Role.REFERRING_DOCTOR, state=home),
            await person(Role.CLINICIAN, state=abroad),
        )
    ]
    await take_into_care(people[0], patient.patient_id, people[1])
    return Care(patient.patient_id, *people)


def request_of(care: Care, categories: list[Category], **more: Any) -> RequestConsent:
    """Return a request of the doctor for the facility, valid for thirty days."""
    values: dict[str, Any] = {
        "patient_id": care.patient_id,
        "grantee_organisation_id": care.clinician.organisation_id,
        "categories": categories,
        "valid_until": datetime.now(UTC) + timedelta(days=30),
    }
    return RequestConsent(**{**values, **more})


async def consented(
    care: Care,
    categories: list[Category],
    *,
    exclude: list[Label] | None = None,
    **more: Any,
) -> ConsentView:
    """Return a granted consent for the facility."""
    asked = await consents.request_consent(care.doctor, request_of(care, categories, **more))
    return await consents.grant_consent(
        care.patient, asked.id, Grant(excluded_labels=exclude or []), asked.version
    )
