"""Patients: persons, their care files and who may act for them."""
