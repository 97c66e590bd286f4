"""Every statement of the store finds its rows by an index: none is slower for all that was kept before."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from contracts import State
from service.security.access import Role
from service.store import HistoryRequest, Store, jobs, statements
from service.store.batch_values import ItemContent, ItemState, NewItem
from service.store.batches import CANCEL, RETRY, START, Taking
from service.store.tables import ATTEMPTS, JOBS
from service.store.visitor_values import CLAIM, Caps, Submission

from .conftest import STAFF, VISITOR, Clock, answer, answered, attempt, intent, question

GROWING = (
    "jobs",
    "verifications",
    "idempotency",
    "attempts",
    "replies",
    "quarantine",
    "audit",
    "retries",
    "batch_items",
    "visitor_drafts",
    "visitor_requests",
    "identity_tries",
)
"""Tables that get a row with every question."""


async def use_batches(store: Store) -> None:
    """Do whatever happens while the rows of a batch are checked, asked about, looked at and ended."""
    batch_id = await store.create_batch(STAFF)
    items = [NewItem(number, ItemContent(question=question(f"Row{number}"))) for number in (1, 2, 3)]
    await store.add_items(batch_id, [*items, NewItem(4, items[0].content, duplicate_of=1)])
    await store.end_check(batch_id, b"{}")
    await store.change_batch(batch_id, START, STAFF)
    assert await store.payers_waited_for(batch_id, ["acme"])
    [taken] = await store.take_items(
        Taking(batch_id, "acme", 1, life_seconds=9.0, fresh_seconds=0.0, then=lambda *_: None)
    )
    await store.settle(taken.job_id, answer(), state=State.FINAL, next_at=None)
    assert await store.unanswered_since([batch_id], "acme") is None
    assert await store.give_up_items(batch_id, "acme", "payer_unreachable") == 2
    assert len(await store.show_items(batch_id, 0, 10, STAFF)) == 4
    assert len(await store.batch_items(batch_id, state=ItemState.COULD_NOT_CHECK)) == 2
    assert await store.item_counts(batch_id)
    assert await store.change_batch(batch_id, RETRY, STAFF)
    assert await store.change_batch(batch_id, CANCEL, STAFF)
    assert not await store.finish_batch(batch_id)
    assert await store.running_batches() == []
    assert await store.list_batches(STAFF, 10)


async def use_visitors(store: Store, clock: Clock) -> None:
    """Do whatever happens between a visitor's first screen and the end of the work on the request."""
    kept = timedelta(minutes=30)
    reference = await store.start_draft(b"{}", kept)
    assert await store.change_draft(reference, b"{}", kept)
    assert await store.draft(reference)
    caps = Caps(clock.now.date(), ("id:1", "born:2"), of_identity=3, of_day=5, without_proof=1)
    wanted = Submission("R", b"{}", clock.now, intent=intent("Visitor", VISITOR), caps=caps)
    made = await store.submit_request(wanted, then=lambda *_: None)
    assert made.intended is not None
    assert not (await store.submit_request(wanted)).is_new
    assert await store.request_of("R")
    assert await store.visitor_requests(STAFF)
    assert await store.visitor_request_counts()
    assert await store.change_visitor_request(made.request_id, CLAIM, STAFF)


async def use_everything(store: Store, clock: Clock) -> None:
    """Do whatever happens while questions are asked, answered and looked at."""
    key = await store.create_key(Role.STAFF)
    assert await store.find_key(key)
    asked = await store.intend(intent(idempotency_key="k", reference="R-1"))
    assert await store.intend(intent(idempotency_key="k", reference="R-1"))
    first, _ = await attempt(store, asked.job_id)
    assert await answered(store, first)
    assert not await store.claim_send(asked.job_id, clock.now, 90.0)
    assert await store.postpone(asked.job_id, clock.now + timedelta(seconds=90))
    assert await store.verifications_of(asked.job_id)
    assert await store.settle(asked.job_id, answer(), state=State.FINAL, next_at=None)
    assert await store.intend(intent(fresh_seconds=60.0))
    assert await store.fetch(asked.verification_id, STAFF)
    mending = await store.intend(intent(retries=asked.verification_id, reference="R-2"))
    assert await store.history(HistoryRequest(mending.verification_id, 20), STAFF)
    await use_batches(store)
    await use_visitors(store, clock)
    await store.heartbeat()
    await store.silent_processes()
    await store.note_callers(ending=True)
    assert await store.trouble() is None


async def scans(store: Store, clock: Clock, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The plans of statements that read a whole growing table."""
    run_text: Callable[..., Any] = statements.run_text
    plans: set[str] = set()

    def explain(connection: sa.Connection, text: str, values: Any = ()) -> Any:
        if not text.startswith("BEGIN"):
            explained = run_text(connection, f"EXPLAIN QUERY PLAN {text}", values).fetchall()
            plans.update(str(step[3]) for step in explained)
        return run_text(connection, text, values)

    monkeypatch.setattr(statements, "run_text", explain)
    await use_everything(store, clock)
    assert any(plan.startswith("SEARCH") for plan in plans)
    return sorted(plan for plan in plans if plan.startswith("SCAN") and plan.split()[1] in {*GROWING, *ALIASES})


ALIASES = ("twin", "other_attempts", "other_job")
"""Their names in statements that read them twice."""


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
async def test_no_statement_reads_a_whole_table_that_grows(
    store: Store, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert await scans(store, clock, monkeypatch) == []


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
@pytest.mark.parametrize(
    "index",
    [
        "jobs_twins",
        "attempts_of_job",
        "attempts_bodies",
        "verifications_of_job",
        "jobs_of_member",
        "retries_of_earlier",
        "visitor_requests_by_state",
    ],
)
async def test_without_an_index_a_statement_is_found_that_does(
    index: str, store: Store, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    await store.transact(lambda connection: connection.execute(sa.text(f"DROP INDEX {index}")))

    assert await scans(store, clock, monkeypatch) != []


@pytest.mark.parametrize("database", ["postgresql"], indirect=True)
async def test_a_job_is_read_by_indexes_also_before_the_server_has_statistics(store: Store) -> None:
    """A server gathers them minutes after a table has begun to grow; joined blindly, a job cost all attempts."""
    asked = await store.intend(intent())
    await attempt(store, asked.job_id)
    others = {"twin_key": "decode(md5(n::text), 'hex')", "state": "'final'", "sealed_answer": "mac"}
    others |= {name: f"{name} || n" for name in ("id", "interchange", "trace", "transaction_number", "envelope_id")}

    def explain(connection: sa.Connection) -> list[str]:
        for table in (JOBS, ATTEMPTS):
            names = [column.name for column in table.columns]
            values = ", ".join(others.get(name, name) for name in names)
            into = f"INSERT INTO {table.name} ({', '.join(names)})"
            connection.execute(sa.text(f"{into} SELECT {values} FROM {table.name}, generate_series(1, 5000) AS n"))  # noqa: S608 - ours
        statement = jobs._ONE.params(job=asked.job_id).compile(connection, compile_kwargs={"literal_binds": True})
        return list(connection.execute(sa.text(f"EXPLAIN {statement}")).scalars())

    plan = await store._write(explain)

    assert any("attempts_of_job" in step for step in plan)
    assert not [step for step in plan if "Seq Scan" in step]
