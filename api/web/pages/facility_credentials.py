"""A facility's own credentials: what it holds, hands in, renews, and appeals."""

from uuid import UUID

from litestar import Controller, Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath

from api.http.guards import may, require_admitted
from api.web import labels
from api.web.forms import Form, read_form
from api.web.languages import Language, language_of
from api.web.pages.credential_words import code_names
from api.web.rendering import PageRequest, go, page
from domain.actor import Actor
from domain.credentials import appeals, history, recognitions, renewals
from domain.credentials import service as credentials
from domain.credentials.errors import NoSuchCredential
from domain.credentials.proceeding_types import AppealDecision, FileRenewal, RenewalStatus
from domain.credentials.types import (
    AppealStatus,
    CredentialKind,
    CredentialStatus,
    SubmitCredential,
)
from domain.errors import DomainError
from domain.facilities import service as facilities
from domain.files import service as files
from domain.files.types import FileStatus

_HERE = "/facility/credentials"
_KINDS = (
    CredentialKind.LICENCE,
    CredentialKind.HEALTH_TOURISM_AUTHORISATION,
    CredentialKind.QUALITY_ACCREDITATION,
    CredentialKind.PROGRAMME_CERTIFICATION,
)


class FacilityCredentialPages(Controller):
    path = _HERE
    include_in_schema = False

    @get(guards=[may("pages.facility")])
    async def show(self, request: PageRequest, actor: NamedDependency[Actor]) -> Response[bytes]:
        """Show what each facility of the organisation holds."""
        return await _list_page(request, actor)

    @post("/of/{facility_id:uuid}", guards=[may("credentials.submit")])
    async def hand_in(
        self, request: PageRequest, facility_id: FromPath[UUID], actor: NamedDependency[Actor]
    ) -> Response[bytes]:
        """Hand in a credential; two officers decide."""
        form = await read_form(request, language_of(request))
        try:
            command = form.read(SubmitCredential, None, specialties=[], treatments=[])
            if command is not None:
                made = await credentials.submit_credential(actor, facility_id, command)
                return go(f"{_HERE}/{made.id}", done="handed-in")
        except DomainError as error:
            form.refuse(error)
        return await _list_page(request, actor, form, chosen=facility_id, status=422)

    @get("/{credential_id:uuid}", guards=[may("pages.facility")])
    async def credential(
        self, request: PageRequest, credential_id: FromPath[UUID], actor: NamedDependency[Actor]
    ) -> Response[bytes]:
        """Show one credential, its history, and what its holder may do now."""
        return await _credential_page(request, actor, credential_id)

    @post("/{credential_id:uuid}", guards=[may("pages.facility")])
    async def move(
        self, request: PageRequest, credential_id: FromPath[UUID], actor: NamedDependency[Actor]
    ) -> Response[bytes]:
        """File a renewal or an appeal, or take an appeal back."""
        form = await read_form(request, language_of(request))
        here, version = f"{_HERE}/{credential_id}", form.version()
        try:
            match form.value("decision"):
                case "withdraw_appeal":
                    await require_admitted(actor, "credentials.withdraw_appeal")
                    await appeals.withdraw_appeal(actor, credential_id, version=version)
                    return go(here, done="appeal-withdrawn")
                case "appeal":
                    await require_admitted(actor, "credentials.appeal")
                    if (grounds := form.read(AppealDecision)) is not None:
                        await appeals.appeal_decision(
                            actor, credential_id, grounds, version=version
                        )
                        return go(here, done="appeal-filed")
                case _:
                    await require_admitted(actor, "credentials.file_renewal")
                    if (renewal := form.read(FileRenewal)) is not None:
                        await renewals.file_renewal(actor, credential_id, renewal, version=version)
                        return go(here, done="renewal-filed")
        except DomainError as error:
            form.refuse(error)
        return await _credential_page(request, actor, credential_id, form, status=422)


async def _list_page(
    request: PageRequest, actor: Actor, form: Form | None = None, *,
    chosen: UUID | None = None, status: int = 200,
) -> Response[bytes]:  # fmt: skip
    language = language_of(request)
    own = await facilities.own_facilities(actor)
    accreditors = await recognitions.list_accreditors(actor, limit=100)
    return page(
        request,
        "facility_credentials.html",
        status=status,
        form=form,
        chosen=chosen,
        facilities=own,
        held={each.id: await credentials.list_credentials(actor, each.id) for each in own},
        kinds=_kinds(language),
        accreditors=[(each.id, each.name) for each in accreditors.items],
    )


def _kinds(language: Language) -> list[tuple[str, str]]:
    return [(kind.value, labels.label(language, "credential", kind)) for kind in _KINDS]


async def _credential_page(
    request: PageRequest, actor: Actor, credential_id: UUID, form: Form | None = None,
    *, status: int = 200,
) -> Response[bytes]:  # fmt: skip
    credential = await credentials.show_credential(actor, credential_id)
    # First, for it refuses whoever is not the holder: a confirmed credential is public.
    told = await appeals.list_appeals(actor, credential_id)
    filed = await renewals.list_renewals(actor, credential_id)
    if credential.facility_id is None or actor.organisation_id is None:
        raise NoSuchCredential(subject=("credential", credential_id))
    facility = await facilities.show_facility(actor, credential.facility_id)
    evidence = await files.list_evidence(actor, actor.organisation_id)
    holds = credential.status in (CredentialStatus.ACTIVE, CredentialStatus.CONDITIONAL)
    waits = any(each.status is RenewalStatus.FILED for each in filed)
    decided = credential.status in (CredentialStatus.SUSPENDED, CredentialStatus.REVOKED)
    judged = (AppealStatus.FILED, AppealStatus.UPHELD)
    return page(
        request,
        "facility_credential.html",
        status=status,
        form=form,
        credential=credential,
        facility=facility,
        changes=(await history.list_history(actor, credential_id, limit=100)).items,
        appeals=told,
        renewals=filed,
        evidence=[
            (each.id, each.name) for each in evidence.items
            if each.status is FileStatus.AVAILABLE
        ],
        may_renew=holds and credential.valid_to is not None and not waits,
        may_appeal=decided and credential.appeal not in judged,
        names_of=await code_names(actor, language_of(request)),
    )  # fmt: skip
