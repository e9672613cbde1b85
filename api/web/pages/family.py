"""Who may act for whom: mandates given and taken up, children, and the code at the desk."""

from datetime import UTC, datetime, time, timedelta
from uuid import UUID

import segno
from litestar import Controller, Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath
from markupsafe import Markup

from api.http.guards import may
from api.web.forms import Form, read_form
from api.web.languages import N_, language_of
from api.web.pages.step_up import or_step_up
from api.web.rendering import PageRequest, address, go, page
from domain.actor import Actor
from domain.errors import DomainError
from domain.identity.types import PersonName
from domain.jurisdictions import JURISDICTIONS
from domain.patients import mandates
from domain.patients import service as patients
from domain.patients.types import (
    AccessScope,
    MandateCode,
    OfferMandate,
    OfferMandateAtDesk,
    OpenChildFile,
    RedeemMandate,
)

_HINTS = {
    "code": N_("The code stands under the picture that was scanned."),
    "until": N_("Choose a day within two years."),
    "scopes": N_("Choose at least one thing."),
    "identity_checked": N_("Write what was shown, for example an identity card."),
    "birth_date": N_("Choose the day the child was born."),
    "evidence": N_("Write what shows that you are the parent, for example a birth certificate."),
}


class FamilyPages(Controller):
    path = "/"
    include_in_schema = False

    @get("/me/family", guards=[may("pages.patient")])
    async def show(self, request: PageRequest, actor: NamedDependency[Actor]) -> Response[bytes]:
        """Show who may act for me, and for whom I act."""
        return await _family_page(request, actor)

    @post("/me/family/{patient_id:uuid}/mandates", guards=[may("pages.patient")])
    async def give(
        self, request: PageRequest, patient_id: FromPath[UUID], actor: NamedDependency[Actor]
    ) -> Response[bytes]:
        """Make the code of a mandate, after a fresh proof."""
        form = await read_form(request, language_of(request))
        if first := await or_step_up(request, actor, "mandates.offer", form):
            return first
        command = form.read(OfferMandate, _HINTS, scopes=_scopes(form), until=_until(form))
        if command is None:
            return await _family_page(request, actor, form, status=422)
        try:
            made = await mandates.offer_mandate(actor, patient_id, command)
        except DomainError as error:
            form.refuse(error)
            return await _family_page(request, actor, form, status=422)
        return _code_page(request, made)

    @post("/me/family/accesses/{access_id:uuid}", guards=[may("mandates.withdraw")])
    async def withdraw(
        self, request: PageRequest, access_id: FromPath[UUID], actor: NamedDependency[Actor]
    ) -> Response[bytes]:
        """End a mandate at once."""
        form = await read_form(request, language_of(request))
        try:
            await mandates.withdraw_access(actor, access_id)
        except DomainError as error:
            form.refuse(error)
            return await _family_page(request, actor, form, status=409)
        return go("/me/family", done="mandate-ended")

    @post("/me/family/children", guards=[may("patients.open_for_child")])
    async def open_child(
        self, request: PageRequest, actor: NamedDependency[Actor]
    ) -> Response[bytes]:
        """Open the file of one's child."""
        form = await read_form(request, language_of(request))
        name = form.read(PersonName)
        command = form.read(OpenChildFile, _HINTS, name=name)
        if command is None:
            return await _family_page(request, actor, form, status=422)
        try:
            await mandates.open_child_file(actor, command)
        except DomainError as error:
            form.refuse(error)
            return await _family_page(request, actor, form, status=422)
        return go("/me/family", done="saved")

    @get("/mandate", guards=[may("mandates.take_up")])
    async def ask_code(
        self, request: PageRequest, actor: NamedDependency[Actor]
    ) -> Response[bytes]:
        """Show the mandate that a scanned picture leads to; it is taken up with a button."""
        return _take_up_page(request, request.query_params.get("code", "")[:60])

    @post("/mandate", guards=[may("mandates.take_up")])
    async def take_up(self, request: PageRequest, actor: NamedDependency[Actor]) -> Response[bytes]:
        """Take up a mandate."""
        form = await read_form(request, language_of(request))
        command = form.read(RedeemMandate, _HINTS)
        if command is not None:
            try:
                await mandates.redeem_mandate(actor, command)
                return go("/me/family", done="mandate-taken")
            except DomainError as error:
                form.refuse(error)
        return _take_up_page(request, form.value("code"), form, status=422)

    @get("/practice/patients/{patient_id:uuid}/mandate", guards=[may("pages.practice")])
    async def ask_desk(
        self, request: PageRequest, patient_id: FromPath[UUID], actor: NamedDependency[Actor]
    ) -> Response[bytes]:
        """Show the form of a mandate given at the desk."""
        return await _desk_page(request, actor, patient_id)

    @post("/practice/patients/{patient_id:uuid}/mandate", guards=[may("pages.practice")])
    async def at_desk(
        self, request: PageRequest, patient_id: FromPath[UUID], actor: NamedDependency[Actor]
    ) -> Response[bytes]:
        """Make the code of a patient who sits here, for the relative's phone to scan."""
        form = await read_form(request, language_of(request))
        if first := await or_step_up(request, actor, "mandates.offer_at_desk", form):
            return first
        command = form.read(
            OfferMandateAtDesk, _HINTS, scopes=_scopes(form), until=_until(form), paper=None
        )
        if command is None:
            return await _desk_page(request, actor, patient_id, form, status=422)
        try:
            made = await mandates.offer_at_desk(actor, patient_id, command)
        except DomainError as error:
            form.refuse(error)
            return await _desk_page(request, actor, patient_id, form, status=422)
        return _code_page(request, made)


def _scopes(form: Form) -> list[AccessScope]:
    known = {scope.value for scope in AccessScope}
    found = [AccessScope(value) for value in form.values("scopes") if value in known]
    if not found:
        form.complain("scopes", _HINTS["scopes"])
    return found


def _until(form: Form) -> datetime:
    """Return the last moment of the chosen day, in UTC; a complaint is noted when there is none."""
    try:
        day = datetime.fromisoformat(form.value("until")).date()
    except ValueError:
        form.complain("until", _HINTS["until"])
        return datetime.now(UTC)
    return datetime.combine(day, time(23, 59, 59), UTC)


async def _family_page(
    request: PageRequest, actor: Actor, form: Form | None = None, *, status: int = 200
) -> Response[bytes]:
    language = language_of(request)
    files = [
        (patient, await mandates.list_accesses(actor, patient.id))
        for patient in await patients.list_patients(actor)
    ]
    return page(
        request,
        "family.html",
        status=status,
        form=form,
        files=files,
        scopes=[scope.value for scope in AccessScope],
        states=[(code, language.state(code)) for code in JURISDICTIONS],
        in_a_year=(datetime.now(UTC) + timedelta(days=365)).date().isoformat(),
    )


def _code_page(request: PageRequest, made: MandateCode) -> Response[bytes]:
    where = request.app.state.settings.public_url + address("/mandate", code=made.code)
    # Drawn here from our own address: no text of a caller's is in it.
    picture = Markup(  # noqa: S704
        segno.make(where, error="m").svg_inline(scale=5, border=2, light="#fff", omitsize=True)
    )
    return page(request, "mandate_code.html", made=made, where=where, qr=picture)


def _take_up_page(
    request: PageRequest, code: str, form: Form | None = None, *, status: int = 200
) -> Response[bytes]:
    return page(request, "mandate.html", status=status, form=form, code=code)


async def _desk_page(
    request: PageRequest, actor: Actor, patient_id: UUID, form: Form | None = None,
    *, status: int = 200,
) -> Response[bytes]:  # fmt: skip
    return page(
        request,
        "desk_mandate.html",
        status=status,
        form=form,
        patient=await patients.show_patient(actor, patient_id),
        scopes=[scope.value for scope in AccessScope],
        in_a_year=(datetime.now(UTC) + timedelta(days=365)).date().isoformat(),
    )
