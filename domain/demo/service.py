"""Filling a development database with invented facilities, offers and people.

Everything goes through the services, so that the demo set obeys every rule of the real one: its
credentials are verified by one demo officer and confirmed by another.
"""

import secrets
from datetime import timedelta
from pathlib import Path
from uuid import UUID

import msgspec

from domain.actor import LICENSED_ROLES, SYSTEM, Actor, ActorKind, Role
from domain.catalogue import reference
from domain.catalogue import service as catalogue
from domain.catalogue.types import CreateOffer
from domain.clock import utc_now
from domain.credentials import recognitions
from domain.credentials import service as credentials
from domain.credentials.recognition_types import ShippedAccreditor, ShippedRecognition
from domain.credentials.types import (
    CredentialKind,
    SubmitCredential,
    VerificationMethod,
    VerifyCredential,
)
from domain.db import transactional
from domain.demo import queries
from domain.demo.availability import open_facility
from domain.demo.bookings import fill_desk
from domain.demo.referrals import refer
from domain.demo.types import DemoFacility, DemoOffer, SeededFacility, SeedReport
from domain.facilities import service as facilities
from domain.facilities.types import CreateFacility, FacilityKind, Source
from domain.identity import service as identity
from domain.identity.types import (
    NewMembership,
    NewOrganisation,
    OrganisationKind,
    PersonName,
    RegisterAccount,
)
from domain.jurisdictions import JURISDICTIONS

_FACILITIES = Path(__file__).parent / "facilities.json"
_BODIES = {
    "national": "Demo National Accreditation Board",
    "jci-like": "Demo International Accreditation",
}


class _Person(msgspec.Struct, frozen=True):
    key: str
    given: str
    family: str
    state: str
    role: Role = Role.PATIENT
    organisation_id: UUID | None = None


async def seed(*, password: str | None = None) -> SeedReport:
    """Make the demo set, or what is missing of it; run again it changes nothing.

    Without a password nobody can sign in to demo accounts by password; development mode signs
    them in with one click.
    """
    await reference.load_reference(SYSTEM)
    ministries = {
        code: await _organisation(
            SYSTEM, f"demo-ministry-{code.lower()}", OrganisationKind.MINISTRY,
            f"Demo health authority ({code})", code,
        )
        for code in JURISDICTIONS
    }  # fmt: skip
    officers = await _people(_officers(ministries), password)
    await _accreditors(SYSTEM)
    seeded = [
        await _facility(SYSTEM, facility, *_deciders(facility.jurisdiction, officers, ministries))
        for facility in msgspec.json.decode(_FACILITIES.read_bytes(), type=list[DemoFacility])
    ]
    for found in {each.facility.jurisdiction: each for each in reversed(seeded)}.values():
        if found.new:
            await _hand_in(SYSTEM, found)
    practice = await _organisation(
        SYSTEM, "demo-practice", OrganisationKind.PRACTICE, "Demo Dala Practice", "KZ"
    )
    platform = await _organisation(
        SYSTEM, "demo-platform", OrganisationKind.PLATFORM, "Shifayol (demo)", "TR"
    )
    first = next(found for found in seeded if found.facility.jurisdiction == "TR")
    cast = [
        _Person("demo-patient", "Aigerim", "Demo", "KZ"),
        _Person("demo-patient-kg", "Bakyt", "Demo", "KG"),
        _Person("demo-patient-hu", "Réka", "Demo", "HU"),
        _Person("demo-doctor", "Serik", "Demo", "KZ", Role.REFERRING_DOCTOR, practice),
        _Person("demo-coordinator", "Elif", "Demo", "TR", Role.COORDINATOR, first.organisation_id),
        _Person("demo-clinician", "Onur", "Demo", "TR", Role.CLINICIAN, first.organisation_id),
        _Person("demo-operator", "Ada", "Demo", "TR", Role.OPERATOR, platform),
    ]
    people = {**officers, **await _people(cast, password)}
    await fill_desk(first, people)
    await refer(first, practice, people)
    return SeedReport(seeded, list(people))


def _officers(ministries: dict[str, UUID]) -> list[_Person]:
    return [
        _Person(
            f"demo-officer-{code.lower()}-{number}", "Officer", f"{code} {number}", code,
            Role.MINISTRY_OFFICER, ministry,
        )
        for code, ministry in ministries.items()
        for number in (1, 2)
    ]  # fmt: skip


def _deciders(
    code: str, officers: dict[str, UUID], ministries: dict[str, UUID]
) -> tuple[Actor, Actor]:
    first, second = (
        Actor(
            kind=ActorKind.PERSON,
            role=Role.MINISTRY_OFFICER,
            account_id=officers[f"demo-officer-{code.lower()}-{number}"],
            organisation_id=ministries[code],
            jurisdiction=code,
        )
        for number in (1, 2)
    )
    return first, second


@transactional
async def _organisation(
    actor: Actor, key: str, kind: OrganisationKind, name: str, state: str
) -> UUID:
    known = await queries.organisation(key)
    if known is not None:
        return known
    made = await identity.create_organisation(
        actor, NewOrganisation(kind=kind, name=name, jurisdiction=state), demo_key=key
    )
    return made.id


async def _people(people: list[_Person], password: str | None) -> dict[str, UUID]:
    known = await _accounts(SYSTEM)
    found: dict[str, UUID] = {}
    for person in people:
        email = f"{person.key}@demo.shifayol.example"
        account_id, employed = known.get(person.key, (None, False))
        if account_id is None:
            account_id = await identity.register_account(
                RegisterAccount(
                    email=email,
                    password=password or secrets.token_urlsafe(24),
                    name=PersonName(person.given, person.family),
                    home_state=person.state,
                    as_patient=person.role is Role.PATIENT,
                ),
                demo_key=person.key,
            )
        if person.organisation_id is not None and not employed:
            display = f"{person.given} {person.family}"
            await identity.add_member(
                SYSTEM,
                person.organisation_id,
                NewMembership(
                    email=email,
                    role=person.role,
                    display_name=display,
                    licence_number=person.key.upper() if person.role in LICENSED_ROLES else None,
                ),
            )
        found[person.key] = account_id
    return found


@transactional
async def _accounts(actor: Actor) -> dict[str, tuple[UUID, bool]]:
    return await queries.accounts()


@transactional
async def _accreditors(actor: Actor) -> None:
    everywhere = [ShippedRecognition(None, "nobody: invented")]
    for name in _BODIES.values():
        await recognitions.record_accreditor(
            actor, ShippedAccreditor(name, None, everywhere, demo=True)
        )


@transactional
async def _facility(
    actor: Actor, facility: DemoFacility, first: Actor, second: Actor
) -> SeededFacility:
    organisation_id = await _organisation(
        actor, facility.key, OrganisationKind.FACILITY, facility.name, facility.jurisdiction
    )
    known = await facilities.find_by_source_key(actor, Source.DEMO, facility.key)
    if known is not None:
        return SeededFacility(
            known, organisation_id, facility, await queries.offers(known), new=False
        )
    made = await facilities.create_facility(
        actor,
        CreateFacility(
            jurisdiction=facility.jurisdiction,
            kind=FacilityKind(facility.kind),
            name=facility.name,
            names=facility.names,
            city=facility.city,
            city_names=facility.city_names,
            zone=facility.zone,
            latitude=facility.latitude,
            longitude=facility.longitude,
            address=facility.address,
            languages=facility.languages,
        ),
        source=Source.DEMO,
        source_key=facility.key,
    )
    await facilities.assign_facility(actor, made.id, organisation_id)
    for number, command in enumerate(await _credentials_of(actor, facility), 1):
        handed_in = await credentials.submit_credential(
            actor, made.id, msgspec.structs.replace(
                command, certificate_number=f"{facility.key.upper()}-{number}"
            )
        )  # fmt: skip
        check = VerifyCredential(
            method=VerificationMethod.REGISTRY_PAGE,
            primary_source=False,
            url="https://demo.shifayol.example/register",
        )
        verified = await credentials.verify_credential(
            first, handed_in.id, check, version=handed_in.version
        )
        await credentials.confirm_credential(second, handed_in.id, version=verified.version)
    offers = {
        offer.treatment: (await catalogue.create_offer(actor, made.id, _offer(offer))).id
        for offer in facility.offers
    }
    await open_facility(actor, made.id, facility, offers)
    return SeededFacility(made.id, organisation_id, facility, offers, new=True)


@transactional
async def _hand_in(actor: Actor, found: SeededFacility) -> None:
    """Hand in a credential that waits for the demo officers of the state."""
    usual, *_ = await _credentials_of(actor, found.facility)
    await credentials.submit_credential(
        actor, found.facility_id, msgspec.structs.replace(
            usual, kind=CredentialKind.PROGRAMME_CERTIFICATION,
            body="Demo Patient Safety Programme",
            certificate_number=f"{found.facility.key.upper()}-PROGRAMME",
        )
    )  # fmt: skip


async def _credentials_of(actor: Actor, facility: DemoFacility) -> list[SubmitCredential]:
    today = utc_now().date()
    usual = SubmitCredential(
        kind=CredentialKind.LICENCE,
        body=f"Demo health authority ({facility.jurisdiction})",
        certificate_number="DEMO",
        issued=today - timedelta(days=300),
        valid_from=today - timedelta(days=300),
        valid_to=today + timedelta(days=3 * 365),
    )
    held = [usual]
    if facility.jurisdiction == "TR":
        held.append(
            msgspec.structs.replace(usual, kind=CredentialKind.HEALTH_TOURISM_AUTHORISATION)
        )
    if facility.accreditation in _BODIES:
        accreditor = await recognitions.find_accreditor(actor, _BODIES[facility.accreditation])
        held.append(
            msgspec.structs.replace(
                usual,
                kind=CredentialKind.QUALITY_ACCREDITATION,
                body=None,
                accreditor_id=accreditor.id if accreditor else None,
                standard="Demo standard",
                edition="1",
            )
        )
    return held


def _offer(offer: DemoOffer) -> CreateOffer:
    total = sum(line.amount or 0 for line in offer.lines if line.kind == "mandatory")
    return msgspec.convert(
        {
            "treatment": offer.treatment,
            "currency": offer.currency,
            "lines": [msgspec.to_builtins(line) for line in offer.lines],
            "deposit": total * offer.deposit_percent // 100,
            "mode": offer.mode,
            "lead_time_hours": offer.lead_time_hours,
            "languages": offer.languages,
            "inclusions": offer.inclusions,
        },
        CreateOffer,
    )
