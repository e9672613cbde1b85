"""Versions on the wire: ETag and If-Match (RFC 9110, section 13.1.1)."""

import re
from typing import TypeVar

from litestar import Response

from domain.errors import Invalid

T = TypeVar("T")


class VersionNeeded(Invalid):
    code = "if_match_needed"
    title = "Send the version you act on in an If-Match header; the ETag of the last answer has it"


def with_etag(view: T, version: int, *, status_code: int = 200) -> Response[T]:
    """Answer a view with its version as a strong ETag."""
    return Response(view, status_code=status_code, headers={"ETag": f'"{version}"'})


def version_from(if_match: str | None) -> int:
    """Return the version a caller acts on; raises VersionNeeded."""
    found = re.fullmatch(r'"?(\d{1,9})"?', (if_match or "").strip())
    if found is None:
        raise VersionNeeded
    return int(found[1])
