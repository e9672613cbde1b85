"""Structured logs: one JSON line an event, without bodies or secrets."""

import logging
import sys

import structlog

_SECRET = ("password", "token", "secret", "authorization", "cookie", "key", "email", "name")


def _redact(_: object, __: str, event: structlog.types.EventDict) -> structlog.types.EventDict:
    for field in event:
        if field != "event" and any(word in field.lower() for word in _SECRET):
            event[field] = "[redacted]"
    return event


def configure_logs(level: str) -> None:
    """Send every log line, the libraries' too, to standard error as JSON."""
    numeric = logging.getLevelName(level.upper())
    processors: list[structlog.types.Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        _redact,
        structlog.processors.format_exc_info,
    ]
    structlog.configure(
        processors=[*processors, structlog.processors.JSONRenderer()],
        wrapper_class=structlog.make_filtering_bound_logger(numeric),
        logger_factory=structlog.WriteLoggerFactory(file=sys.stderr),
        cache_logger_on_first_use=True,
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=processors, processor=structlog.processors.JSONRenderer()
        )
    )
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(max(numeric, logging.WARNING))
