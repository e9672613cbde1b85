"""Bookings: a hold on a slot, paid, confirmed and kept."""
