"""The ministry officer's desk: credentials to verify and to decide on, always with a reason."""

from collections.abc import Callable, Coroutine
from typing import Any
from uuid import UUID

import msgspec
from litestar import Controller, Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath

from api.http.guards import may
from api.web import labels
from api.web.forms import Form, read_form
from api.web.languages import Language, language_of
from api.web.pages.credential_words import code_names, complete_moments, local_moment
from api.web.pages.step_up import or_step_up
from api.web.rendering import PageRequest, go, page
from domain.actor import Actor
from domain.catalogue import service as catalogue
from domain.clock import utc_now
from domain.credentials import appeals, authorisations, decisions, history, renewals, worklists
from domain.credentials import service as credentials
from domain.credentials.proceeding_types import (
    DecideAppeal,
    LiftStay,
    RefuseRenewal,
    StayDecision,
)
from domain.credentials.types import (
    CredentialStatus,
    CredentialView,
    ImposeConditions,
    LiftConditions,
    ReinstateCredential,
    RevokeCredential,
    SuspendCredential,
    SuspensionScope,
    VerificationMethod,
    VerifyCredential,
)
from domain.credentials.worklist_types import CredentialList, WorklistItem
from domain.errors import DomainError
from domain.facilities import service as facilities
from domain.jurisdictions import jurisdiction
from domain.suspensions import service as suspensions
from domain.suspensions.types import SuspensionPreview

WORKLISTS = tuple(each.value for each in CredentialList)
STATUSES = (CredentialStatus.ACTIVE, CredentialStatus.SUSPENDED, CredentialStatus.REVOKED)

Decide = Callable[..., Coroutine[Any, Any, CredentialView]]


class _Button(msgspec.Struct, frozen=True):
    """What a button decides: by which operation, with which command, and what is then said."""

    run: Decide
    done: str
    command: type[msgspec.Struct] | None = None


_BUTTONS = {
    "verify": _Button(credentials.verify_credential, "verified", VerifyCredential),
    "confirm": _Button(credentials.confirm_credential, "confirmed"),
    "recheck": _Button(credentials.recheck_credential, "rechecked", VerifyCredential),
    "impose_conditions": _Button(
        decisions.impose_conditions, "conditions-imposed", ImposeConditions
    ),
    "lift_conditions": _Button(decisions.lift_conditions, "conditions-lifted", LiftConditions),
    "suspend": _Button(decisions.suspend_credential, "credential-suspended", SuspendCredential),
    "reinstate": _Button(
        decisions.reinstate_credential, "credential-reinstated", ReinstateCredential
    ),
    "revoke": _Button(decisions.revoke_credential, "credential-revoked", RevokeCredential),
    "acknowledge_renewal": _Button(renewals.acknowledge_renewal, "renewal-acknowledged"),
    "refuse_renewal": _Button(renewals.refuse_renewal, "renewal-refused", RefuseRenewal),
    "stay": _Button(appeals.stay_decision, "stayed", StayDecision),
    "lift_stay": _Button(appeals.lift_stay, "stay-lifted", LiftStay),
    "decide_appeal": _Button(appeals.decide_appeal, "appeal-decided", DecideAppeal),
}


class OfficerPages(Controller):
    path = "/officer"
    include_in_schema = False

    @get(guards=[may("credentials.list_queue")])
    async def queue(self, request: PageRequest, actor: NamedDependency[Actor]) -> Response[bytes]:
        """Show one list of the officer's own state, oldest first, with the counts of what waits."""
        wanted = request.query_params.get("list") or ""
        status = next((each for each in STATUSES if each.value == wanted), None)
        name = wanted if wanted in WORKLISTS else CredentialList.PENDING.value
        cursor = request.query_params.get("after") if status is None else None
        waiting = await worklists.list_waiting(actor, name, cursor=cursor)
        items, following = waiting.items, waiting.next
        if status is not None:
            found = await credentials.list_queue(actor, status, after=_id_of(request))
            items = [WorklistItem(each, None, None, None) for each in found.items]
            following = str(found.next) if found.next else None
        return page(
            request,
            "officer.html",
            lists=[*WORKLISTS, *(each.value for each in STATUSES)],
            name=name if status is None else status.value,
            counts=waiting.counts,
            items=items,
            following=following,
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
        """Decide as the button says, or show what a suspension would touch."""
        form = await read_form(request, language_of(request))
        complete_moments(form, "effective_at", "until")
        name = form.value("decision")
        if name == "preview":
            return await _credential_page(request, actor, credential_id, form)
        button = _BUTTONS.get(name) or _BUTTONS["verify"]
        action = f"credentials.{name if name in _BUTTONS else 'verify'}"
        if first := await or_step_up(request, actor, action, form):
            return first
        try:
            if await _decided(actor, credential_id, button, form):
                return go(f"/officer/credentials/{credential_id}", done=button.done)
        except DomainError as error:
            form.refuse(error)
        return await _credential_page(request, actor, credential_id, form, status=422)


async def _decided(actor: Actor, credential_id: UUID, button: _Button, form: Form) -> bool:
    """Carry out what a button says; tell whether the form was complete."""
    version = form.version()
    if button.command is None:
        await button.run(actor, credential_id, version=version)
        return True
    given: dict[str, object] = {}
    if button.command is VerifyCredential:
        given["primary_source"] = form.checked("primary_source")
    command = form.read(button.command, None, **given)
    if command is None:
        return False
    zone = await _zone(actor, await credentials.show_credential(actor, credential_id))
    await button.run(actor, credential_id, local_moment(command, zone), version=version)
    return True


def _id_of(request: PageRequest) -> UUID | None:
    try:
        return UUID(request.query_params.get("after") or "")
    except ValueError:
        return None


async def _zone(actor: Actor, credential: CredentialView) -> str:
    if credential.facility_id is None:
        return jurisdiction(credential.jurisdiction).zone
    return (await facilities.facility_ref(actor, credential.facility_id)).zone


async def _preview(
    actor: Actor, credential_id: UUID, asked: Form, zone: str
) -> SuspensionPreview | None:
    """Return what the form's suspension would touch; a complaint about it stays on the form."""
    scope = asked.read(SuspensionScope)
    if scope is None:
        return None
    try:
        return await suspensions.preview_suspension(actor, credential_id, local_moment(scope, zone))
    except DomainError as error:
        asked.refuse(error)
        return None


def _open_decisions(credential: CredentialView, renewal_filed: bool) -> set[str]:
    """Name the decisions that the state of a credential admits."""
    status = credential.status
    found = {
        CredentialStatus.ACTIVE: {"recheck", "suspend", "revoke", "impose_conditions"},
        CredentialStatus.CONDITIONAL: {
            "recheck", "suspend", "revoke", "impose_conditions", "lift_conditions",
        },
        CredentialStatus.RENEWAL_FILED: {"recheck", "suspend", "revoke"},
        CredentialStatus.SUSPENDED: {"recheck", "reinstate", "revoke"},
    }.get(status, set())  # fmt: skip
    if status is CredentialStatus.RENEWAL_FILED and credential.conditions:
        found |= {"lift_conditions"}
    if renewal_filed:
        holds = status in (CredentialStatus.ACTIVE, CredentialStatus.CONDITIONAL)
        found |= {"refuse_renewal"} | ({"acknowledge_renewal"} if holds else set())
    if credential.appeal is not None and credential.appeal.value == "filed":
        found |= {"decide_appeal", "lift_stay" if credential.stayed else "stay"}
    return found


async def _credential_page(
    request: PageRequest, actor: Actor, credential_id: UUID, form: Form | None = None,
    *, status: int = 200,
) -> Response[bytes]:  # fmt: skip
    language = language_of(request)
    credential = await credentials.show_credential(actor, credential_id)
    zone = await _zone(actor, credential)
    facility, offers = None, []
    if credential.facility_id is not None:
        facility = await facilities.show_facility(actor, credential.facility_id)
        others = await credentials.list_credentials(actor, credential.facility_id)
        offers = (await catalogue.list_offers_of(actor, credential.facility_id, language.tag)).items
    elif credential.organisation_id is not None:
        others = await authorisations.list_authorisations(actor, credential.organisation_id)
    filed = await renewals.list_renewals(actor, credential_id)
    asked = form.value("decision") if form else ""
    preview = None
    if form is not None and asked in ("preview", "suspend"):
        # A reason that is too short does not keep from looking ahead once more.
        again = form if asked == "preview" else Form(language, form.typed)
        preview = await _preview(actor, credential_id, again, zone)
        status = 422 if form.failed else status
    names_of = await code_names(actor, language)
    return page(
        request,
        "credential.html",
        status=status,
        form=form,
        open="preview" if asked == "suspend" and preview is None else asked,
        credential=credential,
        zone=zone,
        facility=facility,
        others=[each for each in others if each.id != credential_id],
        methods=[(m.value, labels.label(language, "method", m)) for m in VerificationMethod],
        changes=(await history.list_history(actor, credential_id, limit=100)).items,
        appeals=await appeals.list_appeals(actor, credential_id),
        renewals=filed,
        decisions=_open_decisions(credential, any(r.status.value == "filed" for r in filed)),
        preview=preview,
        scope=names_of(form.values("specialties"), form.values("treatments")) if form else [],
        hidden=names_of([each.treatment for each in preview.offers.items]) if preview else [],
        scopes=_scopes(language, offers),
        names_of=names_of,
        now=utc_now(),
    )


def _scopes(language: Language, offers: list[Any]) -> dict[str, list[tuple[str, str]]]:
    """Return the specialties and treatments that a facility offers, to be chosen among."""
    found: dict[str, dict[str, str]] = {"specialties": {}, "treatments": {}}
    for offer in offers:
        found["specialties"][offer.specialty.code] = offer.specialty.name
        found["treatments"][offer.treatment.code] = offer.treatment.name
    return {name: sorted(codes.items(), key=lambda each: each[1]) for name, codes in found.items()}
