"""Search: from words in any script to offers, in a stable order."""
