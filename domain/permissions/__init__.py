"""Permissions: the one table of who may do what, to what, and in which state."""
