"""The erasure log, outside the database: what a restored backup must forget once more.

One line of JSON per erasure, in the order of their execution, each with an HMAC-SHA-256 over RFC
8785 JSON, so that nobody can have data erased by writing into the file.
"""

import asyncio
import hmac
import os
from datetime import datetime
from pathlib import Path
from typing import Any
from uuid import UUID

import msgspec
import rfc8785

from domain.errors import Unavailable
from domain.keys.service import SubjectKind, provider


class LogBroken(Unavailable):
    """A line of the log is not one that we wrote."""

    code = "erasure_log_broken"
    title = "The erasure log was changed outside the marketplace; restore it from its copy"


class Erased(msgspec.Struct, frozen=True):
    """One executed erasure: whose keys were destroyed, and when."""

    erasure_id: UUID
    at: datetime
    subjects: list[tuple[SubjectKind, UUID]]


class ErasureLog:
    """An append-only file of erasures."""

    def __init__(self, path: Path) -> None:
        self.path = path

    async def append(self, entry: Erased) -> None:
        """Add an entry so that it survives a crash; one that is there already is not added."""
        if all(each.erasure_id != entry.erasure_id for each in await self.entries()):
            await asyncio.to_thread(self._write, entry)

    async def entries(self) -> list[Erased]:
        """Return every erasure in order; raises LogBroken for a line that is not ours."""
        return await asyncio.to_thread(self._read)

    def _write(self, entry: Erased) -> None:
        body: dict[str, Any] = msgspec.to_builtins(entry)
        line = rfc8785.dumps({**body, "mac": _mac(body)}) + b"\n"
        self.path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        handle = os.open(self.path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        with os.fdopen(handle, "ab") as file:
            file.write(line)
            file.flush()
            os.fsync(file.fileno())

    def _read(self) -> list[Erased]:
        if not self.path.exists():
            return []
        lines = self.path.read_bytes().split(b"\n")
        # What follows the last line's end was cut off by a crash before it was acknowledged.
        return [_checked(line) for line in lines[:-1]]


def _mac(body: dict[str, Any]) -> str:
    return hmac.digest(provider().derived("erasure-log"), rfc8785.dumps(body), "sha256").hex()


def _checked(line: bytes) -> Erased:
    try:
        body = msgspec.json.decode(line, type=dict[str, Any])
        mac = str(body.pop("mac"))
        if not hmac.compare_digest(mac, _mac(body)):
            raise LogBroken
        return msgspec.convert(body, Erased)
    except (msgspec.MsgspecError, KeyError, ValueError) as error:
        raise LogBroken from error


_log: ErasureLog | None = None


def use_erasure_log(log: ErasureLog) -> None:
    """Name the process's erasure log, once, at start."""
    global _log
    _log = log


def erasure_log() -> ErasureLog:
    """Return the process's erasure log."""
    if _log is None:
        raise RuntimeError("use_erasure_log() was not called at start")
    return _log
