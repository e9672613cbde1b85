"""Registers of facilities over HTTP."""
