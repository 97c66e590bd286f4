"""The address from which a caller comes: the peer's, or what a proxy of ours says of it."""

from collections.abc import Sequence
from ipaddress import ip_address, ip_network


def client_address(peer: str, forwarded: Sequence[str], proxies: Sequence[str]) -> str:
    """Return the caller's address.

    ``forwarded`` are the values of ``X-Forwarded-For`` and ``proxies`` the networks of proxies of ours. Only a proxy of
    ours is believed, and of what it says only what it, or another one of ours, wrote itself: the last address that is
    no proxy's. What is no address ends the search there.
    """
    host = peer
    hops = [hop.strip() for value in forwarded for hop in value.split(",")]
    while hops and _is_within(host, proxies):
        hop = hops.pop()
        if not _is_address(hop):
            break
        host = hop
    return host


def _is_within(host: str, networks: Sequence[str]) -> bool:
    if not _is_address(host):
        return False
    address = ip_address(host)
    # A socket for both protocols names an IPv4 peer so (RFC 4291 2.5.5.2).
    plain = getattr(address, "ipv4_mapped", None) or address
    return any(plain in ip_network(network) for network in networks)


def _is_address(text: str) -> bool:
    try:
        ip_address(text)
    except ValueError:
        return False
    return True
