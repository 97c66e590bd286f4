"""Counts connections against their limits, and chooses which idle one is closed for a new one.

An idle connection keeps its place only as long as no new one needs it. Closed is the one that has been idle longest
since its last answer, or else one that had time to send its first request and did not; those of the new one's address
come first. A request that is being answered is never cut off. Some places are kept for health checks.
Source: ``RELIABILITY.md`` A7.
"""

import resource
from collections import OrderedDict, defaultdict
from collections.abc import Callable, Iterator
from functools import lru_cache
from ipaddress import IPv6Address, ip_address
from itertools import islice, takewhile
from time import monotonic
from typing import Protocol

from service.web.early_refusals import EarlyRefusals

MOST = 2_000
"""Connections that may be open at a time."""

PER_PEER = 1_200
"""Connections of one address. A proxy in front of us is one address for everybody behind it."""

TRIES = 8
"""Idle connections that are tried for a new one; it is refused when all of them turn out to have sent a request."""

FAIR_SECONDS = 0.05
"""Seconds that a new connection has to send a head before it may be closed for another one."""

OTHER_FILES = 256
"""File descriptors that are kept for everything but callers: the store, payers, logs."""

LEAST = 100
"""Connections that a process accepts even when its file descriptors are few."""

SPARE = 50
"""Places that only a health check may take."""


class OpenConnection(Protocol):
    """A connection that can be closed to make room for another one."""

    def give_up(self) -> bool:
        """Close at once; false when a request has arrived meanwhile that was not read yet."""
        ...


class _Group:
    """Open connections; among them those that are idle after an answer, and those that never sent a request."""

    def __init__(self, most: int) -> None:
        self.most = most
        self.open: set[OpenConnection] = set()
        self.answered: OrderedDict[OpenConnection, None] = OrderedDict()
        self.silent: OrderedDict[OpenConnection, float] = OrderedDict()

    @property
    def busy(self) -> int:
        return len(self.open) - len(self.answered) - len(self.silent)

    @property
    def full(self) -> bool:
        return len(self.open) >= self.most

    def idle_since(self, before: float) -> Iterator[OpenConnection]:
        """Yield the idle connections that may be closed, in order; silent ones if they were open at ``before``."""
        yield from self.answered
        yield from takewhile(lambda connection: self.silent[connection] <= before, self.silent)

    def stop_waiting(self, connection: OpenConnection) -> None:
        self.answered.pop(connection, None)
        self.silent.pop(connection, None)


class Connections:
    """The connections of one listener, in total and by the address that they came from."""

    def __init__(
        self,
        most: int = MOST,
        per_peer: int = PER_PEER,
        spare: int = SPARE,
        *,
        fair: float = FAIR_SECONDS,
        clock: Callable[[], float] = monotonic,
    ) -> None:
        """Allow ``most`` at a time and ``per_peer`` of one address, of which ``spare`` are for health checks."""
        self._spare = spare
        self._fair = fair
        self._clock = clock
        self._all = _Group(most)
        self._by_peer: defaultdict[str, _Group] = defaultdict(lambda: _Group(per_peer))
        self._peers: dict[OpenConnection, str] = {}
        self.refusals = EarlyRefusals()

    def __len__(self) -> int:
        """Connections that are open."""
        return len(self._all.open)

    def enter(self, connection: OpenConnection, address: str) -> bool:
        """Count a new connection, for which an idle one may be closed; false when there is no place."""
        peer, now = network_of(address), self._clock()
        for group in (self._by_peer[peer], self._all):
            if group.full:
                tried = islice(group.idle_since(now - self._fair), TRIES)
                closed = next((one for one in list(tried) if one.give_up()), None)
                if closed is not None:
                    self.refusals.count("gave_place")
                    self.leave(closed)
        of_peer = self._by_peer[peer]
        if self._all.full or of_peer.full:
            if not of_peer.open:
                del self._by_peer[peer]
            return False
        self._peers[connection] = peer
        for group in (self._all, of_peer):
            group.open.add(connection)
            group.silent[connection] = now
        return True

    def wait(self, connection: OpenConnection) -> None:
        """Note that ``connection`` was answered and is idle: it may be closed for another one."""
        for group in self._groups(connection):
            group.stop_waiting(connection)
            group.answered[connection] = None

    def serve(self, connection: OpenConnection) -> bool:
        """Note that ``connection`` sent a request; false when only the places for health checks are free."""
        groups = self._groups(connection)
        if not groups or any(group.busy >= group.most - self._spare for group in groups):
            return False
        self.check(connection)
        return True

    def check(self, connection: OpenConnection) -> None:
        """Note that ``connection`` sent a health check, for which there is always a place."""
        for group in self._groups(connection):
            group.stop_waiting(connection)

    def leave(self, connection: OpenConnection) -> None:
        """Forget a closed connection."""
        for group in self._groups(connection):
            group.open.discard(connection)
            group.stop_waiting(connection)
        peer = self._peers.pop(connection, None)
        if peer is not None and not self._by_peer[peer].open:
            del self._by_peer[peer]

    def _groups(self, connection: OpenConnection) -> tuple[_Group, ...]:
        peer = self._peers.get(connection)
        return () if peer is None else (self._all, self._by_peer[peer])


def files_for(connections: int) -> int:
    """Return how many of ``connections`` this process may open, after raising its limit on files as far as it goes."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = connections + OTHER_FILES
    if soft != resource.RLIM_INFINITY and soft < wanted:
        soft = wanted if hard == resource.RLIM_INFINITY else min(hard, wanted)
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
    if soft == resource.RLIM_INFINITY:
        return connections
    return max(LEAST, min(connections, soft - OTHER_FILES))


@lru_cache(maxsize=4_096)
def network_of(address: str) -> str:
    """Return what counts as one address: an IPv4 address as it is, of an IPv6 address the first 64 bits."""
    try:
        parsed = ip_address(address)
    except ValueError:
        return address
    if isinstance(parsed, IPv6Address):
        return str(parsed.ipv4_mapped or parsed.exploded[:19])
    return str(parsed)
