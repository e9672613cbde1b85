"""Asking for consent, deciding about it, and seeing beforehand what it would disclose."""

from typing import Annotated
from uuid import UUID

from litestar import Controller, Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery, JSONBody, QueryParameter

from api.http.guards import may
from api.http.problems import problems
from api.http.repeats import IdempotencyKeyHeader, UnusableKey, once
from api.http.versions import IfMatch, VersionNeeded, version_from, with_etag
from domain.actor import Actor
from domain.consents import service
from domain.consents.errors import (
    BroaderThanAsked,
    ConsentTooLong,
    EmptyPeriod,
    NoSuchConsent,
    NoSuchGrantee,
    OtherTextShown,
    TextNotOffered,
    UnreadableCursor,
    WrongConsentState,
)
from domain.consents.text import offered_language
from domain.consents.types import (
    Category,
    ConsentPage,
    ConsentView,
    Grant,
    Instant,
    Label,
    RequestConsent,
)
from domain.errors import Forbidden, StaleVersion
from domain.idempotency.service import KeyReused, RequestInProgress
from domain.patients.errors import NoSuchPatient
from domain.records import service as records
from domain.records.types import ConsentPreview

_MOVES = (
    NoSuchConsent, Forbidden, StaleVersion, WrongConsentState, VersionNeeded,
)  # fmt: skip


class ConsentsController(Controller):
    path = "/v1/consents"
    tags = ["Consents"]

    @get(
        operation_id="listConsents",
        guards=[may("consents.read")],
        summary="The consents I may see",
        responses=problems(UnreadableCursor),
    )
    async def list_consents(
        self,
        actor: NamedDependency[Actor],
        patient_id: FromQuery[UUID | None] = None,
        cursor: Annotated[str | None, QueryParameter(max_length=100, required=False)] = None,
        limit: Annotated[int, QueryParameter(ge=1, le=100, required=False)] = 50,
    ) -> ConsentPage:
        """List one's own consents; a practice those it asked for, a facility those it was given."""
        return await service.list_consents(actor, patient_id, cursor, limit)

    @post(
        operation_id="requestConsent",
        guards=[may("consents.request")],
        summary="Ask for a consent",
        responses=problems(
            NoSuchGrantee,
            EmptyPeriod,
            ConsentTooLong,
            KeyReused,
            RequestInProgress,
            NoSuchPatient,
            Forbidden,
            UnusableKey,
        ),
    )
    async def request_consent(
        self,
        data: JSONBody[RequestConsent],
        actor: NamedDependency[Actor],
        idempotency_key: IdempotencyKeyHeader = None,
    ) -> Response[ConsentView]:
        """Ask a patient in one's care to let an organisation read parts of the record."""
        made = await service.request_consent(actor, data, once(idempotency_key, data))
        return with_etag(made, made.version, status_code=201)

    @get(
        "/{consent_id:uuid}",
        operation_id="showConsent",
        guards=[may("consents.read")],
        summary="One consent",
        responses=problems(NoSuchConsent),
    )
    async def show_consent(
        self, consent_id: FromPath[UUID], actor: NamedDependency[Actor]
    ) -> Response[ConsentView]:
        """Return a consent with its version as ETag."""
        consent = await service.show_consent(actor, consent_id)
        return with_etag(consent, consent.version)

    @get(
        "/{consent_id:uuid}/preview",
        operation_id="previewConsent",
        guards=[may("consents.preview")],
        summary="What a consent would disclose",
        responses=problems(
            NoSuchConsent,
            Forbidden,
            WrongConsentState,
            BroaderThanAsked,
            TextNotOffered,
            EmptyPeriod,
            UnreadableCursor,
        ),
    )
    async def preview_consent(
        self,
        consent_id: FromPath[UUID],
        actor: NamedDependency[Actor],
        category: FromQuery[list[Category] | None] = None,
        exclude: FromQuery[list[Label] | None] = None,
        valid_until: FromQuery[Instant | None] = None,
        language: Annotated[str | None, QueryParameter(max_length=12, required=False)] = None,
        section: FromQuery[Category | None] = None,
        cursor: Annotated[str | None, QueryParameter(max_length=200, required=False)] = None,
        limit: Annotated[int, QueryParameter(ge=1, le=100, required=False)] = 100,
    ) -> ConsentPreview:
        """Return exactly the entries that would go, and the words to agree to.

        `category`, `exclude` and `valid_until` try narrower terms; `section` with `cursor`
        continues the titles of one section.
        """
        tried = Grant(
            categories=category or None,
            excluded_labels=exclude or [],
            valid_until=valid_until,
            language=language or offered_language(actor.language),
        )
        return await records.preview_consent(
            actor, consent_id, tried, category=section, cursor=cursor, limit=limit
        )

    @post(
        "/{consent_id:uuid}/grant",
        operation_id="grantConsent",
        guards=[may("consents.grant")],
        summary="Say yes",
        status_code=200,
        responses=problems(*_MOVES, BroaderThanAsked, TextNotOffered, OtherTextShown, EmptyPeriod),
    )
    async def grant_consent(
        self,
        consent_id: FromPath[UUID],
        data: JSONBody[Grant],
        actor: NamedDependency[Actor],
        if_match: IfMatch = None,
    ) -> Response[ConsentView]:
        """Grant what was asked, or less; the words shown are kept with their hash."""
        done = await service.grant_consent(actor, consent_id, data, version_from(if_match))
        return with_etag(done, done.version)

    @post(
        "/{consent_id:uuid}/deny",
        operation_id="denyConsent",
        guards=[may("consents.deny")],
        summary="Say no",
        status_code=200,
        responses=problems(*_MOVES),
    )
    async def deny_consent(
        self, consent_id: FromPath[UUID], actor: NamedDependency[Actor], if_match: IfMatch = None
    ) -> Response[ConsentView]:
        """Refuse what was asked."""
        done = await service.deny_consent(actor, consent_id, version_from(if_match))
        return with_etag(done, done.version)

    @post(
        "/{consent_id:uuid}/suspend",
        operation_id="suspendConsent",
        guards=[may("consents.suspend")],
        summary="Pause",
        status_code=200,
        responses=problems(*_MOVES),
    )
    async def suspend_consent(
        self, consent_id: FromPath[UUID], actor: NamedDependency[Actor], if_match: IfMatch = None
    ) -> Response[ConsentView]:
        """Stop all reading for now."""
        done = await service.suspend_consent(actor, consent_id, version_from(if_match))
        return with_etag(done, done.version)

    @post(
        "/{consent_id:uuid}/resume",
        operation_id="resumeConsent",
        guards=[may("consents.resume")],
        summary="Take up again",
        status_code=200,
        responses=problems(*_MOVES),
    )
    async def resume_consent(
        self, consent_id: FromPath[UUID], actor: NamedDependency[Actor], if_match: IfMatch = None
    ) -> Response[ConsentView]:
        """Let a paused consent hold again, on its old terms."""
        done = await service.resume_consent(actor, consent_id, version_from(if_match))
        return with_etag(done, done.version)

    @post(
        "/{consent_id:uuid}/revoke",
        operation_id="revokeConsent",
        guards=[may("consents.revoke")],
        summary="Take back",
        status_code=200,
        responses=problems(*_MOVES),
    )
    async def revoke_consent(
        self, consent_id: FromPath[UUID], actor: NamedDependency[Actor], if_match: IfMatch = None
    ) -> Response[ConsentView]:
        """End a consent for good; the very next read is refused."""
        done = await service.revoke_consent(actor, consent_id, version_from(if_match))
        return with_etag(done, done.version)
