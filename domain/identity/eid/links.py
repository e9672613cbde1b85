"""The links between accounts and identities, as their owners see them."""

from typing import Any
from uuid import UUID

import msgspec

from domain.actor import Actor
from domain.db import transactional
from domain.identity import policy
from domain.identity.eid import queries
from domain.identity.eid.providers import provider_name
from domain.identity.eid.types import EidClaims, EidLinkView, IdentityProof, Level, Linked
from domain.keys.service import Place, SubjectKind, blind_index, data_key


def place_of(link_id: UUID) -> Place:
    """Return where a link's claims are sealed."""
    return Place("eid_link", "claims", link_id)


def subject_index(claims: EidClaims) -> bytes:
    """Return the blind index of an identity: of the subject, under a key of its issuer's own."""
    return blind_index(f"eid/{claims.issuer}", claims.subject)


@transactional
async def list_proofs(actor: Actor) -> list[IdentityProof]:
    """Return the identities linked with one's account, with what was sealed of each."""
    rows = await queries.links_of(policy.require_account(actor))
    if not rows:
        return []
    keyring = await data_key(SubjectKind.PERSON, rows[0]["person_id"])
    found = []
    for row in rows:
        sealed = keyring.open(place_of(row["id"]), row["claims_sealed"])
        kept = msgspec.json.decode(sealed, type=Linked)
        found.append(IdentityProof(link_view(row, kept), kept.issuer, kept.subject))
    return found


def link_view(row: Any, kept: Linked) -> EidLinkView:
    """Return a link as its owner sees it."""
    return EidLinkView(
        id=row["id"],
        provider=row["provider"],
        name=provider_name(row["provider"]),
        level=Level(row["level"]),
        given=kept.given,
        family=kept.family,
        proved_at=row["proved_at"],
        last_used_at=row["last_used_at"],
    )
