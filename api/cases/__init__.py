"""Cases and episodes over HTTP."""
