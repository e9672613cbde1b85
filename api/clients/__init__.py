"""Systems of facilities over HTTP: their registration and the OAuth 2.0 token endpoint."""
