"""The records' part of the JSON API."""
