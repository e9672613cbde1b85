"""The database, its login roles and what each may do; and how to reach it."""

from pathlib import Path
from urllib.parse import quote

import asyncpg  # type: ignore[import-untyped, unused-ignore]
import msgspec

from api.postgres.cluster import PORT, SUPERUSER, Passwords

DATABASE = "shifayol"
OWNER = "shifayol_owner"
APP = "shifayol_app"

# What a server that is down, starting or stopping makes of an attempt to talk to it.
UNREACHABLE = (
    OSError,
    TimeoutError,
    asyncpg.PostgresError,
    asyncpg.InterfaceError,
    asyncpg.InternalClientError,  # a server that dies in the middle of signing in
)

# Ordinary roles: a superuser or BYPASSRLS would walk through every row policy.
_ATTRIBUTES = "LOGIN INHERIT NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION NOBYPASSRLS"

_GRANTS = f"""
    REVOKE CONNECT, TEMPORARY ON DATABASE postgres, template1 FROM PUBLIC;
    REVOKE CONNECT, TEMPORARY ON DATABASE {DATABASE} FROM PUBLIC;
    GRANT CONNECT ON DATABASE {DATABASE} TO {APP};
"""
_INSIDE = f"""
    ALTER SCHEMA public OWNER TO {OWNER};
    REVOKE CREATE ON SCHEMA public FROM PUBLIC, {APP};
    GRANT USAGE ON SCHEMA public TO {APP};
    CREATE EXTENSION IF NOT EXISTS pg_trgm WITH SCHEMA public;
    CREATE EXTENSION IF NOT EXISTS btree_gist WITH SCHEMA public;
"""


class DatabaseUrls(msgspec.Struct, frozen=True):
    """Addresses of the database for the application and for the owner of its tables."""

    app: str
    owner: str

    def __repr__(self) -> str:
        """Name the type only: the addresses hold passwords, and a repr ends up in logs."""
        return "DatabaseUrls(app=..., owner=...)"


def urls(socket_folder: Path, passwords: Passwords) -> DatabaseUrls:
    """The addresses of the server that listens in `socket_folder`."""
    return DatabaseUrls(
        app=_url(APP, passwords.app, socket_folder),
        owner=_url(OWNER, passwords.owner, socket_folder),
    )


def superuser_url(socket_folder: Path, passwords: Passwords) -> str:
    """The address for the role that no row policy and no permission holds back."""
    return _url(SUPERUSER, passwords.superuser, socket_folder)


async def connect(
    socket_folder: Path, user: str, password: str, database: str
) -> asyncpg.Connection:
    """A connection that no PG* variable of the environment can lead astray."""
    return await asyncpg.connect(
        host=str(socket_folder),
        port=PORT,
        user=user,
        password=password,
        database=database,
        ssl=False,
        target_session_attrs="any",
        timeout=10,
    )


async def answers(socket_folder: Path, user: str, password: str, database: str) -> bool:
    """Whether a server there signs the role in and answers a query now."""
    try:
        connection = await connect(socket_folder, user, password, database)
        try:
            return bool(await connection.fetchval("SELECT 1") == 1)
        finally:
            connection.terminate()
    except asyncpg.InvalidAuthorizationSpecificationError:
        raise  # waiting does not make a wrong password right
    except UNREACHABLE:
        return False


async def provision(socket_folder: Path, passwords: Passwords) -> None:
    """Bring roles, database, rights and extensions to what they must be, from whatever is there."""
    root = await connect(socket_folder, SUPERUSER, passwords.superuser, "postgres")
    try:
        for role, password in ((OWNER, passwords.owner), (APP, passwords.app)):
            known = await root.fetchval("SELECT true FROM pg_roles WHERE rolname = $1", role)
            verb = "ALTER" if known else "CREATE"
            # The password is ours, of URL-safe letters: there is nothing in it to quote.
            await root.execute(f"{verb} ROLE {role} WITH {_ATTRIBUTES} PASSWORD '{password}'")
        if not await root.fetchval("SELECT true FROM pg_database WHERE datname = $1", DATABASE):
            await root.execute(
                f"CREATE DATABASE {DATABASE} OWNER {OWNER} TEMPLATE template0 ENCODING 'UTF8'"
            )
        await root.execute(_GRANTS)
    finally:
        await root.close()
    inside = await connect(socket_folder, SUPERUSER, passwords.superuser, DATABASE)
    try:
        await inside.execute("SET client_min_messages = warning;" + _INSIDE)
    finally:
        await inside.close()


def _url(role: str, password: str, socket_folder: Path) -> str:
    # The port is named, or a PGPORT in the caller's environment would change the socket's name.
    place = f"host={quote(str(socket_folder))}&port={PORT}"
    return f"postgresql://{role}:{quote(password, safe='')}@/{DATABASE}?{place}"
