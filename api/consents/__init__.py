"""The consents' part of the JSON API."""
