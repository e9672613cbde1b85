"""Which addresses may be reached where somebody else chose the name: the public network's alone."""

import asyncio
import socket
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network

_EMBEDS_IPV4 = ip_network("64:ff9b::/96"), ip_network("64:ff9b:1::/48"), ip_network("2002::/16")


class NotPublic(Exception):
    """The name leads to an address that may not be reached."""


def may_reach(address: IPv4Address | IPv6Address, *, loopback: bool) -> bool:
    """Tell whether an address is somebody's on the public network, not one of ours."""
    if loopback and address.is_loopback:
        return True
    if any(address in network for network in _EMBEDS_IPV4 if network.version == address.version):
        return False
    return address.is_global and not address.is_multicast and not address.is_reserved


async def reachable_address(host: str, port: int, *, loopback: bool) -> str:
    """Return an address to connect to; all that the name has are looked at, raises NotPublic.

    Whoever connects to it, and not to the name, cannot be led elsewhere by a second answer.
    """
    found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
    addresses = [str(each[4][0]) for each in found]
    if not addresses or not all(
        may_reach(ip_address(each.partition("%")[0]), loopback=loopback) for each in addresses
    ):
        raise NotPublic
    return addresses[0]
