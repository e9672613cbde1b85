"""Availability: what is open, what is taken, and the slots between."""
