"""Credentials over HTTP."""
