"""Telling people: notices in the marketplace, and the adapters by which messages leave it."""
