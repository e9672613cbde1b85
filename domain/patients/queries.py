"""The queries of persons, patients and access."""

from datetime import datetime
from typing import Any
from uuid import UUID

from domain.actor import Actor
from domain.db import connection
from domain.patients.tables import (
    Access,
    CareCode,
    CareRelation,
    MandateOffer,
    Patient,
    Person,
)
from domain.patients.types import (
    AccessGiven,
    AccessKind,
    AccessScope,
    AccessView,
    Relationship,
)


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
            " WHERE CASE WHEN $1::uuid[] IS NOT NULL THEN p.id = ANY($1) ELSE NOT EXISTS"
            "  (SELECT FROM patient_alias l JOIN patient s ON s.id = l.patient_id"
            "   WHERE l.alias_id = p.id) END ORDER BY p.id DESC LIMIT 200",
            ids,
        )
    )


async def current(patient_id: UUID) -> UUID:
    """Return the number under which a patient is kept since the last merge."""
    return UUID(str(await connection().fetchval("SELECT current_patient($1)", patient_id)))


async def family(patient_id: UUID) -> list[UUID]:
    """Return every number under which rows of a patient may lie."""
    rows = await connection().fetch("SELECT patient_family($1) AS id", patient_id)
    return [row["id"] for row in rows]


async def replaced_by(patient_id: UUID, *, visible_to: Actor) -> list[UUID]:
    """Return the old numbers that a file answers to, as far as the actor may know them."""
    rows = await connection().fetch(
        "SELECT alias_id FROM patient_alias WHERE patient_id = $1 ORDER BY alias_id", patient_id
    )
    return [row["alias_id"] for row in rows]


async def scopes_of(patient_id: UUID, *, visible_to: Actor) -> set[AccessScope] | None:
    """Return what the actor may do for a patient, or None without access."""
    scopes = await connection().fetchval(
        "SELECT array_agg(DISTINCT scope) FROM access, unnest(scopes) AS scope"
        " WHERE patient_id = ANY(ARRAY(SELECT patient_family($1))) AND account_id = $2"
        " AND ended_at IS NULL AND (until IS NULL OR until > clock_timestamp())",
        patient_id, visible_to.account_id,
    )  # fmt: skip
    return None if scopes is None else {AccessScope(scope) for scope in scopes}


async def accounts_with(patient_id: UUID, scopes: list[str]) -> list[UUID]:
    """Return the accounts with a live access to a patient that includes one of the scopes."""
    rows = await connection().fetch(
        "SELECT DISTINCT account_id FROM access"
        " WHERE patient_id = ANY(ARRAY(SELECT patient_family($1))) AND scopes && $2" + _LIVE
        + " ORDER BY account_id",
        patient_id, scopes,
    )  # fmt: skip
    return [row["account_id"] for row in rows]


async def patients_with(account_id: UUID, scopes: list[str]) -> list[UUID]:
    """Return the patients, under all their numbers, to whom an account has such an access now."""
    rows = await connection().fetch(
        "SELECT DISTINCT f.id FROM access a, LATERAL patient_family(a.patient_id) AS f(id)"
        " WHERE a.account_id = $1 AND a.scopes && $2" + _LIVE,
        account_id, scopes,
    )  # fmt: skip
    return [row["id"] for row in rows]


async def accesses(patient_id: UUID, *, visible_to: Actor) -> list[AccessView]:
    """Return the actor's live access to a patient."""
    rows = await connection().fetch(
        "SELECT * FROM access WHERE patient_id = ANY(ARRAY(SELECT patient_family($1)))"
        " AND account_id = $2" + _LIVE + " ORDER BY id",
        patient_id, visible_to.account_id,
    )  # fmt: skip
    return [access_view(row) for row in rows]


def access_view(row: Any) -> AccessView:
    """Return an access as its holder sees it."""
    return AccessView(
        id=row["id"],
        account_id=row["account_id"],
        kind=AccessKind(row["kind"]),
        scopes=[AccessScope(scope) for scope in row["scopes"]],
        until=row["until"],
        how_given=AccessGiven(row["how_given"]) if row["how_given"] else None,
        relationship=Relationship(row["relationship"]) if row["relationship"] else None,
    )


_LIVE = " AND ended_at IS NULL AND (until IS NULL OR until > clock_timestamp())"


async def accesses_of(patient_id: UUID) -> list[Any]:
    """Return everybody's live access to a patient, with the holder's person."""
    return list(
        await connection().fetch(
            "SELECT x.*, a.person_id FROM access x JOIN account a ON a.id = x.account_id"
            " WHERE x.patient_id = ANY(ARRAY(SELECT patient_family($1))) AND x.ended_at IS NULL"
            " AND (x.until IS NULL OR x.until > clock_timestamp()) ORDER BY x.id",
            patient_id,
        )
    )


async def live_access(access_id: UUID) -> Any | None:
    """Return a live access."""
    return await connection().fetchrow("SELECT * FROM access WHERE id = $1" + _LIVE, access_id)


async def insert_access(access: Access) -> None:
    """Store a new access."""
    await Access.insert(access)


async def end_access(access_id: UUID, ended_by: UUID | None, now: datetime) -> None:
    """End an access; its `until` ends with it, which is what every wall reads."""
    await connection().execute(
        "UPDATE access SET until = least(until, $2), ended_at = $2, ended_by = $3 WHERE id = $1",
        access_id, now, ended_by,
    )  # fmt: skip


async def end_expired_access(account_id: UUID, patient_id: UUID, now: datetime) -> None:
    """Close what has run out by the clock, so that a new access may follow."""
    await connection().execute(
        "UPDATE access SET ended_at = until WHERE account_id = $1 AND patient_id = $2"
        " AND ended_at IS NULL AND until <= $3",
        account_id, patient_id, now,
    )  # fmt: skip


async def is_own(account_id: UUID, patient_id: UUID) -> bool:
    """Tell whether the file is the account holder's own."""
    return bool(
        await connection().fetchval(
            "SELECT EXISTS (SELECT FROM patient p JOIN account a ON a.person_id = p.person_id"
            " WHERE p.id = ANY(ARRAY(SELECT patient_family($2))) AND a.id = $1)",
            account_id, patient_id,
        )
    )  # fmt: skip


async def insert_offer(offer: MandateOffer) -> None:
    """Store the offer of a mandate."""
    await MandateOffer.insert(offer)


async def offer(offer_id: UUID) -> Any | None:
    """Return an offer that the actor may see and nobody has taken up."""
    return await connection().fetchrow(
        "SELECT * FROM mandate_offer WHERE id = $1 AND redeemed_at IS NULL FOR UPDATE", offer_id
    )


async def confirm_offer(offer_id: UUID, account_id: UUID | None) -> None:
    """Note who confirmed a mandate on paper."""
    await connection().execute(
        "UPDATE mandate_offer SET confirmed_by = $2 WHERE id = $1", offer_id, account_id
    )


async def use_offer(code_hash: bytes, now: datetime) -> Any | None:
    """Use up an offer that holds; one on paper only after its confirmation."""
    return await connection().fetchrow(
        "UPDATE mandate_offer SET redeemed_at = $2 WHERE code_hash = $1 AND redeemed_at IS NULL"
        " AND expires_at > $2 AND until > $2"
        " AND (how_given <> 'witnessed_paper' OR confirmed_by IS NOT NULL) RETURNING *",
        code_hash, now,
    )  # fmt: skip


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
            "SELECT EXISTS (SELECT FROM care_relation"
            " WHERE patient_id = ANY(ARRAY(SELECT patient_family($1))) AND organisation_id = $2"
            " AND (until IS NULL OR until > clock_timestamp()))",
            patient_id,
            visible_to.organisation_id,
        )
    )


async def practices_of(patient_id: UUID, *, visible_to: Actor) -> list[UUID]:
    """Return the practices that care for a patient now, the longest first."""
    rows = await connection().fetch(
        "SELECT organisation_id FROM care_relation"
        " WHERE patient_id = ANY(ARRAY(SELECT patient_family($1)))"
        " AND (until IS NULL OR until > clock_timestamp())"
        " GROUP BY organisation_id ORDER BY min(since), organisation_id",
        patient_id,
    )
    return [row["organisation_id"] for row in rows]


async def own_account(patient_id: UUID) -> UUID | None:
    """Return the account whose own file this is."""
    found = await connection().fetchval(
        "SELECT account_id FROM access WHERE patient_id = $1 AND kind = 'self'"
        " AND ended_at IS NULL LIMIT 1",
        patient_id,
    )
    return UUID(str(found)) if found else None


async def end_acts_for_others(account_id: UUID, now: datetime) -> None:
    """End an account's access to files that are not its own."""
    await connection().execute(
        "UPDATE access SET until = least(until, $2), ended_at = $2, ended_by = account_id"
        " WHERE account_id = $1 AND kind <> 'self' AND ended_at IS NULL",
        account_id, now,
    )  # fmt: skip
