"""Versions on the wire: ETag and If-Match (RFC 9110, section 13.1.1)."""

import re
from typing import Annotated, TypeVar

from litestar import Response
from litestar.params import HeaderParameter

from domain.errors import Invalid

T = TypeVar("T")

IfMatch = Annotated[
    str | None,
    HeaderParameter(
        name="If-Match",
        description="The version acted on, from the last ETag",
        required=False,
        schema_extra={"pattern": '^"?[0-9]{1,9}"?$', "examples": ['"3"']},
    ),
]


class VersionNeeded(Invalid):
    code = "if_match_needed"
    title = "Send the version you act on in an If-Match header; the ETag of the last answer has it"


class VersionUnreadable(Invalid):
    code = "if_match_unreadable"
    title = "If-Match names the version you act on, as the ETag of the last answer has it"


def with_etag(view: T, version: int, *, status_code: int = 200) -> Response[T]:
    """Answer a view with its version as a strong ETag."""
    return Response(view, status_code=status_code, headers={"ETag": f'"{version}"'})


def version_from(if_match: str | None) -> int:
    """Return the version a caller acts on; raises VersionNeeded."""
    found = re.fullmatch(r'"?([0-9]{1,9})"?', (if_match or "").strip())
    if found is None:
        raise VersionNeeded
    return int(found[1])


def version_if_sent(if_match: str | None) -> int | None:
    """Return the version a caller acts on, None for any; raises VersionUnreadable."""
    try:
        return None if if_match is None else version_from(if_match)
    except VersionNeeded:
        raise VersionUnreadable from None
