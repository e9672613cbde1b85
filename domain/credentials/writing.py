"""What every move of a credential shares: finding it for who moves it, and writing what follows."""

from typing import Any
from uuid import UUID

from domain.actor import Actor, Role
from domain.audit import service as audit
from domain.clock import utc_now
from domain.credentials import policy, queries, rules
from domain.credentials.errors import NoSuchCredential
from domain.credentials.events import CredentialChanged
from domain.credentials.tables import Credential
from domain.credentials.types import (
    CredentialMove,
    CredentialStatus,
    CredentialView,
    SubmitCredential,
)
from domain.errors import StaleVersion
from domain.ids import new_id
from domain.outbox import service as outbox
from domain.permissions import service as permissions
from domain.text import clean


async def visible(
    actor: Actor, credential_id: UUID, *, lock: bool = False
) -> tuple[CredentialView, Any]:
    """Return a credential as the actor may see it, and its row; raises NoSuchCredential."""
    found = await queries.credential(credential_id, visible_to=actor, lock=lock)
    if found is None:
        raise NoSuchCredential(subject=("credential", credential_id))
    return found


async def to_decide(
    actor: Actor, credential_id: UUID, move: CredentialMove, version: int
) -> tuple[CredentialView, Any]:
    """Return a credential, locked, to an officer of its state who may make this move now.

    Raises NoSuchCredential, WrongState, StaleVersion, and WrongRole for everybody else.
    """
    permissions.require(actor, rules.action_of(move))
    view, row = await visible(actor, credential_id, lock=True)
    policy.require_decider(actor, view)
    return _ready(view, row, move, version)


async def as_holder(
    actor: Actor, credential_id: UUID, move: CredentialMove, version: int
) -> tuple[CredentialView, Any]:
    """Return a credential, locked, to its holder's people who may make this move now.

    Raises NoSuchCredential, WrongState, StaleVersion, and WrongRole for everybody else.
    """
    permissions.require(actor, rules.action_of(move))
    view, row = await visible(actor, credential_id, lock=True)
    policy.require_holder(actor, view, row["held_by"])
    return _ready(view, row, move, version)


async def concerned(actor: Actor, credential_id: UUID) -> CredentialView:
    """Return a credential to its holder's people and its state's officers.

    Raises NoSuchCredential for other organisations and states, WrongRole for other roles.
    """
    permissions.require(actor, "credentials.read_proceedings")
    view, row = await visible(actor, credential_id)
    if actor.role is Role.MINISTRY_OFFICER:
        policy.require_decider(actor, view)
    else:
        policy.require_holder(actor, view, row["held_by"])
    return view


def _ready(
    view: CredentialView, row: Any, move: CredentialMove, version: int
) -> tuple[CredentialView, Any]:
    rules.require_move(move, CredentialStatus(row["status"]))
    if version != row["version"]:
        raise StaleVersion(subject=("credential", view.id), version=view.version)
    return view, row


async def write(
    actor: Actor,
    operation: str,
    move: CredentialMove,
    view: CredentialView,
    values: dict[str, Any],
    *,
    reason: str | None = None,
) -> CredentialView:
    """Make a move: the columns, the history, the audit and the event; returns the new view."""
    now = utc_now()
    if not await queries.update_credential(view.id, values, version=view.version, now=now):
        raise StaleVersion(subject=("credential", view.id), version=view.version)
    return await note(actor, operation, move, view.id, reason=reason)


async def note(
    actor: Actor,
    operation: str,
    move: CredentialMove,
    credential_id: UUID,
    *,
    reason: str | None = None,
) -> CredentialView:
    """Write down what a move made of a credential, and tell who rests on it."""
    view, _ = await visible(actor, credential_id)
    await queries.append_change(view, move, reason, actor)
    holder = {"facility_id": view.facility_id, "organisation_id": view.organisation_id}
    await audit.record(
        actor, f"credentials.{operation}", subject=("credential", credential_id),
        home_state=view.jurisdiction,
        detail={"status": view.status.value}
        | {name: str(each) for name, each in holder.items() if each},
    )  # fmt: skip
    if view.facility_id is not None:
        await outbox.publish(CredentialChanged(view.id, view.facility_id, view.status.value))
    return view


def handed_in(actor: Actor, command: SubmitCredential, body: str, **holder: Any) -> Credential:
    """Return the row of a credential that waits for its two officers."""
    now, sha256 = utc_now(), command.evidence_sha256
    return Credential(
        id=new_id(),
        kind=command.kind.value,
        accreditor_id=command.accreditor_id,
        body=body,
        standard=command.standard,
        edition=command.edition,
        specialties=sorted(set(command.specialties)),
        treatments=sorted(set(command.treatments)),
        grade=command.grade,
        certificate_number=clean(command.certificate_number),
        issued=command.issued,
        valid_from=command.valid_from,
        valid_to=command.valid_to,
        next_check=command.next_check,
        last_survey=command.last_survey,
        next_survey=command.next_survey,
        status=CredentialStatus.PENDING.value,
        suspended_specialties=[],
        suspended_treatments=[],
        url=command.url,
        evidence_sha256=bytes.fromhex(sha256) if sha256 else None,
        submitted_by=actor.account_id,
        supersedes=command.supersedes,
        version=1,
        created_at=now,
        updated_at=now,
        **holder,
    )
