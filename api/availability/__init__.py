"""Resources, opening rules and slots over HTTP."""
