"""Registers of facilities: bringing a file, looking at what it changes, applying or discarding."""

from dataclasses import dataclass
from typing import Annotated, Any
from uuid import UUID

from litestar import Controller, Request, Response, get, post
from litestar.di import NamedDependency
from litestar.exceptions import HTTPException
from litestar.openapi.spec import OpenAPIMediaType, Operation, RequestBody, Schema
from litestar.openapi.spec.enums import OpenAPIType
from litestar.params import FromPath, FromQuery, JSONBody, QueryParameter

from api.http.guards import may
from api.http.problems import problems
from api.http.versions import IfMatch, VersionNeeded, version_from, with_etag
from api.search.parameters import Cursor, Limit
from domain.actor import Actor
from domain.cursor import CursorInvalid
from domain.errors import StaleVersion
from domain.facilities.types import FacilityPage
from domain.registers import service
from domain.registers.errors import (
    ImportDecided,
    NoSuchChange,
    NoSuchRegisterImport,
    RegisterElsewhere,
    RegisterMoved,
    RegisterUnreadable,
)
from domain.registers.reading import MAX_BYTES
from domain.registers.types import (
    ApplyRegisterImport,
    ChangeKind,
    ImportStatus,
    RegisterFormat,
    RegisterImportDetail,
    RegisterImportPage,
    RegisterImportView,
)

CSV = "text/csv"
_After = Annotated[
    UUID | None, QueryParameter(required=False, description="`next` of the page before")
]
_DECISION = (NoSuchRegisterImport, ImportDecided, StaleVersion, VersionNeeded)


@dataclass
class _FileOperation(Operation):
    """Says in OpenAPI what the handler reads as bytes."""

    def __post_init__(self) -> None:
        file = Schema(
            type=OpenAPIType.STRING,
            description="The register's file: CSV in UTF-8 with its own header line",
        )
        self.request_body = RequestBody(content={CSV: OpenAPIMediaType(schema=file)}, required=True)


class RegistersController(Controller):
    path = "/v1/register-imports"
    tags = ["Registers"]

    @post(
        operation_id="readRegister",
        guards=[may("registers.upload")],
        summary="Bring a register's file",
        request_max_body_size=MAX_BYTES,
        operation_class=_FileOperation,
        responses=problems(RegisterElsewhere, RegisterUnreadable),
    )
    async def read(
        self,
        request: Request[Any, Any, Any],
        actor: NamedDependency[Actor],
        register: Annotated[
            RegisterFormat, QueryParameter(name="format", description="Which register it is")
        ],
    ) -> Response[RegisterImportView]:
        """Read a file of at most 64 MiB and 20 000 rows against what its register said last.

        Nothing changes before the import is applied. An officer's import speaks of their own state
        only; rows of other states are refused.
        """
        if request.content_type[0].lower() != CSV:
            raise HTTPException(status_code=415)
        view = await service.read_register(actor, register, await request.body())
        return with_etag(view, view.version, status_code=201)

    @get(
        operation_id="listRegisterImports",
        guards=[may("registers.read")],
        summary="Imports of registers",
    )
    async def imports(
        self,
        actor: NamedDependency[Actor],
        status: FromQuery[ImportStatus | None] = None,
        cursor: _After = None,
        limit: Limit = 50,
    ) -> RegisterImportPage:
        """List the imports of the officer's own state, or of every state, newest first."""
        return await service.list_imports(actor, status, after=cursor, limit=limit)

    @get(
        "/gone",
        operation_id="listGoneFacilities",
        guards=[may("registers.read")],
        summary="Facilities no longer in their register",
        responses=problems(CursorInvalid),
    )
    async def gone(
        self, actor: NamedDependency[Actor], cursor: Cursor = None, limit: Limit = 50
    ) -> FacilityPage:
        """List what the registers of the officer's own state, or of every state, have no more."""
        return await service.list_gone(actor, cursor=cursor, limit=limit)

    @get(
        "/{import_id:uuid}",
        operation_id="showRegisterImport",
        guards=[may("registers.read")],
        summary="What an import changes",
        responses=problems(NoSuchRegisterImport),
    )
    async def show(
        self,
        import_id: FromPath[UUID],
        actor: NamedDependency[Actor],
        kind: FromQuery[ChangeKind | None] = None,
        cursor: _After = None,
        limit: Limit = 50,
    ) -> Response[RegisterImportDetail]:
        """Return an import with a page of its changes: new, changed, gone and refused rows."""
        view = await service.show_import(actor, import_id, kind, after=cursor, limit=limit)
        return with_etag(view, view.version)

    @post(
        "/{import_id:uuid}/apply",
        operation_id="applyRegisterImport",
        guards=[may("registers.apply")],
        summary="Apply an import",
        status_code=200,
        responses=problems(*_DECISION, NoSuchChange, RegisterMoved),
    )
    async def apply(
        self,
        import_id: FromPath[UUID],
        data: JSONBody[ApplyRegisterImport],
        actor: NamedDependency[Actor],
        if_match: IfMatch = None,
    ) -> Response[RegisterImportView]:
        """Carry out all or the named changes; what is not named is left out for good.

        Facilities that are gone are marked and stay: only their credentials unlist them. The same
        request again is answered as the first time.
        """
        view = await service.apply_import(actor, import_id, data, version=version_from(if_match))
        return with_etag(view, view.version)

    @post(
        "/{import_id:uuid}/discard",
        operation_id="discardRegisterImport",
        guards=[may("registers.discard")],
        summary="Discard an import",
        status_code=200,
        responses=problems(*_DECISION),
    )
    async def discard(
        self, import_id: FromPath[UUID], actor: NamedDependency[Actor], if_match: IfMatch = None
    ) -> Response[RegisterImportView]:
        """Close an import without changing anything."""
        view = await service.discard_import(actor, import_id, version=version_from(if_match))
        return with_etag(view, view.version)
