"""The PostgreSQL that Shifayol brings along: its programs, its data folder, its supervisor."""

from api.postgres.errors import AlreadyRunning, PostgresUnavailable
from api.postgres.roles import DatabaseUrls
from api.postgres.supervisor import EmbeddedPostgres, attach

__all__ = [
    "AlreadyRunning",
    "DatabaseUrls",
    "EmbeddedPostgres",
    "PostgresUnavailable",
    "attach",
]
