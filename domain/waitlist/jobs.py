"""What the waitlist does when bookings tell it, and when the clock says so; all bears repeating."""

from domain.actor import SYSTEM
from domain.bookings import service as bookings
from domain.bookings.events import BookingChanged, BookingEnded, BookingNews
from domain.waitlist import service

AT_ONCE = 200

_TAKEN = (BookingNews.REQUESTED, BookingNews.CONFIRMED)
_FREES = (
    BookingNews.RESCHEDULED, BookingNews.NOT_TREATED, BookingNews.DISCHARGED,
    BookingNews.TRANSFERRED_OUT, BookingNews.LEFT_AGAINST_ADVICE, BookingNews.DIED,
)  # fmt: skip


async def follow_ended(event: BookingEnded) -> None:
    """Send whoever let an offered time pass to the end, and offer what came free."""
    await service.note_missed(SYSTEM, event.booking_id)
    booking = await bookings.booking_ref(SYSTEM, event.booking_id)
    for offer_id in await service.awaited_offers(SYSTEM, booking.facility_id, AT_ONCE):
        await service.offer_freed(SYSTEM, offer_id)


async def follow_changed(event: BookingChanged) -> None:
    """Note that an offered time was taken, and offer what a moved booking left."""
    if event.news in _TAKEN:
        await service.note_taken(SYSTEM, event.booking_id)
    elif event.news in _FREES:
        for offer_id in await service.awaited_offers(SYSTEM, event.facility_id, AT_ONCE):
            await service.offer_freed(SYSTEM, offer_id)


async def offer_freed() -> None:
    """Look for time that came free in another way, new hours for example (a periodic job)."""
    for offer_id in await service.awaited_offers(SYSTEM, None, AT_ONCE):
        await service.offer_freed(SYSTEM, offer_id)
