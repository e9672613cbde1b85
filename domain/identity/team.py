"""Who belongs to an organisation: invited by its administrator, gone when the administrator says.

An administrator manages their own organisation; an operator manages any, so that none is stuck.
"""

from typing import Any
from uuid import UUID

from domain.actor import Actor, Role
from domain.audit import service as audit
from domain.clock import utc_now
from domain.db import transactional
from domain.identity import link_queries, policy, queries, rules, team_queries
from domain.identity.errors import (
    AlreadyMember,
    InvitationForAnother,
    LastAdministrator,
    LinkRefused,
    NoSuchInvitation,
    NoSuchMember,
    NoSuchOrganisation,
)
from domain.identity.events import AccountNoticed, InvitationMade, Notice
from domain.identity.links import LASTS, DueMail, Purpose, row_of, token_of
from domain.identity.readers import reader_of
from domain.identity.service import insert_member
from domain.identity.tables import Invitation
from domain.identity.types import (
    Administers,
    Colleague,
    FollowLink,
    InvitationView,
    Invite,
    MembershipView,
    MemberView,
    NewMembership,
    OrganisationView,
    Reader,
)
from domain.ids import new_id
from domain.keys.service import (
    Keyring,
    Place,
    SubjectKind,
    blind_index,
    data_key,
    data_key_or_new,
)
from domain.languages import require_languages
from domain.outbox import service as outbox
from domain.text import cleaned


async def managed_organisation(actor: Actor, organisation_id: UUID) -> OrganisationView:
    """Return an organisation that the actor manages, locked; for others there is none.

    Runs inside the caller's operation; raises NoSuchOrganisation.
    """
    await team_queries.lock_organisation(organisation_id)
    organisation = await queries.organisation(organisation_id)
    administers = await team_queries.administers_organisation(actor.membership_id, organisation_id)
    if organisation is None or not policy.may_manage_team(actor, administers=administers):
        raise NoSuchOrganisation(subject=("organisation", organisation_id))
    return organisation


@transactional
async def list_members(actor: Actor, organisation_id: UUID) -> list[MemberView]:
    """Return who belongs to the organisation now; for its administrators and operators."""
    await managed_organisation(actor, organisation_id)
    return await team_queries.members(organisation_id)


@transactional
async def list_colleagues(actor: Actor) -> list[Colleague]:
    """Return who works for the actor's own organisation now; nobody for who wears no hat."""
    if actor.organisation_id is None:
        return []
    return await team_queries.colleagues(actor.organisation_id)


@transactional
async def list_invitations(actor: Actor, organisation_id: UUID) -> list[InvitationView]:
    """Return the invitations that can still be accepted."""
    await managed_organisation(actor, organisation_id)
    rows = await link_queries.open_invitations(organisation_id, utc_now())
    if not rows:
        return []
    keyring = await data_key(SubjectKind.ORGANISATION, organisation_id)
    return [_view(keyring, row) for row in rows]


@transactional
async def administrators(actor: Actor, organisation_id: UUID) -> list[Reader]:
    """Return who administers an organisation now, to be written to (run as the system)."""
    found = [
        await reader_of(actor, account_id)
        for account_id in await team_queries.administrators(organisation_id)
    ]
    return [reader for reader in found if reader is not None]


def _place(invitation_id: UUID) -> Place:
    return Place("invitation", "email", invitation_id)


def _view(keyring: Keyring, row: Any) -> InvitationView:
    return InvitationView(
        row["id"],
        keyring.open_text(_place(row["id"]), row["email_sealed"]),
        Role(row["role"]),
        row["display_name"],
        row["administers"],
        row["expires_at"],
    )


@transactional
async def invite(actor: Actor, organisation_id: UUID, command: Invite) -> InvitationView:
    """Invite somebody by mail to a role; an earlier invitation to the same role ends.

    Raises NoSuchOrganisation, WrongRoleForOrganisation, LicenceNumberNeeded, AlreadyMember.
    """
    organisation = await managed_organisation(actor, organisation_id)
    command = cleaned(command)
    require_languages([command.language])
    rules.require_role_fits(organisation.kind, command.role)
    rules.require_licence_number(command.role, command.licence_number)
    email, now, invitation_id = rules.normal_email(command.email), utc_now(), new_id()
    index = blind_index("sign-in", email)
    account = await queries.account_by_email(index)
    if account and await queries.is_member(account["id"], organisation_id, command.role.value):
        raise AlreadyMember
    await link_queries.supersede_invitations(organisation_id, index, command.role.value, now)
    keyring = await data_key_or_new(SubjectKind.ORGANISATION, organisation_id)
    await link_queries.insert_invitation(
        Invitation(
            id=invitation_id,
            organisation_id=organisation_id,
            email_index=index,
            email_sealed=keyring.seal_text(_place(invitation_id), email),
            role=command.role.value,
            display_name=command.display_name,
            licence_number=command.licence_number,
            administers=command.administers,
            language=command.language,
            invited_by=actor.account_id,
            created_at=now,
            expires_at=now + LASTS[Purpose.INVITATION],
            accepted_at=None,
            withdrawn_at=None,
        )
    )
    await outbox.publish(InvitationMade(invitation_id))
    await audit.record(
        actor, "team.invite", subject=("invitation", invitation_id),
        home_state=organisation.jurisdiction,
        detail={"role": command.role.value, "administers": command.administers},
    )  # fmt: skip
    return InvitationView(
        invitation_id, email, command.role, command.display_name, command.administers,
        now + LASTS[Purpose.INVITATION],
    )  # fmt: skip


@transactional
async def withdraw_invitation(actor: Actor, organisation_id: UUID, invitation_id: UUID) -> None:
    """Take an invitation back before it is accepted; raises NoSuchInvitation."""
    organisation = await managed_organisation(actor, organisation_id)
    if not await link_queries.withdraw_invitation(invitation_id, organisation_id, utc_now()):
        raise NoSuchInvitation
    await audit.record(
        actor, "team.withdraw_invitation", subject=("invitation", invitation_id),
        home_state=organisation.jurisdiction,
    )  # fmt: skip


@transactional
async def due_invitation(actor: Actor, invitation_id: UUID) -> DueMail | None:
    """Return the mail of an open invitation."""
    row = await link_queries.open_invitation(invitation_id, utc_now())
    if row is None:
        return None
    keyring = await data_key(SubjectKind.ORGANISATION, row["organisation_id"])
    return DueMail(
        id=invitation_id,
        to=keyring.open_text(_place(invitation_id), row["email_sealed"]),
        language=row["language"],
        subject="invitation",
        token=token_of(Purpose.INVITATION, invitation_id),
        organisation=row["organisation"],
        role=row["role"],
    )


@transactional
async def accept_invitation(actor: Actor, command: FollowLink) -> MembershipView:
    """Join the organisation one was invited to, with the account that has the address.

    Raises LinkRefused, InvitationForAnother or AlreadyMember.
    """
    account = await queries.own_account(policy.require_account(actor))
    invitation_id, now = row_of(Purpose.INVITATION, command.token), utc_now()
    row = await link_queries.open_invitation(invitation_id, now)
    if row is None:
        raise LinkRefused
    if bytes(row["email_index"]) != bytes(account["email_index"]):
        raise InvitationForAnother(subject=("invitation", invitation_id))
    organisation = await queries.organisation(row["organisation_id"])
    if organisation is None:
        raise LinkRefused
    await link_queries.accept_invitation(invitation_id, now)
    return await insert_member(
        actor,
        account["id"],
        organisation,
        NewMembership(
            email="",
            role=Role(row["role"]),
            display_name=row["display_name"],
            licence_number=row["licence_number"],
        ),
        administers=row["administers"],
    )


@transactional
async def end_membership(actor: Actor, organisation_id: UUID, membership_id: UUID) -> None:
    """Take somebody's role away: their sessions under it end at once.

    Raises NoSuchMember, and LastAdministrator where nobody would be left to administer.
    """
    organisation = await managed_organisation(actor, organisation_id)
    member = await _member(organisation_id, membership_id)
    if member.administers:
        await _require_another_administrator(organisation_id, membership_id)
    now = utc_now()
    ended = await team_queries.end_membership(membership_id, now)
    if ended is None:
        raise NoSuchMember
    await team_queries.end_sessions_of(membership_id, now)
    await outbox.publish(AccountNoticed(ended["account_id"], Notice.MEMBERSHIP_ENDED))
    await audit.record(
        actor, "team.end_membership", subject=("membership", membership_id),
        home_state=organisation.jurisdiction,
    )  # fmt: skip


@transactional
async def set_administrator(
    actor: Actor, organisation_id: UUID, membership_id: UUID, command: Administers
) -> MemberView:
    """Let a member administer the organisation, or no longer.

    Raises NoSuchMember, and LastAdministrator where nobody would be left to administer.
    """
    organisation = await managed_organisation(actor, organisation_id)
    await _member(organisation_id, membership_id)
    if not command.administers:
        await _require_another_administrator(organisation_id, membership_id)
    await team_queries.set_administrator(membership_id, command.administers)
    await audit.record(
        actor, "team.set_administrator", subject=("membership", membership_id),
        home_state=organisation.jurisdiction, detail={"administers": command.administers},
    )  # fmt: skip
    return await _member(organisation_id, membership_id)


async def _member(organisation_id: UUID, membership_id: UUID) -> MemberView:
    for member in await team_queries.members(organisation_id):
        if member.id == membership_id:
            return member
    raise NoSuchMember(subject=("membership", membership_id))


async def _require_another_administrator(organisation_id: UUID, membership_id: UUID) -> None:
    others = await team_queries.members(organisation_id)
    if not any(each.administers for each in others if each.id != membership_id):
        raise LastAdministrator
