"""Facilities with verified credentials and offers, made through the services."""

import itertools
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

from domain.actor import SYSTEM, Actor, ActorKind, Role
from domain.catalogue import service as catalogue
from domain.catalogue.types import (
    CreateOffer,
    Inclusion,
    LineKind,
    OfferLine,
    OfferMode,
    OfferView,
)
from domain.credentials import recognitions
from domain.credentials import service as credentials
from domain.credentials.recognition_types import ShippedAccreditor, ShippedRecognition
from domain.credentials.types import (
    CredentialKind,
    CredentialView,
    SubmitCredential,
    VerificationMethod,
    VerifyCredential,
)
from domain.facilities import service as facilities
from domain.facilities.types import CreateFacility, FacilityKind, FacilityView
from domain.identity import service as identity
from domain.identity.types import NewOrganisation, OrganisationKind
from domain.money import Currency

_numbers = itertools.count(1)
CHECKED = VerifyCredential(
    method=VerificationMethod.LETTER, primary_source=True, evidence_sha256="ab" * 32
)


def today() -> date:
    """The day by the clock of UTC."""
    return datetime.now(UTC).date()


def officer(state: str = "KZ") -> Actor:
    """An officer of that state, as a session would prove them."""
    return Actor(
        kind=ActorKind.PERSON, role=Role.MINISTRY_OFFICER, account_id=uuid4(), jurisdiction=state
    )


def staff(organisation_id: UUID | None, role: Role = Role.COORDINATOR) -> Actor:
    """Somebody who works for the organisation."""
    return Actor(
        kind=ActorKind.PERSON, role=role, account_id=uuid4(), organisation_id=organisation_id
    )


async def employer(state: str = "KZ", kind: OrganisationKind = OrganisationKind.FACILITY) -> UUID:
    """An organisation that may run facilities."""
    made = await identity.create_organisation(
        SYSTEM,
        NewOrganisation(kind=kind, name=f"Organisation {next(_numbers)}", jurisdiction=state),
    )
    return made.id


async def facility(
    state: str = "KZ",
    *,
    organisation: UUID | None = None,
    kind: FacilityKind = FacilityKind.HOSPITAL,
    name: str | None = None,
    city: str = "Almaty",
    city_names: dict[str, str] | None = None,
    at: tuple[float, float] | None = None,
) -> FacilityView:
    """A registered facility without credentials."""
    made = await facilities.create_facility(
        SYSTEM,
        CreateFacility(
            jurisdiction=state,
            kind=kind,
            name=name or f"Facility number {next(_numbers)}",
            city=city,
            city_names=city_names or {},
            latitude=at[0] if at else None,
            longitude=at[1] if at else None,
        ),
    )
    if organisation is None:
        return made
    return await facilities.assign_facility(SYSTEM, made.id, organisation)


def certificate(kind: CredentialKind = CredentialKind.LICENCE, **more: Any) -> SubmitCredential:
    """A complete credential to hand in, valid for a year to both sides of today."""
    values: dict[str, Any] = {
        "kind": kind,
        "body": "A body",
        "certificate_number": f"C-{next(_numbers)}",
        "issued": today() - timedelta(days=365),
        "valid_from": today() - timedelta(days=365),
        "valid_to": today() + timedelta(days=365),
    }
    return SubmitCredential(**{**values, **more})


async def accreditor(*jurisdictions: str | None, **more: Any) -> UUID:
    """An accreditor that is recognised in these jurisdictions, or internationally."""
    name = f"Accreditor number {next(_numbers)}"
    recognised = [ShippedRecognition(each, "Decision 7", **more) for each in jurisdictions]
    await recognitions.record_accreditor(SYSTEM, ShippedAccreditor(name, None, recognised))
    found = await recognitions.find_accreditor(SYSTEM, name)
    assert found is not None
    return found.id


async def credential(
    facility_id: UUID, state: str = "KZ", kind: CredentialKind = CredentialKind.LICENCE, **more: Any
) -> CredentialView:
    """A credential in force: handed in, verified by one officer, confirmed by another.

    An accreditation is one of a body that is recognised everywhere, unless another is named.
    """
    if kind is CredentialKind.QUALITY_ACCREDITATION and not more.keys() & {"body", "accreditor_id"}:
        more |= {"accreditor_id": await accreditor(None), "body": None}
    made = await credentials.submit_credential(SYSTEM, facility_id, certificate(kind, **more))
    verified = await credentials.verify_credential(
        officer(state), made.id, CHECKED, version=made.version
    )
    return await credentials.confirm_credential(officer(state), made.id, version=verified.version)


def offering(treatment: str = "dental-implant", price: int = 100_000, **more: Any) -> CreateOffer:
    """The terms of an offer with one mandatory line."""
    values: dict[str, Any] = {
        "treatment": treatment,
        "currency": Currency.EUR,
        "lines": [OfferLine(kind=LineKind.MANDATORY, label="The treatment", amount=price)],
        "deposit": price // 10,
        "mode": OfferMode.INSTANT,
        "lead_time_hours": 24,
        "languages": ["kk", "ru"],
        "inclusions": [Inclusion.INTERPRETER],
    }
    return CreateOffer(**{**values, **more})


async def offer(
    facility_id: UUID, treatment: str = "dental-implant", price: int = 100_000, **more: Any
) -> OfferView:
    """An offer of the facility."""
    return await catalogue.create_offer(SYSTEM, facility_id, offering(treatment, price, **more))


async def licensed(state: str = "KZ", **more: Any) -> FacilityView:
    """A facility with a licence in force: listed, where the state's rule asks for no more."""
    made = await facility(state, **more)
    await credential(made.id, state)
    return await facilities.show_facility(SYSTEM, made.id)
