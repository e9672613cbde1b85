"""Profiles of facilities over HTTP."""
