"""Sign-in, sessions and organisations over HTTP."""
