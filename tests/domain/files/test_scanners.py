"""What the scanner says, and what counts as no answer: a real clamd, and one that breaks off."""

import asyncio
from collections.abc import AsyncIterator

import pytest

from domain.files.errors import ScannerUnavailable
from domain.files.scanners import ClamAv, NoScanner, ScanBrokenOff, Verdict
from tests.domain.files.conftest import STREAM_LIMIT
from tests.factories.papers import EICAR, zipped
from tests.serving import free_port


async def chunks(content: bytes, size: int = 1024 * 1024) -> AsyncIterator[bytes]:
    for at in range(0, len(content), size):
        yield content[at : at + size]


async def test_clamd_passes_the_clean_and_finds_the_test_virus(clamd: str) -> None:
    scanner = ClamAv(clamd)
    assert await scanner.scan(chunks(b"%PDF-1.7 nothing" * 1000)) is Verdict.CLEAN
    assert await scanner.scan(chunks(b"x" * (2 * 1024 * 1024 + 1))) is Verdict.CLEAN
    assert await scanner.scan(chunks(EICAR)) is Verdict.INFECTED
    assert await scanner.scan(chunks(EICAR, 1)) is Verdict.INFECTED
    assert await scanner.scan(chunks(zipped(EICAR, "eicar.com"))) is Verdict.INFECTED


async def test_more_than_clamd_takes_is_never_clean(clamd: str) -> None:
    try:
        verdict = await ClamAv(clamd).scan(chunks(b"x" * (STREAM_LIMIT * 4)))
    except ScanBrokenOff:
        return  # it hung up before its answer could be read
    assert verdict is Verdict.TOO_LARGE


async def test_a_daemon_that_is_away_is_unavailable() -> None:
    for address in (f"127.0.0.1:{free_port()}", "/nowhere/clamd.sock"):
        with pytest.raises(ScannerUnavailable):
            await ClamAv(address).scan(chunks(b"x"))


@pytest.mark.parametrize(
    "answer", [b"", b"stream: OK", b"stre", b"INSTREAM: failed. ERROR\0", b"OK\0", b"\xff\0"]
)
async def test_half_an_answer_is_no_answer(answer: bytes) -> None:
    async def break_off(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\0\0\0\0")
        writer.write(answer)
        await writer.drain()
        writer.close()

    server = await asyncio.start_server(break_off, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    async with server:
        with pytest.raises(ScanBrokenOff):
            await ClamAv(f"127.0.0.1:{port}").scan(chunks(b"abc"))


async def test_a_clean_answer_to_half_a_file_is_no_answer() -> None:
    async def hasty(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(4)
        writer.write(b"stream: OK\0")
        await writer.drain()
        writer.transport.abort()

    server = await asyncio.start_server(hasty, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    async with server:
        with pytest.raises(ScanBrokenOff):
            await ClamAv(f"127.0.0.1:{port}").scan(chunks(b"x" * 64 * 1024 * 1024))


async def test_without_a_scanner_nothing_counts_as_scanned() -> None:
    assert await NoScanner().scan(chunks(EICAR)) is Verdict.NOT_SCANNED
