"""Registration, forgotten passwords and new addresses, each proved by a mailed link."""

from litestar import Controller, post, put
from litestar.di import NamedDependency
from litestar.params import JSONBody

from api.http.guards import may
from api.http.problems import problems
from api.identity.routes import NewAccount
from domain.actor import SYSTEM, Actor
from domain.identity import recovery, registrations
from domain.identity.errors import (
    AttemptTooEarly,
    EmailTaken,
    LinkRefused,
    PasswordWrong,
    SignInBusy,
    WeakPassword,
)
from domain.identity.types import (
    AskReset,
    ChangeEmail,
    ChangePassword,
    CheckMail,
    FollowLink,
    RegisterAccount,
    ResetPassword,
)
from domain.jurisdictions import UnknownJurisdiction
from domain.languages import UnknownLanguage
from domain.patients.errors import ImpossibleBirthDate


class LinksController(Controller):
    path = "/v1"
    tags = ["People"]

    @post(
        "/accounts",
        operation_id="registerAccount",
        status_code=202,
        guards=[may("identity.register")],
        summary="Ask for an account",
        responses=problems(
            WeakPassword, ImpossibleBirthDate, UnknownLanguage, UnknownJurisdiction, SignInBusy
        ),
    )
    async def register(self, data: JSONBody[RegisterAccount]) -> CheckMail:
        """Send a link that opens the account; a known address gets the same answer, another mail.

        Nothing exists before the link was followed.
        """
        return await registrations.ask_registration(data)

    @post(
        "/accounts/confirm",
        operation_id="confirmAccount",
        guards=[may("identity.follow_link")],
        summary="Open the account whose link was mailed",
        responses=problems(LinkRefused, EmailTaken),
    )
    async def confirm(self, data: JSONBody[FollowLink]) -> NewAccount:
        """Open the account, with a patient file of one's own; sign in afterwards."""
        return NewAccount(await registrations.open_registered_account(SYSTEM, data))

    @post(
        "/password-resets",
        operation_id="askPasswordReset",
        status_code=202,
        guards=[may("identity.register")],
        summary="Ask for a new password",
    )
    async def ask_reset(self, data: JSONBody[AskReset]) -> CheckMail:
        """Send a link to the account of this address, if there is one; the answer never tells."""
        return await recovery.ask_reset(SYSTEM, data.email)

    @post(
        "/password-resets/confirm",
        operation_id="resetPassword",
        status_code=204,
        guards=[may("identity.follow_link")],
        summary="Choose a new password by a mailed link",
        responses=problems(LinkRefused, WeakPassword, SignInBusy),
    )
    async def reset(self, data: JSONBody[ResetPassword]) -> None:
        """Set the password and end every session; second factors stay as they are."""
        await recovery.reset_password(data)

    @put(
        "/me/password",
        operation_id="changePassword",
        status_code=204,
        guards=[may("identity.change_password")],
        summary="Change my password",
        responses=problems(PasswordWrong, WeakPassword, AttemptTooEarly, SignInBusy),
    )
    async def change_password(
        self, data: JSONBody[ChangePassword], actor: NamedDependency[Actor]
    ) -> None:
        """Set a new password and end every other session."""
        await recovery.change_password(actor, data)

    @post(
        "/me/email",
        operation_id="askEmailChange",
        status_code=202,
        guards=[may("identity.change_email")],
        summary="Use another address",
    )
    async def ask_email_change(
        self, data: JSONBody[ChangeEmail], actor: NamedDependency[Actor]
    ) -> CheckMail:
        """Send a link to the new address; until it is followed the old one stays."""
        return await recovery.ask_email_change(actor, data)

    @post(
        "/email-changes/confirm",
        operation_id="confirmEmailChange",
        status_code=204,
        guards=[may("identity.follow_link")],
        summary="Take the new address into use",
        responses=problems(LinkRefused, EmailTaken),
    )
    async def confirm_email(self, data: JSONBody[FollowLink]) -> None:
        """Follow the link sent to the new address; the old address is told."""
        await recovery.change_email(SYSTEM, data)
