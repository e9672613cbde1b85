"""What the marketplace does: its rules, its data and its operations, without a word of HTTP."""
