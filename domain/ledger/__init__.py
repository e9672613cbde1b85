"""Ledger: what is owed to whom, in double entry."""
