"""National electronic identity: signing in by it, and what it proves about a person."""
