"""The named reference rates by which prices are compared and shown."""

from datetime import date
from decimal import Decimal
from pathlib import Path

import msgspec

from domain.actor import Actor
from domain.db import transactional
from domain.errors import Unavailable
from domain.money import Currency
from domain.rates import queries
from domain.rates.types import RateSet

RATE_SET = "reference-2026-09-29"
"""The set in use; offers store their comparable price under it."""

_FILE = Path(__file__).parent / f"{RATE_SET}.json"
_known: dict[str, RateSet] = {}


class NoRates(Unavailable):
    code = "no_rates"
    title = "The reference rates have not been loaded"


class _Shipped(msgspec.Struct, frozen=True):
    rate_set: str
    day: date
    base: Currency
    rates: dict[Currency, Decimal]


def reference_bytes() -> bytes:
    """Return what `load_reference` loads, so that a caller can tell whether it changed."""
    return _FILE.read_bytes()


@transactional
async def load_reference(actor: Actor) -> None:
    """Store the rate set that this release ships."""
    shipped = msgspec.json.decode(reference_bytes(), type=_Shipped)
    await queries.insert_rate_set(
        RateSet(shipped.rate_set, shipped.day, shipped.base, shipped.rates)
    )


async def current_rates(actor: Actor) -> RateSet:
    """Return the rate set in use; raises NoRates. A named set never changes, so it is kept."""
    if RATE_SET not in _known:
        _known[RATE_SET] = await _stored_rates(actor)
    return _known[RATE_SET]


@transactional
async def _stored_rates(actor: Actor) -> RateSet:
    stored = await queries.rate_set(RATE_SET)
    if stored is None:
        raise NoRates
    return stored
