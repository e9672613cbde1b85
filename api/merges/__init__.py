"""Two files of one person, over HTTP."""
