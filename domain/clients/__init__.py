"""Systems of facilities: who they are, the keys that prove it, and the tokens they are given."""
