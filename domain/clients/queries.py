"""The queries of clients, their keys, tokens and used assertions."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec

from domain.actor import ClientScope
from domain.clients import rules
from domain.clients.tables import Client, ClientKey, ClientToken
from domain.clients.types import ClientKeyView, ClientView
from domain.db import connection
from domain.ids import new_id


async def clients(organisation_id: UUID, client_id: UUID | None = None) -> list[ClientView]:
    """Return the living clients of an organisation, or one of them, with their living keys."""
    rows = await connection().fetch(
        "SELECT c.*, (SELECT max(k.last_used_at) FROM client_key k WHERE k.client_id = c.id)"
        " AS last_used_at FROM client c WHERE organisation_id = $1 AND revoked_at IS NULL"
        " AND ($2::uuid IS NULL OR id = $2) ORDER BY id",
        organisation_id, client_id,
    )  # fmt: skip
    keys = await connection().fetch(
        "SELECT * FROM client_key WHERE client_id = ANY($1) AND retired_at IS NULL ORDER BY id",
        [row["id"] for row in rows],
    )
    return [
        ClientView(
            id=row["id"],
            organisation_id=row["organisation_id"],
            name=row["name"],
            scopes=[ClientScope(scope) for scope in row["scopes"]],
            keys=[_key(key) for key in keys if key["client_id"] == row["id"]],
            registered_at=row["registered_at"],
            last_used_at=row["last_used_at"],
        )
        for row in rows
    ]


def _key(row: Any) -> ClientKeyView:
    return ClientKeyView(
        row["id"], row["kid"], rules.kind_of_key(_jwk(row)), row["thumbprint"], row["added_at"],
        row["last_used_at"],
    )  # fmt: skip


def _jwk(row: Any) -> dict[str, str]:
    return msgspec.json.decode(row["jwk"], type=dict[str, str])


async def insert_client(client: Client, keys: Iterable[ClientKey]) -> None:
    """Store a new client with its keys."""
    await Client.insert(client)
    await ClientKey.insert(*keys)


async def insert_key(key: ClientKey) -> None:
    """Store a further key."""
    await ClientKey.insert(key)


async def change_client(client_id: UUID, name: str, scopes: list[str]) -> None:
    """Give a client another name and other scopes."""
    await connection().execute(
        "UPDATE client SET name = $2, scopes = $3 WHERE id = $1", client_id, name, scopes
    )


async def retire_key(key_id: UUID, now: datetime) -> None:
    """Let a key prove nothing from now on."""
    await connection().execute("UPDATE client_key SET retired_at = $2 WHERE id = $1", key_id, now)


async def revoke_client(client_id: UUID, now: datetime) -> None:
    """Let a client do nothing from now on."""
    await connection().execute("UPDATE client SET revoked_at = $2 WHERE id = $1", client_id, now)


async def key_of(client_id: UUID, kid: str) -> tuple[Any, dict[str, str]] | None:
    """Return a living client's living key of this name, with the client; and the key as a JWK."""
    row = await connection().fetchrow(
        "SELECT k.id, k.jwk, c.organisation_id, c.scopes, o.jurisdiction FROM client_key k"
        " JOIN client c ON c.id = k.client_id AND c.revoked_at IS NULL"
        " JOIN organisation o ON o.id = c.organisation_id"
        " WHERE k.client_id = $1 AND k.kid = $2 AND k.retired_at IS NULL",
        client_id, kid,
    )  # fmt: skip
    return (row, _jwk(row)) if row else None


async def use_once(client_id: UUID | None, jti_hash: bytes, expires_at: datetime) -> bool:
    """Note that an assertion is used; return whether it was for the first time."""
    fresh = await connection().fetchval(
        "INSERT INTO client_assertion (id, client_id, jti_hash, expires_at)"
        " VALUES ($1, $2, $3, $4) ON CONFLICT ON CONSTRAINT client_assertion_once DO NOTHING"
        " RETURNING id",
        new_id(), client_id, jti_hash, expires_at,
    )  # fmt: skip
    return fresh is not None


async def insert_token(token: ClientToken) -> None:
    """Store a token that is given out, and when its key was used."""
    await ClientToken.insert(token)
    await connection().execute(
        "UPDATE client_key SET last_used_at = $2 WHERE id = $1", token.key_id, token.issued_at
    )


async def live_token(token_hash: bytes) -> Any | None:
    """Return the client of a token, while the token, its key and the client all hold.

    `scopes` are those of the token that the client still has.
    """
    return await connection().fetchrow(
        "SELECT c.id, c.organisation_id, o.jurisdiction,"
        " ARRAY(SELECT unnest(t.scopes) INTERSECT SELECT unnest(c.scopes)) AS scopes"
        " FROM client_token t"
        " JOIN client_key k ON k.id = t.key_id AND k.retired_at IS NULL"
        " JOIN client c ON c.id = t.client_id AND c.revoked_at IS NULL"
        " JOIN organisation o ON o.id = c.organisation_id"
        " WHERE t.token_hash = $1 AND t.expires_at > clock_timestamp()",
        token_hash,
    )


async def forget_ended() -> None:
    """Drop tokens that have ended, and assertions that are refused for their age alone."""
    await connection().execute("DELETE FROM client_token WHERE expires_at < clock_timestamp()")
    await connection().execute("DELETE FROM client_assertion WHERE expires_at < clock_timestamp()")
