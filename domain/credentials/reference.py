"""The listing rules and the known accreditors that the marketplace ships."""

from pathlib import Path
from typing import Any

import msgspec

from domain.actor import Actor
from domain.credentials import queries, recognitions
from domain.credentials.recognition_types import ShippedAccreditor
from domain.credentials.types import ListingRule
from domain.db import transactional

_FOLDER = Path(__file__).parent / "reference"


@transactional
async def load_reference(actor: Actor) -> None:
    """Bring the listing rules and the known accreditors to what this release ships."""
    for rule in _shipped("listing_rules.json", list[ListingRule]):
        await queries.put_listing_rule(rule)
    for known in _shipped("accreditors.json", list[ShippedAccreditor]):
        await recognitions.record_accreditor(actor, known)


def reference_bytes() -> bytes:
    """Return what `load_reference` loads, so that a caller can tell whether it changed."""
    return b"".join(path.read_bytes() for path in sorted(_FOLDER.glob("*.json")))


def _shipped(name: str, kind: Any) -> Any:
    return msgspec.json.decode((_FOLDER / name).read_bytes(), type=kind)
