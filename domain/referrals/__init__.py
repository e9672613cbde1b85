"""Referrals: a doctor's request to a facility, until its outcome has come back."""
