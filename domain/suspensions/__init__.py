"""Suspensions: whom one would touch, asked of all rooms before it is decided."""
