"""Sending to an address that a stranger chose: only to the public network, once, and briefly.

The name is resolved here, every address it has is looked at, and the connection goes to one that
was looked at: a name that answers differently the second time reaches nothing of ours.
"""

import asyncio
import functools
import ssl
from collections.abc import Iterable, Mapping

import httpcore

from domain.outward import NotPublic, reachable_address
from domain.webhooks.types import Outcome

CONNECT_S, WHOLE_S = 5.0, 10.0
_HEADERS = {
    "Content-Type": "application/json",
    "Accept-Encoding": "identity",
    "User-Agent": "Shifayol-Webhooks/1",
}


class _Network(httpcore.AsyncNetworkBackend):
    """Connects to addresses that may be reached, and to no other."""

    def __init__(self, *, loopback: bool) -> None:
        self._loopback = loopback
        self._inner = httpcore.AnyIOBackend()

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,  # noqa: ASYNC109  the backend's own interface
        local_address: str | None = None,
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,
    ) -> httpcore.AsyncNetworkStream:
        address = await reachable_address(host, port, loopback=self._loopback)
        return await self._inner.connect_tcp(address, port, timeout, local_address, socket_options)


@functools.cache
def _tls() -> ssl.SSLContext:
    return httpcore.default_ssl_context()


class Sender:
    """Posts bodies; `loopback` also reaches one's own machine, which only development does."""

    def __init__(self, *, loopback: bool) -> None:
        self.loopback = loopback

    async def send(self, url: str, headers: Mapping[str, str], body: bytes) -> Outcome:
        """Return what came of one attempt; redirects are not followed, answers are not read."""
        try:
            async with (
                asyncio.timeout(WHOLE_S),
                httpcore.AsyncConnectionPool(
                    ssl_context=_tls(), network_backend=_Network(loopback=self.loopback)
                ) as pool,
                pool.stream(
                    "POST", url, headers=list((_HEADERS | dict(headers)).items()), content=body,
                    extensions={"timeout": {"connect": CONNECT_S, "read": WHOLE_S,
                                            "write": WHOLE_S, "pool": WHOLE_S}},
                ) as answer,
            ):  # fmt: skip
                return Outcome(answer.status)
        except NotPublic:
            return Outcome(None, "address_not_public")
        except (TimeoutError, httpcore.TimeoutException):
            return Outcome(None, "timeout")
        except ssl.SSLError:
            return Outcome(None, "tls_failed")
        except httpcore.ConnectError as error:
            tls = isinstance(error.__cause__, ssl.SSLError)
            return Outcome(None, "tls_failed" if tls else "no_connection")
        except (OSError, UnicodeError):
            return Outcome(None, "no_connection")
        except (
            httpcore.ProtocolError, httpcore.NetworkError, httpcore.UnsupportedProtocol,
        ):  # fmt: skip
            return Outcome(None, "no_answer")


_sender: Sender | None = None


def use_sender(sender: Sender) -> None:
    """Name the process's sender, once, at start."""
    global _sender
    _sender = sender


def sender() -> Sender:
    """Return the process's sender."""
    if _sender is None:
        raise RuntimeError("use_sender() was not called at start")
    return _sender
