"""A booking whose deposit is paid, and news of it, for tests of who is told."""

from typing import Any
from uuid import UUID

import msgspec

from domain.actor import SYSTEM, Actor, Role
from domain.bookings.events import BookingChanged, BookingNews
from domain.bookings.parties import BookingParties, booking_parties
from domain.db import connection, transactional
from domain.outbox.service import publish
from tests.conftest import Person, Register
from tests.factories.bookable import Bookable, bookable
from tests.factories.mailbox import delivered


class Booked(msgspec.Struct):
    """A confirmed booking and its people."""

    id: UUID
    patient: Person
    coordinator: Person
    offer: Bookable

    @property
    def address(self) -> str:
        return f"/v1/bookings/{self.id}"

    async def parties(self) -> BookingParties:
        found = await booking_parties(SYSTEM, self.id)
        assert found is not None
        return found

    async def has(self, news: BookingNews) -> None:
        """Let the booking have news, and tell whom they concern."""
        await tell(SYSTEM, self.id, news)
        await delivered()


async def booked(person: Register, *, number: int = 0, **terms: Any) -> Booked:
    """Hold a slot as a patient of Kazakhstan and pay its deposit; the facility lies in Hungary."""
    coordinator, patient = await person(Role.COORDINATOR, state="HU"), await person()
    assert coordinator.organisation_id is not None
    offer = await bookable(coordinator.organisation_id, "HU", **terms)
    held = await patient.client.post("/v1/bookings", json=offer.hold(patient.patient_id, number))
    assert held.status_code == 201, held.text
    made = Booked(UUID(held.json()["id"]), patient, coordinator, offer)
    payment = await patient.client.post(f"{made.address}/payments")
    assert payment.status_code == 201, payment.text
    paid = await patient.client.post(f"/v1/demo/payments/{payment.json()['id']}/confirm")
    assert paid.status_code == 200, paid.text
    await delivered()
    return made


@transactional
async def tell(actor: Actor, booking_id: UUID, news: BookingNews) -> None:
    """Publish news of a booking under a new version, as its room does."""
    row = await connection().fetchrow(
        "UPDATE booking SET version = version + 1 WHERE id = $1 RETURNING *", booking_id
    )
    await publish(
        BookingChanged(booking_id, row["episode_id"], row["facility_id"], news, row["version"])
    )
