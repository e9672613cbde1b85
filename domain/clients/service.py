"""Registering systems of an organisation's facilities, and their keys.

An administrator manages those of their own organisation; an operator manages any.
"""

from datetime import datetime
from typing import Any
from uuid import UUID

from domain.actor import Actor
from domain.audit import service as audit
from domain.clients import policy, queries, rules
from domain.clients.errors import LastKey, NoSuchClient, NoSuchKey, TooManyClients
from domain.clients.tables import Client, ClientKey
from domain.clients.types import (
    MOST_CLIENTS,
    AddClientKey,
    ChangeClient,
    ClientKeyView,
    ClientView,
    Jwk,
    RegisterClient,
)
from domain.clock import utc_now
from domain.db import transactional
from domain.identity.team import managed_organisation
from domain.identity.types import OrganisationView
from domain.ids import new_id
from domain.text import cleaned


@transactional
async def list_clients(actor: Actor, organisation_id: UUID) -> list[ClientView]:
    """Return the systems of an organisation; raises NoSuchOrganisation."""
    await managed_organisation(actor, organisation_id)
    return await queries.clients(organisation_id)


@transactional
async def show_client(actor: Actor, organisation_id: UUID, client_id: UUID) -> ClientView:
    """Return a system with its keys; raises NoSuchOrganisation and NoSuchClient."""
    await managed_organisation(actor, organisation_id)
    return await _client(organisation_id, client_id)


async def _client(organisation_id: UUID, client_id: UUID) -> ClientView:
    found = await queries.clients(organisation_id, client_id)
    if not found:
        raise NoSuchClient(subject=("client", client_id))
    return found[0]


@transactional
async def register_client(
    actor: Actor, organisation_id: UUID, command: RegisterClient
) -> ClientView:
    """Register a system with its public keys.

    Raises NoSuchOrganisation, NotForThisOrganisation, TooManyClients, PrivateKeySent, KeyUnusable
    and KeyKnown.
    """
    organisation = await managed_organisation(actor, organisation_id)
    policy.require_facility(organisation)
    command = cleaned(command)
    if len(await queries.clients(organisation_id)) >= MOST_CLIENTS:
        raise TooManyClients
    client_id, now, scopes = new_id(), utc_now(), _scopes(command)
    keys = [_key(actor, client_id, jwk, now) for jwk in command.keys]
    client = Client(
        id=client_id,
        organisation_id=organisation_id,
        name=command.name,
        scopes=scopes,
        registered_by=actor.account_id,
        registered_at=now,
        revoked_at=None,
    )
    await queries.insert_client(client, keys)
    await _note(actor, "register", client_id, organisation, scopes=scopes,
                thumbprints=[key.thumbprint for key in keys])  # fmt: skip
    return await _client(organisation_id, client_id)


@transactional
async def change_client(
    actor: Actor, organisation_id: UUID, client_id: UUID, command: ChangeClient
) -> ClientView:
    """Give a system another name and other scopes; what it loses its tokens lose at once."""
    organisation = await managed_organisation(actor, organisation_id)
    await _client(organisation_id, client_id)
    command = cleaned(command)
    scopes = _scopes(command)
    await queries.change_client(client_id, command.name, scopes)
    await _note(actor, "change", client_id, organisation, scopes=scopes)
    return await _client(organisation_id, client_id)


@transactional
async def add_key(
    actor: Actor, organisation_id: UUID, client_id: UUID, command: AddClientKey
) -> ClientView:
    """Let a system sign with a further key.

    Raises NoSuchClient, TooManyKeys, PrivateKeySent, KeyUnusable and KeyKnown.
    """
    organisation = await managed_organisation(actor, organisation_id)
    rules.require_room(len((await _client(organisation_id, client_id)).keys))
    key = _key(actor, client_id, command.key, utc_now())
    await queries.insert_key(key)
    await _note(actor, "add_key", client_id, organisation, thumbprint=key.thumbprint)
    return await _client(organisation_id, client_id)


@transactional
async def retire_key(actor: Actor, organisation_id: UUID, client_id: UUID, key_id: UUID) -> None:
    """Let a key prove nothing any more: tokens that were given for it end at once.

    Raises NoSuchClient, NoSuchKey, and LastKey where nothing else would let the system in.
    """
    organisation = await managed_organisation(actor, organisation_id)
    key = _one_of((await _client(organisation_id, client_id)).keys, key_id)
    await queries.retire_key(key_id, utc_now())
    await _note(actor, "retire_key", client_id, organisation, thumbprint=key.thumbprint)


def _one_of(keys: list[ClientKeyView], key_id: UUID) -> ClientKeyView:
    found = next((key for key in keys if key.id == key_id), None)
    if found is None:
        raise NoSuchKey(subject=("client_key", key_id))
    if len(keys) == 1:
        raise LastKey
    return found


@transactional
async def revoke_client(actor: Actor, organisation_id: UUID, client_id: UUID) -> None:
    """Shut a system out for good: its tokens end at once; raises NoSuchClient."""
    organisation = await managed_organisation(actor, organisation_id)
    await _client(organisation_id, client_id)
    await queries.revoke_client(client_id, utc_now())
    await _note(actor, "revoke", client_id, organisation)


def _scopes(command: RegisterClient | ChangeClient) -> list[str]:
    return sorted({scope.value for scope in command.scopes})


def _key(actor: Actor, client_id: UUID, jwk: Jwk, now: datetime) -> ClientKey:
    key = rules.public_key(jwk)
    return ClientKey(
        id=new_id(),
        client_id=client_id,
        kid=key.kid,
        thumbprint=key.thumbprint,
        jwk=key.jwk,
        added_by=actor.account_id,
        added_at=now,
        last_used_at=None,
        retired_at=None,
    )


async def _note(
    actor: Actor, operation: str, client_id: UUID, organisation: OrganisationView, **detail: Any
) -> None:
    await audit.record(
        actor, f"clients.{operation}", subject=("client", client_id),
        home_state=organisation.jurisdiction, detail=detail,
    )  # fmt: skip
