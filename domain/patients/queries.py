"""The queries of persons, patients and access."""

from datetime import datetime
from typing import Any
from uuid import UUID

from domain.actor import Actor
from domain.db import connection
from domain.patients.tables import Access, CareCode, CareRelation, Patient, Person
from domain.patients.types import AccessKind, AccessScope, AccessView


async def insert_person(person: Person) -> None:
    """Store a new person."""
    await Person.insert(person)


async def insert_patient(patient: Patient, access: Access | None) -> None:
    """Store a new patient file, with the account that may act for it."""
    await Patient.insert(patient)
    if access is not None:
        await Access.insert(access)


async def person(person_id: UUID) -> Any | None:
    """Return a person whom the actor may see."""
    return await connection().fetchrow("SELECT * FROM person WHERE id = $1", person_id)


async def patient(patient_id: UUID, *, visible_to: Actor) -> Any | None:
    """Return a patient with the person's sealed names, if the actor may see both."""
    rows = await patients([patient_id], visible_to=visible_to)
    return rows[0] if rows else None


async def patients(ids: list[UUID] | None, *, visible_to: Actor) -> list[Any]:
    """Return the patients the actor may see, or those of them with these ids, newest first.

    Row-level security decides who is visible; it reads the actor from the transaction.
    """
    return list(
        await connection().fetch(
            "SELECT p.id, p.home_state, p.person_id, h.names_sealed, h.birth_date_sealed"
            " FROM patient p JOIN person h ON h.id = p.person_id"
            " WHERE ($1::uuid[] IS NULL OR p.id = ANY($1)) ORDER BY p.id DESC LIMIT 200",
            ids,
        )
    )


async def scopes_of(patient_id: UUID, *, visible_to: Actor) -> set[AccessScope] | None:
    """Return what the actor may do for a patient, or None without access."""
    scopes = await connection().fetchval(
        "SELECT scopes FROM access WHERE patient_id = $1 AND account_id = $2"
        " AND (until IS NULL OR until > clock_timestamp())",
        patient_id, visible_to.account_id,
    )  # fmt: skip
    return None if scopes is None else {AccessScope(scope) for scope in scopes}


async def accesses(patient_id: UUID, *, visible_to: Actor) -> list[AccessView]:
    """Return the actor's access to a patient."""
    rows = await connection().fetch(
        "SELECT account_id, kind, scopes, until FROM access WHERE patient_id = $1"
        " AND account_id = $2 AND (until IS NULL OR until > clock_timestamp()) ORDER BY id",
        patient_id, visible_to.account_id,
    )  # fmt: skip
    return [
        AccessView(
            row["account_id"],
            AccessKind(row["kind"]),
            [AccessScope(scope) for scope in row["scopes"]],
            row["until"],
        )
        for row in rows
    ]


async def insert_care_code(code: CareCode) -> None:
    """Store a new care code."""
    await CareCode.insert(code)


async def use_care_code(code_hash: bytes, now: datetime) -> Any | None:
    """Use up a care code and return its patient, if it holds."""
    return await connection().fetchrow(
        "UPDATE care_code SET used_at = $2 WHERE code_hash = $1 AND used_at IS NULL"
        " AND expires_at > $2 RETURNING patient_id, home_state",
        code_hash, now,
    )  # fmt: skip


async def insert_care_relation(relation: CareRelation) -> None:
    """Store that a practice cares for a patient; an earlier relation is renewed."""
    await connection().execute(
        "INSERT INTO care_relation (id, patient_id, home_state, organisation_id, since, until)"
        " VALUES ($1, $2, $3, $4, $5, NULL)"
        " ON CONFLICT (patient_id, organisation_id) DO UPDATE SET until = NULL",
        relation.id, relation.patient_id, relation.home_state, relation.organisation_id,
        relation.since,
    )  # fmt: skip


async def cares_for(patient_id: UUID, *, visible_to: Actor) -> bool:
    """Tell whether the actor's practice cares for the patient now."""
    return bool(
        await connection().fetchval(
            "SELECT true FROM care_relation WHERE patient_id = $1 AND organisation_id = $2"
            " AND (until IS NULL OR until > clock_timestamp())",
            patient_id,
            visible_to.organisation_id,
        )
    )
