"""Aftercare: who looks after a patient at home, visits, and questions after discharge."""
