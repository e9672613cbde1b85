"""What an account was told, over HTTP."""
