"""Passkeys, authenticator apps, recovery codes, step-up, and the way back after a lost passkey."""

from typing import Any
from uuid import UUID

from litestar import Controller, Request, delete, get, patch, post
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody

from api.http.guards import may
from api.http.problems import problems
from api.identity.devices import device_of
from domain.actor import Actor
from domain.errors import NotFound
from domain.identity import authenticators, enrolments, passkeys, sessions
from domain.identity.errors import (
    ChooseMembership,
    CodeRefused,
    DemoOnly,
    EnrolmentRefused,
    LastFactor,
    NoAuthenticator,
    NoSuchAccount,
    NoSuchPasskey,
    PasskeyKnown,
    PasskeyNotRegistered,
    PasskeyRefused,
    PasskeyRequired,
    WrongCredentials,
)
from domain.identity.types import (
    Carrier,
    Ceremony,
    ConfirmAuthenticator,
    EnrolmentIssued,
    Factors,
    IssueEnrolment,
    NewAuthenticator,
    PasskeySignIn,
    PasskeyView,
    RecoveryCodes,
    RedeemEnrolment,
    RegisterPasskey,
    RenamePasskey,
    SessionToken,
    StepUp,
    WearMembership,
)
from domain.permissions.errors import StepUpNeeded


class FactorsController(Controller):
    path = "/v1"
    tags = ["Sign-in"]

    @post(
        "/sessions/passkey/options",
        operation_id="beginPasskeySignIn",
        guards=[may("identity.sign_in")],
        summary="Options for signing in by passkey",
        status_code=200,
    )
    async def begin_sign_in(self, actor: NamedDependency[Actor]) -> Ceremony:
        """Return the options for `navigator.credentials.get`; they hold for five minutes."""
        return await passkeys.begin_sign_in(actor)

    @post(
        "/sessions/passkey",
        operation_id="signInByPasskey",
        guards=[may("identity.sign_in")],
        summary="Sign in by passkey",
        responses=problems(PasskeyRefused, ChooseMembership, WrongCredentials),
    )
    async def sign_in(
        self, data: JSONBody[PasskeySignIn], request: Request[Any, Any, Any]
    ) -> SessionToken:
        """Start a session; one passkey whose user was verified proves two factors."""
        return await passkeys.sign_in(data, Carrier.BEARER, device_of(request))

    @post(
        "/sessions/enrolment",
        operation_id="redeemEnrolment",
        guards=[may("identity.sign_in")],
        summary="Sign in once, to register a passkey",
        responses=problems(EnrolmentRefused),
    )
    async def redeem_enrolment(
        self, data: JSONBody[RedeemEnrolment], request: Request[Any, Any, Any]
    ) -> SessionToken:
        """Use a code that was handed over in person: the first way in, or the way back."""
        return await enrolments.redeem_enrolment(data, Carrier.BEARER, device_of(request))

    @post(
        "/sessions/current/step-up/options",
        operation_id="beginStepUp",
        guards=[may("identity.step_up")],
        summary="Options for proving a passkey again",
        status_code=200,
    )
    async def begin_step_up(self, actor: NamedDependency[Actor]) -> Ceremony:
        """Return the options for `navigator.credentials.get` with one's own passkeys."""
        return await passkeys.begin_step_up(actor)

    @post(
        "/sessions/current/step-up",
        operation_id="stepUp",
        guards=[may("identity.step_up")],
        summary="Prove a strong factor again",
        status_code=200,
        responses=problems(PasskeyRefused, CodeRefused, DemoOnly),
    )
    async def step_up(
        self,
        data: JSONBody[StepUp],
        request: Request[Any, Any, Any],
        actor: NamedDependency[Actor],
    ) -> SessionToken:
        """Return the session's new token; the old one ends. It counts as fresh for five minutes."""
        return await stepped_up(request, actor, data)

    @post(
        "/sessions/current/membership",
        operation_id="wearMembership",
        guards=[may("identity.wear_membership")],
        summary="Act in another role of mine",
        status_code=200,
        responses=problems(NotFound, PasskeyRequired),
    )
    async def wear(
        self, data: JSONBody[WearMembership], actor: NamedDependency[Actor]
    ) -> SessionToken:
        """Return a new session in the other role; this one ends."""
        return await sessions.wear_membership(actor, data)

    @get(
        "/me/factors",
        operation_id="listFactors",
        guards=[may("identity.list_factors")],
        summary="What opens my account",
    )
    async def factors(self, actor: NamedDependency[Actor]) -> Factors:
        """Return the passkeys, whether an authenticator app is set, and the recovery codes left."""
        return await authenticators.list_factors(actor)

    @post(
        "/me/passkeys/options",
        operation_id="beginPasskey",
        guards=[may("identity.add_factor")],
        summary="Options for registering a passkey",
        status_code=200,
        responses=problems(StepUpNeeded),
    )
    async def begin_passkey(self, actor: NamedDependency[Actor]) -> Ceremony:
        """Return the options for `navigator.credentials.create`; they hold for five minutes."""
        return await passkeys.begin_registration(actor)

    @post(
        "/me/passkeys",
        operation_id="registerPasskey",
        guards=[may("identity.add_factor")],
        summary="Register a passkey",
        responses=problems(StepUpNeeded, PasskeyNotRegistered, PasskeyKnown),
    )
    async def register_passkey(
        self, data: JSONBody[RegisterPasskey], actor: NamedDependency[Actor]
    ) -> PasskeyView:
        """Store a passkey; once one exists, a further one needs a fresh strong factor."""
        return await passkeys.register_passkey(actor, data)

    @patch(
        "/me/passkeys/{passkey_id:uuid}",
        operation_id="renamePasskey",
        guards=[may("identity.rename_passkey")],
        summary="Rename a passkey",
        responses=problems(NoSuchPasskey),
    )
    async def rename_passkey(
        self,
        passkey_id: FromPath[UUID],
        data: JSONBody[RenamePasskey],
        actor: NamedDependency[Actor],
    ) -> PasskeyView:
        """Call a passkey by another name."""
        return await passkeys.rename_passkey(actor, passkey_id, data)

    @delete(
        "/me/passkeys/{passkey_id:uuid}",
        operation_id="removePasskey",
        guards=[may("identity.remove_factor")],
        summary="Remove a passkey",
        responses=problems(NoSuchPasskey, LastFactor),
    )
    async def remove_passkey(
        self, passkey_id: FromPath[UUID], actor: NamedDependency[Actor]
    ) -> None:
        """Remove a passkey, unless it is the last strong way in."""
        await passkeys.remove_passkey(actor, passkey_id)

    @post(
        "/me/authenticator",
        operation_id="beginAuthenticator",
        guards=[may("identity.add_factor")],
        summary="Set up an authenticator app",
        responses=problems(StepUpNeeded),
    )
    async def begin_authenticator(self, actor: NamedDependency[Actor]) -> NewAuthenticator:
        """Return a secret for an app (RFC 6238); it counts from its first right code on."""
        return await authenticators.begin_authenticator(actor)

    @post(
        "/me/authenticator/confirm",
        operation_id="confirmAuthenticator",
        guards=[may("identity.add_factor")],
        summary="Take the authenticator app into use",
        status_code=200,
        responses=problems(StepUpNeeded, NoAuthenticator, CodeRefused),
    )
    async def confirm_authenticator(
        self, data: JSONBody[ConfirmAuthenticator], actor: NamedDependency[Actor]
    ) -> RecoveryCodes:
        """Prove the app with a code; returns ten recovery codes, which are shown only now."""
        return await authenticators.confirm_authenticator(actor, data)

    @delete(
        "/me/authenticator",
        operation_id="removeAuthenticator",
        guards=[may("identity.remove_factor")],
        summary="Remove the authenticator app",
        responses=problems(NoAuthenticator, LastFactor),
    )
    async def remove_authenticator(self, actor: NamedDependency[Actor]) -> None:
        """Remove the app, unless there is no passkey."""
        await authenticators.remove_authenticator(actor)

    @post(
        "/me/recovery-codes",
        operation_id="renewRecoveryCodes",
        guards=[may("identity.renew_recovery_codes")],
        summary="Make new recovery codes",
    )
    async def renew_recovery_codes(self, actor: NamedDependency[Actor]) -> RecoveryCodes:
        """Return ten new codes; the old ones end."""
        return await authenticators.renew_recovery_codes(actor)

    @post(
        "/enrolments",
        operation_id="issueEnrolment",
        guards=[may("identity.issue_enrolment")],
        summary="Help somebody back who lost their passkey",
        responses=problems(NoSuchAccount),
    )
    async def issue_enrolment(
        self, data: JSONBody[IssueEnrolment], actor: NamedDependency[Actor]
    ) -> EnrolmentIssued:
        """Return a code to hand over in person; using it ends every session and passkey."""
        return await enrolments.issue_enrolment(actor, data)


async def stepped_up(
    request: Request[Any, Any, Any], actor: Actor, command: StepUp
) -> SessionToken:
    """Prove whichever factor the command carries; raises PasskeyRefused, CodeRefused, DemoOnly."""
    if command.credential is not None:
        return await passkeys.step_up(actor, command.credential)
    if command.code is not None:
        return await authenticators.step_up(actor, command.code)
    development = not request.app.state.settings.production
    return await sessions.step_up_demo(actor, allowed=development and command.demo)
