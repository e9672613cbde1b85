"""What may be wrong when the database that Shifayol brings along is started."""


class PostgresUnavailable(RuntimeError):
    """The database cannot run here; the message tells the operator why and what to do."""


class AlreadyRunning(RuntimeError):
    """Another process serves this data folder."""
