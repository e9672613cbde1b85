"""Specialties, treatments and offers over HTTP."""
