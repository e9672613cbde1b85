"""Members of an organisation, invitations to it, and the licences officers verify."""

from uuid import UUID

from litestar import Controller, delete, get, post, put
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody

from api.http.guards import may
from api.http.problems import problems
from domain.actor import Actor
from domain.identity import licences, service, team
from domain.identity.errors import (
    AlreadyMember,
    InvitationForAnother,
    LastAdministrator,
    LicenceNumberNeeded,
    LinkRefused,
    NoSuchAccount,
    NoSuchInvitation,
    NoSuchLicence,
    NoSuchMember,
    NoSuchOrganisation,
    WrongRoleForOrganisation,
)
from domain.identity.types import (
    Administers,
    FollowLink,
    InvitationView,
    Invite,
    LicenceView,
    MembershipView,
    MemberView,
    NewMembership,
    RefuseLicence,
    VerifyLicence,
)


class TeamController(Controller):
    path = "/v1"
    tags = ["Team"]

    @get(
        "/organisations/{organisation_id:uuid}/members",
        operation_id="listMembers",
        guards=[may("team.list")],
        summary="Who belongs to the organisation",
        responses=problems(NoSuchOrganisation),
    )
    async def members(
        self, organisation_id: FromPath[UUID], actor: NamedDependency[Actor]
    ) -> list[MemberView]:
        """List the present members, for an administrator of the organisation."""
        return await team.list_members(actor, organisation_id)

    @post(
        "/organisations/{organisation_id:uuid}/members",
        operation_id="addMember",
        guards=[may("identity.add_member")],
        summary="Give a person a role",
        responses=problems(
            NoSuchOrganisation,
            NoSuchAccount,
            AlreadyMember,
            WrongRoleForOrganisation,
            LicenceNumberNeeded,
        ),
    )
    async def add_member(
        self,
        organisation_id: FromPath[UUID],
        data: JSONBody[NewMembership],
        actor: NamedDependency[Actor],
    ) -> MembershipView:
        """Give the holder of an account a role in the organisation."""
        return await service.add_member(actor, organisation_id, data)

    @delete(
        "/organisations/{organisation_id:uuid}/members/{membership_id:uuid}",
        operation_id="endMembership",
        guards=[may("team.end_membership")],
        summary="Take a person's role away",
        responses=problems(NoSuchOrganisation, NoSuchMember, LastAdministrator),
    )
    async def end_membership(
        self,
        organisation_id: FromPath[UUID],
        membership_id: FromPath[UUID],
        actor: NamedDependency[Actor],
    ) -> None:
        """End the membership; the next request of its sessions is refused."""
        await team.end_membership(actor, organisation_id, membership_id)

    @put(
        "/organisations/{organisation_id:uuid}/members/{membership_id:uuid}/administers",
        operation_id="setAdministrator",
        guards=[may("team.set_administrator")],
        summary="Let a member administer, or no longer",
        responses=problems(NoSuchOrganisation, NoSuchMember, LastAdministrator),
    )
    async def set_administrator(
        self,
        organisation_id: FromPath[UUID],
        membership_id: FromPath[UUID],
        data: JSONBody[Administers],
        actor: NamedDependency[Actor],
    ) -> MemberView:
        """Say whether the member manages who belongs to the organisation."""
        return await team.set_administrator(actor, organisation_id, membership_id, data)

    @get(
        "/organisations/{organisation_id:uuid}/invitations",
        operation_id="listInvitations",
        guards=[may("team.list")],
        summary="Invitations that can still be accepted",
        responses=problems(NoSuchOrganisation),
    )
    async def invitations(
        self, organisation_id: FromPath[UUID], actor: NamedDependency[Actor]
    ) -> list[InvitationView]:
        """List the open invitations, newest first."""
        return await team.list_invitations(actor, organisation_id)

    @post(
        "/organisations/{organisation_id:uuid}/invitations",
        operation_id="invite",
        guards=[may("team.invite")],
        summary="Invite a person to a role",
        responses=problems(
            NoSuchOrganisation, WrongRoleForOrganisation, LicenceNumberNeeded, AlreadyMember
        ),
    )
    async def invite(
        self,
        organisation_id: FromPath[UUID],
        data: JSONBody[Invite],
        actor: NamedDependency[Actor],
    ) -> InvitationView:
        """Send an invitation by mail, good for seven days; an earlier one to the role ends."""
        return await team.invite(actor, organisation_id, data)

    @delete(
        "/organisations/{organisation_id:uuid}/invitations/{invitation_id:uuid}",
        operation_id="withdrawInvitation",
        guards=[may("team.withdraw_invitation")],
        summary="Take an invitation back",
        responses=problems(NoSuchOrganisation, NoSuchInvitation),
    )
    async def withdraw(
        self,
        organisation_id: FromPath[UUID],
        invitation_id: FromPath[UUID],
        actor: NamedDependency[Actor],
    ) -> None:
        """Take back an invitation that nobody has accepted yet."""
        await team.withdraw_invitation(actor, organisation_id, invitation_id)

    @post(
        "/invitations/accept",
        operation_id="acceptInvitation",
        guards=[may("identity.accept_invitation")],
        summary="Accept an invitation",
        responses=problems(LinkRefused, InvitationForAnother, AlreadyMember),
    )
    async def accept(
        self, data: JSONBody[FollowLink], actor: NamedDependency[Actor]
    ) -> MembershipView:
        """Join the organisation, signed in with the account of the invited address.

        Where the role needs a licence it rests until an officer has verified the number.
        """
        return await team.accept_invitation(actor, data)

    @get(
        "/licences",
        operation_id="listLicences",
        guards=[may("licences.list")],
        summary="Licences that wait for my jurisdiction",
    )
    async def licences(self, actor: NamedDependency[Actor]) -> list[LicenceView]:
        """List the numbers to look up in the register, oldest first."""
        return await licences.list_licences(actor)

    @post(
        "/licences/{membership_id:uuid}/verify",
        operation_id="verifyLicence",
        status_code=204,
        guards=[may("licences.verify")],
        summary="The register has the number",
        responses=problems(NoSuchLicence),
    )
    async def verify(
        self,
        membership_id: FromPath[UUID],
        data: JSONBody[VerifyLicence],
        actor: NamedDependency[Actor],
    ) -> None:
        """Let the member act in their role from now on."""
        await licences.verify_licence(actor, membership_id, data)

    @post(
        "/licences/{membership_id:uuid}/refuse",
        operation_id="refuseLicence",
        status_code=204,
        guards=[may("licences.refuse")],
        summary="The register does not have the number",
        responses=problems(NoSuchLicence),
    )
    async def refuse(
        self,
        membership_id: FromPath[UUID],
        data: JSONBody[RefuseLicence],
        actor: NamedDependency[Actor],
    ) -> None:
        """End the membership; its holder is told by mail."""
        await licences.refuse_licence(actor, membership_id, data)
