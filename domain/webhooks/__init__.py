"""Webhooks: systems of facilities are told, signed and again until they have it."""
