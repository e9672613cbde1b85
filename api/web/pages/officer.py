"""The ministry officer's desk: verifying and confirming credentials, always two officers."""

from uuid import UUID

from litestar import Controller, Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath

from api.http.guards import may
from api.web import labels
from api.web.forms import Form, read_form
from api.web.languages import language_of
from api.web.pages.step_up import or_step_up
from api.web.rendering import PageRequest, go, page
from domain.actor import Actor
from domain.credentials import service as credentials
from domain.credentials.types import CredentialStatus, VerificationMethod, VerifyCredential
from domain.errors import DomainError
from domain.facilities import service as facilities

LISTS = (CredentialStatus.PENDING, CredentialStatus.ACTIVE, CredentialStatus.SUSPENDED)


class OfficerPages(Controller):
    path = "/officer"
    include_in_schema = False

    @get(guards=[may("credentials.list_queue")])
    async def queue(self, request: PageRequest, actor: NamedDependency[Actor]) -> Response[bytes]:
        """Show the credentials of the officer's own state, oldest first."""
        wanted = request.query_params.get("list")
        status = next((each for each in LISTS if each.value == wanted), CredentialStatus.PENDING)
        try:
            after = UUID(request.query_params.get("after") or "")
        except ValueError:
            after = None
        found = await credentials.list_queue(actor, status, after=after)
        return page(
            request,
            "officer.html",
            lists=[each.value for each in LISTS],
            name=status.value,
            found=found,
            state=actor.jurisdiction,
        )

    @get("/credentials/{credential_id:uuid}", guards=[may("credentials.list_queue")])
    async def credential(
        self, request: PageRequest, credential_id: FromPath[UUID], actor: NamedDependency[Actor]
    ) -> Response[bytes]:
        """Show a credential beside what is known of its facility."""
        return await _credential_page(request, actor, credential_id)

    @post("/credentials/{credential_id:uuid}", guards=[may("credentials.list_queue")])
    async def decide(
        self, request: PageRequest, credential_id: FromPath[UUID], actor: NamedDependency[Actor]
    ) -> Response[bytes]:
        """Verify as the first officer, or confirm as the second."""
        form = await read_form(request, language_of(request))
        version = form.version()
        confirming = form.value("decision") == "confirm"
        action = f"credentials.{'confirm' if confirming else 'verify'}"
        if first := await or_step_up(request, actor, action, form):
            return first
        try:
            if confirming:
                await credentials.confirm_credential(actor, credential_id, version=version)
                return go(f"/officer/credentials/{credential_id}", done="confirmed")
            command = form.read(VerifyCredential, primary_source=form.checked("primary_source"))
            if command is not None:
                await credentials.verify_credential(actor, credential_id, command, version=version)
                return go(f"/officer/credentials/{credential_id}", done="verified")
        except DomainError as error:
            form.refuse(error)
        return await _credential_page(request, actor, credential_id, form, status=422)


async def _credential_page(
    request: PageRequest, actor: Actor, credential_id: UUID, form: Form | None = None,
    *, status: int = 200,
) -> Response[bytes]:  # fmt: skip
    language = language_of(request)
    credential = await credentials.show_credential(actor, credential_id)
    facility, others = None, []
    if credential.facility_id is not None:
        facility = await facilities.show_facility(actor, credential.facility_id)
        others = await credentials.list_credentials(actor, credential.facility_id)
    return page(
        request,
        "credential.html",
        status=status,
        form=form,
        credential=credential,
        facility=facility,
        others=[each for each in others if each.id != credential_id],
        methods=[(m.value, labels.label(language, "method", m)) for m in VerificationMethod],
    )
