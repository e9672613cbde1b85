"""How a file's bytes travel: a body that may break off, and an answer that is only ever saved.

Sending follows the core protocol of tus 1.0 (tus.io/protocols/resumable-upload): HEAD tells the
offset, PATCH appends at it; files are announced by a POST of our own instead of its creation
extension. The IETF's draft-ietf-httpbis-resumable-upload keeps the same two steps.
"""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Annotated, Any
from urllib.parse import quote

from litestar import Request, Response
from litestar.exceptions import HTTPException, InternalServerException
from litestar.openapi.spec import OpenAPIMediaType, Operation, RequestBody, Schema
from litestar.openapi.spec.enums import OpenAPIFormat, OpenAPIType
from litestar.params import HeaderParameter
from litestar.response import Stream

from domain.files.errors import BodyCutOff
from domain.files.types import Content, FileView

CHUNK_TYPE = "application/offset+octet-stream"
TUS = {"Tus-Resumable": "1.0.0"}
STALL_S = 30.0
"""A body of which nothing comes for so long has broken off."""

UploadOffset = Annotated[
    int,
    HeaderParameter(
        name="Upload-Offset",
        description="Where this content begins: the offset that the last answer told",
        ge=0,
        le=2**40,
        schema_extra={"examples": [0]},
    ),
]


@dataclass
class AppendOperation(Operation):
    """Says in OpenAPI what the handler reads as a stream."""

    def __post_init__(self) -> None:
        content = Schema(
            type=OpenAPIType.STRING,
            format=OpenAPIFormat.BINARY,
            description="The next bytes of the file",
        )
        self.request_body = RequestBody(
            content={CHUNK_TYPE: OpenAPIMediaType(schema=content)}, required=True
        )


def require_chunk_type(request: Request[Any, Any, Any]) -> None:
    """Refuse a body that does not say that it continues a file."""
    if request.content_type[0].lower() != CHUNK_TYPE:
        raise HTTPException(status_code=415)


async def arriving(request: Request[Any, Any, Any]) -> AsyncIterator[bytes]:
    """Yield a body as it comes; raises BodyCutOff when the connection ends or stands still."""
    pieces = request.stream()
    while True:
        try:
            async with asyncio.timeout(STALL_S):
                piece = await anext(pieces)
        except StopAsyncIteration:
            return
        except (TimeoutError, InternalServerException):
            raise BodyCutOff from None
        yield piece


def offset_headers(file: FileView) -> dict[str, str]:
    """Return what a sender needs to continue."""
    return {**TUS, "Upload-Offset": str(file.received), "Upload-Length": str(file.size)}


def with_offset(file: FileView, *, status_code: int = 200) -> Response[FileView]:
    """Answer a file with the offset at which its upload stands."""
    headers = offset_headers(file)
    if status_code == 201:
        headers["Location"] = f"/v1/files/{file.id}"
    return Response(file, status_code=status_code, headers=headers)


def saved(content: Content) -> Stream:
    """Answer a file's bytes so that no browser shows or runs them (RFC 6266, RFC 8187)."""
    return Stream(
        content.chunks,
        media_type=content.file.media_type.value,
        headers={
            "Content-Length": str(content.file.size),
            "Content-Disposition": disposition(content.file.name),
            "Content-Security-Policy": "sandbox; default-src 'none'",
            "X-Content-Type-Options": "nosniff",
            "Cache-Control": "no-store",
        },
    )


def disposition(name: str) -> str:
    """Return a header that saves a file under its name, in two spellings (RFC 6266, 4.3)."""
    plain = "".join(char if " " <= char <= "~" and char not in '"\\%' else "_" for char in name)
    return f"attachment; filename=\"{plain}\"; filename*=UTF-8''{quote(name, safe='')}"
