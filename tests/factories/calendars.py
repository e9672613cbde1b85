"""A host of calendars: a real HTTP server on the loopback that answers as it is told."""

import asyncio
import contextlib
from collections.abc import AsyncIterator

import msgspec

HEAD = "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//Test//EN\r\n"


def calendar(*entries: str, zones: str = "") -> str:
    """Return a calendar of these entries' lines."""
    events = "".join(
        f"BEGIN:VEVENT\r\nUID:entry-{number}\r\nDTSTAMP:20260101T000000Z\r\n{entry}\r\nEND:VEVENT\r\n"
        for number, entry in enumerate(entries)
    )
    return f"{HEAD}{zones}{events}END:VCALENDAR\r\n"


def zone(name: str, offset: str) -> str:
    """Return the definition of a zone that always has this offset."""
    return (
        f"BEGIN:VTIMEZONE\r\nTZID:{name}\r\nBEGIN:STANDARD\r\nDTSTART:19700101T000000\r\n"
        f"TZOFFSETFROM:{offset}\r\nTZOFFSETTO:{offset}\r\nEND:STANDARD\r\nEND:VTIMEZONE\r\n"
    )


class Host(msgspec.Struct):
    """What the server answers with, and what it was asked."""

    port: int = 0
    status: str = "200 OK"
    headers: dict[str, str] = {}
    body: bytes = b""
    waits_s: float = 0.0
    megabytes: int = 0
    asked: list[str] = []

    @property
    def url(self) -> str:
        return f"http://localhost:{self.port}/private/basic.ics"

    @property
    def name(self) -> str:
        return f"localhost:{self.port}"

    async def answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Answer one request, and close."""
        with contextlib.suppress(ConnectionError):
            self.asked.append((await reader.readuntil(b"\r\n\r\n")).decode())
            await asyncio.sleep(self.waits_s)
            status, body = self.status, self.body
            etag = self.headers.get("ETag")
            if etag is not None and f"if-none-match: {etag}" in self.asked[-1].lower():
                status, body = "304 Not Modified", b""
            lines = [f"HTTP/1.1 {status}", "Connection: close"]
            lines += [f"{name}: {value}" for name, value in self.headers.items()]
            writer.write("\r\n".join([*lines, "", ""]).encode() + body)
            for _ in range(self.megabytes):
                writer.write(b"X" * (1 << 20))
                await writer.drain()
            await writer.drain()
        writer.close()


@contextlib.asynccontextmanager
async def host() -> AsyncIterator[Host]:
    """Run a host of calendars while the body runs."""
    told = Host()
    server = await asyncio.start_server(told.answer, "localhost", 0)
    told.port = server.sockets[0].getsockname()[1]
    for other in server.sockets:  # IPv4 and IPv6 get ports of their own
        if other.getsockname()[1] != told.port:
            other.close()
    try:
        yield told
    finally:
        server.close()
