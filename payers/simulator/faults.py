"""What goes wrong, on demand: by a key in the member id, by the dice of the process, or by a switch that a test sets.

A key stands before the member id: ``SIM-HANG-W900000101``, ``SIM-SLOW3-W900000101`` (seconds). It is no part of the id.
"""

import asyncio
import re
from enum import StrEnum
from random import Random
from typing import NamedTuple

_KEY = re.compile(r"SIM-([A-Z]+?)(\d*)-(.*)")


class FaultKind(StrEnum):
    """One way in which a payer, its gateway or the network misbehaves. ``README.md`` has a line for each."""

    NONE = "NONE"
    SLOW = "SLOW"
    DELAY = "DELAY"
    HANG = "HANG"
    STALL = "STALL"
    DRIP = "DRIP"
    RESET = "RESET"
    CLOSE = "CLOSE"
    CUT = "CUT"
    UNSIZED = "UNSIZED"
    TRUNCATED = "TRUNCATED"
    COUNT = "COUNT"
    SWAP = "SWAP"
    DUPLICATE = "DUPLICATE"
    HTML = "HTML"
    EMPTY = "EMPTY"
    MEDIA = "MEDIA"
    GARBAGE = "GARBAGE"
    HEADERS = "HEADERS"
    LONG = "LONG"
    GZIP = "GZIP"
    STATUS = "STATUS"
    REDIRECT = "REDIRECT"
    MUTE = "MUTE"
    DRIPHEAD = "DRIPHEAD"
    LENGTHS = "LENGTHS"
    INJECTED = "INJECTED"
    MANYHEADERS = "MANYHEADERS"
    CHUNKS = "CHUNKS"
    STREAM = "STREAM"
    DEFLATE = "DEFLATE"
    BROTLI = "BROTLI"
    JSON = "JSON"
    AFTER = "AFTER"
    SKEWED = "SKEWED"
    MOCK = "MOCK"
    TRAILER = "TRAILER"
    GROUP = "GROUP"
    CONTROL = "CONTROL"
    TWICE = "TWICE"
    STALE = "STALE"
    CROSS = "CROSS"
    BESIDE = "BESIDE"
    NONSENSE = "NONSENSE"
    FLOOD = "FLOOD"
    CODED = "CODED"
    ACCEPTED = "ACCEPTED"
    AAA = "AAA"
    BUSY = "BUSY"
    REJECTED = "REJECTED"
    INTERCHANGE = "INTERCHANGE"
    ENVELOPE = "ENVELOPE"
    XMLBOMB = "XMLBOMB"
    ENTITY = "ENTITY"
    DEPTH = "DEPTH"
    ATTRIBUTES = "ATTRIBUTES"
    FAULT = "FAULT"
    MTOM = "MTOM"
    WRAPPED = "WRAPPED"
    TOKEN = "TOKEN"  # noqa: S105 - a fault, and no secret
    TOKENDOWN = "TOKENDOWN"
    TOKENREFUSED = "TOKENREFUSED"
    LOCATION = "LOCATION"
    OTHERID = "OTHERID"
    POLL = "POLL"
    CODE = "CODE"
    UNCHECKED = "UNCHECKED"


class Fault(NamedTuple):
    """A kind and its number, which ``README.md`` explains for each; ``to`` is where a ``REDIRECT`` leads."""

    kind: FaultKind = FaultKind.NONE
    number: int = 0
    to: str = "/elsewhere"

    @property
    def rejection(self) -> str | None:
        """Return the AAA03 that the payer gives in place of the scenario; None for any other fault."""
        if self.kind is FaultKind.AAA:
            return f"{self.number or 42:02d}"
        return "42" if self.kind is FaultKind.BUSY else None


NO_FAULT = Fault()
_SECONDS = {FaultKind.SLOW: 1.0, FaultKind.DELAY: 0.001}


def fault_in(member_id: str) -> Fault:
    """Return the fault that a member id asks for; ``NO_FAULT`` when it asks for none, or for an unknown one."""
    match = _KEY.fullmatch(member_id.upper())
    if match is None or match.group(1) not in FaultKind.__members__:
        return NO_FAULT
    return Fault(FaultKind[match.group(1)], int(match.group(2)[:4] or 0))


def plain_member_id(member_id: str) -> str:
    """Return a member id without its key."""
    match = _KEY.fullmatch(member_id.upper())
    return match.group(3) if match else member_id


class FaultSource:
    """Chooses the fault of each request: by its key, by the switch, or by the dice."""

    def __init__(
        self,
        *,
        swap: float = 0.0,
        duplicate: float = 0.0,
        latency: float = 0.0,
        seed: int = 0,
        token_life: float = 300.0,
    ) -> None:
        """``swap`` and ``duplicate`` are shares of all replies; ``latency`` is seconds before each.

        ``token_life`` is the life of every token in seconds.
        """
        self.token_life = token_life
        self._swap, self._duplicate, self._latency = swap, duplicate, latency
        self._dice = Random(seed)
        self.switched: Fault | None = None

    def fault_for(self, member_id: str) -> Fault:
        """Return the fault of one request: its own key decides first, then the switch, then the dice."""
        own = fault_in(member_id)
        if own.kind is not FaultKind.NONE:
            return own
        if self.switched is not None:
            return self.switched
        rolled = self._dice.random()
        if rolled < self._swap:
            return Fault(FaultKind.SWAP)
        return Fault(FaultKind.DUPLICATE) if rolled < self._swap + self._duplicate else NO_FAULT

    async def wait(self, fault: Fault) -> None:
        """Wait as long as a reply takes."""
        seconds = self._latency + _SECONDS.get(fault.kind, 0.0) * fault.number
        if seconds:
            await asyncio.sleep(seconds)
