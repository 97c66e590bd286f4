"""One service in one process, with all that is real but the payer and the time: gateway, store, adapter and the rest.

The payer is a route that a test answers by hand. The durable engine is stood in for by what it promises (its own
process is in ``test_f8``): a workflow id runs once, what did not end runs again after a start, and a sleep may end a
trifle early.
"""

import asyncio
import shutil
from collections.abc import Awaitable, Callable
from contextlib import suppress
from datetime import date, datetime
from pathlib import Path
from typing import NamedTuple

import sqlalchemy as sa

from contracts import (
    Answer,
    AttemptNumbers,
    Benefit,
    Benefits,
    Card,
    Deadline,
    Echo,
    Inquiry,
    InquiryPlan,
    Member,
    Person,
    Provider,
    Question,
    Reply,
    RouteEntry,
    Trace,
)
from payers.adapter import DataAdapter
from service.gateway import Clocks, Guards, Schedule
from service.plugins.loading import Directory
from service.scheduler import Step
from service.security.access import Caller, Role
from service.security.encryption import Sealer
from service.store import Store, Tuning, open_store
from service.store.tables import ATTEMPTS
from service.verification.admission import Admission
from service.verification.service import RunLimits, Verifier
from tests.faults.turned import TurnedLoop

CARD = Card(
    id="acme",
    name="Acme Health",
    routes=(RouteEntry(route="by_hand", payer_id="ACME", source="imaginary"),),
    plan=InquiryPlan(first=("30", "MH"), source="imaginary"),
)
LIFE = {Role.STAFF: 900.0, Role.PUBLIC: 900.0, Role.BATCH: 3600.0}
CAP = 60.0
ROUND_SECONDS = 300.0
"""From one round of the process to the next; longer than the real one, since each costs a commit."""

EARLY = 0.001
"""Seconds by which a sleep may end early: loops round to milliseconds, and the wall clock is another one."""


def question(subject: str) -> Question:
    """The question about ``subject``, whose plan is nobody else's."""
    return Question(
        payer="acme",
        member=Member(first_name="IMA", last_name=subject, birth_date=date(1990, 4, 12), member_id=f"ID{subject}"),
        provider=Provider(npi="1999999984", name="Example Recovery Center"),
        service_date=date(2026, 11, 24),
    )


def reply_about(subject: str, numbers: AttemptNumbers) -> Reply:
    """What the payer says of ``subject``, under ``numbers``."""
    person = Person(
        at=1, text="", role="IL", last_name=subject, first_name="IMA", member_id=f"ID{subject}", birth_date="19900412"
    )
    line = Benefit(at=2, text="EB*1**30", information="1", service_types=("30",), plan=f"PLAN OF {subject}")
    benefits = Benefits(
        subscriber=person,
        patient=person,
        traces=(Trace("2", numbers.trace, numbers.originator),),
        lines=(line,),
        trace=numbers.trace,
    )
    return Reply(
        people=(benefits,),
        echo=Echo(transaction=numbers.transaction),
        raw=f"{subject}{numbers.trace}".encode(),
        media_type="application/edi-x12",
    )


class Sent:
    """One inquiry that reached the payer. ``ended`` says how it ended, None while it is open or when we were killed."""

    def __init__(self, inquiry: Inquiry, numbers: AttemptNumbers, at: float, life: int) -> None:
        self.subject = inquiry.member.last_name or ""
        self.asked = inquiry.service_types
        self.numbers = numbers
        self.at = at
        self.life = life
        self.ended: str | None = None
        self.come_back: float | None = None
        self.stubborn = False
        self.description: asyncio.Future[Reply] = asyncio.get_running_loop().create_future()


class ByHand:
    """A route on which every inquiry waits until the test says what becomes of it."""

    name = "by_hand"
    attempt_cap = CAP

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self.sent: list[Sent] = []
        self.open: list[Sent] = []
        self.life = 0

    async def exchange(self, inquiry: Inquiry, numbers: AttemptNumbers, *, seconds: float) -> Reply:
        """Wait for the test. A stubborn inquiry does not let itself be ended, and answers late."""
        sent = Sent(inquiry, numbers, self._clock(), self.life)
        self.sent.append(sent)
        self.open.append(sent)
        try:
            return await asyncio.shield(sent.description)
        except asyncio.CancelledError:
            if not sent.stubborn:
                raise
            sent.ended = "silent"
            return await sent.description
        finally:
            self.open.remove(sent)


class Row(NamedTuple):
    """One step that waits in the agenda."""

    step: str
    job_id: str
    at: datetime


class Agenda:
    """What the durable engine keeps across processes."""

    def __init__(self) -> None:
        self.rows: dict[str, Row] = {}
        self.ended: set[str] = set()


class Clockwork:
    """The durable engine of one process: runs the agenda's steps at their time, each id once, to its end."""

    def __init__(self, agenda: Agenda, loop: TurnedLoop, company: Store) -> None:
        self._agenda, self._loop, self._company = agenda, loop, company
        self._rounds: list[Callable[[], Awaitable[None]]] = []
        self._steps: dict[str, Step] = {}
        self._tasks: set[asyncio.Task[None]] = set()

    def register(self, name: str, step: Step) -> None:
        self._steps[name] = step

    def each_round(self, work: Callable[[], Awaitable[None]]) -> None:
        self._rounds.append(work)

    async def start(self) -> None:
        await self._company.beat()
        task = asyncio.create_task(self._make_rounds())
        self._tasks.add(task)
        for workflow_id in self._agenda.rows.keys() - self._agenda.ended:
            self._begin(workflow_id)

    async def schedule(self, workflow_id: str, name: str, job_id: str, at: datetime) -> None:
        if workflow_id not in self._agenda.rows:
            self._agenda.rows[workflow_id] = Row(name, job_id, at)
            self._begin(workflow_id)

    async def _make_rounds(self) -> None:
        while True:
            await asyncio.sleep(ROUND_SECONDS)
            await self._company.beat()
            for work in self._rounds:
                await work()

    def _begin(self, workflow_id: str) -> None:
        task = asyncio.create_task(self._run(workflow_id))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _run(self, workflow_id: str) -> None:
        row = self._agenda.rows[workflow_id]
        left = (row.at - self._loop.wall()).total_seconds() - EARLY
        if left > 0:
            await asyncio.sleep(left)
        try:
            await self._steps[row.step](row.job_id)
        except Exception:
            self._agenda.ended.add(workflow_id)
            raise
        self._agenda.ended.add(workflow_id)

    def waits(self, job_id: str) -> bool:
        """Whether a step for that job will still run."""
        left = self._agenda.rows.keys() - self._agenda.ended
        return any(self._agenda.rows[workflow_id].job_id == job_id for workflow_id in left)


class World:
    """The process: it starts, is killed, and starts again over the same files."""

    def __init__(self, loop: TurnedLoop, home: Path, blank: Path | None = None) -> None:
        self.loop, self._home = loop, home
        self.agenda = Agenda()
        self.route = ByHand(loop.time)
        self._adapter = DataAdapter(CARD, clock=loop.wall)
        if blank is not None:
            # A database that has been migrated already, so that each start is short.
            shutil.copy(blank, home / "benefits.sqlite")

    async def start(self) -> None:
        """As ``bootstrap`` does it."""
        self.store: Store = open_store(
            f"sqlite:///{self._home / 'benefits.sqlite'}",
            sealer=Sealer({"k1": bytes(range(32))}),
            tuning=Tuning(clock=self.loop.wall),
        )
        await self.store.start()
        directory = Directory([self._adapter])
        self.guards = Guards(
            routes={"by_hand": self.route},
            cards=directory.cards,
            store=self.store,
            clocks=Clocks(clock=self.loop.time, now=self.loop.wall, dice=lambda: 0.5),
        )
        self.durable = Clockwork(self.agenda, self.loop, self.store)
        self.verifier = Verifier(
            directory=directory,
            guards=self.guards,
            store=self.store,
            durable=self.durable,  # type: ignore[arg-type]
            terms=RunLimits(life=LIFE, schedule=Schedule()),
            admission=Admission(64),
        )
        await self.durable.start()
        await self.verifier.start()
        self.route.life += 1

    async def kill(self) -> None:
        """End everything at once, as it stands; only what was committed stays."""
        for sent in self.route.open:
            sent.stubborn = False
        ours = [task for task in asyncio.all_tasks() if task is not asyncio.current_task()]
        for task in ours:
            task.cancel()
        while pending := [task for task in ours if not task.done()]:
            self.loop.now += 0.001
            await asyncio.sleep(0)
            del pending
        with suppress(Exception):
            await self.store.stop()
        self.loop.errands = 0

    def verify(self, subject: str, caller: Caller, wait: float, key: str | None) -> Awaitable[Answer]:
        """A caller asks."""
        return self.verifier.verify(
            question(subject), caller=caller, deadline=Deadline(wait, self.loop.time), idempotency_key=key
        )

    async def look(self, verification_id: str, caller: Caller) -> Answer | None:
        """A caller looks."""
        return await self.verifier.look(verification_id, caller=caller, deadline=Deadline(0.0, self.loop.time))

    async def open_attempts(self) -> int:
        """How many attempts stand in the record without an end."""
        count = sa.select(sa.func.count()).where(ATTEMPTS.c.closed_at.is_(None))
        return await self.store._read(lambda connection: connection.scalar(count)) or 0

    async def job_of(self, trace: str) -> str | None:
        """The job whose attempt carried that trace."""
        job_id = sa.select(ATTEMPTS.c.job_id).where(ATTEMPTS.c.trace == trace)
        return await self.store._read(lambda connection: connection.scalar(job_id))
