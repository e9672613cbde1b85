"""Registers of facilities as pages: bring a file, look at what it changes, apply or discard."""

from uuid import UUID

from litestar import Controller, Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath

from api.http.guards import may
from api.web import labels
from api.web.forms import MISSING, Form, read_form
from api.web.languages import language_of
from api.web.pages.step_up import or_step_up
from api.web.rendering import PageRequest, go, page
from domain.actor import Actor
from domain.errors import Conflict, DomainError
from domain.registers import service
from domain.registers.reading import MAX_BYTES
from domain.registers.types import ApplyRegisterImport, ChangeKind, RegisterFormat

_SHOWN = 100


class RegisterPages(Controller):
    path = "/registers"
    include_in_schema = False

    @get(guards=[may("registers.read")])
    async def imports(self, request: PageRequest, actor: NamedDependency[Actor]) -> Response[bytes]:
        """Show the imports of one's states, and the form that brings a file."""
        return await _imports_page(request, actor)

    @post(guards=[may("registers.upload")], request_max_body_size=MAX_BYTES + 65_536)
    async def read(self, request: PageRequest, actor: NamedDependency[Actor]) -> Response[bytes]:
        """Read a file, and go on to what it changes."""
        form = await read_form(request, language_of(request))
        known = {each.value: each for each in RegisterFormat}
        register, raw = known.get(form.value("register")), form.files.get("file")
        if register is None:
            form.complain("register", MISSING)
        if not raw:
            form.complain("file", MISSING)
        if register is None or not raw:
            return await _imports_page(request, actor, form, status=422)
        try:
            made = await service.read_register(actor, register, raw)
        except DomainError as error:
            form.refuse(error)
            return await _imports_page(request, actor, form, status=422)
        return go(f"/registers/{made.id}")

    @get("/{import_id:uuid}", guards=[may("registers.read")])
    async def show(
        self, request: PageRequest, import_id: FromPath[UUID], actor: NamedDependency[Actor]
    ) -> Response[bytes]:
        """Show what an import changes, before and after beside each other."""
        return await _import_page(request, actor, import_id)

    @post("/{import_id:uuid}", guards=[may("registers.read")])
    async def decide(
        self, request: PageRequest, import_id: FromPath[UUID], actor: NamedDependency[Actor]
    ) -> Response[bytes]:
        """Apply all or what is ticked, after a fresh proof, or discard."""
        form = await read_form(request, language_of(request))
        decision, version = form.value("decision"), form.version()
        action = "registers.discard" if decision == "discard" else "registers.apply"
        if first := await or_step_up(request, actor, action, form):
            return first
        try:
            if decision == "discard":
                await service.discard_import(actor, import_id, version=version)
                return go(f"/registers/{import_id}", done="saved")
            command = _chosen(form)
            if command is not None:
                await service.apply_import(actor, import_id, command, version=version)
                return go(f"/registers/{import_id}", done="saved")
        except DomainError as error:
            form.refuse(error)
            status = 409 if isinstance(error, Conflict) else 422
            return await _import_page(request, actor, import_id, form, status=status)
        return await _import_page(request, actor, import_id, form, status=422)


def _chosen(form: Form) -> ApplyRegisterImport | None:
    """Return the choice of a form; nothing ticked is a slip, not a wish."""
    if form.value("decision") == "all":
        return ApplyRegisterImport()
    if not form.values("changes"):
        form.complain("changes", MISSING)
    return form.read(ApplyRegisterImport)


async def _imports_page(
    request: PageRequest, actor: Actor, form: Form | None = None, *, status: int = 200
) -> Response[bytes]:
    language = language_of(request)
    return page(
        request,
        "registers.html",
        status=status,
        form=form,
        found=await service.list_imports(actor, after=_after(request)),
        gone=await service.list_gone(actor),
        registers=[(r.value, labels.label(language, "register", r)) for r in RegisterFormat],
    )


async def _import_page(
    request: PageRequest, actor: Actor, import_id: UUID, form: Form | None = None,
    *, status: int = 200,
) -> Response[bytes]:  # fmt: skip
    asked = request.query_params.get("kind")
    kind = next((each for each in ChangeKind if each.value == asked), None)
    return page(
        request,
        "register_import.html",
        status=status,
        form=form,
        found=await service.show_import(
            actor, import_id, kind, after=_after(request), limit=_SHOWN
        ),
        kinds=[each.value for each in ChangeKind],
        kind=kind.value if kind else None,
    )


def _after(request: PageRequest) -> UUID | None:
    try:
        return UUID(request.query_params.get("after") or "")
    except ValueError:
        return None
