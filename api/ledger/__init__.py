"""The ledger over HTTP, for operators."""
