"""What the answers about bookings share."""

from litestar import Response

from api.http.versions import VersionNeeded, with_etag
from domain.bookings.errors import NoSuchBooking, WrongState
from domain.bookings.types import BookingView
from domain.errors import Forbidden, StaleVersion
from domain.patients.errors import NoSuchPatient

MOVE = (NoSuchBooking, NoSuchPatient, Forbidden, StaleVersion, VersionNeeded, WrongState)
"""Why a move with If-Match may be refused, whatever the move."""


def answer(view: BookingView, status_code: int = 200) -> Response[BookingView]:
    """Answer a booking with its version."""
    return with_etag(view, view.version, status_code=status_code)
