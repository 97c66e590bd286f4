"""Attempts: fresh numbers, committed before anything leaves; one reply each; nobody's body twice."""

import asyncio
import hashlib
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from contracts import ExchangeOutcome, State
from service.store import Store, StoreUnavailable, attempts
from service.store.attempts import INTERCHANGES, Closing
from tests.service.evidence import attempts_of, kept_reply, last_sent_at
from tests.service.kept import change, rows_of

from .conftest import Clock, answer, answered, attempt, audit_of, intent

Opening = Callable[..., Any]
REPOSITORY = Path(__file__).parents[3]
NUMBERS = ("interchange", "trace", "transaction_number", "envelope_id")


@pytest.fixture
async def job_id(store: Store) -> str:
    return (await store.intend(intent())).job_id


async def test_an_attempt_and_its_numbers_are_committed_before_anything_leaves(
    store: Store, job_id: str, clock: Clock
) -> None:
    attempt_id, numbers = await attempt(store, job_id)

    [row] = await rows_of(store, "attempts")
    assert {
        "id": attempt_id,
        "job_id": job_id,
        "interchange": numbers.interchange,
        "group_number": numbers.group,
        "trace": numbers.trace,
        "originator": numbers.originator,
        "transaction_number": numbers.transaction,
        "envelope_id": numbers.envelope_id,
        "outcome": None,
        "sent": 1,
        "consumed": 0,
    }.items() <= dict(row).items()
    [line] = [line for line in await audit_of(store) if line["action"] == "attempt.opened"]
    assert (line["job_id"], line["attempt_id"], line["payer"], line["outcome"]) == (
        job_id,
        attempt_id,
        "acme",
        "core_mime",
    )
    assert await last_sent_at(store, job_id) == clock.now


async def test_numbers_have_the_form_that_the_wire_demands(store: Store, job_id: str) -> None:
    _, numbers = await attempt(store, job_id)

    assert len(numbers.interchange) == 9
    assert numbers.interchange.isdigit()
    assert numbers.group == str(int(numbers.interchange))
    assert {len(numbers.trace), len(numbers.transaction)} == {26}
    assert f"{numbers.trace}{numbers.transaction}".isalnum()
    assert numbers.originator == "9000000000"
    assert str(UUID(numbers.envelope_id)) == numbers.envelope_id


async def test_no_number_is_used_twice_by_any_caller(database: str, opened: Opening, store: Store, job_id: str) -> None:
    other = await opened(serving=database.startswith("postgres"))

    made = await asyncio.gather(*(attempt(each, job_id) for each in (store, other) * 30))

    assert len({numbers.interchange for _, numbers in made}) == 60
    for column in NUMBERS:
        assert len({row[column] for row in await rows_of(store, "attempts")}) == 60


OTHER_PROCESS = """
import asyncio, sys
from service.security.encryption import Sealer
from service.store import open_store
from service.store.attempts import NewAttempt

async def main(url, job_id):
    store = open_store(url, sealer=Sealer({"k1": bytes(range(32))}), serving=False)
    await store.start()
    for _ in range(20):
        _, numbers = await store.open_attempt(NewAttempt(job_id, "acme", "core_mime", ("30",)))
        print(numbers.interchange)
    await store.stop()

asyncio.run(main(*sys.argv[1:]))
"""


def numbers_of_another_process(database: str, job_id: str) -> list[str]:
    command = [sys.executable, "-c", OTHER_PROCESS, database, job_id]
    return subprocess.run(command, cwd=REPOSITORY, capture_output=True, text=True, check=True).stdout.split()


async def test_no_number_is_used_twice_by_any_process(database: str, store: Store, job_id: str) -> None:
    others = asyncio.gather(
        *(asyncio.to_thread(numbers_of_another_process, database, job_id) for _ in range(2)),
    )
    ours = [(await attempt(store, job_id))[1].interchange for _ in range(20)]
    theirs = await others

    assert [len(numbers) for numbers in theirs] == [20, 20]
    assert len({*ours, *theirs[0], *theirs[1]}) == 60


async def test_numbers_go_on_after_a_restart(opened: Opening) -> None:
    first = await opened()
    job_id = (await first.intend(intent())).job_id
    before = (await attempt(first, job_id))[1]
    await first.stop()

    second = await opened()
    after = (await attempt(second, job_id))[1]

    assert int(after.interchange) == int(before.interchange) % INTERCHANGES + 1


async def test_numbers_go_round_once_and_leave_out_nought(store: Store, job_id: str) -> None:
    await change(store, "UPDATE counters SET value = :value WHERE name = 'interchange_offset'", value=INTERCHANGES - 3)

    made = [(await attempt(store, job_id))[1].interchange for _ in range(3)]

    assert made == ["999999998", "999999999", "000000001"]


async def test_numbers_end_rather_than_come_again(store: Store, job_id: str) -> None:
    await change(store, "UPDATE counters SET value = :value WHERE name = 'interchange'", value=INTERCHANGES - 1)
    await attempt(store, job_id)

    with pytest.raises(StoreUnavailable) as refused:
        await attempt(store, job_id)

    assert refused.value.detail == "numbers_exhausted"
    assert len(await attempts_of(store, job_id)) == 1


async def test_replies_of_a_transaction_are_written_together_and_each_is_kept(
    store: Store, job_id: str, held_inserts: list[str]
) -> None:
    opened = [(await attempt(store, job_id))[0] for _ in range(3)]
    held_inserts.clear()

    def close_all(connection: Any) -> None:
        for attempt_id in opened:
            closing = Closing(attempt_id, ExchangeOutcome.ANSWERED, sent=True, ms=1, raw=attempt_id.encode())
            assert attempts.close_attempt(connection, store._sealer, closing, store._now())

    await store.transact(close_all)

    assert sorted(text.split()[2] for text in held_inserts) == ["audit", "replies"]
    for attempt_id in opened:
        assert await kept_reply(store, attempt_id) == attempt_id.encode()


async def test_a_reply_is_kept_whole_and_its_attempt_is_closed(store: Store, job_id: str, clock: Clock) -> None:
    attempt_id, numbers = await attempt(store, job_id)
    opened_at = clock.now
    clock.pass_by(2.0)

    assert await answered(store, attempt_id, b"ISA*\x00\xff~")

    [row] = await attempts_of(store, job_id)
    assert await kept_reply(store, attempt_id) == b"ISA*\x00\xff~"
    assert await kept_reply(store, attempt_id, quarantined=True) is None
    assert (row.id, row.payer, row.route, row.service_types) == (attempt_id, "acme", "core_mime", ("30",))
    assert (row.interchange, row.trace) == (numbers.interchange, numbers.trace)
    assert (row.sent_at, row.closed_at) == (opened_at, clock.now)
    assert (row.outcome, row.sent, row.ms, row.consumed) == (ExchangeOutcome.ANSWERED, True, 12, True)


async def test_an_attempt_without_a_reply_keeps_none(store: Store, job_id: str) -> None:
    attempt_id, _ = await attempt(store, job_id)

    assert await store.close_attempt(Closing(attempt_id, ExchangeOutcome.SILENT, sent=True, ms=60_000))

    assert await kept_reply(store, attempt_id) is None


async def test_a_number_is_used_up_by_the_first_reply(store: Store, job_id: str) -> None:
    attempt_id, _ = await attempt(store, job_id)
    first = await answered(store, attempt_id, b"first")

    second = await answered(store, attempt_id, b"second", b"another")

    assert (first, second) == (True, False)
    assert await kept_reply(store, attempt_id) == b"first"
    assert [line["action"] for line in await audit_of(store)][-2:] == ["attempt.closed", "attempt.refused"]


async def test_of_many_replies_at_once_one_is_accepted(store: Store, job_id: str) -> None:
    attempt_id, _ = await attempt(store, job_id)

    accepted = await asyncio.gather(*(answered(store, attempt_id, b"%d" % number) for number in range(20)))

    assert accepted.count(True) == 1
    assert await kept_reply(store, attempt_id) == b"%d" % accepted.index(True)


async def test_a_reply_that_belongs_to_nobody_who_asked_is_kept_apart(store: Store, job_id: str) -> None:
    attempt_id, _ = await attempt(store, job_id)

    await store.close_attempt(
        Closing(attempt_id, ExchangeOutcome.MISMATCHED, sent=True, ms=1, raw=b"a stranger's", quarantined=True)
    )

    assert await kept_reply(store, attempt_id) is None
    assert await kept_reply(store, attempt_id, quarantined=True) == b"a stranger's"


async def test_a_body_that_was_accepted_for_one_member_is_refused_for_another(store: Store, job_id: str) -> None:
    body = hashlib.sha256(b"the same bytes").digest()
    theirs = (await store.intend(intent("Else"))).job_id
    await answered(store, (await attempt(store, job_id))[0], digest=body)
    attempt_id, _ = await attempt(store, theirs)

    assert not await answered(store, attempt_id, digest=body)

    assert await kept_reply(store, attempt_id) is None
    assert [row.outcome for row in await attempts_of(store, theirs)] == [None]


async def test_a_body_may_come_again_for_the_same_member(store: Store, job_id: str) -> None:
    body = hashlib.sha256(b"the same bytes").digest()
    await answered(store, (await attempt(store, job_id))[0], digest=body)

    assert await answered(store, (await attempt(store, job_id))[0], digest=body)


async def test_a_body_that_was_not_accepted_counts_for_nobody(store: Store, job_id: str) -> None:
    body = hashlib.sha256(b"the same bytes").digest()
    theirs = (await store.intend(intent("Else"))).job_id
    attempt_id, _ = await attempt(store, job_id)
    await store.close_attempt(Closing(attempt_id, ExchangeOutcome.MISMATCHED, sent=True, ms=1, body_digest=body))

    assert await answered(store, (await attempt(store, theirs))[0], digest=body)


async def test_closing_an_attempt_that_nobody_opened_is_refused(store: Store) -> None:
    assert not await answered(store, "att_nobody")


async def test_what_is_open_when_a_job_becomes_final_is_closed_and_its_reply_refused(store: Store, job_id: str) -> None:
    attempt_id, _ = await attempt(store, job_id)

    await store.settle(job_id, answer(), state=State.FINAL, next_at=None)

    assert not await answered(store, attempt_id)
    assert [row.outcome for row in await attempts_of(store, job_id)] == [ExchangeOutcome.SILENT]


async def test_an_attempt_needs_a_job(store: Store) -> None:
    with pytest.raises(StoreUnavailable):
        await attempt(store, "job_nobody")

    assert await rows_of(store, "attempts") == []
    assert [line["action"] for line in await audit_of(store)] == []
