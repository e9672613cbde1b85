"""Telling people: the adapters by which messages leave the marketplace."""
