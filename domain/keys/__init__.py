"""Keys: who can read what is stored, and how it is made unreadable."""
