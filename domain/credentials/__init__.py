"""Credentials: why a facility may be listed, by the clock."""
