"""Limits: how often anybody may ask, shared by every process of a deployment."""
