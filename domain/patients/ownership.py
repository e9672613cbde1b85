"""Whose file it is: asked by rooms that act on a whole person, and for the system only."""

from collections.abc import Iterable
from uuid import UUID

from domain.actor import Actor
from domain.clock import utc_now
from domain.db import transactional
from domain.patients import queries
from domain.patients.errors import NoSuchPatient
from domain.patients.types import AccessScope


@transactional
async def person_of(actor: Actor, patient_id: UUID) -> UUID:
    """Return the person of a patient; raises NoSuchPatient."""
    row = await queries.patient(patient_id, visible_to=actor)
    if row is None:
        raise NoSuchPatient(subject=("patient", patient_id))
    return UUID(str(row["person_id"]))


@transactional
async def files_of(actor: Actor, patient_id: UUID) -> list[UUID]:
    """Return every number under which rows of this patient may lie, today's first."""
    current = await queries.current(patient_id)
    return [current, *(each for each in await queries.family(current) if each != current)]


@transactional
async def own_account(actor: Actor, patient_id: UUID) -> UUID | None:
    """Return the account that has this file as its own, if there is one."""
    return await queries.own_account(patient_id)


@transactional
async def end_acts_for_others(actor: Actor, account_id: UUID) -> None:
    """End what an account may do for other patients, now."""
    await queries.end_acts_for_others(account_id, utc_now())


@transactional
async def accounts_with(
    actor: Actor, patient_id: UUID, scopes: Iterable[AccessScope]
) -> list[UUID]:
    """Return the accounts that may do at least one of these for the patient now."""
    return await queries.accounts_with(patient_id, [scope.value for scope in scopes])


@transactional
async def patients_with(
    actor: Actor, account_id: UUID, scopes: Iterable[AccessScope]
) -> list[UUID]:
    """Return every number of the patients for whom an account may do one of these now."""
    return await queries.patients_with(account_id, [scope.value for scope in scopes])
