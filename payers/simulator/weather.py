"""What goes wrong, on demand: a key in the member id, the dice of the process, or a switch that a test turns.

A key stands before the member id: ``SIM-HANG-W900000101``, ``SIM-SLOW3-W900000101`` (seconds). It is no part of the id.
"""

import asyncio
import re
from enum import StrEnum
from random import Random
from typing import NamedTuple

_KEY = re.compile(r"SIM-([A-Z]+?)(\d*)-(.*)")


class FaultKind(StrEnum):
    """One way in which a payer, its gateway or the network misbehaves. ``README.md`` tells each in a line."""

    FAIR = "FAIR"
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


class Weather(NamedTuple):
    """A kind and its number, which ``README.md`` explains for each; ``to`` is where a ``REDIRECT`` leads."""

    kind: FaultKind = FaultKind.FAIR
    number: int = 0
    to: str = "/elsewhere"

    @property
    def rejection(self) -> str | None:
        """The AAA03 that the payer gives in place of the story; None in any other weather."""
        if self.kind is FaultKind.AAA:
            return f"{self.number or 42:02d}"
        return "42" if self.kind is FaultKind.BUSY else None


FAIR = Weather()
_SECONDS = {FaultKind.SLOW: 1.0, FaultKind.DELAY: 0.001}


def weather_of(member_id: str) -> Weather:
    """The weather that a member id asks for; fair when it asks for none, or for one that nobody knows."""
    match = _KEY.fullmatch(member_id.upper())
    if match is None or match.group(1) not in FaultKind.__members__:
        return FAIR
    return Weather(FaultKind[match.group(1)], int(match.group(2)[:4] or 0))


def plain_member_id(member_id: str) -> str:
    """A member id without its key."""
    match = _KEY.fullmatch(member_id.upper())
    return match.group(3) if match else member_id


class Sky:
    """The weather of the whole process: dice, and a switch for the requests that come."""

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
        self.switched: Weather | None = None

    def over(self, member_id: str) -> Weather:
        """The weather for one request: its own key first, then the switch, then the dice."""
        own = weather_of(member_id)
        if own.kind is not FaultKind.FAIR:
            return own
        if self.switched is not None:
            return self.switched
        rolled = self._dice.random()
        if rolled < self._swap:
            return Weather(FaultKind.SWAP)
        return Weather(FaultKind.DUPLICATE) if rolled < self._swap + self._duplicate else FAIR

    async def pass_time(self, weather: Weather) -> None:
        """Wait as long as a reply takes."""
        seconds = self._latency + _SECONDS.get(weather.kind, 0.0) * weather.number
        if seconds:
            await asyncio.sleep(seconds)
