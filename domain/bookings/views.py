"""Rows of bookings as their readers see them."""

from typing import Any

import msgspec

from domain.bookings.types import Assessment, BookingStatus, BookingView
from domain.catalogue.types import CancellationTier
from domain.clock import utc_now
from domain.money import Money, currency


def booking_view(row: Any) -> BookingView:
    """Return a booking as it stands now, by the clock too."""
    now, status = utc_now(), BookingStatus(row["status"])
    # The clock ends a hold; the sweeper only writes it down.
    if row["hold_until"] is not None and row["hold_until"] <= now:
        status = BookingStatus.EXPIRED
    paid_in = currency(row["currency"])
    return BookingView(
        id=row["id"],
        episode_id=row["episode_id"],
        patient_id=row["patient_id"],
        facility_id=row["facility_id"],
        facility_name=row["facility_name"],
        offer_id=row["offer_id"],
        offer_version=row["offer_version"],
        treatment=row["treatment_code"],
        status=status,
        starts_at=row["starts_at"],
        ends_at=row["ends_at"],
        zone=row["zone"],
        hold_until=row["hold_until"],
        server_time=now,
        price=Money(row["price_minor"], paid_in),
        max_price=most_of(row),
        deposit=Money(row["deposit_minor"], paid_in),
        cancellation_tiers=tiers_of(row),
        reason=row["reason"],
        answer_due_at=row["answer_due_at"],
        assessment=Assessment(row["assessment"]) if row["assessment"] else None,
        change_order_id=row["change_order_id"],
        consented=row["procedure_consent_id"] is not None,
        letter=row["letter_file_id"] is not None or row["letter_reference"] is not None,
        fit_to_fly_on=row["fit_to_fly_on"],
        needs_attention=row["credential_lost_at"] is not None,
        demo=row["demo"],
        version=row["version"],
        created_at=row["created_at"],
        updated_at=row["updated_at"],
    )


def most_of(row: Any) -> Money:
    """Return the most a booking's price may become without a new agreement."""
    return Money(row["max_price_minor"] or row["price_minor"], currency(row["currency"]))


def tiers_of(row: Any) -> list[CancellationTier]:
    """Return the cancellation tiers that were frozen with a booking."""
    return msgspec.json.decode(row["tiers"], type=list[CancellationTier])
