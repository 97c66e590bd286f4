"""A service that dies where and when a test wants, again and again over the same files, and a payer that keeps a diary.

The functions without arguments are changes for ``launcher``. What a payer saw is judged from its own diary, since a
process that was killed can't be asked.
"""

import asyncio
import json
import os
import re
import signal
import time
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from functools import partial
from itertools import pairwise
from pathlib import Path
from typing import Any, NamedTuple

from service.cli import bootstrap
from service.gateway import JobGateway, Schedule, exchange as exchanging
from service.scheduler import Scheduler
from service.settings.model import Settings
from service.store import Store, Tuning
from service.verification.service import RunLimits
from service.verification.step_times import StepTimes
from tests.faults.deployment import bare, key_of, running, settings_for

RESEND_AFTER = 10.0
"""Longer than a process takes to start, so that a mutant that hurries is seen."""

POINTS = ("intended", "opened", "sent", "replied", "recorded", "settling", "settled")
"""Where a process dies: after a commit, between send and reply, before and after a reply or an answer is written."""

SLACK = 1.0
"""Seconds from an attempt's commit, from which the time to the next one counts, to its arrival on a busy machine."""

_DIARY = "arrivals.jsonl"
_SUBJECT = re.compile(rb"NM1\*IL\*1\*([A-Z0-9]+)\*")
_ASKED = re.compile(rb"(?<![A-Z0-9])EQ\*([A-Z0-9^]+)")
"""The service types of an inquiry; a number before it may end with the same two letters."""


def diary() -> None:
    """Change of the simulator: every inquiry is written down with the time of its arrival."""
    from payers.simulator.endpoints.core_mime import CoreMimeEndpoint

    answer = CoreMimeEndpoint.answer
    told = Path(_DIARY).open("a", buffering=1)  # noqa: SIM115 - open as long as the process is

    async def noted(self: CoreMimeEndpoint, request: Any) -> Any:
        subject, asked = _SUBJECT.search(request.body), _ASKED.search(request.body)
        if subject and asked:
            told.write(json.dumps([time.time(), subject.group(1).decode(), asked.group(1).decode()]) + "\n")
        return await answer(self, request)

    CoreMimeEndpoint.answer = noted  # type: ignore[method-assign]


def hurried() -> None:
    """Change of the service: the schedule and the heartbeats come as fast as a test needs them; no rule is changed."""

    def terms(settings: Settings) -> RunLimits:
        resend = settings.resend_after
        return before(settings)._replace(
            schedule=Schedule(resend_after=resend, steps=tuple(resend * n for n in range(1, 60)), then=resend)
        )

    before = bootstrap._terms
    bootstrap._terms = terms
    bootstrap.Scheduler = partial(Scheduler, heartbeat_seconds=1.0)  # type: ignore[misc,assignment]
    bootstrap.Tuning = partial(Tuning, silence=4.0)  # type: ignore[misc,assignment]


def dies() -> None:
    """Change of the service: it kills itself at the point and the count that its environment names."""
    point, count = os.environ["DIE_AT"], int(os.environ["DIE_AFTER"])
    passed = 0

    def die() -> None:
        nonlocal passed
        passed += 1
        if passed >= count:
            os.kill(os.getpid(), signal.SIGKILL)

    def around(owner: Any, name: str, *, first: bool) -> None:
        doing = getattr(owner, name)

        async def done(*of: Any, **how: Any) -> Any:
            if first:
                die()
            result = await doing(*of, **how)
            if not first:
                die()
            return result

        setattr(owner, name, done)

    if point == "sent":
        asked = exchanging._ask_route

        async def sent(*of: Any) -> Any:
            asyncio.get_running_loop().call_later(0.1, die)
            return await asked(*of)

        exchanging._ask_route = sent
    else:
        where = {
            "intended": (Store, "intend"),
            "opened": (JobGateway, "_open_attempt"),
            "replied": (Store, "close_attempt"),
            "recorded": (Store, "close_attempt"),
        }
        around(*where.get(point, (Store, "settle")), first=point in {"replied", "settling"})


def send_lock_off() -> None:
    """Mutant: what a dead process sent is sent again at once."""

    async def always(self: Store, *of: Any, **how: Any) -> bool:
        return True

    Store.claim_send = always  # type: ignore[method-assign]
    StepTimes.is_too_soon = lambda self, job: False  # type: ignore[method-assign]
    terms = bootstrap._terms

    def impatient(settings: Settings) -> RunLimits:
        steps = tuple(0.5 * n for n in range(1, 200))
        return terms(settings)._replace(schedule=Schedule(resend_after=0.0, steps=steps, then=0.5))

    bootstrap._terms = impatient


def steps_unwritten() -> None:
    """Mutant: no step is enqueued with a question, and nobody who looks asks again."""
    Scheduler.enqueue = lambda self, connection, step: None  # type: ignore[method-assign]
    StepTimes.is_overdue = lambda self, job: False  # type: ignore[method-assign]


def enqueued_after_commit() -> None:
    """Mutant: the step of a question is enqueued in a transaction of its own, after that of the question."""
    intend = Store.intend

    async def intended(self: Store, intent: Any, *, then: Any) -> Any:
        made = await intend(self, intent)
        # A process that is killed between two commits is killed here.
        await asyncio.sleep(0.3)
        if made.created_job:
            await self.transact(lambda connection: then(connection, made.job))
        return made

    Store.intend = intended  # type: ignore[method-assign]
    StepTimes.is_overdue = lambda self, job: False  # type: ignore[method-assign]


class Town(NamedTuple):
    """A payer that lives on, and the files over which one service after the other is started."""

    simulator: str
    environment: Mapping[str, str]
    home: Path
    staff: str

    @contextmanager
    def serving(self, changes: Iterable[Callable[[], None]], **more: str) -> Iterator[tuple[Any, Any]]:
        """A service over the same files: its stage-like address book, and its process."""
        names = [f"{change.__module__}:{change.__name__}" for change in changes]
        with running(["serve", "--port", "0"], {**self.environment, **more}, self.home, names) as (address, process):
            yield Open(self.simulator, address, self.staff), process

    def arrivals(self) -> list[tuple[float, str, str]]:
        """What the payer received: when, about whom, which service types."""
        path = self.home / _DIARY
        return [tuple(json.loads(line)) for line in path.read_text().splitlines()] if path.exists() else []


class Open(NamedTuple):
    """What a caller knows of a stage."""

    simulator: str
    service: str
    staff: str


@contextmanager
def town(
    home: Path, *, latency: float = 0.2, payer: Iterable[Callable[[], None]] = (), **settings: str
) -> Iterator[Town]:
    """A payer with a diary and the changes ``payer``, and a service's settings with a short time to the next send."""
    changes = [f"{change.__module__}:{change.__name__}" for change in (*payer, diary)]
    with running(["simulate", "--port", "0", "--latency", str(latency)], bare(), home, changes) as (simulator, _):
        given = {
            **bare(),
            **settings_for(simulator, home),
            "BENEFITS_RESEND_AFTER": str(RESEND_AFTER),
            "BENEFITS_LIFETIME__PERSON": "120",
            **settings,
        }
        yield Town(simulator, given, home, key_of("staff", given, home))


def sent_wrongly(arrivals: Iterable[tuple[float, str, str]], kills: Iterable[float]) -> Iterator[str]:
    """What a payer's diary says against us: an inquiry again too soon, or more often than crashes account for.

    A leg that was answered is asked again with its question when another leg failed: one more, by the schedule.
    """
    deaths = sorted(kills)
    times: dict[tuple[str, str], list[float]] = defaultdict(list)
    for at, subject, asked in arrivals:
        times[subject, asked].append(at)
    for (subject, asked), unsorted in times.items():
        seen = sorted(unsorted)
        for earlier, later in pairwise(seen):
            if later - earlier < RESEND_AFTER - SLACK:
                yield f"{subject} {asked}: sent again after {later - earlier:.2f} s"
        crashed = sum(seen[0] - SLACK <= death <= seen[-1] for death in deaths)
        if len(seen) > 2 + crashed:
            yield f"{subject} {asked}: sent {len(seen)} times over {crashed} crashes"
