"""How the world reaches the marketplace: HTTP, pages, the command line and the worker."""
