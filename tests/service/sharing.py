"""A process that shares a database with others: our own verifier, store and engine, and a payer on a route of tests.

Its arguments are the database, a file that takes a line for each sending, how the payer behaves (``hang``, ``silent``,
``slow`` or ``answer``). It says ``ready``, asks when it is told to on its standard input, and says the id of what it
asked.
"""

import asyncio
import sys
import time
from datetime import date
from pathlib import Path

from contracts import (
    Answer,
    AttemptNumbers,
    Card,
    Deadline,
    Gateway,
    Inquiry,
    InquiryPlan,
    Member,
    MemberRejected,
    PayerSilent,
    Provider,
    Question,
    Reply,
    RouteEntry,
)
from service.gateway import Guards, Schedule
from service.plugins.loading import Directory
from service.scheduler import Scheduler
from service.security.access import Caller, Role
from service.security.encryption import Sealer
from service.store import Store, Tuning, open_store
from service.telemetry.logs import start_logging
from service.verification.admission import Admission
from service.verification.service import RunLimits, Verifier

RESEND_AFTER = 2.5
SILENCE = 1.0
HEARTBEAT = 0.2
CALLER = Caller(id="key-staff", role=Role.STAFF)
CANARY = "ZQXCANARY"
QUESTION = Question(
    payer="acme",
    member=Member(first_name="Ada", last_name=CANARY, birth_date=date(1990, 4, 12), member_id=f"{CANARY}9"),
    provider=Provider(npi="1234567893", name="Imaginary Recovery"),
    service_date=date(2026, 11, 23),
)


class Asks:
    """A payer's plugin that asks once."""

    card = Card(
        id="acme",
        name="Acme Health",
        routes=(RouteEntry(route="paper", payer_id="ACME", source="imaginary"),),
        plan=InquiryPlan(source="imaginary"),
    )

    async def verify(self, question: Question, gateway: Gateway) -> Answer:
        inquiry = Inquiry(
            payer="acme",
            member=question.member,
            provider=question.provider,
            service_date=question.service_date,
            service_types=("30",),
        )
        await gateway.ask(self.card, inquiry)
        raise AssertionError("this payer rejects everybody")


class Paper:
    """A route: it notes what is sent, then hangs or rejects the member."""

    name = "paper"
    attempt_cap = 30.0

    def __init__(self, sends: Path, behaviour: str) -> None:
        self.sends = sends
        self.behaviour = behaviour

    async def exchange(self, inquiry: Inquiry, numbers: AttemptNumbers, *, seconds: float) -> Reply:
        with self.sends.open("a") as file:
            file.write(f"{numbers.interchange} {time.time()}\n")
        if self.behaviour == "silent":
            raise PayerSilent("imaginary")
        await asyncio.sleep({"hang": seconds, "slow": 2.0}.get(self.behaviour, 0.0))
        raise MemberRejected("72", fields=("member_id",))

    async def aclose(self) -> None:
        """Nothing is held."""


def opened(database: str, sends: Path, behaviour: str) -> tuple[Store, Scheduler, Verifier]:
    """The parts of one process, not started."""
    store = open_store(database, sealer=Sealer({"k1": bytes(range(32))}), tuning=Tuning(silence=SILENCE, patience=10.0))
    scheduler = Scheduler(database, store, heartbeat_seconds=HEARTBEAT)
    directory = Directory([Asks()])
    verifier = Verifier(
        directory=directory,
        guards=Guards(routes={"paper": Paper(sends, behaviour)}, cards=directory.cards, store=store),
        store=store,
        scheduler=scheduler,
        terms=RunLimits(
            life=dict.fromkeys(Role, 120.0),
            schedule=Schedule(resend_after=RESEND_AFTER, steps=(RESEND_AFTER, 6.0), then=3.0),
        ),
        admission=Admission(8),
    )
    return store, scheduler, verifier


async def main(database: str, sends: str, behaviour: str) -> None:
    """Run until killed."""
    start_logging()
    store, scheduler, verifier = opened(database, Path(sends), behaviour)
    await store.start()
    await scheduler.start()
    await verifier.start()
    print("ready", flush=True)
    while await asyncio.to_thread(sys.stdin.readline):
        answer = await verifier.verify(QUESTION, caller=CALLER, deadline=Deadline(0.2))
        print(answer.verification_id, flush=True)


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
