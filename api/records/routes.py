"""A patient's record: its sections, summaries brought from elsewhere, and a doctor's quick form."""

from dataclasses import dataclass
from typing import Annotated, Any
from uuid import UUID

from litestar import Controller, Request, Response, get, post
from litestar.di import NamedDependency
from litestar.exceptions import HTTPException
from litestar.openapi.datastructures import ResponseSpec
from litestar.openapi.spec import OpenAPIMediaType, Operation, RequestBody, Schema
from litestar.openapi.spec.enums import OpenAPIType
from litestar.params import FromPath, FromQuery, JSONBody, QueryParameter

from api.http.guards import may
from api.http.problems import problems
from domain.actor import Actor
from domain.consents.errors import ConsentWithdrawn
from domain.consents.types import Category
from domain.errors import Forbidden
from domain.records import service
from domain.records.document import LARGEST
from domain.records.errors import (
    CodeWithoutSystem,
    EmptyForm,
    ImpossibleDate,
    NoSuchRecord,
    NotAnIps,
    UnknownCountry,
    UnreadableCursor,
    UnreadableDocument,
)
from domain.records.types import (
    EntriesAdded,
    ImportReport,
    QuickForm,
    RecordPage,
    RecordView,
)

_MEDIA_TYPES = ("application/fhir+json", "application/json")


@dataclass
class _SummaryOperation(Operation):
    """Says in OpenAPI what the handler reads as bytes."""

    def __post_init__(self) -> None:
        summary = Schema(
            type=OpenAPIType.OBJECT,
            description="An HL7 FHIR R4 Bundle of type document: an International Patient Summary",
        )
        self.request_body = RequestBody(
            content={name: OpenAPIMediaType(schema=summary) for name in _MEDIA_TYPES},
            required=True,
        )


class RecordsController(Controller):
    path = "/v1/patients/{patient_id:uuid}/record"
    tags = ["Records"]

    @get(
        operation_id="showRecord",
        guards=[may("records.read")],
        summary="The sections of a record",
        responses=problems(NoSuchRecord, Forbidden, ConsentWithdrawn),
    )
    async def show_record(
        self, patient_id: FromPath[UUID], actor: NamedDependency[Actor]
    ) -> RecordView:
        """Return the sections that hold something the reader may see, with their counts."""
        return await service.show_record(actor, patient_id)

    @get(
        "/{section:str}",
        operation_id="readSection",
        guards=[may("records.read")],
        summary="One section of a record",
        responses=problems(NoSuchRecord, Forbidden, ConsentWithdrawn, UnreadableCursor),
    )
    async def read_section(
        self,
        patient_id: FromPath[UUID],
        section: FromPath[Category],
        actor: NamedDependency[Actor],
        episode_id: FromQuery[UUID | None] = None,
        cursor: Annotated[str | None, QueryParameter(max_length=200, required=False)] = None,
        limit: Annotated[int, QueryParameter(ge=1, le=100, required=False)] = 50,
    ) -> RecordPage:
        """Return a page of a section, newest first, each entry as a FHIR R4 resource."""
        return await service.read_section(
            actor, patient_id, section, episode_id=episode_id, cursor=cursor, limit=limit
        )

    @post(
        "/imports",
        operation_id="importSummary",
        guards=[may("records.import")],
        summary="Bring a patient summary",
        request_max_body_size=LARGEST,
        operation_class=_SummaryOperation,
        responses={
            200: ResponseSpec(
                data_container=ImportReport,
                generate_examples=False,
                description="What the same bytes brought the first time",
            ),
            **problems(NoSuchRecord, Forbidden, NotAnIps, UnreadableDocument, UnknownCountry),
        },
    )
    async def import_summary(
        self,
        patient_id: FromPath[UUID],
        request: Request[Any, Any, Any],
        actor: NamedDependency[Actor],
        source_country: Annotated[
            str | None,
            QueryParameter(
                required=False, max_length=2, description="Where the summary was made (ISO 3166-1)"
            ),
        ] = None,
    ) -> Response[ImportReport]:
        """Import an International Patient Summary of up to 16 MiB.

        The same bytes again are answered as the first time, with 200 instead of 201.
        """
        if request.content_type[0].lower() not in _MEDIA_TYPES:
            raise HTTPException(status_code=415)
        report = await service.import_ips(actor, patient_id, await request.body(), source_country)
        return Response(report, status_code=200 if report.repeated else 201)

    @post(
        "/entries",
        operation_id="addEntries",
        guards=[may("records.add")],
        summary="Write entries down",
        responses=problems(NoSuchRecord, EmptyForm, CodeWithoutSystem, ImpossibleDate),
    )
    async def add_entries(
        self,
        patient_id: FromPath[UUID],
        data: JSONBody[QuickForm],
        actor: NamedDependency[Actor],
    ) -> EntriesAdded:
        """Add problems, allergies, medicines and results in a doctor's own words."""
        return await service.add_entries(actor, patient_id, data)
