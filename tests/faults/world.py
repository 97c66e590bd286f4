"""One service in one process, with all that is real but the payer and the time: gateway, store, adapter and the rest.

The payer is a route that a test answers by hand. DBOS is stood in for by what it promises (its own process is in
``test_f8``): a step stands in the same database, committed with its fact; what did not end runs again after a start;
and a step may come a trifle early.
"""

import asyncio
import shutil
from collections.abc import Awaitable, Callable, Coroutine
from contextlib import suppress
from datetime import date, datetime
from pathlib import Path
from secrets import token_hex
from typing import Any

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
from service.errors import ServiceRefusal
from service.gateway import Clocks, Guards, Schedule
from service.plugins.loading import Directory
from service.scheduler import LaterStep, RunGuard, RunStep
from service.security.access import Caller, Role
from service.security.encryption import Sealer
from service.store import Store, Tuning, open_store
from service.store.tables import ATTEMPTS, Row
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


_AGENDA = "CREATE TABLE IF NOT EXISTS agenda (id TEXT PRIMARY KEY, job_id TEXT, planned TEXT, due REAL)"
_ENQUEUE = "INSERT INTO agenda (id, job_id, planned, due) VALUES (:id, :job_id, :planned, :due) ON CONFLICT DO NOTHING"
_ENDED = "DELETE FROM agenda WHERE id = :id"


class Clockwork:
    """The scheduler of one process: it runs the steps of the agenda at their time, each to its end.

    Each question has a first step of its own, in place of a guard that it would share.
    """

    def __init__(self, loop: TurnedLoop, store: Store) -> None:
        self._loop, self._store = loop, store
        self._begun: set[str] = set()
        self._ended = False
        self._tasks: set[asyncio.Task[None]] = set()
        write = store._write

        async def written(unit: Any, *arguments: Any) -> Any:
            try:
                return await write(unit, *arguments)
            finally:
                # Whoever asked for it may have left meanwhile.
                self._spawn(self._begin_new())

        store._write = written  # type: ignore[method-assign,assignment]

    def register(self, run: RunStep, _: RunGuard) -> None:
        self._run = run

    def enqueue(self, connection: sa.Connection, step: LaterStep) -> None:
        row = {
            "id": f"{step.job_id}:first" if step.made_at is not None else token_hex(8),
            "job_id": step.job_id,
            "planned": None if step.at is None else step.at.isoformat(),
            "due": self._loop.now + step.seconds,
        }
        connection.execute(sa.text(_ENQUEUE), row)

    async def start(self) -> None:
        await self._store._write(lambda connection: connection.execute(sa.text(_AGENDA)))

    async def rows(self) -> list[Row]:
        """Every step that waits or runs."""
        select = sa.text("SELECT * FROM agenda")
        return list(await self._store._read(lambda connection: connection.execute(select).mappings().all()))

    async def _begin_new(self) -> None:
        with suppress(ServiceRefusal):
            for row in await self.rows():
                if row["id"] not in self._begun:
                    self._begun.add(row["id"])
                    self._spawn(self._take(row))

    def end(self) -> None:
        """Begin nothing any more: the process is being killed."""
        self._ended = True

    def _spawn(self, work: Coroutine[Any, Any, None]) -> None:
        if self._ended:
            work.close()
            return
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _take(self, row: Row) -> None:
        await asyncio.sleep(max(0.0, row["due"] - self._loop.now - EARLY))
        planned = row["planned"]
        await self._run(row["job_id"], None if planned is None else datetime.fromisoformat(planned))
        await self._store._writer.do(lambda connection: connection.execute(sa.text(_ENDED), {"id": row["id"]}))


class World:
    """The process: it starts, is killed, and starts again over the same files."""

    def __init__(self, loop: TurnedLoop, home: Path, blank: Path | None = None) -> None:
        self.loop, self._home = loop, home
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
        self.scheduler = Clockwork(self.loop, self.store)
        self.verifier = Verifier(
            directory=directory,
            guards=self.guards,
            store=self.store,
            scheduler=self.scheduler,  # type: ignore[arg-type]
            terms=RunLimits(life=LIFE, schedule=Schedule()),
            admission=Admission(64),
        )
        await self.verifier.start()
        await self.scheduler.start()
        self.route.life += 1

    async def kill(self) -> None:
        """End everything at once, as it stands; only what was committed stays."""
        self.scheduler.end()
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
