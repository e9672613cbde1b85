"""Audit: what was done to whose data, provably unchanged."""
