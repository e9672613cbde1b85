"""What a suspension would hide: it is carried out, looked at, and taken back."""

from collections.abc import Collection
from datetime import datetime
from uuid import UUID

import msgspec

from domain.actor import Actor
from domain.audit import service as audit
from domain.clock import utc_now
from domain.credentials import decisions, policy, queries, rules, writing
from domain.credentials.errors import NoSuchCredential
from domain.credentials.types import CredentialMove, CredentialStatus, SuspensionScope
from domain.db import transactional, tried
from domain.permissions import service as permissions


class HiddenOffer(msgspec.Struct, frozen=True):
    """An offer that would no longer be shown nor booked."""

    id: UUID
    treatment: str
    specialty: str


class Hidden(msgspec.Struct, frozen=True):
    """What would no longer be listed from a moment on: offers, and treatments of those asked for.

    `listed` tells whether the facility would still be listed for anything.
    """

    facility_id: UUID
    effective_at: datetime
    offers: list[HiddenOffer]
    treatments: frozenset[str]
    listed: bool


@transactional
async def suspendable(
    actor: Actor, credential_id: UUID, scope: SuspensionScope
) -> tuple[UUID, datetime]:
    """Return whose credential an officer of its state may suspend now, and when that would begin.

    Raises NoSuchCredential, WrongState, UnknownScope, ImpossibleDates, and WrongRole for
    everybody else.
    """
    permissions.require(actor, "credentials.preview_suspension")
    view, row = await writing.visible(actor, credential_id)
    policy.require_decider(actor, view)
    if view.facility_id is None:
        raise NoSuchCredential(subject=("credential", credential_id))
    rules.require_move(CredentialMove.SUSPEND, CredentialStatus(row["status"]))
    values = await decisions.suspension_of(actor, row, scope)
    return view.facility_id, values["status_effective_at"]


@transactional
async def preview_suspension(
    actor: Actor, credential_id: UUID, scope: SuspensionScope, treatments: Collection[str]
) -> Hidden:
    """Return what a suspension of this scope would hide, by the rule that then hides it.

    The suspension is written and taken back within this operation, so the listing that is asked
    is the one that would stand. Raises what suspending would raise.
    """
    facility_id, _ = await suspendable(actor, credential_id, scope)
    view, row = await writing.visible(actor, credential_id, lock=True)
    values = await decisions.suspension_of(actor, row, scope)
    at: datetime = values["status_effective_at"]
    before = await queries.listed_at(facility_id, at, treatments)
    async with tried():
        await queries.update_credential(view.id, values, version=view.version, now=utc_now())
        after = await queries.listed_at(facility_id, at, treatments)
    await audit.record(
        actor, "credentials.preview_suspension", subject=("credential", credential_id),
        home_state=view.jurisdiction,
    )  # fmt: skip
    return Hidden(
        facility_id,
        at,
        [HiddenOffer(*before.offers[each]) for each in before.offers if each not in after.offers],
        before.treatments - after.treatments,
        after.facility,
    )
