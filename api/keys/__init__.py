"""The platform's public keys over HTTP."""
