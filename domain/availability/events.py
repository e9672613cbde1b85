"""What availability tells the other rooms."""

from enum import StrEnum
from uuid import UUID

import msgspec


class Cause(StrEnum):
    """Why a booking lies where its facility no longer keeps time for it."""

    FEED_CLASH = "feed_clash"
    RULE_CHANGED = "rule_changed"
    CLOSURE = "closure"
    AFFILIATION_ENDED = "affiliation_ended"


class BookingUncovered(msgspec.Struct, frozen=True):
    """A booking stands although its time was closed, ended or turned out taken: staff decide."""

    booking_id: UUID
    cause: Cause
