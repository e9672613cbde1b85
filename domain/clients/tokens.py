"""Tokens of facility systems: given for a signed assertion, looked up at every request."""

import hashlib
import secrets
from datetime import UTC, datetime, timedelta
from uuid import UUID

from domain.actor import SYSTEM, Actor, ActorKind, ClientScope, Role
from domain.audit import service as audit
from domain.clients import queries, rules
from domain.clients.errors import AssertionRefused, ClientNotProven, ScopeNotGranted
from domain.clients.tables import ClientToken
from domain.clients.types import AccessToken, ServerMetadata, TokenRequest
from domain.clock import utc_now
from domain.db import transactional
from domain.identity.errors import AttemptTooEarly
from domain.keys.service import blind_index
from domain.limits import service as limits
from domain.limits.types import FREE_FAILURES_OF_ADDRESS

LASTS = timedelta(minutes=10)
PREFIX = "sfc."
"""Tells a client's token from a session's, whose alphabet has no full stop."""


def server_metadata(issuer: str, token_endpoint: str) -> ServerMetadata:
    """Return what this server's clients need to know of it."""
    return ServerMetadata(
        issuer=issuer,
        token_endpoint=token_endpoint,
        grant_types_supported=[rules.GRANT_TYPE],
        response_types_supported=[],
        token_endpoint_auth_methods_supported=["private_key_jwt"],
        token_endpoint_auth_signing_alg_values_supported=list(rules.ALGORITHMS),
        scopes_supported=list(ClientScope),
        service_documentation=f"{issuer}/docs",
    )


async def issue_token(
    request: TokenRequest,
    *,
    audiences: frozenset[str],
    address: str = "",
    request_id: str | None = None,
) -> AccessToken:
    """Give a token for a client's signed assertion, which is good for one token only.

    Raises GrantUnsupported; ClientNotProven, equally for an unknown client, a wrong signature and
    a retired key; AssertionRefused and ScopeNotGranted, which are audited; and AttemptTooEarly
    after wrong attempts from one address.
    """
    rules.require_client_credentials(request)
    keys = {}
    if address:
        keys[blind_index("token-delay", f"address|{address}")] = FREE_FAILURES_OF_ADDRESS
    if keys and (wait := await limits.wait_before(SYSTEM, keys)) > 0:
        raise AttemptTooEarly(wait)
    try:
        assertion = rules.read_assertion(request)
        client, key_id = await _proven(SYSTEM, assertion, request_id)
    except ClientNotProven:
        await limits.note_failure(SYSTEM, keys)
        raise
    try:
        return await _issue(client, key_id, assertion, request.scope, audiences)
    except (AssertionRefused, ScopeNotGranted) as error:
        await audit.record_denial(client, "clients.fetch_token", error)
        raise


@transactional
async def _proven(
    actor: Actor, assertion: rules.Assertion, request_id: str | None
) -> tuple[Actor, UUID]:
    """Return the client that signed an assertion, as an actor, and its key's id."""
    found = await queries.key_of(assertion.claims.iss, assertion.kid)
    if found is None or not rules.proves(assertion, found[1]):
        raise ClientNotProven
    row = found[0]
    client = _actor(
        assertion.claims.iss, row["organisation_id"], row["jurisdiction"], row["scopes"], request_id
    )
    return client, row["id"]


@transactional
async def _issue(
    actor: Actor,
    key_id: UUID,
    assertion: rules.Assertion,
    asked: str | None,
    audiences: frozenset[str],
) -> AccessToken:
    claims, now = assertion.claims, utc_now()
    rules.require_valid(claims, now, audiences)
    scopes = sorted(rules.scopes_granted(asked, actor.scopes))
    until = datetime.fromtimestamp(claims.exp + rules.LEEWAY_S, UTC)
    if not await queries.use_once(actor.client_id, rules.jti_hash(claims), until):
        raise AssertionRefused("The assertion was used before; sign a new one with another jti")
    token = PREFIX + secrets.token_urlsafe(32)
    await queries.insert_token(
        ClientToken(
            token_hash=_hash(token),
            client_id=actor.client_id,
            key_id=key_id,
            scopes=[scope.value for scope in scopes],
            issued_at=now,
            expires_at=now + LASTS,
        )
    )
    await audit.record(
        actor, "clients.fetch_token", subject=("client_key", key_id), detail={"scopes": scopes}
    )
    return AccessToken(token, "Bearer", int(LASTS.total_seconds()), " ".join(scopes))


async def resolve_token(token: str, request_id: str | None) -> Actor | None:
    """Return the client of a token with the scopes it has now, or None when it does not hold."""
    return await _resolve(SYSTEM, _hash(token), request_id)


@transactional
async def _resolve(actor: Actor, token_hash: bytes, request_id: str | None) -> Actor | None:
    row = await queries.live_token(token_hash)
    if row is None:
        return None
    return _actor(row["id"], row["organisation_id"], row["jurisdiction"], row["scopes"], request_id)


def _actor(
    client_id: UUID, organisation_id: UUID, state: str, scopes: list[str], request_id: str | None
) -> Actor:
    return Actor(
        kind=ActorKind.CLIENT,
        role=Role.FACILITY_SYSTEM,
        client_id=client_id,
        organisation_id=organisation_id,
        jurisdiction=state,
        scopes=frozenset(ClientScope(scope) for scope in scopes),
        request_id=request_id,
    )


def _hash(token: str) -> bytes:
    return hashlib.sha256(token.encode()).digest()


@transactional
async def forget_old(actor: Actor) -> None:
    """Drop tokens and assertions that have ended (a periodic job)."""
    await queries.forget_ended()
