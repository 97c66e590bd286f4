"""What the doors open into: the rooms that a request needs, handed over once."""

from collections.abc import Callable, Mapping
from datetime import date, datetime
from typing import NamedTuple
from zoneinfo import ZoneInfo

from contracts import Provider
from service.access import Role
from service.config import Limits
from service.plugins import Directory
from service.store import Store
from service.verifier import Verifier
from service.wire import WireRoom

EASTERN = ZoneInfo("America/New_York")
"""The zone in which a service date begins, when the caller names none."""


def _today() -> date:
    return datetime.now(EASTERN).date()


class Rooms(NamedTuple):
    """What a request needs. ``waits`` are default waits by role, in seconds; ``today`` is the date in US Eastern."""

    verifier: Verifier
    directory: Directory
    wire: WireRoom
    store: Store
    provider: Provider
    waits: Mapping[Role, float]
    limits: Limits = Limits()
    today: Callable[[], date] = _today
