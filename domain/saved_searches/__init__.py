"""Searches that people keep, and are told of when new or cheaper offers answer them."""
