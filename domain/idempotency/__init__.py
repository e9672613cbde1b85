"""Idempotency: a repeated request has the effect of one."""
