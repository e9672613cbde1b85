"""Consents: who may read which part of a patient's record, why and until when."""
