"""Row-level security as the last wall: whoever may look may not therefore write."""

from typing import Any

import asyncpg
import pytest

from domain.actor import SYSTEM, Actor
from domain.errors import DomainError
from domain.ids import new_id
from tests.factories.care import actor_of
from tests.factories.desk import run
from tests.factories.story import Story, story_of


@pytest.fixture
async def story(catalogue: None, person: Any) -> Story:
    return await story_of(person)


async def refused(actor: Actor, sql: str, *values: Any) -> bool:
    """Tell whether the database refused a statement, or changed nothing by it."""
    try:
        return not await run(actor, sql + " RETURNING 1", *values)
    except asyncpg.InsufficientPrivilegeError:
        return True
    except DomainError as error:
        pytest.fail(f"refused for another reason: {error}")


async def test_nobody_lets_themselves_in(story: Story, person: Any) -> None:
    stranger = await person()
    doctor, facility = await actor_of(story.doctor), await actor_of(story.coordinator)
    victim = stranger.patient_id
    assert await refused(
        await actor_of(story.patient),
        "INSERT INTO access (id, account_id, patient_id, home_state, kind, scopes, created_at)"
        " VALUES ($1, $2, $3, 'KZ', 'self', '{view}', now())",
        new_id(), story.patient.account_id, victim,
    )  # fmt: skip
    assert await refused(
        doctor,
        "INSERT INTO care_relation (id, patient_id, home_state, organisation_id, since)"
        " VALUES ($1, $2, 'KZ', $3, now())",
        new_id(), victim, doctor.organisation_id,
    )  # fmt: skip
    case = (
        "INSERT INTO care_case (id, patient_id, home_state, practice_id, treatment_code, urgency,"
        " funding, opened_by, created_at)"
        " VALUES ($1, $2, 'KZ', $3, 'dental-implant', 'routine', 'self', $4, now())"
    )
    assert await refused(doctor, case, new_id(), victim, doctor.organisation_id, doctor.account_id)
    episode = (
        "INSERT INTO episode (id, case_id, patient_id, home_state, practice_id, facility_id,"
        " facility_organisation_id, status, shared_at, created_at)"
        " SELECT $1, case_id, $2, 'KZ', NULL, facility_id, $3, 'open', now(), now()"
        " FROM (SELECT $4::uuid AS case_id, $5::uuid AS facility_id) AS given"
    )
    assert await refused(
        facility, episode, new_id(), victim, facility.organisation_id,
        story.referral["case_id"], story.offer.facility_id,
    )  # fmt: skip


async def test_a_facility_and_a_practice_change_only_what_is_theirs_to_change(
    story: Story,
) -> None:
    await story.choose(await story.quoted())
    doctor, facility = await actor_of(story.doctor), await actor_of(story.coordinator)
    patient = await actor_of(story.patient)
    everyone = (doctor, facility, patient)
    for actor in everyone:
        assert await refused(actor, "UPDATE patient SET home_state = 'TR'")
        assert await refused(actor, "UPDATE person SET home_state = 'TR'")
        assert await refused(actor, "UPDATE access SET scopes = '{view}'")
        assert await refused(actor, "DELETE FROM booking")
        assert await refused(actor, "DELETE FROM episode")
        assert await refused(actor, "DELETE FROM referral")
    for actor in (doctor, facility):
        assert await refused(actor, "UPDATE booking SET status = 'confirmed', hold_until = NULL")
    assert await refused(facility, "UPDATE episode SET status = 'chosen'")
    assert await refused(doctor, "UPDATE quote SET total_minor = max_total_minor")


async def test_a_patient_does_not_declare_money_paid_or_refunded(story: Story) -> None:
    booking = await story.choose(await story.quoted())
    answer = await story.patient.client.post(f"/v1/bookings/{booking['id']}/payments")
    assert answer.status_code == 201
    patient = await actor_of(story.patient)
    assert await refused(patient, "UPDATE payment SET status = 'captured'")
    assert await refused(
        patient,
        "INSERT INTO refund (id, payment_id, episode_id, patient_id, home_state, status, currency,"
        " amount_minor, reason, created_at, updated_at)"
        " SELECT gen_random_uuid(), id, episode_id, patient_id, home_state, 'requested', currency,"
        " 1, 'mine', now(), now() FROM payment",
    )
    assert await run(SYSTEM, "SELECT 1 FROM refund WHERE reason = 'mine'") == []


async def test_nobody_writes_an_audit_row_in_anothers_name(story: Story) -> None:
    doctor = await actor_of(story.doctor)
    assert await refused(
        doctor,
        "INSERT INTO audit_event (id, at, chain, actor_kind, account_id, action, outcome)"
        " VALUES ($1, now(), 'ZZ', 'person', $2, 'forged', 'success')",
        new_id(), story.patient.account_id,
    )  # fmt: skip


async def test_only_the_marketplace_itself_writes_the_books(story: Story) -> None:
    patient = await actor_of(story.patient)
    assert await refused(
        patient,
        "INSERT INTO ledger_account (id, code, currency, kind, balance_minor)"
        " VALUES ($1, 'bank:mine', 'EUR', 'asset', 0)",
        new_id(),
    )
    assert await refused(patient, "UPDATE ledger_account SET balance_minor = 0")
    assert await run(patient, "SELECT 1 FROM ledger_account") == []
    assert await run(patient, "SELECT 1 FROM ledger_entry") == []
