"""Opening an account, a forgotten password and a new address: pages that mailed links lead to.

Opening a link shows a page with a button: mail programs that look at links use none up.
"""

from typing import Any

from litestar import Controller, Response, get, post
from litestar.di import NamedDependency

from api.http.guards import may
from api.web.forms import Form, read_form
from api.web.languages import N_, Language, language_of
from api.web.rendering import PageRequest, go, page, safe_path
from domain.actor import SYSTEM, Actor
from domain.errors import DomainError
from domain.identity import recovery, registrations
from domain.identity.types import AskReset, FollowLink, PersonName, RegisterAccount, ResetPassword
from domain.jurisdictions import JURISDICTIONS

_HINTS = {
    "email": N_("Write an e-mail address, for example aigerim@example.org."),
    "password": N_("Use 8 to 128 characters; a phrase of a few words is best."),
    "birth_date": N_("Choose the day you were born."),
    "home_state": N_("Choose the country you live in."),
    "token": N_("This link is not complete; copy it from the mail once more."),
}


class LinkPages(Controller):
    path = "/"
    include_in_schema = False

    @get("/sign-up", guards=[may("pages.read")])
    async def ask_sign_up(
        self, request: PageRequest, actor: NamedDependency[Actor]
    ) -> Response[bytes]:
        """Show the form that opens an account."""
        return _sign_up_page(request)

    @post("/sign-up", guards=[may("identity.register")])
    async def sign_up(self, request: PageRequest, actor: NamedDependency[Actor]) -> Response[bytes]:
        """Send the link that opens the account."""
        language = language_of(request)
        form = await read_form(request, language)
        name = form.read(PersonName)
        command = form.read(
            RegisterAccount, _HINTS, name=name, language=language.tag, as_patient=True
        )
        if command is None:
            return _sign_up_page(request, form, status=422)
        try:
            await registrations.ask_registration(command)
        except DomainError as error:
            form.refuse(error)
            return _sign_up_page(request, form, status=422)
        return go("/check-mail")

    @get("/check-mail", guards=[may("pages.read")])
    async def check_mail(
        self, request: PageRequest, actor: NamedDependency[Actor]
    ) -> Response[bytes]:
        """Say that a mail is on its way."""
        return page(request, "check_mail.html")

    @get("/sign-up/confirm", guards=[may("pages.read")])
    async def ask_confirm(
        self, request: PageRequest, actor: NamedDependency[Actor]
    ) -> Response[bytes]:
        """Ask for the click that opens the account."""
        return _link_page(request, "register")

    @post("/sign-up/confirm", guards=[may("identity.follow_link")])
    async def confirm(self, request: PageRequest, actor: NamedDependency[Actor]) -> Response[bytes]:
        """Open the account whose link was followed."""
        form = await read_form(request, language_of(request))
        command = form.read(FollowLink, _HINTS)
        if command is None:
            return _link_page(request, "register", form, status=422)
        try:
            await registrations.open_registered_account(SYSTEM, command)
        except DomainError as error:
            form.refuse(error)
            return _link_page(request, "register", form, status=422)
        return go("/sign-in", done="account-opened")

    @get("/account/email/confirm", guards=[may("pages.read")])
    async def ask_email(
        self, request: PageRequest, actor: NamedDependency[Actor]
    ) -> Response[bytes]:
        """Ask for the click that takes the new address into use."""
        return _link_page(request, "change_email")

    @post("/account/email/confirm", guards=[may("identity.follow_link")])
    async def email(self, request: PageRequest, actor: NamedDependency[Actor]) -> Response[bytes]:
        """Take the new address into use."""
        form = await read_form(request, language_of(request))
        command = form.read(FollowLink, _HINTS)
        if command is None:
            return _link_page(request, "change_email", form, status=422)
        try:
            await recovery.change_email(SYSTEM, command)
        except DomainError as error:
            form.refuse(error)
            return _link_page(request, "change_email", form, status=422)
        return go("/account" if actor.signed_in else "/sign-in", done="saved")

    @get("/password/forgotten", guards=[may("pages.read")])
    async def ask_reset(
        self, request: PageRequest, actor: NamedDependency[Actor]
    ) -> Response[bytes]:
        """Ask for the address of the account."""
        return page(request, "password_forgotten.html")

    @post("/password/forgotten", guards=[may("identity.register")])
    async def reset(self, request: PageRequest, actor: NamedDependency[Actor]) -> Response[bytes]:
        """Send a link for a new password, if there is such an account."""
        form = await read_form(request, language_of(request))
        command = form.read(AskReset, _HINTS)
        if command is None:
            return page(request, "password_forgotten.html", status=422, form=form)
        await recovery.ask_reset(SYSTEM, command.email)
        return go("/check-mail")

    @get("/password/new", guards=[may("pages.read")])
    async def ask_password(
        self, request: PageRequest, actor: NamedDependency[Actor]
    ) -> Response[bytes]:
        """Ask for the new password."""
        return _link_page(request, "reset_password")

    @post("/password/new", guards=[may("identity.follow_link")])
    async def password(
        self, request: PageRequest, actor: NamedDependency[Actor]
    ) -> Response[bytes]:
        """Set the new password."""
        form = await read_form(request, language_of(request))
        command = form.read(ResetPassword, _HINTS)
        if command is None:
            return _link_page(request, "reset_password", form, status=422)
        try:
            await recovery.reset_password(command)
        except DomainError as error:
            form.refuse(error)
            return _link_page(request, "reset_password", form, status=422)
        return go("/sign-in", done="password-changed")


def _sign_up_page(
    request: PageRequest, form: Form | None = None, *, status: int = 200
) -> Response[Any]:
    wanted = form.value("next") if form else request.query_params.get("next")
    return page(
        request,
        "sign_up.html",
        status=status,
        form=form,
        next=safe_path(wanted, ""),
        states=states_of(language_of(request)),
    )


def states_of(language: Language) -> list[tuple[str, str]]:
    """Return the states of the network with their names, in the order of the names."""
    named = ((code, language.state(code)) for code in JURISDICTIONS)
    return sorted(named, key=lambda each: each[1])


def _link_page(
    request: PageRequest, purpose: str, form: Form | None = None, *, status: int = 200
) -> Response[bytes]:
    token = form.value("token") if form else (request.query_params.get("token") or "")
    # The address of this page is a secret until it was used: no other site may learn it.
    return page(
        request,
        "follow_link.html",
        status=status,
        form=form,
        purpose=purpose,
        token=token,
        headers={"Cache-Control": "no-store", "Referrer-Policy": "same-origin"},
    )
