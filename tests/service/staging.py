"""What the tests of the service stand on: clocks that are moved by hand, a scripted route, a payer, a real store."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
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
    Entity,
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
from service.gateway import Clocks, GatewayPolicy, Guards
from service.plugins.loading import Directory
from service.scheduler import LaterStep, RunGuard, RunStep
from service.security.access import Caller, Role
from service.security.encryption import Sealer
from service.store import Intent, JobRow, Store, Tuning, open_store
from service.store.tables import JOBS, PENDING
from service.verification.admission import Admission
from service.verification.service import RunLimits, Verifier
from tests.service.conftest import PATIENCE

LONGEST = 60.0
"""The longest wait of a caller, in seconds. It ends before the next send, so a caller comes back at once."""

BRIEFLY = 1.5
"""Seconds of a caller's wait that is to end, and in which a machine that stands still for a moment still keeps."""

START = datetime(2026, 11, 23, 15, tzinfo=UTC)
STAFF = Caller(id="staff-1", role=Role.STAFF)
PROVIDER = Provider(npi="1999999984", name="EXAMPLE RECOVERY CENTER")
MEMBER = Member(first_name="Ima", last_name="Testcase", birth_date=date(1990, 4, 12), member_id="ZZ900000001")
QUESTION = Question(payer="acme", member=MEMBER, provider=PROVIDER, service_date=date(2026, 11, 23))
INQUIRY = Inquiry(
    payer="acme", member=MEMBER, provider=PROVIDER, service_date=date(2026, 11, 23), service_types=("30",)
)


def card(*routes: str, payer: str = "acme", **more: object) -> Card:
    """An imaginary payer that is reached over ``routes``."""
    entries = tuple(RouteEntry(route=route, payer_id="ACME", source="test") for route in routes or ("first",))
    return Card.model_validate(
        {
            "id": payer,
            "name": "ACME HEALTH",
            "routes": entries,
            "plan": InquiryPlan(first=("30",), source="test"),
            **more,
        }
    )


class Time:
    """Clocks that stand still until somebody sleeps or they are moved; ``hooks`` run instead of the n-th nap.

    ``jumped`` is by how much the time of day was set anew, which the clock that counts seconds does not see.
    """

    def __init__(self) -> None:
        self.gone = 0.0
        self.jumped = timedelta()
        self.naps: list[float] = []
        self.hooks: dict[int, Callable[[], Awaitable[None]]] = {}

    def now(self) -> datetime:
        return START + timedelta(seconds=self.gone) + self.jumped

    async def sleep(self, seconds: float) -> None:
        self.naps.append(seconds)
        self.gone += seconds
        hook = self.hooks.pop(len(self.naps), None)
        await (hook() if hook else asyncio.sleep(0))

    def clocks(self, dice: float = 0.5) -> Clocks:
        return Clocks(clock=lambda: self.gone, now=self.now, dice=lambda: dice, sleep=self.sleep)


def reply(inquiry: Inquiry, numbers: AttemptNumbers, **changes: object) -> Reply:
    """What an honest payer sends back; ``changes`` are those of its ``Benefits``."""
    member = inquiry.member
    person = Person(
        at=12,
        text="",
        role="IL",
        last_name=member.last_name or "",
        first_name=member.first_name or "",
        member_id=member.member_id or "",
        birth_date=member.birth_date.strftime("%Y%m%d") if member.birth_date else "",
    )
    benefits = Benefits(
        payer=Entity(at=6, text="", role="PR", name="ACME HEALTH", id_kind="PI", id="ACME"),
        subscriber=person,
        patient=person,
        traces=(Trace("2", numbers.trace, numbers.originator),),
        lines=(Benefit(at=20, text="EB*1**30", information="1", service_types=("30",)),),
        trace=numbers.trace,
        answered_at="202611231500",
    )
    raw = f"{numbers.interchange}:{member.member_id}".encode()
    echo = Echo(transaction=numbers.transaction, control_number=numbers.interchange)
    return Reply((benefits._replace(**changes),), echo, raw, "application/edi-x12")  # type: ignore[arg-type]


Act = BaseException | object | Callable[[Inquiry, AttemptNumbers], Awaitable[object]]


class ScriptedRoute:
    """A route that does one thing of its script after the other, the last for ever.

    An exception is raised, ``None`` is an honest reply, a function is called, anything else is returned as it is.
    """

    def __init__(self, *script: Act, name: str = "first", cap: float = 60.0) -> None:
        self.name = name
        self.attempt_cap = cap
        self.script: Sequence[Act] = script or (None,)
        self.sent: list[AttemptNumbers] = []
        self.inquiries: list[Inquiry] = []
        self.before: Callable[[], Awaitable[None]] | None = None

    async def exchange(self, inquiry: Inquiry, numbers: AttemptNumbers, *, seconds: float) -> Reply:
        self.sent.append(numbers)
        self.inquiries.append(inquiry)
        if self.before is not None:
            await self.before()
        act = self.script[min(len(self.sent), len(self.script)) - 1]
        if isinstance(act, BaseException):
            raise act
        if callable(act):
            return await act(inquiry, numbers)  # type: ignore[no-any-return]
        return reply(inquiry, numbers) if act is None else act  # type: ignore[return-value]


async def until(condition: Callable[[], bool]) -> None:
    """Let the loop turn until ``condition`` holds; the test's own timeout ends one that never does."""
    while not condition():  # noqa: ASYNC110 - what is waited for has no event of its own
        await asyncio.sleep(0)


@asynccontextmanager
async def stored(folder: Path, time: Time | None = None) -> AsyncIterator[Store]:
    """A real store in ``folder``, on the clock of ``time``."""
    # A disk may hang for a second, which is no business of these tests.
    tuning = Tuning(patience=PATIENCE) if time is None else Tuning(patience=10.0, clock=time.now)
    await asyncio.to_thread(folder.mkdir, exist_ok=True)
    sealer = Sealer({"k1": bytes(range(32))})
    store = open_store(f"sqlite:///{folder}/benefits.sqlite", sealer=sealer, tuning=tuning)
    await store.start()
    try:
        yield store
    finally:
        await store.stop()


async def job_of(store: Store, question: Question = QUESTION, life: float = 900.0) -> str:
    """The id of a job that asks ``question``."""
    return (await store.intend(Intent(question=question, caller=STAFF, life_seconds=life))).job_id


async def pending_jobs(store: Store) -> list[JobRow]:
    """Every job that is not final."""
    select = sa.select(JOBS.c.id).where(PENDING).order_by(JOBS.c.created_at, JOBS.c.id)
    ids = await store._read(lambda connection: connection.scalars(select).all())
    return [job for one in ids if (job := await store.job(one)) is not None]


class Planned:
    """Takes the steps and runs none of them: what the scheduler promises is promised in its own tests."""

    def __init__(self) -> None:
        self.steps: list[tuple[str, datetime]] = []
        """The steps that rows name, as they were enqueued."""
        self.guards: list[LaterStep] = []
        """Those that guard against a crash."""
        self.faults = 0

    def register(self, run: RunStep, run_guard: RunGuard) -> None:
        self.run, self.run_guard = run, run_guard

    def enqueue(self, connection: sa.Connection, step: LaterStep) -> None:
        assert connection.in_transaction()
        if self.faults:
            self.faults -= 1
            raise sa.exc.OperationalError("imaginary", {}, OSError())
        if step.at is None:
            self.guards.append(step)
        else:
            self.steps.append((step.job_id, step.at))


class Office:
    """A verifier with its parts: a real store, a real adapter, scripted routes, clocks that are moved by hand."""

    def __init__(self, store: Store, time: Time, routes: Sequence[ScriptedRoute], **given: Any) -> None:
        self.store, self.time, self.routes = store, time, routes
        self.card = card(*(route.name for route in routes), **given.pop("card", {}))
        self.directory = Directory([given.pop("adapter", None) or DataAdapter(self.card, clock=time.now)])
        self.scheduler = Planned()
        self.guards = Guards(
            routes={route.name: route for route in routes},
            cards=self.directory.cards,
            store=store,
            policy=GatewayPolicy(burst=10**6),
            clocks=time.clocks(),
        )
        self.verifier = Verifier(
            directory=self.directory,
            guards=self.guards,
            store=store,
            scheduler=self.scheduler,  # type: ignore[arg-type]  # what the verifier uses of it
            terms=given.pop("terms", None) or RunLimits(life=dict.fromkeys(Role, 900.0)),
            admission=Admission(64),
        )

    async def ask(
        self, question: Question = QUESTION, *, wait: float = 60.0, caller: Caller = STAFF, key: str | None = None
    ) -> Answer:
        return await self.verifier.verify(question, caller=caller, deadline=Deadline(wait), idempotency_key=key)

    async def look(self, answer: Answer, *, wait: float = 60.0) -> Answer:
        found = await self.verifier.look(answer.verification_id or "", caller=STAFF, deadline=Deadline(wait))
        assert found is not None
        return found

    def waiting(self) -> int:
        """How many callers wait for something that is being asked."""
        jobs = self.verifier.jobs._jobs.values()
        return sum(job.waiting for job in jobs if job.running)

    async def at_the_next_step(self) -> None:
        """Move the clocks to the next step of the schedule, and let it be taken to its end."""
        job_id, at = self.scheduler.steps[-1]
        self.time.gone = (at - START).total_seconds()
        await self.verifier.finish(job_id, at)

    async def at_the_guard(self) -> None:
        """Move the clocks to the step that was enqueued with the question, and let it be taken to its end."""
        guard = self.scheduler.guards[0]
        self.time.gone = max(self.time.gone, guard.seconds)
        await self.verifier.finish(guard.job_id)

    async def quiet(self) -> None:
        """Let the work under way end."""
        await self.verifier.jobs.end(5.0)


@asynccontextmanager
async def opened(folder: Path, *routes: ScriptedRoute, **given: Any) -> AsyncIterator[Office]:
    """An office whose store stands in ``folder``."""
    time = Time()
    async with stored(folder, time) as store:
        office = Office(store, time, routes or (ScriptedRoute(),), **given)
        yield office
        await office.quiet()
