"""What a question costs beside 100,000 verifications that are kept already, in one run with an empty store."""

import asyncio
import sqlite3
import time
from collections import defaultdict
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from pathlib import Path
from statistics import median
from typing import Any

import pytest

from contracts import State
from service.security.access import Role
from service.store import Store
from tests.benchmarks.rows import copy
from tests.service.staging import stored
from tests.service.store.conftest import STAFF, answer, answered, attempt, intent

VERIFICATIONS = 100_000
MOST = 1.5
"""Times the processor time of the same query on an empty store."""

ROUNDS = 100
UNUSED = 20
"""Rounds before those that count."""

Costs = dict[str, list[float]]
"""Seconds of processor time by the query's name."""


async def verify(store: Store, key: str, number: int, costs: Costs) -> str:
    """Keep one whole verification and look at it; returns the id of its job."""

    async def timed(name: str, query: Callable[[], Awaitable[Any]]) -> Any:
        began = time.process_time()
        result = await query()
        costs[name].append(time.process_time() - began)
        return result

    name, now = f"Imaginary{number}", datetime.now(UTC)
    await timed("find_key", lambda: store.find_key(key))
    asked = await timed("intend", lambda: store.intend(intent(name, idempotency_key=name, reference=name)))
    exchange, _ = await timed("open_attempt", lambda: attempt(store, asked.job_id))
    digest = number.to_bytes(32, "big")
    await timed("close_attempt", lambda: answered(store, exchange, b"ISA*reply~" * 400, digest))
    await timed("settle_pending", lambda: store.settle(asked.job_id, answer(), state=State.PENDING, next_at=now))
    await timed("claim_send", lambda: store.claim_send(asked.job_id, now, 90.0))
    await timed("settle", lambda: store.settle(asked.job_id, answer(), state=State.FINAL, next_at=None))
    await timed("twin", lambda: store.intend(intent(name, fresh_seconds=900.0)))
    await timed("fetch", lambda: store.fetch(asked.verification_id, STAFF))
    await timed("trouble", store.trouble)
    return str(asked.job_id)


def multiply(database: Path, job: str, count: int) -> None:
    """Copy all that is kept of a job, under other ids and with short sealed values."""
    an_id = "lower(hex(randomblob(13)))"
    with sqlite3.connect(database) as connection:
        (exchange,) = connection.execute("SELECT id FROM attempts WHERE job_id = ?", [job]).fetchone()
        (asked,) = connection.execute("SELECT verification_id FROM idempotency").fetchone()
        its = {name: f"'{name}_' || (n * 7919 % 999983) || '_' || n" for name in ("job", "ver", "att")}
        sealed = {"sealed_question": "randomblob(64)", "sealed_answer": "randomblob(64)"}
        copy(connection, "jobs", "id", job, count, {"id": its["job"], "twin_key": "randomblob(32)", **sealed})
        copy(connection, "verifications", "id", asked, count, {"id": its["ver"], "job_id": its["job"]})
        keyed = {"key_digest": "randomblob(32)", "verification_id": its["ver"]}
        copy(connection, "idempotency", "verification_id", asked, count, keyed)
        names = ("interchange", "trace", "transaction_number", "envelope_id")
        numbers = dict.fromkeys(names, f"{an_id} || n")
        exchanges = {"id": its["att"], "job_id": its["job"], "body_digest": "randomblob(32)", **numbers}
        copy(connection, "attempts", "id", exchange, count, exchanges)
        copy(connection, "replies", "attempt_id", exchange, count, {"attempt_id": its["att"], "sealed_body": "x'00'"})
        for (line,) in connection.execute("SELECT seq FROM audit WHERE job_id = ?", [job]).fetchall():
            about = {"seq": "NULL", "job_id": its["job"], "verification_id": its["ver"]}
            copy(connection, "audit", "seq", line, count, about)


@pytest.mark.timeout(180)
async def test_no_query_is_slower_beside_very_many_verifications(tmp_path: Path, capsys: Any) -> None:
    async with stored(tmp_path / "full") as full:
        job = await verify(full, await full.create_key(Role.STAFF), 0, defaultdict(list))
    await asyncio.to_thread(multiply, tmp_path / "full" / "benefits.sqlite", job, VERIFICATIONS)

    async with stored(tmp_path / "empty") as empty, stored(tmp_path / "full") as full:
        keys = {store: await store.create_key(Role.STAFF) for store in (empty, full)}
        costs: dict[Store, Costs] = {store: defaultdict(list) for store in keys}
        for number in range(1, ROUNDS + 1):
            for store, key in keys.items():
                await verify(store, key, number, costs[store] if number > UNUSED else defaultdict(list))

    ratios = {name: median(costs[full][name]) / median(costs[empty][name]) for name in costs[empty]}
    with capsys.disabled():
        print(f"\nbeside {VERIFICATIONS:,} verifications: {', '.join(f'{k} {v:.2f}' for k, v in ratios.items())}")
    assert max(ratios.values()) <= MOST
