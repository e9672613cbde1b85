"""Asking a virus scanner about a stream of bytes."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from enum import StrEnum
from typing import Protocol

import structlog

from domain.files.errors import ScannerUnavailable

CONNECT_S = 5.0
STALL_S = 60.0
_LONGEST_ANSWER = 4096

log = structlog.get_logger()


class Verdict(StrEnum):
    """What a scanner found; only `clean` lets a file through as scanned."""

    CLEAN = "clean"
    INFECTED = "infected"
    TOO_LARGE = "too_large"
    NOT_SCANNED = "not_scanned"


class ScanBrokenOff(Exception):
    """The scanner took content but gave no whole answer: nobody may read that as clean."""


class Scanner(Protocol):
    """Judges one file from its bytes."""

    async def scan(self, chunks: AsyncIterator[bytes]) -> Verdict:
        """Read all chunks and judge; raises ScannerUnavailable before any was taken."""
        ...


class NoScanner:
    """Stands where no scanner is configured, and says so."""

    async def scan(self, chunks: AsyncIterator[bytes]) -> Verdict:
        """Read all chunks and judge nothing."""
        async for _ in chunks:
            pass
        return Verdict.NOT_SCANNED


class ClamAv:
    """ClamAV's daemon over TCP (`host:port`) or a Unix socket (a path), by INSTREAM.

    clamd's StreamMaxLength, MaxFileSize and MaxScanSize must admit the largest file; with
    `AlertExceedsMax yes` it says itself when a file went beyond them (clamd.conf(5)).
    """

    def __init__(self, address: str) -> None:
        self._address = address

    async def _connected(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        try:
            async with asyncio.timeout(CONNECT_S):
                if self._address.startswith("/"):
                    return await asyncio.open_unix_connection(self._address)
                host, _, port = self._address.rpartition(":")
                return await asyncio.open_connection(host.strip("[]"), int(port))
        except (OSError, TimeoutError) as error:
            raise ScannerUnavailable(f"The virus scanner does not answer: {error!r}") from None

    async def scan(self, chunks: AsyncIterator[bytes]) -> Verdict:
        """Send the chunks as they come (clamd(8), INSTREAM) and return the daemon's verdict.

        Raises ScannerUnavailable when it cannot be reached and ScanBrokenOff when its answer is
        missing, cut off or an error of its own.
        """
        reader, writer = await self._connected()
        try:
            whole = await _send(writer, chunks)
            async with asyncio.timeout(STALL_S * 10):
                answer = await reader.read(_LONGEST_ANSWER)
                while answer and not answer.endswith(b"\0") and len(answer) < _LONGEST_ANSWER:
                    more = await reader.read(_LONGEST_ANSWER)
                    if not more:
                        break
                    answer += more
        except (OSError, TimeoutError) as error:
            raise ScanBrokenOff(repr(error)) from None
        finally:
            writer.close()
            with contextlib.suppress(OSError):
                await writer.wait_closed()
        verdict = _verdict(answer)
        if verdict is Verdict.CLEAN and not whole:
            raise ScanBrokenOff("clean, but not all was taken")
        return verdict


async def _send(writer: asyncio.StreamWriter, chunks: AsyncIterator[bytes]) -> bool:
    writer.write(b"zINSTREAM\0")
    async for chunk in chunks:
        if not chunk:
            continue  # an empty chunk would end the stream
        try:
            writer.write(len(chunk).to_bytes(4, "big") + chunk)
            async with asyncio.timeout(STALL_S):
                await writer.drain()
        except ConnectionError:
            return False  # it hung up early and may have said why
    with contextlib.suppress(ConnectionError):
        writer.write(b"\0\0\0\0")
        await writer.drain()
        return True
    return False


def _verdict(answer: bytes) -> Verdict:
    said = answer.decode("utf-8", "replace")
    if not said.endswith("\0"):
        raise ScanBrokenOff(said[:200] or "no answer")
    said = said.rstrip("\0").strip()
    if said == "stream: OK":
        return Verdict.CLEAN
    if "size limit exceeded" in said or "Heuristics.Limits.Exceeded" in said:
        return Verdict.TOO_LARGE
    if said.endswith(" FOUND"):
        log.warning("malware_found", signature=said.removeprefix("stream: ")[:200])
        return Verdict.INFECTED
    raise ScanBrokenOff(said[:200])


_scanner: Scanner = NoScanner()


def use_scanner(scanner: Scanner) -> None:
    """Name the process's scanner, once, at start."""
    global _scanner
    _scanner = scanner


def scanner() -> Scanner:
    """Return the process's scanner."""
    return _scanner
