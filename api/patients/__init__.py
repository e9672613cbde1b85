"""Patients, access and care codes over HTTP."""
