"""The SQL function that guards every row decides as the pure rule does."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from domain.actor import SYSTEM, Actor, Role
from domain.consents import rules
from domain.consents.types import Category, ConsentStatus, Label, Purpose, Terms
from domain.db import connection, transactional
from domain.ids import new_id
from tests.factories.care import care_of

NOW = datetime.now(UTC)
DAYS = st.integers(-40, 40)
CATEGORIES = list(Category)[:4]
STORED = [each for each in ConsentStatus if each is not ConsentStatus.EXPIRED]


class _Undo(Exception):
    pass


def days(offset: int) -> datetime:
    # Half a day off: no instant of a test lies on the edge that the clock crosses meanwhile.
    return NOW + timedelta(days=offset, hours=12)


def some(values: Any, most: int = 4) -> Any:
    return st.frozensets(st.sampled_from(list(values)), max_size=most)


organisations = [UUID(int=1), UUID(int=2)]
episodes = [UUID(int=11), UUID(int=12)]


@st.composite
def consents(draw: Any) -> Terms:
    begins = draw(DAYS)
    return Terms(
        id=new_id(),
        status=draw(st.sampled_from([ConsentStatus.GRANTED, *STORED])),
        purpose=draw(st.sampled_from([Purpose.TREATMENT, *Purpose])),
        organisation_id=draw(st.sampled_from(organisations)),
        role=draw(st.sampled_from([None, None, Role.CLINICIAN, Role.COORDINATOR])),
        episode_id=draw(st.sampled_from([None, *episodes])),
        categories=draw(st.frozensets(st.sampled_from(CATEGORIES), min_size=1)),
        excluded_labels=draw(some(Label, 2)),
        data_from=draw(st.none() | st.builds(days, st.integers(-40, 0))),
        data_to=draw(st.none() | st.builds(days, st.integers(1, 40))),
        valid_from=days(begins),
        valid_until=days(begins + draw(st.integers(1, 60))),
    )


@transactional
async def decisions(
    actor: Actor, patient_id: UUID, stored: list[Terms], questions: list[tuple[Any, ...]]
) -> list[UUID | None]:
    db = connection()
    await db.executemany(
        "INSERT INTO consent (id, patient_id, home_state, episode_id, purpose,"
        " grantee_organisation_id, grantee_role, grantee_country, requested_by, categories,"
        " excluded_labels, data_from, data_to, access_mode, valid_from, valid_until, legal_basis,"
        " safeguard, status, version, created_at, updated_at, granted_at, text_sealed,"
        " signature_sha256, text_version, language, how_given) VALUES ($1, $2, 'KZ', $3, $4, $5,"
        " $6, 'TR', $2, $7, $8, $9, $10, 'view', $11, $12, 'x', 'x', $13, 1, $14, $14, $14, 'x',"
        " 'x', 'x', 'en', 'own_device')",
        [
            (
                t.id, patient_id, t.episode_id, t.purpose.value, t.organisation_id,
                t.role.value if t.role else None, sorted(t.categories), sorted(t.excluded_labels),
                t.data_from, t.data_to, t.valid_from, t.valid_until, t.status.value, NOW,
            )
            for t in stored
        ],
    )  # fmt: skip
    found = []
    for role, organisation, category, labels, effective, episode in questions:
        await db.execute("SELECT set_config('shifayol.role', $1, true)", role.value)
        answer = await db.fetchval(
            "SELECT consent_permits($1, $2, $3, $4, $5, $6)",
            patient_id, organisation, category.value, sorted(labels), effective, episode,
        )  # fmt: skip
        found.append(answer)
    raise _Undo(found)


@pytest.fixture
async def patient_id(person: Any) -> UUID:
    return (await care_of(person)).patient_id


questions = st.tuples(
    st.sampled_from([Role.CLINICIAN, Role.COORDINATOR, Role.BILLING]),
    st.sampled_from(organisations),
    st.sampled_from(CATEGORIES),
    some(Label, 3),
    st.none() | st.builds(days, DAYS),
    st.sampled_from([None, *episodes]),
)


@settings(
    max_examples=150,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(stored=st.lists(consents(), max_size=5), asked=st.lists(questions, min_size=1, max_size=8))
async def test_sql_and_python_decide_alike(
    patient_id: UUID, stored: list[Terms], asked: list[Any]
) -> None:
    with pytest.raises(_Undo) as undone:
        await decisions(SYSTEM, patient_id, stored, asked)
    expected = [
        rules.decide(
            stored, organisation, category, labels, effective, datetime.now(UTC),
            role=role, episode=episode,
        )
        for role, organisation, category, labels, effective, episode in asked
    ]  # fmt: skip
    assert undone.value.args[0] == expected
