"""Payments: money coming in through a provider, and going back."""
