"""What bookings tell the other rooms."""

from uuid import UUID

import msgspec


class BookingConfirmed(msgspec.Struct, frozen=True):
    """The deposit is there and the time is the patient's."""

    booking_id: UUID
    episode_id: UUID


class BookingEnded(msgspec.Struct, frozen=True):
    """A booking was cancelled, declined or ran out before check-in."""

    booking_id: UUID
    episode_id: UUID
    status: str
