"""What letters do when they are told of their bookings; every job bears repeating."""

from domain.actor import SYSTEM
from domain.bookings.events import BookingChanged, BookingEnded
from domain.letters import rules
from domain.letters.service import revoke_letters


async def revoke_when_changed(event: BookingChanged) -> None:
    """Revoke a letter whose booking ended or moved; one that was issued since stays."""
    if event.news in rules.REVOKES:
        await revoke_letters(SYSTEM, event.booking_id, event.news.value, event.version)


async def revoke_when_ended(event: BookingEnded) -> None:
    """Revoke the letter of a booking that ended before check-in."""
    await revoke_letters(SYSTEM, event.booking_id, event.status)
