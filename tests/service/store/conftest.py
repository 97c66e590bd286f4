"""The store on both engines, and the questions and answers that it is handed."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from contracts import (
    Answer,
    Coverage,
    CoverageStatus,
    Evidence,
    ExchangeOutcome,
    Member,
    PayerSilent,
    Provider,
    Question,
    State,
    answer_without_reply,
    problem_of,
)
from service.security.access import Caller, Role
from service.security.encryption import Sealer
from service.store import Intent, Store, StoreUnavailable, Tuning, attempts, held_rows, open_store
from service.store.statements import run_text
from tests.service.conftest import PATIENCE
from tests.service.kept import rows_of

KEY = bytes(range(32))
START = datetime(2026, 11, 23, 15, tzinfo=UTC)
STAFF = Caller(id="key-staff", role=Role.STAFF)
VISITOR = Caller(id="visitor", role=Role.PUBLIC)
BATCH = Caller(id="key-batch", role=Role.BATCH)


def question(last_name: str = "Imaginary", *, reference: str | None = None, payer: str = "acme") -> Question:
    return Question(
        payer=payer,
        member=Member(first_name="Ada", last_name=last_name, birth_date=date(1990, 4, 12), member_id="ZZ12345"),
        provider=Provider(npi="1234567893", name="Imaginary Recovery"),
        service_date=date(2026, 11, 23),
        reference=reference,
    )


def intent(last_name: str = "Imaginary", caller: Caller = STAFF, **chosen: Any) -> Intent:
    asked = question(last_name, reference=chosen.pop("reference", None), payer=chosen.pop("payer", "acme"))
    return Intent(question=asked, caller=caller, life_seconds=chosen.pop("life_seconds", 900.0), **chosen)


def answer(text: str = "EB*1**30", state: State = State.FINAL) -> Answer:
    nothing = answer_without_reply(payer="acme", service_date=date(2026, 11, 23), as_of=START, problems=())
    return nothing.model_copy(
        update={
            "coverage": Coverage(status=CoverageStatus.ACTIVE, evidence=("e1",)),
            "evidence": (Evidence(id="e1", text=text, description="active"),),
            "state": state,
        }
    )


class Clock:
    """A clock that stands until it is told to go on; ``gone`` counts the seconds and sees no time of day set anew."""

    def __init__(self) -> None:
        self.now = START
        self.gone = 0.0

    def __call__(self) -> datetime:
        return self.now

    def pass_by(self, seconds: float) -> None:
        self.now += timedelta(seconds=seconds)
        self.gone += seconds


@pytest.fixture
def clock() -> Clock:
    return Clock()


Opening = Callable[..., Any]


@pytest.fixture
async def opened(database: str, clock: Clock) -> AsyncIterator[Opening]:
    """Starts stores on the database and stops them at the end; ``keys`` are their sealing keys."""
    async with AsyncExitStack() as stack:

        async def start(keys: dict[str, bytes] | None = None, **chosen: Any) -> Store:
            tuning = Tuning(
                clock=chosen.pop("clock", clock),
                patience=chosen.pop("patience", PATIENCE),
                seconds=lambda: clock.gone,
                heads=chosen.pop("heads", None),
            )
            sealer = Sealer({"k1": KEY} if keys is None else keys)
            store = open_store(chosen.pop("url", database), sealer=sealer, tuning=tuning, **chosen)
            await store.start()
            stack.push_async_callback(store.stop)
            return store

        yield start


@pytest.fixture
async def store(opened: Opening) -> Store:
    """One store, ready."""
    started: Store = await opened()
    return started


async def attempt(store: Store, job_id: str) -> tuple[str, Any]:
    """An attempt of the job, opened."""
    return await store.open_attempt(attempts.NewAttempt(job_id, "acme", "core_mime", ("30",)))


async def answered(store: Store, attempt_id: str, raw: bytes = b"ISA*reply~", digest: bytes = b"digest") -> bool:
    """The attempt, closed with a reply that was accepted."""
    outcome = ExchangeOutcome.ANSWERED
    return await store.close_attempt(
        attempts.Closing(attempt_id, outcome, sent=True, ms=12, raw=raw, consumed=True, body_digest=digest)
    )


async def audit_of(store: Store) -> list[dict[str, Any]]:
    """Every line of the audit, in the order in which they were written."""
    # On PostgreSQL each writing connection has a strand of its own; the number of a transaction is everybody's.
    order = "seq" if store.engine == "sqlite" else "xmin::text::bigint, seq"
    rows: list[dict[str, Any]] = [dict(row) for row in await rows_of(store, f"audit ORDER BY {order}")]
    return rows


TABLES = ("jobs", "verifications", "idempotency", "attempts", "replies", "audit")


async def standing(store: Store) -> dict[str, list[Any]]:
    """Everything that stands, but for what a commit may count."""
    return {table: sorted(map(repr, await rows_of(store, table))) for table in TABLES}


async def refused(operation: Awaitable[object]) -> str:
    with pytest.raises(StoreUnavailable) as failure:
        await operation
    assert (failure.value.status, failure.value.code, failure.value.retry_after) == (503, "store_unavailable", 2)
    return failure.value.detail


@pytest.fixture
def troubled() -> Answer:
    """A final answer with a problem in it."""
    return answer_without_reply(
        payer="acme", service_date=date(2026, 11, 23), as_of=START, problems=(problem_of(PayerSilent("imaginary")),)
    )


@pytest.fixture
def held_inserts(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The statements that insert rows right before a commit, as they are run."""
    texts: list[str] = []

    def note(connection: sa.Connection, text: str, values: Any) -> Any:
        texts.append(text)
        return run_text(connection, text, values)

    monkeypatch.setattr(held_rows, "run_text", note)
    return texts
