"""Structured logs: one JSON line an event, without bodies or secrets."""

import logging
import re
import sys
import traceback
from pathlib import Path

import structlog

_SECRET = ("password", "token", "secret", "authorization", "cookie", "key", "email", "name")

_ADDRESS = re.compile(r"[^\s@\"'<>]+@[^\s@\"'<>]+\.[^\s@\"'<>]+")
_QUERY = re.compile(r"\?[^\s\"']*")
_BEARER = re.compile(r"(?i)bearer\s+\S+")
_DETAIL = re.compile(r"(?m)^DETAIL:.*$")


def clean(text: str) -> str:
    """Return a text without what could name a person: addresses, queries, tokens, row values."""
    for pattern in (_DETAIL, _BEARER, _QUERY, _ADDRESS):
        text = pattern.sub("[redacted]", text)
    return text


def _traced(_: object, __: str, event: structlog.types.EventDict) -> structlog.types.EventDict:
    """Write where a fault happened and of which kind, without its message: it may quote a body."""
    given = event.pop("exc_info", None)
    error = sys.exc_info()[1] if given is True else given[1] if isinstance(given, tuple) else given
    if isinstance(error, BaseException):
        frames = traceback.extract_tb(error.__traceback__)
        event["exception"] = type(error).__name__
        event["sqlstate"] = getattr(error, "sqlstate", None)
        event["trace"] = [f"{Path(f.filename).name}:{f.lineno} {f.name}" for f in frames[-12:]]
    return event


def _redact(_: object, __: str, event: structlog.types.EventDict) -> structlog.types.EventDict:
    for field in event:
        if field != "event" and any(word in field.lower() for word in _SECRET):
            event[field] = "[redacted]"
        elif isinstance(event[field], str):
            event[field] = clean(event[field])
    return event


def configure_logs(level: str) -> None:
    """Send every log line, the libraries' too, to standard error as JSON."""
    numeric = logging.getLevelName(level.upper())
    processors: list[structlog.types.Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        _traced,
        _redact,
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
