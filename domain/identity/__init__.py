"""Identity: accounts, organisations, memberships and sessions."""
