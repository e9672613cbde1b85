"""Announcing files, sending and downloading their content."""

from typing import Annotated, Any
from uuid import UUID

from litestar import Controller, Request, Response, delete, get, patch, post
from litestar.di import NamedDependency
from litestar.openapi.datastructures import ResponseSpec
from litestar.params import FromPath, JSONBody, QueryParameter
from litestar.response import Stream

from api.files.transfer import (
    TUS,
    AppendOperation,
    UploadOffset,
    arriving,
    require_chunk_type,
    saved,
    with_offset,
)
from api.http.guards import may
from api.http.problems import problems
from api.http.repeats import IdempotencyKeyHeader, UnusableKey, once
from domain.actor import Actor
from domain.consents.errors import ConsentWithdrawn
from domain.errors import Forbidden
from domain.files import service
from domain.files.errors import (
    BodyCutOff,
    ImpossibleMoment,
    LargerThanDeclared,
    NoSuchFile,
    NotAvailable,
    StoreUnavailable,
    TooLarge,
    TooManyUploads,
    TypeNotAllowed,
    UnusableName,
    UploadBusy,
    UploadOver,
    WrongOffset,
)
from domain.files.types import LARGEST_STUDY, DeclareEvidence, DeclareFile, FilePage, FileView
from domain.idempotency.service import KeyReused, RequestInProgress
from domain.keys.service import KeyDestroyed, SealBroken
from domain.patients.errors import NoSuchPatient

_After = Annotated[
    UUID | None, QueryParameter(required=False, description="`next_cursor` of the page before")
]
_Limit = Annotated[int, QueryParameter(ge=1, le=100, required=False)]
_DECLARING = (
    TypeNotAllowed, TooLarge, UnusableName, TooManyUploads, UnusableKey, KeyReused,
    RequestInProgress, KeyDestroyed,
)  # fmt: skip


class FilesController(Controller):
    path = "/v1"
    tags = ["Files"]

    @post(
        "/patients/{patient_id:uuid}/files",
        operation_id="declareFile",
        guards=[may("files.upload")],
        summary="Announce a file",
        responses=problems(NoSuchPatient, Forbidden, ImpossibleMoment, *_DECLARING),
    )
    async def declare_file(
        self,
        patient_id: FromPath[UUID],
        data: JSONBody[DeclareFile],
        actor: NamedDependency[Actor],
        idempotency_key: IdempotencyKeyHeader = None,
    ) -> Response[FileView]:
        """Announce a file about a patient, then send its content by PATCH to the Location.

        PDF, JPEG, PNG, DICOM, FHIR JSON and CDA documents of at most 25 MiB, and imaging (DICOM,
        JPEG, PNG, or a ZIP of a study) of at most 4 GiB.
        """
        key = once(idempotency_key, (patient_id, data))
        file = await service.declare_file(actor, patient_id, data, key)
        return with_offset(file, status_code=201)

    @get(
        "/patients/{patient_id:uuid}/files",
        operation_id="listFiles",
        guards=[may("files.list")],
        summary="The files of a patient",
        responses=problems(NoSuchPatient, Forbidden, ConsentWithdrawn, KeyDestroyed),
    )
    async def list_files(
        self,
        patient_id: FromPath[UUID],
        actor: NamedDependency[Actor],
        cursor: _After = None,
        limit: _Limit = 50,
    ) -> FilePage:
        """Return a page of the files that the reader may see, newest first."""
        return await service.list_files(actor, patient_id, after=cursor, limit=limit)

    @post(
        "/organisations/{organisation_id:uuid}/files",
        operation_id="declareEvidence",
        guards=[may("files.upload_evidence")],
        summary="Announce evidence",
        responses=problems(Forbidden, *_DECLARING),
    )
    async def declare_evidence(
        self,
        organisation_id: FromPath[UUID],
        data: JSONBody[DeclareEvidence],
        actor: NamedDependency[Actor],
        idempotency_key: IdempotencyKeyHeader = None,
    ) -> Response[FileView]:
        """Announce a document that proves a claim of one's own organisation (PDF, JPEG, PNG)."""
        key = once(idempotency_key, (organisation_id, data))
        file = await service.declare_evidence(actor, organisation_id, data, key)
        return with_offset(file, status_code=201)

    @get(
        "/organisations/{organisation_id:uuid}/files",
        operation_id="listEvidence",
        guards=[may("files.list_evidence")],
        summary="The evidence of an organisation",
        responses=problems(Forbidden, KeyDestroyed),
    )
    async def list_evidence(
        self,
        organisation_id: FromPath[UUID],
        actor: NamedDependency[Actor],
        cursor: _After = None,
        limit: _Limit = 50,
    ) -> FilePage:
        """Return a page of what one's own organisation handed in, newest first."""
        return await service.list_evidence(actor, organisation_id, after=cursor, limit=limit)

    @get(
        "/files/{file_id:uuid}",
        operation_id="showFile",
        guards=[may("files.read")],
        summary="A file and its state",
        responses=problems(NoSuchFile, Forbidden, KeyDestroyed),
    )
    async def show_file(
        self, file_id: FromPath[UUID], actor: NamedDependency[Actor]
    ) -> Response[FileView]:
        """Return what is known of a file; Upload-Offset tells where to continue (also to HEAD)."""
        return with_offset(await service.show_file(actor, file_id))

    @patch(
        "/files/{file_id:uuid}",
        operation_id="sendContent",
        guards=[may("files.upload")],
        summary="Send content",
        status_code=204,
        request_max_body_size=LARGEST_STUDY,
        operation_class=AppendOperation,
        responses=problems(
            NoSuchFile, Forbidden, WrongOffset, UploadBusy, UploadOver, LargerThanDeclared,
            BodyCutOff, StoreUnavailable, KeyDestroyed,
        ),
    )  # fmt: skip
    async def send_content(
        self,
        file_id: FromPath[UUID],
        request: Request[Any, Any, Any],
        actor: NamedDependency[Actor],
        upload_offset: UploadOffset,
    ) -> Response[None]:
        """Append the body at the offset; what arrives before a connection breaks is kept.

        The answer's Upload-Offset tells where to continue. When all of it is there, the file is
        checked, and then available or rejected.
        """
        require_chunk_type(request)
        reached = await service.append(
            actor, file_id, upload_offset, arriving(request), request.content_length
        )
        return Response(None, status_code=204, headers={**TUS, "Upload-Offset": str(reached)})

    @get(
        "/files/{file_id:uuid}/content",
        operation_id="downloadFile",
        guards=[may("files.read")],
        summary="Download a file",
        responses={
            200: ResponseSpec(
                data_container=bytes,
                generate_examples=False,
                media_type="application/octet-stream",
                description="The content, under the file's own media type, always as a download",
            ),
            **problems(
                NoSuchFile, Forbidden, NotAvailable, StoreUnavailable, SealBroken, KeyDestroyed
            ),
        },
    )
    async def download_file(self, file_id: FromPath[UUID], actor: NamedDependency[Actor]) -> Stream:
        """Return the content of an available file as a download, never to be shown in place."""
        return saved(await service.read_content(actor, file_id))

    @delete(
        "/files/{file_id:uuid}",
        operation_id="deleteFile",
        guards=[may("files.delete")],
        summary="Remove a file",
        responses=problems(NoSuchFile, Forbidden, StoreUnavailable, KeyDestroyed),
    )
    async def delete_file(self, file_id: FromPath[UUID], actor: NamedDependency[Actor]) -> None:
        """Remove a file, or give up its upload; the patient's side only."""
        await service.delete_file(actor, file_id)
