"""The ids, instants and amounts that the examples share, so that they tell one story."""

from datetime import UTC, datetime
from uuid import UUID

from domain.money import Currency, Money


def example_id(number: int) -> UUID:
    """Return one of the ids (UUIDv7) that the examples use."""
    return UUID(f"0199f3a0-5c1e-7d42-9b60-{number:012x}")


def at(day: str, hour: int = 9, minute: int = 0) -> datetime:
    """Return an instant of a day in ISO 8601, in UTC."""
    return datetime.fromisoformat(day).replace(hour=hour, minute=minute, tzinfo=UTC)


def eur(minor: int) -> Money:
    """Return an amount of euro cents."""
    return Money(minor, Currency.EUR)


ACCOUNT, PATIENT, PRACTICE, HOSPITAL = (example_id(n) for n in (1, 2, 3, 4))
FACILITY, OFFER, BOOKING, PAYMENT = (example_id(n) for n in (5, 6, 7, 8))
CASE, EPISODE, REFERRAL, QUOTE, CONSENT = (example_id(n) for n in (9, 10, 11, 12, 13))
CREDENTIAL, ACCREDITOR, POOL, SESSION, MEMBERSHIP = (example_id(n) for n in (14, 15, 16, 17, 18))
SHA256 = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"
FILE = example_id(25)
