"""Licence numbers, verified by an officer of the jurisdiction that keeps the register."""

from uuid import UUID

from domain.actor import Actor
from domain.audit import service as audit
from domain.clock import utc_now
from domain.db import transactional
from domain.identity import team_queries
from domain.identity.errors import NoSuchLicence
from domain.identity.events import AccountNoticed, Notice
from domain.identity.types import LicenceView, RefuseLicence, VerifyLicence
from domain.outbox import service as outbox
from domain.permissions import service as permissions
from domain.text import cleaned


@transactional
async def list_licences(actor: Actor) -> list[LicenceView]:
    """Return the licences that wait for the officer's jurisdiction, oldest first."""
    permissions.require(actor, "licences.list")
    return await team_queries.waiting_licences(actor.jurisdiction)


@transactional
async def verify_licence(actor: Actor, membership_id: UUID, command: VerifyLicence) -> None:
    """Note that the number stands in the register: the member may act from now on.

    Nobody verifies their own. Raises NoSuchLicence.
    """
    permissions.require(actor, "licences.verify")
    row = await _waiting(actor, membership_id)
    command = cleaned(command)
    await team_queries.verify_licence(membership_id, actor.account_id, command.register, utc_now())
    await outbox.publish(AccountNoticed(row["account_id"], Notice.LICENCE_VERIFIED))
    await audit.record(
        actor, "licences.verify", subject=("membership", membership_id),
        home_state=actor.jurisdiction, detail={"register": command.register},
    )  # fmt: skip


@transactional
async def refuse_licence(actor: Actor, membership_id: UUID, command: RefuseLicence) -> None:
    """End a membership whose number the register does not have; raises NoSuchLicence."""
    permissions.require(actor, "licences.refuse")
    row = await _waiting(actor, membership_id)
    command = cleaned(command)
    await team_queries.end_membership(membership_id, utc_now())
    await outbox.publish(AccountNoticed(row["account_id"], Notice.LICENCE_REFUSED))
    await audit.record(
        actor, "licences.refuse", subject=("membership", membership_id),
        home_state=actor.jurisdiction, detail={"reason": command.reason},
    )  # fmt: skip


async def _waiting(actor: Actor, membership_id: UUID) -> dict[str, UUID]:
    row = await team_queries.waiting_licence(membership_id, actor.jurisdiction)
    if row is None or row["account_id"] == actor.account_id:
        raise NoSuchLicence(subject=("membership", membership_id))
    return dict(row)
