"""A server on the loopback that takes what is posted to it and answers as a test wants."""

import contextlib
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import msgspec


class Posted(msgspec.Struct):
    """One request as it arrived; header names in lower case."""

    path: str
    headers: dict[str, str]
    body: bytes


class Receiver(msgspec.Struct):
    """What came, in its order; `statuses` are answered one after the other, then `status`."""

    address: str
    posted: list[Posted] = []
    statuses: list[int] = []
    status: int = 200
    headers: dict[str, str] = {}
    body: bytes = b""
    waits_s: float = 0.0


@contextlib.contextmanager
def receiving() -> Iterator[Receiver]:
    """Run a receiver until the body ends."""

    class Handler(BaseHTTPRequestHandler):
        def log_message(self, *_: Any) -> None:
            """Say nothing."""

        def do_POST(self) -> None:
            length = int(self.headers.get("content-length") or 0)
            headers = {name.lower(): value for name, value in self.headers.items()}
            receiver.posted.append(Posted(self.path, headers, self.rfile.read(length)))
            status = receiver.statuses.pop(0) if receiver.statuses else receiver.status
            time.sleep(receiver.waits_s)
            with contextlib.suppress(OSError):
                self.send_response(status)
                for name, value in receiver.headers.items():
                    self.send_header(name, value)
                self.send_header("Content-Length", str(len(receiver.body)))
                self.end_headers()
                self.wfile.write(receiver.body)

    listening = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    listening.daemon_threads = True
    receiver = Receiver(f"http://127.0.0.1:{listening.server_port}")
    threading.Thread(target=listening.serve_forever, args=(0.01,), daemon=True).start()
    try:
        yield receiver
    finally:
        listening.shutdown()
        listening.server_close()
