"""Profiles: what a facility says of itself, who works there, how to get there, and pictures."""
