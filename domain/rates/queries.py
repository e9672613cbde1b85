"""The queries of reference rates."""

from decimal import Decimal

from domain.db import connection
from domain.ids import new_id
from domain.money import Currency
from domain.rates.types import RateSet


async def rate_set(name: str) -> RateSet | None:
    """Return the rates of that name."""
    rows = await connection().fetch(
        "SELECT day, base, quote, rate FROM fx_rate WHERE rate_set = $1", name
    )
    if not rows:
        return None
    rates: dict[Currency, Decimal] = {Currency(row["quote"]): row["rate"] for row in rows}
    return RateSet(name, rows[0]["day"], Currency(rows[0]["base"]), rates)


async def insert_rate_set(rates: RateSet) -> None:
    """Store the rates under their name; stored ones are never changed."""
    await connection().executemany(
        "INSERT INTO fx_rate (id, rate_set, day, base, quote, rate) VALUES ($1, $2, $3, $4, $5, $6)"
        " ON CONFLICT ON CONSTRAINT fx_rate_once DO NOTHING",
        [
            (new_id(), rates.name, rates.day, rates.base.value, quote.value, rate)
            for quote, rate in rates.rates.items()
        ],
    )
