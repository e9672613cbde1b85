"""Where a request comes from, as far as configured proxies may be believed."""

from functools import lru_cache
from ipaddress import ip_address, ip_network
from typing import Any

from litestar import Request

_NOWHERE = "0.0.0.0"  # noqa: S104  a name for "not known", never bound


def client_address(request: Request[Any, Any, Any]) -> str:
    """Return the address that asks: the rightmost of X-Forwarded-For no trusted proxy added.

    The header counts only when the peer itself is a trusted proxy. IPv6 addresses are cut to their
    /64: whoever has one address has them all (RFC 6177).
    """
    peer = request.client.host if request.client else _NOWHERE
    forwarded = request.headers.get("x-forwarded-for", "")
    return address_of(peer, forwarded, request.app.state.settings.trusted_proxies)


@lru_cache(maxsize=4_096)
def address_of(peer: str, forwarded: str, trusted: tuple[str, ...]) -> str:
    """Return the address behind a peer; see `client_address`."""
    networks = [ip_network(each, strict=False) for each in trusted]
    believed = peer
    for hop in reversed([part.strip() for part in forwarded.split(",") if part.strip()]):
        if not any(_parsed(believed) in network for network in networks):
            break
        if _known(hop):
            believed = hop
        else:
            break
    parsed = _parsed(believed)
    if parsed.version == 6:
        return str(ip_network((parsed, 64), strict=False))
    return str(parsed)


def _known(text: str) -> bool:
    try:
        ip_address(text)
    except ValueError:
        return False
    return True


def _parsed(text: str) -> Any:
    parsed = ip_address(text if _known(text) else _NOWHERE)
    return getattr(parsed, "ipv4_mapped", None) or parsed
