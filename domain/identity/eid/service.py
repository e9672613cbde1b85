"""Proving who one is by a national electronic identity: signing in with it, linking, unlinking.

The provider is asked between two transactions, never inside one. An identity is (issuer, subject)
and nothing else; it opens the account that linked it, and no account is found by a name or mail.
"""

from typing import Any
from uuid import UUID

import msgspec
import structlog

from domain.actor import SYSTEM, Actor
from domain.audit import service as audit
from domain.clock import utc_now
from domain.db import transactional
from domain.errors import DomainError
from domain.identity import factor_queries, policy, queries
from domain.identity.eid import attempts
from domain.identity.eid import queries as eid_queries
from domain.identity.eid.errors import (
    EidDiffers,
    EidKnown,
    EidLevelTooLow,
    EidLinkedElsewhere,
    EidNotLinked,
    EidRefused,
    EidUnavailable,
    NoSuchEidLink,
)
from domain.identity.eid.links import link_view, place_of, subject_index
from domain.identity.eid.providers import NotProved, eid_provider
from domain.identity.eid.types import (
    EidAuthorization,
    EidLinkView,
    FinishEid,
    Linked,
    Proof,
    Purpose,
)
from domain.identity.errors import ChooseMembership, LastFactor, PasskeyRequired
from domain.identity.sessions import start_session
from domain.identity.tables import EidLink
from domain.identity.types import Carrier, SessionToken, SignInMethod
from domain.ids import new_id
from domain.keys.service import SubjectKind, blind_index, data_key
from domain.patients import service as patients

log = structlog.get_logger()

_ACTION = {Purpose.SIGN_IN: "identity.sign_in_by_eid", Purpose.LINK: "identity.link_eid"}


async def begin(
    actor: Actor, key: str, purpose: Purpose, *, wanted: str | None = None
) -> EidAuthorization:
    """Return where to send the person, and the binding; raises NoSuchEidProvider.

    To link, the person is signed in and has just proved a strong factor: the route asks for it.
    """
    if purpose is Purpose.LINK:
        policy.require_account(actor)
    provider = eid_provider(key)
    begun = await attempts.begin(actor, key, purpose, wanted)
    return EidAuthorization(provider.authorize_url(begun.attempt), begun.binder, begun.expires_at)


async def prove(actor: Actor, key: str, answer: FinishEid, purpose: Purpose | None = None) -> Proof:
    """Return the identity that a provider's answer proves, and use the attempt up.

    Raises NoSuchEidProvider, EidRefused, EidUnavailable or EidLevelTooLow; each but the first is
    written into the audit trail, with the reason that the caller is not told.
    """
    provider = eid_provider(key)
    row = await _taken(key, answer.state, answer.binding, purpose)
    try:
        if answer.iss not in (None, provider.about.issuer):
            raise NotProved("answer_of_another_issuer")
        attempt = attempts.secrets_of(row, answer.binding)
        claims = await provider.userinfo(await provider.exchange(answer.code, attempt), attempt)
    except NotProved as error:
        await _denied(actor, row, EidRefused(), error.reason)
        raise EidRefused from error
    except EidUnavailable as error:
        await _denied(actor, row, error)
        raise
    least = provider.about.least_level
    if not claims.level.reaches(least):
        refusal = EidLevelTooLow(level=claims.level.value, needed=least.value)
        await _denied(actor, row, refusal)
        raise refusal
    return Proof(
        attempt_id=row["id"],
        purpose=Purpose(row["purpose"]),
        account_id=row["account_id"],
        wanted=row["wanted"],
        provider=provider.about,
        claims=claims,
    )


async def give_up(actor: Actor, key: str, state: str, binding: str, reason: str) -> None:
    """Note that the provider sent the person back without a proof; always raises EidRefused."""
    eid_provider(key)
    row = await _taken(key, state, binding, None)
    await _denied(actor, row, EidRefused(), reason)
    raise EidRefused


async def _taken(key: str, state: str, binding: str, purpose: Purpose | None) -> Any:
    row = await attempts.take(SYSTEM, key, purpose, state, binding)
    if row is None:
        # Not ours, another browser's, used or over: who it was about is not known.
        log.warning("eid_attempt_refused", provider=key)
        raise EidRefused
    return row


async def sign_in(
    actor: Actor, proof: Proof, carrier: Carrier, device: str | None = None
) -> SessionToken:
    """Start a session, under a new token, of the account that this identity is linked with.

    It counts as freshly proved from when the provider saw the person, if it says so. Raises
    EidNotLinked, EidRefused, and PasskeyRequired for people with a role in an organisation.
    """
    try:
        if proof.purpose is not Purpose.SIGN_IN:
            raise EidRefused
        account_id = await _account_of(SYSTEM, proof)
        if account_id is None:
            raise EidNotLinked
        return await start_session(
            SYSTEM, account_id, None, carrier, SignInMethod.EID, device,
            proved_at=proof.claims.seen_at,
        )  # fmt: skip
    except ChooseMembership:
        # Whichever of the roles they chose, it would ask for a passkey.
        await _denied_proof(actor, proof, PasskeyRequired())
        raise PasskeyRequired from None
    except (EidRefused, EidNotLinked, PasskeyRequired) as error:
        await _denied_proof(actor, proof, error)
        raise


@transactional
async def _account_of(actor: Actor, proof: Proof) -> UUID | None:
    return await eid_queries.use_link(subject_index(proof.claims), utc_now())


async def link(actor: Actor, proof: Proof) -> EidLinkView:
    """Link the proved identity with the account that asked for it.

    Raises EidRefused where another account asked, EidDiffers where the date of birth is another
    than the person's, EidKnown, and EidLinkedElsewhere, which tells nothing about where.
    """
    try:
        if proof.purpose is not Purpose.LINK or proof.account_id != actor.account_id:
            raise EidRefused
        return await _link(actor, proof)
    except (EidRefused, EidDiffers, EidKnown, EidLinkedElsewhere) as error:
        await _denied_proof(actor, proof, error)
        raise


@transactional
async def _link(actor: Actor, proof: Proof) -> EidLinkView:
    account = await queries.own_account(policy.require_account(actor))
    claims, now, link_id = proof.claims, utc_now(), new_id()
    born = await patients.birth_date(actor, account["person_id"])
    if born and claims.birth_date and born != claims.birth_date:
        raise EidDiffers
    kept = Linked(claims.issuer, claims.subject, claims.given, claims.family)
    keyring = await data_key(SubjectKind.PERSON, account["person_id"])
    row = EidLink(
        id=link_id,
        account_id=account["id"],
        provider=proof.provider.key,
        subject_index=subject_index(claims),
        national_index=claims.national_id
        and blind_index(f"national-id/{proof.provider.country}", claims.national_id),
        claims_sealed=keyring.seal(place_of(link_id), msgspec.json.encode(kept)),
        level=claims.level.value,
        proved_at=now,
        last_used_at=None,
    )
    await eid_queries.insert_link(row)
    await audit.record(
        actor, "identity.link_eid", subject=("eid_link", link_id),
        detail={"provider": proof.provider.key, "level": claims.level.value},
    )  # fmt: skip
    return link_view(row.to_dict(), kept)


@transactional
async def unlink(actor: Actor, link_id: UUID) -> None:
    """Remove a link of one's own.

    Raises NoSuchEidLink, or LastFactor where neither a passkey nor an authenticator app is left.
    """
    account_id = policy.require_account(actor)
    gone = await eid_queries.delete_link(link_id, account_id)
    if gone is None:
        raise NoSuchEidLink(subject=("eid_link", link_id))
    if not await factor_queries.has_strong_factor(account_id):
        raise LastFactor
    await audit.record(
        actor, "identity.unlink_eid", subject=("eid_link", link_id),
        detail={"provider": gone["provider"]},
    )  # fmt: skip


async def _denied_proof(actor: Actor, proof: Proof, error: DomainError) -> None:
    row = {
        "id": proof.attempt_id, "purpose": proof.purpose.value, "provider": proof.provider.key,
    }  # fmt: skip
    await _denied(actor, row, error)


async def _denied(actor: Actor, row: Any, error: DomainError, reason: str | None = None) -> None:
    """Write down, in a transaction of its own, why an attempt came to nothing."""

    @transactional
    async def noted(actor: Actor) -> None:
        detail = {"provider": row["provider"], "code": error.code}
        await audit.record(
            actor, _ACTION[Purpose(row["purpose"])], subject=("eid_attempt", row["id"]),
            outcome="denied", detail=detail | ({"reason": reason} if reason else {}),
        )  # fmt: skip

    await noted(actor)
