"""Who may accredit, and what each state asks for: public, and decided by two officers."""

from uuid import UUID

import msgspec
from litestar import Controller, Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody

from api.http.guards import may
from api.http.problems import problems
from api.http.versions import IfMatch, VersionNeeded, version_from, with_etag
from api.search.parameters import Cursor, Limit
from domain.actor import Actor
from domain.credentials import recognitions, service
from domain.credentials.errors import (
    AccreditorKnown,
    ImpossibleDates,
    NoSuchRecognition,
    RecognitionConfirmed,
    RecognitionKnown,
    RecognitionOver,
    SameRecorder,
    UnknownAccreditor,
)
from domain.credentials.recognition_types import (
    AccreditorPage,
    AccreditorView,
    EndRecognition,
    NewAccreditor,
    RecognitionView,
    RecordRecognition,
)
from domain.credentials.types import ListingRule
from domain.cursor import CursorInvalid
from domain.errors import StaleVersion
from domain.jurisdictions import UnknownJurisdiction

_CHANGE = (NoSuchRecognition, StaleVersion, VersionNeeded)


class ListingRules(msgspec.Struct, frozen=True):
    items: list[ListingRule]
    next: str | None = None


class RecognitionsController(Controller):
    path = "/v1"
    tags = ["Credentials"]

    @get(
        "/accreditors",
        operation_id="listAccreditors",
        guards=[may("credentials.read")],
        summary="Who accredits, and who recognises them",
        responses=problems(CursorInvalid),
    )
    async def list_accreditors(
        self, actor: NamedDependency[Actor], cursor: Cursor = None, limit: Limit = 50
    ) -> AccreditorPage:
        """List accreditors by name with the jurisdictions that recognise them, and by what.

        An accreditation counts for a facility if its body was recognised there, or
        internationally, on the day of issue. Officers also see what waits in their own state.
        """
        return await recognitions.list_accreditors(actor, cursor=cursor, limit=limit)

    @post(
        "/accreditors",
        operation_id="addAccreditor",
        guards=[may("credentials.add_accreditor")],
        summary="Name a body that accredits",
        responses=problems(AccreditorKnown, UnknownJurisdiction),
    )
    async def add(
        self, data: JSONBody[NewAccreditor], actor: NamedDependency[Actor]
    ) -> AccreditorView:
        """Name a body that is not in the list yet; nobody recognises it by that."""
        return await recognitions.add_accreditor(actor, data)

    @post(
        "/recognitions",
        operation_id="recordRecognition",
        guards=[may("credentials.record_recognition")],
        summary="Record that one's state recognises an accreditor",
        responses=problems(UnknownAccreditor, ImpossibleDates, RecognitionKnown),
    )
    async def record(
        self, data: JSONBody[RecordRecognition], actor: NamedDependency[Actor]
    ) -> Response[RecognitionView]:
        """Record, as the first officer, a decision of one's own jurisdiction on an accreditor."""
        view = await recognitions.record_recognition(actor, data)
        return with_etag(view, view.version, status_code=201)

    @post(
        "/recognitions/{recognition_id:uuid}/confirm",
        operation_id="confirmRecognition",
        guards=[may("credentials.confirm_recognition")],
        summary="Confirm a recognition",
        status_code=200,
        responses=problems(*_CHANGE, RecognitionConfirmed, RecognitionOver, SameRecorder),
    )
    async def confirm(
        self,
        recognition_id: FromPath[UUID],
        actor: NamedDependency[Actor],
        if_match: IfMatch = None,
    ) -> Response[RecognitionView]:
        """Let a recognition count, as a second officer; listings follow at once."""
        view = await recognitions.confirm_recognition(
            actor, recognition_id, version=version_from(if_match)
        )
        return with_etag(view, view.version)

    @post(
        "/recognitions/{recognition_id:uuid}/end",
        operation_id="endRecognition",
        guards=[may("credentials.end_recognition")],
        summary="End a recognition",
        status_code=200,
        responses=problems(*_CHANGE, RecognitionOver, ImpossibleDates),
    )
    async def end(
        self,
        recognition_id: FromPath[UUID],
        data: JSONBody[EndRecognition],
        actor: NamedDependency[Actor],
        if_match: IfMatch = None,
    ) -> Response[RecognitionView]:
        """End a recognition, today or later; what was issued until then still counts."""
        view = await recognitions.end_recognition(
            actor, recognition_id, data, version=version_from(if_match)
        )
        return with_etag(view, view.version)

    @get(
        "/states/{code:str}/listing-rules",
        operation_id="listListingRules",
        guards=[may("credentials.read")],
        summary="What a state asks of its facilities",
        responses=problems(UnknownJurisdiction),
    )
    async def listing_rules(
        self, code: FromPath[str], actor: NamedDependency[Actor]
    ) -> ListingRules:
        """List every version of a state's listing rule: from when, for which kinds, by what.

        A facility may take foreign patients while some valid credential covers each group; a
        transition spares those who held a named kind before, until its end.
        """
        return ListingRules(await service.list_listing_rules(actor, code))
