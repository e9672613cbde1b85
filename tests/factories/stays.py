"""A paid booking and its people, brought as far into a stay as a test needs it."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import msgspec

from domain.actor import SYSTEM, Role
from tests.factories.bookable import Bookable, bookable
from tests.factories.desk import one, run, work

HASH = "ab" * 32


class Stay(msgspec.Struct):
    """One booking, its patient, and the people of its facility."""

    patient: Any
    coordinator: Any
    clinician: Any
    offer: Bookable
    id: str
    episode_id: str

    @property
    def address(self) -> str:
        return f"/v1/bookings/{self.id}"

    async def shown(self) -> dict[str, Any]:
        return dict((await self.patient.client.get(self.address)).json())

    async def status(self) -> str:
        return str((await self.shown())["status"])

    async def act(
        self, who: Any, path: str, body: Any = None, *, version: int | None = None,
        method: str = "POST",
    ) -> Any:  # fmt: skip
        """Send a move with the booking's present version, or with another one."""
        stamp = version if version is not None else (await self.shown())["version"]
        return await who.client.request(
            method, f"{self.address}/{path}", json=body, headers={"If-Match": f'"{stamp}"'}
        )

    async def done(self, who: Any, path: str, body: Any = None, **more: Any) -> dict[str, Any]:
        """Send a move that must succeed."""
        answer = await self.act(who, path, body, **more)
        assert answer.is_success, (path, answer.text)
        return dict(answer.json())

    async def begins(self, away: timedelta = timedelta(hours=1)) -> None:
        """Let the clock come so near to the booked time, or pass it."""
        starts_at = datetime.now(UTC).replace(microsecond=0) + away
        await run(
            SYSTEM,
            "UPDATE booking SET ends_at = $2::timestamptz + (ends_at - starts_at),"
            " starts_at = $2 WHERE id = $1",
            UUID(self.id), starts_at,
        )  # fmt: skip

    async def checked_in(self) -> None:
        await self.begins()
        await self.done(self.coordinator, "check-in")

    async def assessed(self) -> None:
        await self.checked_in()
        await self.done(self.clinician, "assess", {"outcome": "proceed"})

    async def consent(self) -> dict[str, Any]:
        return await self.done(self.clinician, "consent", consent())

    async def started(self) -> None:
        await self.assessed()
        await self.consent()
        await self.done(self.clinician, "start", {})

    async def discharged(self) -> None:
        await self.started()
        await self.done(self.clinician, "discharge", {})

    async def completed(self) -> None:
        await self.discharged()
        await self.done(self.clinician, "discharge-letter", {"reference": "Composition/1"})
        await self.done(self.coordinator, "complete")

    async def tasks(self, who: Any = None) -> list[dict[str, Any]]:
        """Return the facility's open tasks about this booking."""
        answer = await (who or self.coordinator).client.get(
            f"/v1/facilities/{self.offer.facility_id}/tasks"
        )
        assert answer.status_code == 200, answer.text
        return [each for each in answer.json()["items"] if each["booking_id"] == self.id]

    async def kinds(self) -> list[str]:
        return sorted(each["kind"] for each in await self.tasks())

    async def told(self, event: str) -> list[Any]:
        """Return what other rooms were told of the booking and nobody has delivered yet."""
        rows = await run(
            SYSTEM,
            "SELECT payload FROM outbox_event WHERE kind = $1 AND payload->>'booking_id' = $2"
            " ORDER BY id",
            event, self.id,
        )  # fmt: skip
        return [msgspec.json.decode(row["payload"]) for row in rows]

    async def news(self) -> list[str]:
        return [each["news"] for each in await self.told("BookingChanged")]

    async def rules(self) -> list[str]:
        return [each["rule"] for each in await self.told("BookingSettled")]

    async def deposit_left(self) -> int:
        """Return what of the deposit neither went back nor is on its way back."""
        return int(
            await one(
                "SELECT p.amount_minor - coalesce((SELECT sum(r.amount_minor) FROM refund r"
                " WHERE r.payment_id = p.id AND r.status NOT IN ('failed', 'canceled')), 0)"
                " FROM payment p WHERE p.booking_id = $1 AND p.status <> 'failed'",
                UUID(self.id),
            )
        )


def consent(**more: Any) -> dict[str, Any]:
    """Return the body that records a signed consent to the procedure."""
    return {
        "language": "kk",
        "text_version": "2026-1",
        "document_sha256": HASH,
        "signed_by": "patient",
        "signatory": "Aybek Number",
        "interpreter": "Zeynep Arslan",
        "signed_at": (datetime.now(UTC) - timedelta(minutes=5)).isoformat(),
        **more,
    }


def line(amount: int, label: str = "A larger implant", **more: Any) -> dict[str, Any]:
    """Return one mandatory line of a changed price."""
    return {"kind": "mandatory", "label": label, "amount": amount, **more}


async def stay_of(
    person: Any, offer: Bookable | None = None, *, state: str = "KZ", number: int = 0,
    patient: Any = None, coordinator: Any = None, **terms: Any,
) -> Stay:  # fmt: skip
    """Make the people of a booking, book and pay it."""
    coordinator = coordinator or await person(Role.COORDINATOR, state=state)
    clinician = await person(Role.CLINICIAN, state=state, organisation=coordinator.organisation_id)
    offer = offer or await bookable(coordinator.organisation_id, state, **terms)
    patient = patient or await person()
    held = await patient.client.post("/v1/bookings", json=offer.hold(patient.patient_id, number))
    assert held.status_code == 201, held.text
    booking = held.json()
    opened = await patient.client.post(f"/v1/bookings/{booking['id']}/payments")
    assert opened.status_code == 201, opened.text
    paid = await patient.client.post(f"/v1/demo/payments/{opened.json()['id']}/confirm")
    assert paid.status_code == 200, paid.text
    await work()
    return Stay(patient, coordinator, clinician, offer, booking["id"], booking["episode_id"])
