"""Places for connections: who holds one, who gives one up, and what is kept free for health checks.

A connection that waits (for a head, or after an answer) holds its place only as long as nobody needs it: the one that
has waited longest is closed for the sake of a new one, first among those of the same address. A request that is being
answered is never cut off. Source: ``reliability.md`` A7.
"""

from collections import OrderedDict, defaultdict
from ipaddress import IPv6Address, ip_address
from typing import Protocol

MOST = 1_000
"""Connections that are open at a time: each holds a file, and payers' connections need some too."""

PER_PEER = 600
"""Connections of one address. A proxy in front of us is one address for everybody behind it."""

SPARE = 50
"""Of these, how many a request other than a health check never takes."""


class Connection(Protocol):
    """What gives its place up when it is told to."""

    def give_up(self) -> None:
        """Close at once; nothing is being answered."""
        ...


class _Group:
    """Connections that are open, and those of them that wait, the one that has waited longest first."""

    def __init__(self) -> None:
        self.open: set[Connection] = set()
        self.waiting: OrderedDict[Connection, None] = OrderedDict()

    @property
    def busy(self) -> int:
        return len(self.open) - len(self.waiting)


class Connections:
    """Every connection of one listener, all together and by the address that they came from."""

    def __init__(self, most: int = MOST, per_peer: int = PER_PEER, spare: int = SPARE) -> None:
        """Hold at most ``most`` open at a time and ``per_peer`` of one address; ``spare`` of them for health checks."""
        self._most = most
        self._per_peer = per_peer
        self._spare = spare
        self._all = _Group()
        self._by_peer: defaultdict[str, _Group] = defaultdict(_Group)
        self._peers: dict[Connection, str] = {}

    def __len__(self) -> int:
        """Connections that are open."""
        return len(self._all.open)

    def enter(self, connection: Connection, address: str) -> bool:
        """Take a new connection in, for whose sake another one may be closed; false when there is no place at all."""
        peer = network_of(address)
        for group, most in ((self._by_peer[peer], self._per_peer), (self._all, self._most)):
            if len(group.open) >= most and group.waiting:
                oldest = next(iter(group.waiting))
                self.leave(oldest)
                oldest.give_up()
        of_peer = self._by_peer[peer]
        if len(self) >= self._most or len(of_peer.open) >= self._per_peer:
            if not of_peer.open:
                del self._by_peer[peer]
            return False
        self._peers[connection] = peer
        for group in (self._all, of_peer):
            group.open.add(connection)
            group.waiting[connection] = None
        return True

    def wait(self, connection: Connection) -> None:
        """Note that ``connection`` has nothing to be answered: from now on it may be closed for another one."""
        for group in self._groups(connection):
            group.waiting[connection] = None

    def serve(self, connection: Connection) -> bool:
        """Begin to answer a request of ``connection``; false when no place but those for health checks is free."""
        groups = self._groups(connection)
        if not groups or any(
            group.busy >= most - self._spare for group, most in zip(groups, (self._most, self._per_peer), strict=True)
        ):
            return False
        self.check(connection)
        return True

    def check(self, connection: Connection) -> None:
        """Begin to answer a health check of ``connection``, for which there is always a place."""
        for group in self._groups(connection):
            group.waiting.pop(connection, None)

    def leave(self, connection: Connection) -> None:
        """Give the place of a closed connection back."""
        for group in self._groups(connection):
            group.open.discard(connection)
            group.waiting.pop(connection, None)
        peer = self._peers.pop(connection, None)
        if peer is not None and not self._by_peer[peer].open:
            del self._by_peer[peer]

    def _groups(self, connection: Connection) -> tuple[_Group, ...]:
        peer = self._peers.get(connection)
        return () if peer is None else (self._all, self._by_peer[peer])


def network_of(address: str) -> str:
    """The address whose callers are counted as one: an IPv4 address as it is, of an IPv6 address the first 64 bits."""
    try:
        parsed = ip_address(address)
    except ValueError:
        return address
    if isinstance(parsed, IPv6Address):
        return str(parsed.ipv4_mapped or parsed.exploded[:19])
    return str(parsed)
