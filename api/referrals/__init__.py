"""Referrals, quotes and worklists over HTTP."""
