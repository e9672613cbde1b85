"""Whom the marketplace writes to: accounts with an address, and those who work in a role."""

from collections.abc import Iterable
from uuid import UUID

from domain.actor import Actor, Role
from domain.db import transactional
from domain.identity import queries, team_queries
from domain.identity.types import Reader
from domain.keys.service import KeyDestroyed, Place, SubjectKind, data_key


@transactional
async def reader_of(actor: Actor, account_id: UUID) -> Reader | None:
    """Return where an open account is written to (run as the system); None once it is closed."""
    account = await queries.account_by_id(account_id)
    if account is None:
        return None
    try:
        keyring = await data_key(SubjectKind.PERSON, account["person_id"])
    except KeyDestroyed:
        return None  # their data was erased: nobody is left to be told
    email = keyring.open_text(Place("account", "email", account_id), account["email_sealed"])
    return Reader(account_id, email, account["language"])


@transactional
async def person_of(actor: Actor, account_id: UUID) -> UUID:
    """Return the person whose account it is; raises NotFound once it is closed."""
    return UUID(str((await queries.own_account(account_id))["person_id"]))


@transactional
async def accounts_in(actor: Actor, organisation_id: UUID, roles: Iterable[Role]) -> list[UUID]:
    """Return the accounts that work for an organisation in one of the roles now."""
    return await team_queries.accounts_in(organisation_id, [role.value for role in roles])
