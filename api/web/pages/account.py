"""One's account: passkeys, the authenticator app, electronic identity, sessions and roles."""

import contextlib
from uuid import UUID

import msgspec
import segno
from litestar import Controller, Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath
from markupsafe import Markup

from api.http.guards import may, require_admitted
from api.identity.devices import device_of
from api.identity.routes import ended_cookie, session_cookie
from api.web.forms import Form, credential_of, read_form
from api.web.languages import N_, language_of
from api.web.pages.sign_in import home_of
from api.web.pages.step_up import or_step_up
from api.web.rendering import PageRequest, go, page
from domain.actor import Actor, Assurance
from domain.errors import DomainError
from domain.identity import authenticators, enrolments, passkeys, recovery, sessions
from domain.identity import service as identity
from domain.identity.eid import service as eid
from domain.identity.eid.providers import eid_providers
from domain.identity.types import (
    Carrier,
    ChangeEmail,
    ChangePassword,
    ConfirmAuthenticator,
    NewAuthenticator,
    RecoveryCodes,
    RedeemEnrolment,
    RegisterPasskey,
    RenamePasskey,
    SignInMethod,
    WearMembership,
)

_HINTS = {
    "code": N_("The code has six digits; your app shows a new one every half minute."),
    "email": N_("Write an e-mail address, for example aigerim@example.org."),
    "password": N_("Use 8 to 128 characters; a phrase of a few words is best."),
}


class AccountPages(Controller):
    path = "/"
    include_in_schema = False

    @get("/enrol", guards=[may("pages.read")])
    async def ask_code(
        self, request: PageRequest, actor: NamedDependency[Actor]
    ) -> Response[bytes]:
        """Ask for the code that was handed over, with which a passkey is registered."""
        return page(request, "enrol.html")

    @post("/enrol", guards=[may("identity.sign_in")])
    async def enrol(self, request: PageRequest, actor: NamedDependency[Actor]) -> Response[bytes]:
        """Open the account once, to register a passkey."""
        form = await read_form(request, language_of(request))
        command = form.read(RedeemEnrolment)
        if command is not None:
            try:
                token = await enrolments.redeem_enrolment(
                    command, Carrier.COOKIE, device_of(request)
                )
                return go("/account", cookies=[session_cookie(token)])
            except DomainError as error:
                form.refuse(error)
        return page(request, "enrol.html", status=422, form=form)

    @get("/account", guards=[may("identity.list_factors")])
    async def show(self, request: PageRequest, actor: NamedDependency[Actor]) -> Response[bytes]:
        """Show what opens the account, and where it is open."""
        return await _account_page(request, actor)

    @post("/account/passkeys", guards=[may("identity.add_factor")])
    async def register(
        self, request: PageRequest, actor: NamedDependency[Actor]
    ) -> Response[bytes]:
        """Store the passkey that the browser has just made."""
        form = await read_form(request, language_of(request))
        command = form.read(RegisterPasskey, credential=credential_of(form))
        if command is None:
            return await _account_page(request, actor, form, status=422)
        try:
            await passkeys.register_passkey(actor, command)
        except DomainError as error:
            return await _refused(request, actor, form, error)
        if actor.assurance is Assurance.MULTI_FACTOR:
            return go("/account", done="passkey-added")
        # The new passkey is how they sign in from now on: the session of the first visit ends.
        await sessions.sign_out(actor)
        return go("/sign-in", cookies=[ended_cookie()], done="passkey-added")

    @post("/account/passkeys/{passkey_id:uuid}", guards=[may("identity.rename_passkey")])
    async def change(
        self, request: PageRequest, passkey_id: FromPath[UUID], actor: NamedDependency[Actor]
    ) -> Response[bytes]:
        """Rename a passkey or remove it."""
        form = await read_form(request, language_of(request))
        try:
            if form.value("do") == "remove":
                await require_admitted(actor, "identity.remove_factor")
                await passkeys.remove_passkey(actor, passkey_id)
                return go("/account", done="removed")
            command = form.read(RenamePasskey)
            if command is not None:
                await passkeys.rename_passkey(actor, passkey_id, command)
                return go("/account", done="saved")
        except DomainError as error:
            return await _refused(request, actor, form, error)
        return await _account_page(request, actor, form, status=422)

    @post("/account/authenticator", guards=[may("identity.add_factor")])
    async def authenticator(
        self, request: PageRequest, actor: NamedDependency[Actor]
    ) -> Response[bytes]:
        """Show a new secret for an authenticator app, or take the present one out of use."""
        form = await read_form(request, language_of(request))
        try:
            if form.value("do") == "remove":
                await require_admitted(actor, "identity.remove_factor")
                await authenticators.remove_authenticator(actor)
                return go("/account", done="removed")
            return _app_page(request, await authenticators.begin_authenticator(actor))
        except DomainError as error:
            return await _refused(request, actor, form, error)

    @post("/account/authenticator/confirm", guards=[may("identity.add_factor")])
    async def confirm(self, request: PageRequest, actor: NamedDependency[Actor]) -> Response[bytes]:
        """Take the app into use with its first code; the recovery codes are shown now only."""
        form = await read_form(request, language_of(request))
        made = NewAuthenticator(form.value("secret"), form.value("uri"))
        command = form.read(ConfirmAuthenticator, _HINTS)
        if command is None:
            return _app_page(request, made, form, status=422)
        try:
            codes = await authenticators.confirm_authenticator(actor, command)
        except DomainError as error:
            form.refuse(error)
            return _app_page(request, made, form, status=422)
        # The code has just proved the second factor: the session counts as such.
        token = await sessions.renew_token(actor, SignInMethod.PASSWORD_TOTP)
        return page(
            request, "recovery_codes.html", codes=codes.codes, cookies=[session_cookie(token)]
        )

    @post("/account/recovery-codes", guards=[may("identity.list_factors")])
    async def renew_codes(
        self, request: PageRequest, actor: NamedDependency[Actor]
    ) -> Response[bytes]:
        """Make ten new recovery codes and show them once."""
        form = await read_form(request, language_of(request))
        if first := await or_step_up(request, actor, "identity.renew_recovery_codes", form):
            return first
        made: RecoveryCodes = await authenticators.renew_recovery_codes(actor)
        return page(request, "recovery_codes.html", codes=made.codes)

    @post("/account/password", guards=[may("identity.change_password")])
    async def change_password(
        self, request: PageRequest, actor: NamedDependency[Actor]
    ) -> Response[bytes]:
        """Set a new password; other devices are signed out."""
        form = await read_form(request, language_of(request))
        command = form.read(ChangePassword, _HINTS)
        if command is None:
            return await _account_page(request, actor, form, status=422)
        try:
            await recovery.change_password(actor, command)
        except DomainError as error:
            return await _refused(request, actor, form, error)
        return go("/account", done="password-changed")

    @post("/account/email", guards=[may("identity.list_factors")])
    async def change_email(
        self, request: PageRequest, actor: NamedDependency[Actor]
    ) -> Response[bytes]:
        """Send a link to the new address, after a fresh proof."""
        form = await read_form(request, language_of(request))
        if first := await or_step_up(request, actor, "identity.change_email", form):
            return first
        command = form.read(ChangeEmail, _HINTS)
        if command is None:
            return await _account_page(request, actor, form, status=422)
        try:
            await recovery.ask_email_change(actor, command)
        except DomainError as error:
            return await _refused(request, actor, form, error)
        return go("/account", done="email-asked")

    @post("/account/eid/{eid_link_id:uuid}", guards=[may("identity.list_factors")])
    async def unlink_eid(
        self, request: PageRequest, eid_link_id: FromPath[UUID], actor: NamedDependency[Actor]
    ) -> Response[bytes]:
        """Remove the link with an electronic identity, after a fresh proof."""
        form = await read_form(request, language_of(request))
        if first := await or_step_up(request, actor, "identity.remove_factor", form):
            return first
        try:
            await eid.unlink(actor, eid_link_id)
        except DomainError as error:
            return await _refused(request, actor, form, error)
        return go("/account", done="removed")

    @post("/account/sessions", guards=[may("identity.revoke_session")])
    async def end_session(
        self, request: PageRequest, actor: NamedDependency[Actor]
    ) -> Response[bytes]:
        """End one session, or all but this one."""
        form = await read_form(request, language_of(request))
        if form.value("session") == "others":
            await sessions.sign_out_elsewhere(actor)
            return go("/account", done="sessions-ended")
        # One that has ended already is no fault: the list that follows shows it.
        with contextlib.suppress(DomainError, msgspec.ValidationError):
            await sessions.sign_out(actor, msgspec.convert(form.value("session"), UUID))
        return go("/account", done="sessions-ended")

    @post("/account/membership", guards=[may("identity.wear_membership")])
    async def wear(self, request: PageRequest, actor: NamedDependency[Actor]) -> Response[bytes]:
        """Go on in another role of the same person."""
        form = await read_form(request, language_of(request))
        command = form.read(WearMembership) if form.value("membership_id") else WearMembership(None)
        if command is None:
            return await _account_page(request, actor, form, status=422)
        try:
            token = await sessions.wear_membership(actor, command)
        except DomainError as error:
            return await _refused(request, actor, form, error)
        return go(home_of(token.role), cookies=[session_cookie(token)])


async def _refused(
    request: PageRequest, actor: Actor, form: Form, error: DomainError
) -> Response[bytes]:
    if error.code == "step_up_needed":
        return go("/step-up", next="/account")
    form.refuse(error)
    return await _account_page(request, actor, form, status=409)


async def _account_page(
    request: PageRequest, actor: Actor, form: Form | None = None, *, status: int = 200
) -> Response[bytes]:
    return page(
        request,
        "account.html",
        status=status,
        form=form,
        me=await identity.me(actor),
        factors=await authenticators.list_factors(actor),
        sessions=await sessions.list_sessions(actor),
        single=actor.assurance is Assurance.SINGLE_FACTOR,
        eid_providers=eid_providers(),
    )


def _app_page(
    request: PageRequest, made: NewAuthenticator, form: Form | None = None, *, status: int = 200
) -> Response[bytes]:
    drawn = segno.make(made.uri, error="m")
    # Drawn here from the address above: no text of a caller's is in it.
    picture = Markup(drawn.svg_inline(scale=5, border=2, light="#fff", omitsize=True))  # noqa: S704
    return page(request, "authenticator.html", status=status, form=form, made=made, qr=picture)
