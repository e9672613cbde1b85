"""Everything about a patient, for the patient (GDPR, articles 15 and 20).

What others wrote about them is in it as it was written; what was erased or is another person's is
not. The structures are those of the API, so that a program can read them again.
"""

from typing import Any
from uuid import UUID

import msgspec

from domain.actor import Actor
from domain.aftercare import service as aftercare
from domain.audit import service as audit
from domain.bookings import claims, items, safety
from domain.bookings import service as bookings
from domain.cases import service as cases
from domain.clock import utc_now
from domain.consents import service as consents
from domain.consents.types import Category
from domain.db import transactional
from domain.files import service as files
from domain.files.types import FileStatus, FileView
from domain.identity.eid.links import list_proofs
from domain.identity.eid.types import IdentityProof
from domain.letters import service as letters
from domain.patients import mandates, ownership
from domain.patients import service as patients
from domain.patients.types import AccessScope
from domain.payments import service as payments
from domain.records import service as records
from domain.referrals import service as referrals
from domain.rights import service
from domain.waitlist import service as waitlist

PAGE = 100


class Export(msgspec.Struct, frozen=True):
    """The parts of an export by their names, and the files whose content belongs to it."""

    parts: dict[str, Any]
    files: list[FileView]


@transactional
async def export_patient(actor: Actor, patient_id: UUID) -> Export:
    """Return everything that the marketplace holds about a patient, as one consistent copy.

    Raises NoSuchPatient, and Forbidden for an access that does not include reading.
    """
    await patients.require_scope(actor, patient_id, AccessScope.VIEW)
    numbers = await ownership.files_of(actor, patient_id)
    own_cases = [case for case in await cases.list_cases(actor) if case.patient_id in numbers]
    held = await _files(actor, patient_id)
    booked = [b for b in await bookings.list_bookings(actor) if b.patient_id in numbers]
    parts = {
        "patient": await patients.show_patient(actor, patient_id),
        "identity_proofs": await _proofs(actor, numbers),
        "accesses": await mandates.list_accesses(actor, patient_id),
        "who_saw_my_data": await patients.list_disclosures(actor, patient_id),
        "consents": await _consents(actor, patient_id),
        "cases": own_cases,
        "referrals": await referrals.list_referrals(actor, patient_id),
        "bookings": booked,
        "stays": [await safety.show_stay(actor, each.id) for each in booked],
        "booking_items": [
            item for each in booked for item in await items.list_items(actor, each.id)
        ],
        "cancellation_claims": [
            claim for each in booked for claim in await claims.list_claims(actor, each.id)
        ],
        "aftercare": [await aftercare.show_aftercare(actor, each.id) for each in booked],
        "waitlist": [w for w in await waitlist.list_waits(actor) if w.patient_id in numbers],
        "letters": await letters.list_letters(actor, numbers),
        "payments": [
            _without_secret(payment)
            for case in own_cases
            for episode in case.episodes
            for payment in await payments.payments_of_episode(actor, episode.id)
        ],
        "record": {
            category.value: found
            for category in Category
            if (found := await _section(actor, patient_id, category))
        },
        "files": held,
        "erasures": await service.list_erasures(actor, patient_id),
    }
    await audit.record(
        actor, "patients.export", subject=("patient", patient_id), patient_id=patient_id,
        home_state=await patients.require_visible(actor, patient_id),
    )  # fmt: skip
    about = {
        "patient_id": patient_id,
        "exported_at": utc_now(),
        "numbers": numbers,
        "parts": sorted(parts),
    }
    return Export(
        {"index": about, **parts}, [each for each in held if each.status is FileStatus.AVAILABLE]
    )


async def _proofs(actor: Actor, numbers: list[UUID]) -> list[IdentityProof]:
    """Return the electronic identities linked with the account whose own file this is."""
    people = [await ownership.person_of(actor, number) for number in numbers]
    return await list_proofs(actor) if actor.person_id in people else []


def _without_secret(payment: Any) -> dict[str, Any]:
    # The provider's client secret opens a payment form; it says nothing about the person.
    plain: dict[str, Any] = msgspec.to_builtins(payment)
    plain.pop("client_secret", None)
    return plain


async def _consents(actor: Actor, patient_id: UUID) -> list[Any]:
    found, cursor = [], None
    while True:
        page = await consents.list_consents(actor, patient_id, cursor, PAGE)
        found += page.items
        if page.next is None:
            return found
        cursor = page.next


async def _section(actor: Actor, patient_id: UUID, category: Category) -> list[Any]:
    found, cursor = [], None
    while True:
        page = await records.read_section(actor, patient_id, category, cursor=cursor, limit=PAGE)
        found += page.items
        if page.next is None:
            return found
        cursor = page.next


async def _files(actor: Actor, patient_id: UUID) -> list[FileView]:
    found: list[FileView] = []
    after = None
    while True:
        page = await files.list_files(actor, patient_id, after=after, limit=PAGE)
        found += page.items
        if page.next_cursor is None:
            return found
        after = UUID(page.next_cursor)
