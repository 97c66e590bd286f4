"""Host names to addresses, in threads of each route's own: a look-up that hangs delays no other route.

The look-ups of the event loop share a few threads; twenty that hang would stop every payer
(``RELIABILITY.md`` M10, T7).
"""

import asyncio
import ipaddress
import socket
import threading
from collections.abc import Callable, Sequence
from contextlib import suppress
from functools import lru_cache
from typing import Any

from contracts import PayerUnreachable, Responsible

MAX_LOOKUPS = 8
MAX_ADDRESSES = 3
"""Addresses of one host that are tried in turn while nothing was sent."""

Found = Sequence[tuple[Any, Any, Any, Any, Any]]
Address = ipaddress.IPv4Address | ipaddress.IPv6Address
LookUp = Callable[[str, int], Found]


def is_loopback(host: str) -> bool:
    """Whether ``host`` is this machine, by its address or by the name ``localhost``."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


@lru_cache(maxsize=64)
def is_literal(host: str) -> bool:
    """Whether ``host`` is an address already."""
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True


def is_never_a_payer(host: str) -> bool:
    """Whether ``host`` is an address of no host at all, or of this network segment alone (cloud metadata)."""
    if not is_literal(host):
        return False
    address = _plain(ipaddress.ip_address(host))
    return address.is_link_local or address.is_multicast or address.is_unspecified


def _plain(address: Address) -> Address:
    """Return an address; an IPv4 one that was written as IPv6 becomes IPv4 again."""
    mapped = address.ipv4_mapped if isinstance(address, ipaddress.IPv6Address) else None
    return mapped or address


class Resolver:
    """Looks up the names of one route, a few at a time."""

    def __init__(self, limit: int = MAX_LOOKUPS, look_up: LookUp | None = None) -> None:
        """Allow ``limit`` look-ups at once, hung ones included; ``look_up`` stands in for the system's."""
        self._free = threading.BoundedSemaphore(limit)
        self._look_up = look_up or _ask_the_system

    async def addresses(self, host: str, port: int) -> tuple[str, ...]:
        """Return the addresses of ``host``, best first.

        Raises ``PayerUnreachable``: there is none, too many look-ups hang, or one is inside our own network.
        """
        if is_literal(host):
            return (host,)
        if not self._free.acquire(blocking=False):
            raise PayerUnreachable("lookups_hang")
        loop = asyncio.get_running_loop()
        waited: asyncio.Future[Found] = loop.create_future()

        def settle(found: Found) -> None:
            if not waited.done():
                waited.set_result(found)

        def work() -> None:
            try:
                found = self._look_up(host, port)
            except (OSError, UnicodeError):
                found = ()
            finally:
                self._free.release()
            # The loop may have ended meanwhile, which is a RuntimeError; nobody waits then.
            with suppress(RuntimeError):
                loop.call_soon_threadsafe(settle, found)

        # A daemon thread, so that a look-up that hangs does not keep the process from ending.
        threading.Thread(target=work, daemon=True, name="look-up").start()
        found = await waited
        addresses = tuple(dict.fromkeys(str(one[4][0]) for one in found))[:MAX_ADDRESSES]
        if not addresses:
            raise PayerUnreachable("no_such_host")
        if not all(_may_be_sent_to(one, host) for one in addresses):
            raise PayerUnreachable("address_refused", responsible=Responsible.SERVICE)
        return addresses


def _ask_the_system(host: str, port: int) -> Found:
    return socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)


def _may_be_sent_to(address: str, host: str) -> bool:
    """Whether an address may be used: a name must not lead into our own network, nor ``localhost`` out of it.

    Source: ``RELIABILITY.md`` 6.8.
    """
    if host == "localhost":
        return is_loopback(address)
    return _plain(ipaddress.ip_address(address.partition("%")[0])).is_global
