"""What the tests of the service stand on: clocks that are moved by hand, a scripted road, a payer, a real store."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

from contracts import (
    AttemptNumbers,
    Benefit,
    Benefits,
    Card,
    Echo,
    Entity,
    Inquiry,
    Member,
    Person,
    Plan,
    Provider,
    Question,
    Reply,
    RoadEntry,
    Trace,
)
from service.access import Caller, Role
from service.sealing import Sealer
from service.store import Intent, Store, Tuning, open_store
from service.wire import Clocks

START = datetime(2026, 11, 23, 15, tzinfo=UTC)
STAFF = Caller(id="staff-1", role=Role.STAFF)
PROVIDER = Provider(npi="1999999984", name="EXAMPLE RECOVERY CENTER")
MEMBER = Member(first_name="Ima", last_name="Testcase", birth_date=date(1990, 4, 12), member_id="ZZ900000001")
QUESTION = Question(payer="acme", member=MEMBER, provider=PROVIDER, service_date=date(2026, 11, 23))
INQUIRY = Inquiry(
    payer="acme", member=MEMBER, provider=PROVIDER, service_date=date(2026, 11, 23), service_types=("30",)
)


def card(*roads: str, payer: str = "acme", **more: object) -> Card:
    """An imaginary payer that is reached over ``roads``."""
    entries = tuple(RoadEntry(road=road, payer_id="ACME", source="test") for road in roads or ("first",))
    return Card.model_validate(
        {"id": payer, "name": "ACME HEALTH", "roads": entries, "plan": Plan(first=("30",), source="test"), **more}
    )


class Time:
    """Clocks that stand still until somebody sleeps or they are moved."""

    def __init__(self) -> None:
        self.gone = 0.0
        self.naps: list[float] = []

    def now(self) -> datetime:
        return START + timedelta(seconds=self.gone)

    async def sleep(self, seconds: float) -> None:
        self.naps.append(seconds)
        self.gone += seconds
        await asyncio.sleep(0)

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
    """A road that does one thing of its script after the other, the last for ever.

    An exception is raised, ``None`` is an honest reply, a function is called, anything else is returned as it is.
    """

    def __init__(self, *script: Act, name: str = "first", cap: float = 60.0) -> None:
        self.name = name
        self.attempt_cap = cap
        self.script: Sequence[Act] = script or (None,)
        self.sent: list[AttemptNumbers] = []
        self.inquiries: list[Inquiry] = []

    async def exchange(self, inquiry: Inquiry, numbers: AttemptNumbers, *, seconds: float) -> Reply:
        self.sent.append(numbers)
        self.inquiries.append(inquiry)
        act = self.script[min(len(self.sent), len(self.script)) - 1]
        if isinstance(act, BaseException):
            raise act
        if callable(act):
            return await act(inquiry, numbers)  # type: ignore[no-any-return]
        return reply(inquiry, numbers) if act is None else act  # type: ignore[return-value]


@asynccontextmanager
async def stored(folder: Path, time: Time | None = None) -> AsyncIterator[Store]:
    """A real store in ``folder``, on the clock of ``time``."""
    tuning = Tuning() if time is None else Tuning(clock=time.now)
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
