"""Aftercare over HTTP."""
