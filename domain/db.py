"""The one way to the database: an operation is a transaction that knows who is asking."""

import asyncio
import contextlib
import functools
import random
import re
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine, Sequence
from typing import Any, Concatenate, ParamSpec, TypeVar, cast

import asyncpg
from opentelemetry import trace
from piccolo.engine.postgres import PostgresEngine, PostgresTransaction

from domain.actor import SYSTEM, Actor
from domain.errors import (
    CONSTRAINT_ERRORS,
    Conflict,
    DomainError,
    Forbidden,
    Invalid,
    NotFound,
    Unauthenticated,
    Unavailable,
)
from domain.savepoints import Transaction, context

P = ParamSpec("P")
R = TypeVar("R")

_tracer = trace.get_tracer("shifayol")

RERUNS = 3
ACQUIRE_TIMEOUT_S = 3.0
SERVER_SETTINGS = {
    "application_name": "shifayol",
    "timezone": "UTC",
    "statement_timeout": "5s",
    "lock_timeout": "2s",
    "idle_in_transaction_session_timeout": "10s",
}


class QueryOutsideTransaction(RuntimeError):
    """A query was sent outside @transactional, where row-level security would hide every row."""


class DatabaseBusy(Unavailable):
    """No connection became free, or a lock or statement took longer than it may."""

    code = "database_busy"
    title = "The service is very busy at the moment; please try again in a few seconds"


class DatabaseDown(Unavailable):
    """The database does not answer."""

    code = "database_down"
    title = "The service cannot reach its data at the moment; please try again in a few seconds"


class UnstorableText(Invalid):
    """A text or number cannot be stored (a NUL, half a surrogate pair, an impossible number)."""

    code = "unstorable_value"
    title = "A text or a number in the request has a value that cannot be stored"


class RuleBroken(Conflict):
    """A database constraint without a meaning of its own refused the change."""

    code = "rule_broken"
    title = "The change contradicts what is already stored"


_LOST = (
    asyncpg.PostgresConnectionError,
    asyncpg.AdminShutdownError,
    asyncpg.CrashShutdownError,
    asyncpg.InterfaceError,
    # What the driver says of a connection whose server told it good-bye while it lay idle.
    asyncpg.InternalClientError,
    OSError,
)


_LOST_WORDS = re.compile("closed|released back to the pool")


class _Connection(asyncpg.Connection):  # type: ignore[misc]
    """Makes its transaction ready for each statement, and is left without settings at its end."""

    def get_reset_query(self) -> str:
        # Every setting we make ends with its transaction.
        return ""

    async def execute(self, query: str, *args: Any, **more: Any) -> Any:
        await _ready(query)
        return await super().execute(query, *args, **more)

    async def executemany(self, command: str, *args: Any, **more: Any) -> Any:
        await _ready(command)
        return await super().executemany(command, *args, **more)

    async def fetch(self, query: str, *args: Any, **more: Any) -> Any:
        await _ready(query)
        return await super().fetch(query, *args, **more)

    async def fetchrow(self, query: str, *args: Any, **more: Any) -> Any:
        await _ready(query)
        return await super().fetchrow(query, *args, **more)

    async def fetchval(self, query: str, *args: Any, **more: Any) -> Any:
        await _ready(query)
        return await super().fetchval(query, *args, **more)


async def _ready(statement: str) -> None:
    if (transaction := current_transaction()) is not None:
        await transaction.before(statement)


class Database(PostgresEngine):
    """Piccolo's engine with the doors closed: only `transaction_as` and migrations open it."""

    def __init__(self) -> None:
        self.migrating = False
        super().__init__(config={"database": "shifayol"}, extensions=())

    async def check_version(self) -> None:
        """Do nothing: `domain.schema` asks the server its version when it migrates."""

    async def open(self, url: str, *, size: int) -> None:
        """Open the pool for the application's role; raises DatabaseDown."""
        try:
            self.pool = await asyncpg.create_pool(
                url,
                min_size=min(2, size),
                max_size=size,
                connection_class=_Connection,
                server_settings=SERVER_SETTINGS,
                command_timeout=30,
            )
        except (OSError, asyncpg.PostgresError) as error:
            raise DatabaseDown(f"The database does not answer: {error}") from error

    async def close(self) -> None:
        """Close the pool; unfinished operations get ten seconds."""
        if self.pool is not None:
            pool, self.pool = self.pool, None
            try:
                await asyncio.wait_for(pool.close(), 10)
            except TimeoutError:
                pool.terminate()

    @contextlib.asynccontextmanager
    async def as_owner(self, url: str) -> AsyncIterator[asyncpg.Connection]:
        """Let Piccolo's migrations run on connections of the owner while the body runs."""
        config, self.config, self.migrating = self.config, {"dsn": url}, True
        connection = await asyncpg.connect(url)
        try:
            yield connection
        finally:
            await connection.close()
            self.config, self.migrating = config, False

    async def get_new_connection(self) -> asyncpg.Connection:
        if not self.migrating:
            raise QueryOutsideTransaction("Queries belong into an operation with @transactional")
        return await super().get_new_connection()

    async def _run_in_pool(self, query: str, args: Sequence[Any] | None = None) -> Any:
        raise QueryOutsideTransaction("Queries belong into an operation with @transactional")

    @contextlib.asynccontextmanager
    async def transaction_as(self, actor: Actor) -> AsyncIterator[Transaction]:
        """Open a transaction whose row-level security sees `actor`; commit when the body ends.

        The connection returns to the pool on every way out, a COMMIT refused by a deferred
        constraint included. Raises DatabaseBusy when no connection becomes free in time.
        """
        connection = await self._begun(actor)
        try:
            opened = Transaction(connection, actor)
            # Piccolo reads nothing of its own transaction but the connection.
            token = self.current_transaction.set(cast(PostgresTransaction, opened))
            try:
                yield opened
            except BaseException:
                if not connection.is_closed():
                    await connection.execute("ROLLBACK")
                raise
            else:
                await connection.execute("COMMIT")
            finally:
                self.current_transaction.reset(token)
        finally:
            await self._give_back(connection)

    async def _begun(self, actor: Actor) -> asyncpg.Connection:
        """Return a connection on which the actor's transaction has begun.

        One whose server died since its last use is replaced: nothing was asked on it yet.
        """
        if self.pool is None:
            raise DatabaseDown
        for _ in range(self.pool.get_max_size() + 1):
            try:
                connection = await self.pool.acquire(timeout=ACQUIRE_TIMEOUT_S)
            except TimeoutError:
                raise DatabaseBusy from None
            try:
                await connection.execute("BEGIN;" + context(actor))
            except _LOST:
                # The pool may have noticed the loss itself and taken the connection back.
                with contextlib.suppress(asyncpg.InterfaceError):
                    connection.terminate()
                await self._give_back(connection)
            except BaseException:
                await self._give_back(connection)
                raise
            else:
                return connection
        raise DatabaseDown

    async def _give_back(self, connection: asyncpg.Connection) -> None:
        await asyncio.shield(self.pool.release(connection) if self.pool else asyncio.sleep(0))


DB = Database()


def current_transaction() -> Transaction | None:
    """Return the running operation's transaction; a migration's is none."""
    opened: object = DB.current_transaction.get()
    return opened if isinstance(opened, Transaction) else None


def connection() -> asyncpg.Connection:
    """Return the running operation's connection; raises QueryOutsideTransaction."""
    transaction = current_transaction()
    if transaction is None:
        raise QueryOutsideTransaction("Queries belong into an operation with @transactional")
    return transaction.connection


class _TakenBack(Exception):
    pass


@contextlib.asynccontextmanager
async def tried() -> AsyncIterator[None]:
    """Run the body inside the running operation, and take back all that it wrote.

    What would follow can so be read before it is decided, from the same statements and triggers.
    """
    transaction = current_transaction()
    if transaction is None:
        raise QueryOutsideTransaction("Only what belongs to an operation can be tried out")
    with contextlib.suppress(_TakenBack):
        async with transaction.inside(transaction.actor):
            yield
            raise _TakenBack


DenialRecorder = Callable[[Actor, str, DomainError], Awaitable[None]]
_record_denial: DenialRecorder | None = None


def record_denials_with(recorder: DenialRecorder) -> None:
    """Name the operation that audits a denial of a signed-in actor after its rollback."""
    global _record_denial
    _record_denial = recorder


def transactional(
    operation: Callable[Concatenate[Actor, P], Awaitable[R]],
) -> Callable[Concatenate[Actor, P], Coroutine[Any, Any, R]]:
    """Make a service operation one transaction of its actor.

    It commits when the operation returns and rolls back when it raises. Serialization failures
    and deadlocks (SQLSTATE 40001, 40P01) rerun the whole operation up to three times. Called
    inside another operation it joins and can be undone alone. Violated constraints become the
    domain error registered for their name. A denial is audited in a transaction of its own.
    """

    room = operation.__module__.split(".")[-2:][0]
    name = f"{room}.{operation.__name__}"

    @functools.wraps(operation)
    async def run(actor: Actor, /, *args: P.args, **kwargs: P.kwargs) -> R:
        outer = current_transaction()
        if outer is not None:
            try:
                async with outer.inside(actor):
                    return await operation(actor, *args, **kwargs)
            except asyncpg.IntegrityConstraintViolationError as error:
                # The savepoint undid it, so the outer operation may act on its meaning.
                raise (translated(error) or error) from error
        for attempt in range(RERUNS + 1):
            try:
                with _tracer.start_as_current_span(
                    name, record_exception=False, set_status_on_exception=False
                ):
                    async with DB.transaction_as(actor):
                        return await operation(actor, *args, **kwargs)
            except (asyncpg.SerializationError, asyncpg.DeadlockDetectedError):
                if attempt == RERUNS:
                    raise DatabaseBusy from None
                await asyncio.sleep(random.uniform(0.005, 0.02) * 2**attempt)
            except (Forbidden, NotFound) as error:
                if _record_denial and actor.signed_in and not isinstance(error, Unauthenticated):
                    await _record_denial(actor, name, error)
                raise
            except (
                asyncpg.PostgresError, asyncpg.InterfaceError, asyncpg.InternalClientError,
                OSError, ValueError,
            ) as error:  # fmt: skip
                raise (translated(error) or error) from error
        raise AssertionError("unreachable")

    return run


def translated(error: Exception) -> DomainError | None:
    """Return what a database error means to a person, or None where only a developer is helped."""
    constraint = getattr(error, "constraint_name", None)
    if constraint in CONSTRAINT_ERRORS:
        return CONSTRAINT_ERRORS[constraint]()
    if isinstance(error, asyncpg.IntegrityConstraintViolationError):
        return RuleBroken(constraint=constraint)
    if isinstance(error, asyncpg.QueryCanceledError | asyncpg.LockNotAvailableError):
        return DatabaseBusy()
    if isinstance(error, asyncpg.DataError | UnicodeEncodeError):
        return UnstorableText()
    if isinstance(
        error,
        asyncpg.PostgresConnectionError
        | asyncpg.OperatorInterventionError
        | asyncpg.TooManyConnectionsError
        | asyncpg.InternalClientError
        | OSError,
    ):
        return DatabaseDown()
    if isinstance(error, asyncpg.InterfaceError) and _LOST_WORDS.search(str(error)):
        return DatabaseDown()
    return None


@transactional
async def ping(actor: Actor) -> bool:
    """Return True when the database answers a real query."""
    return bool(await connection().fetchval("SELECT true"))


@transactional
async def unsafe_privileges(actor: Actor) -> list[str]:
    """Return why the application's role must not be used: it could walk round the walls."""
    row = await connection().fetchrow(
        "SELECT r.rolname, r.rolsuper, r.rolbypassrls,"
        " (SELECT count(*) FROM pg_class c WHERE c.relowner = r.oid) AS owned"
        " FROM pg_roles r WHERE r.rolname = current_user"
    )
    reasons = {"rolsuper": "is a superuser", "rolbypassrls": "bypasses row-level security"}
    found = [f"{row['rolname']} {text}" for name, text in reasons.items() if row[name]]
    if row["owned"]:
        found.append(f"{row['rolname']} owns {row['owned']} tables or indexes")
    return found


async def check_role() -> None:
    """Refuse to run as a role that could walk round row-level security; raises Unavailable."""
    if reasons := await unsafe_privileges(SYSTEM):
        raise Unavailable(
            "The application's database role is too powerful: " + "; ".join(reasons) + ". "
            "DATABASE_URL must name a plain role and MIGRATION_DATABASE_URL the owner."
        )
