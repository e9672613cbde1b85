"""What schemathesis must know of this API beyond its document; loaded by SCHEMATHESIS_HOOKS."""

from typing import Any

import schemathesis
from schemathesis.generation import GenerationMode


@schemathesis.serializer("application/offset+octet-stream")
def piece_of_file(ctx: Any, value: Any) -> bytes:
    """Send a piece of a file as its bytes."""
    return value if isinstance(value, bytes) else str(value).encode()


@schemathesis.check
def only_rules_refuse_what_the_schema_admits(ctx: Any, response: Any, case: Any) -> None:
    """Refuse that the decoder turns away what the document says it reads.

    In place of `positive_data_acceptance`, which counts every 422 of schema-valid data as a
    failure: that a cursor belongs to another question, a token was never mailed, or two dates
    cross, no schema can say. Such refusals carry a code of their own; the decoder's is
    `invalid_request`.
    """
    meta = case.meta
    if meta is None or meta.generation.mode is not GenerationMode.POSITIVE:
        return
    if response.status_code in (400, 422):
        code = response.json().get("code")
        assert code not in ("invalid_request", "malformed_json"), response.text
