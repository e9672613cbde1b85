"""Facilities that are the same, over HTTP."""
