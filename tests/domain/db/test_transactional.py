"""The transaction of an operation: its actor, its retries, its errors, and its connection."""

import asyncio
from uuid import UUID

import asyncpg
import pytest

from domain import db
from domain.actor import ANONYMOUS, SYSTEM, Actor, ActorKind, Role
from domain.db import DB, QueryOutsideTransaction, connection, transactional
from domain.errors import Forbidden
from domain.identity.tables import Organisation
from domain.ids import new_id
from domain.ledger.service import Unbalanced, post
from domain.ledger.types import Leg, Posting
from domain.money import Currency

pytestmark = pytest.mark.usefixtures("database")


def a_person() -> Actor:
    return Actor(
        kind=ActorKind.PERSON,
        role=Role.PATIENT,
        account_id=new_id(),
        organisation_id=None,
        jurisdiction="KZ",
    )


async def test_a_query_outside_an_operation_is_refused() -> None:
    with pytest.raises(QueryOutsideTransaction):
        await Organisation.select()
    with pytest.raises(QueryOutsideTransaction):
        connection()


async def test_the_connection_returns_when_commit_fails_more_often_than_the_pool_is_large() -> None:
    unbalanced = Posting("test", "x", (Leg("psp_clearing", 5, Currency.EUR),))
    assert DB.pool is not None
    for round_ in range(DB.pool.get_max_size() + 4):
        posting = Posting("test", f"unbalanced {round_}", unbalanced.legs)
        with pytest.raises(Unbalanced):
            await post(SYSTEM, posting)
    assert DB.pool.get_idle_size() == DB.pool.get_size()
    assert await db.ping(SYSTEM)


async def test_an_operation_inside_another_is_undone_alone() -> None:
    first, second = new_id(), new_id()

    async def insert(organisation_id: UUID) -> None:
        await connection().execute(
            "INSERT INTO organisation (id, kind, name, jurisdiction, created_at)"
            " VALUES ($1, 'practice', 'p', 'KZ', now())",
            organisation_id,
        )

    @transactional
    async def inner(actor: Actor) -> None:
        await insert(second)
        raise Forbidden

    @transactional
    async def outer(actor: Actor) -> None:
        await insert(first)
        with pytest.raises(Forbidden):
            await inner(actor)

    @transactional
    async def stored(actor: Actor) -> set[UUID]:
        rows = await connection().fetch(
            "SELECT id FROM organisation WHERE id = ANY($1)", [first, second]
        )
        return {row["id"] for row in rows}

    await outer(SYSTEM)
    assert await stored(SYSTEM) == {first}


@pytest.mark.parametrize("failure", [asyncpg.SerializationError, asyncpg.DeadlockDetectedError])
async def test_a_serialization_failure_or_deadlock_reruns_the_operation(
    failure: type[asyncpg.PostgresError],
) -> None:
    runs = 0

    @transactional
    async def operation(actor: Actor) -> int:
        nonlocal runs
        runs += 1
        if runs < 3:
            raise failure("try again")
        return runs

    assert await operation(SYSTEM) == 3


async def test_it_gives_up_with_a_clear_refusal_after_three_reruns() -> None:
    runs = 0

    @transactional
    async def operation(actor: Actor) -> None:
        nonlocal runs
        runs += 1
        raise asyncpg.SerializationError("again")

    with pytest.raises(db.DatabaseBusy):
        await operation(SYSTEM)
    assert runs == 1 + db.RERUNS


async def test_row_level_security_sees_the_actor_and_forgets_them_with_the_transaction() -> None:
    @transactional
    async def seen(actor: Actor) -> tuple[str, UUID | None, str | None, str | None]:
        row = await connection().fetchrow(
            "SELECT actor_kind(), actor_account(), actor_country(), actor_role()"
        )
        return tuple(row.values())

    person = a_person()
    assert await seen(person) == ("person", person.account_id, "KZ", "patient")
    assert await seen(ANONYMOUS) == ("anonymous", None, None, None)

    @transactional
    async def as_system_inside(actor: Actor) -> list[str]:
        kinds = [(await seen(actor))[0], (await seen(SYSTEM))[0], (await seen(actor))[0]]
        return kinds

    assert await as_system_inside(person) == ["person", "system", "person"]


async def test_concurrent_operations_never_see_each_others_actor() -> None:
    @transactional
    async def account(actor: Actor) -> UUID | None:
        before = await connection().fetchval("SELECT actor_account()")
        await asyncio.sleep(0.001)
        after = await connection().fetchval("SELECT actor_account()")
        assert before == after
        return before

    people = [a_person() for _ in range(200)]
    assert await asyncio.gather(*(account(p) for p in people)) == [p.account_id for p in people]


async def test_a_cancelled_operation_gives_its_connection_back() -> None:
    @transactional
    async def slow(actor: Actor) -> None:
        await connection().execute("SELECT pg_sleep(5)")

    tasks = [asyncio.create_task(slow(SYSTEM)) for _ in range(8)]
    await asyncio.sleep(0.2)
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    assert await asyncio.gather(*(db.ping(SYSTEM) for _ in range(30))) == [True] * 30


async def test_connections_whose_server_died_while_they_lay_idle_are_replaced_unnoticed() -> None:
    @transactional
    async def kill_the_others(actor: Actor) -> None:
        await connection().execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE usename = current_user AND pid <> pg_backend_pid()"
        )

    await asyncio.gather(*(db.ping(SYSTEM) for _ in range(30)))
    await kill_the_others(SYSTEM)
    assert await asyncio.gather(*(db.ping(SYSTEM) for _ in range(30))) == [True] * 30


async def test_a_lost_connection_in_the_middle_is_a_refusal_to_try_again() -> None:
    @transactional
    async def cut_off(actor: Actor) -> None:
        await connection().execute("SELECT pg_terminate_backend(pg_backend_pid())")

    with pytest.raises(db.DatabaseDown):
        await cut_off(SYSTEM)
    assert await db.ping(SYSTEM)


@pytest.mark.parametrize("text", ["a\0b", "\ud800"])
async def test_text_that_cannot_be_stored_is_a_refusal_not_a_fault(text: str) -> None:
    @transactional
    async def store(actor: Actor) -> None:
        await connection().fetchval("SELECT $1::text", text)

    with pytest.raises(db.UnstorableText):
        await store(SYSTEM)


async def test_numbers_beyond_the_column_are_a_refusal() -> None:
    @transactional
    async def store(actor: Actor) -> None:
        await connection().fetchval("SELECT $1::bigint", 10**400)

    with pytest.raises(db.UnstorableText):
        await store(SYSTEM)


async def test_the_denial_of_a_signed_in_actor_is_audited_though_the_operation_rolled_back() -> (
    None
):
    person = a_person()

    @transactional
    async def denied(actor: Actor) -> None:
        raise Forbidden("no", subject=("thing", 7))

    with pytest.raises(Forbidden):
        await denied(person)

    @transactional
    async def rows(actor: Actor) -> list[tuple[str, str]]:
        found = await connection().fetch(
            "SELECT outcome, subject_id FROM audit_event WHERE account_id = $1", person.account_id
        )
        return [tuple(row.values()) for row in found]

    assert await rows(SYSTEM) == [("denied", "7")]


async def test_the_application_role_owns_nothing_and_cannot_bypass_the_walls() -> None:
    assert await db.unsafe_privileges(SYSTEM) == []


async def test_append_only_tables_refuse_rewriting_by_the_application() -> None:
    @transactional
    async def rewrite(actor: Actor, table: str) -> None:
        await connection().execute(f"DELETE FROM {table}")

    for table in ("audit_event", "audit_seal", "ledger_entry", "ledger_transaction",
                  "referral_transition", "booking_transition"):  # fmt: skip
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await rewrite(SYSTEM, table)


async def test_every_table_with_a_home_state_has_forced_row_level_security() -> None:
    @transactional
    async def unprotected(actor: Actor) -> list[str]:
        rows = await connection().fetch(
            "SELECT DISTINCT c.relname FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid"
            " WHERE c.relkind = 'r' AND c.relnamespace = 'public'::regnamespace"
            " AND a.attname IN ('home_state', 'patient_id') AND NOT a.attisdropped"
            " AND NOT (c.relrowsecurity AND c.relforcerowsecurity)"
        )
        return [row["relname"] for row in rows]

    assert await unprotected(SYSTEM) == []


async def test_without_an_actor_no_row_of_patient_data_is_visible() -> None:
    @transactional
    async def visible(actor: Actor) -> list[str]:
        tables = await connection().fetch(
            "SELECT relname FROM pg_class WHERE relrowsecurity AND relkind = 'r'"
        )
        return [
            row["relname"]
            for row in tables
            if await connection().fetchval(f'SELECT count(*) FROM "{row["relname"]}"')
        ]

    assert await visible(ANONYMOUS) == []
