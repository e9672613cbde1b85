"""The JSON API of kept searches."""
