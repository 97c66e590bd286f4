"""One schema on two engines: made, kept and brought forward by the same steps."""

import asyncio
import stat
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from alembic import command

from contracts import State
from service.store import Store, StoreUnavailable
from service.store.schema import VERSION, head, migrate_postgres, migrate_sqlite, revisions
from service.store.tables import METADATA
from tests.service.evidence import attempts_of, kept_reply, last_sent_at
from tests.service.kept import change, rows_of

from .conftest import STAFF, Clock, answer, answered, attempt, intent
from .steps import run_steps, steps

Opening = Callable[..., Any]
ONLY_ONCE = pytest.mark.parametrize("database", ["sqlite"], indirect=True)
"""For tests that bring a database of their own on each engine."""
ONLY_SQLITE = pytest.mark.parametrize("database", ["sqlite"], indirect=True)


@pytest.fixture(params=["sqlite", "postgresql"])
def bare(request: pytest.FixtureRequest, tmp_path: Path) -> Any:
    """The address of a database in which there is nothing at all, and what migrates it."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path}/bare.sqlite"
        return
    server = request.getfixturevalue("postgres")
    url = server.url()
    yield url
    server.drop(url)


def engine_of(url: str) -> sa.Engine:
    return sa.create_engine(sa.make_url(url.replace("postgresql:", "postgresql+psycopg:")), poolclass=sa.NullPool)


def migrate(url: str) -> None:
    if url.startswith("sqlite"):
        migrate_sqlite(Path(url.removeprefix("sqlite:///")))
    else:
        migrate_postgres(url)


def tables(url: str) -> dict[str, set[str]]:
    inspector = sa.inspect(engine_of(url))
    names = set(inspector.get_table_names()) - {"alembic_version", "sqlite_sequence"}
    return {name: {str(column["name"]) for column in inspector.get_columns(name)} for name in names}


def refuse(*_: Any) -> None:
    """Fail where Alembic is called."""
    raise AssertionError("nothing was to be done")


def indexes(url: str) -> set[tuple[str, bool]]:
    inspector = sa.inspect(engine_of(url))
    return {
        (str(index["name"]), bool(index["unique"]))
        for name in tables(url)
        for index in inspector.get_indexes(name)
        if not index.get("duplicates_constraint")
    }


def test_both_engines_get_the_same_tables_columns_and_indexes(tmp_path: Path, postgres: Any) -> None:
    one, other = f"sqlite:///{tmp_path}/one.sqlite", postgres.url()
    migrate(one)
    migrate(other)

    assert tables(one) == tables(other)
    assert indexes(one) == indexes(other)
    assert "jobs_one_pending" in {name for name, _ in indexes(one)}


def test_making_the_schema_again_changes_nothing(bare: str) -> None:
    migrate(bare)
    first = tables(bare), indexes(bare)
    migrate(bare)

    assert (tables(bare), indexes(bare)) == first


@ONLY_ONCE
async def test_every_statement_finds_its_tables_in_a_schema_made_from_nothing(
    bare: str, opened: Opening, clock: Clock
) -> None:
    """The schema is what the code needs: every method of the store that has a statement is called once."""
    store: Store = await opened(url=bare)
    asked = await store.intend(intent(idempotency_key="k", reference="R-1"))
    await store.heartbeat()
    assert await store.silent_processes() == []
    assert not await store.remove_process("nobody")
    attempt_id, _ = await attempt(store, asked.job_id)
    assert await answered(store, attempt_id)
    assert await kept_reply(store, attempt_id)
    assert await kept_reply(store, attempt_id, quarantined=True) is None
    assert not await store.claim_send(asked.job_id, clock.now, 90.0)
    assert await store.postpone(asked.job_id, clock.now + timedelta(seconds=90))
    assert await store.give_steps(lambda *_: None) == 0
    await store.transact(lambda _: None)
    assert await store.settle(asked.job_id, answer(), state=State.FINAL, next_at=None)
    assert await store.fetch(asked.verification_id, STAFF)
    assert await store.add_call_note(asked.verification_id, b"{}", seen=0, caller=STAFF) == 1
    assert len(await store.call_notes_of(asked.verification_id)) == 1
    assert len(await attempts_of(store, asked.job_id)) == 1
    assert await last_sent_at(store, asked.job_id)
    await store.leave()

    assert await store.trouble() is None


@ONLY_ONCE
async def test_a_database_of_the_first_cut_is_brought_forward_with_all_it_holds(bare: str, opened: Opening) -> None:
    run_steps(engine_of(bare), "0001")
    old = "INSERT INTO audit (at, actor, role, action) VALUES (1, 'before', 'staff', 'verification.asked')"
    with engine_of(bare).begin() as connection:
        connection.exec_driver_sql(old)
    assert "processes" not in tables(bare)

    store: Store = await opened(url=bare)

    assert "processes" in tables(bare)
    assert [row["actor"] for row in await rows_of(store, "audit")] == ["before"]
    assert (await store.intend(intent())).created_job
    assert await store.ready()


@ONLY_ONCE
async def test_a_database_of_a_newer_version_is_left_alone(bare: str, opened: Opening) -> None:
    migrate(bare)
    with engine_of(bare).begin() as connection:
        connection.exec_driver_sql("UPDATE alembic_version SET version_num = '9999'")

    with pytest.raises(StoreUnavailable) as refused:
        await opened(url=bare)

    assert refused.value.detail == "schema:CommandError"


async def test_a_schema_that_was_changed_under_a_running_store_makes_it_not_ready(store: Store) -> None:
    assert await store.trouble() is None
    await change(store, "UPDATE alembic_version SET version_num = '9999'")

    trouble = await store.trouble()
    await change(store, "UPDATE alembic_version SET version_num = :head", head=head())

    assert trouble == "schema"
    assert await store.ready()


def test_a_step_that_fails_leaves_the_schema_as_it_was(bare: str, monkeypatch: pytest.MonkeyPatch) -> None:
    run_steps(engine_of(bare), "0001")
    before = tables(bare)
    real = command.upgrade

    def breaking(config: Any, revision: str) -> None:
        real(config, revision)
        config.attributes["connection"].exec_driver_sql("INSERT INTO nowhere VALUES (1)")

    monkeypatch.setattr(command, "upgrade", breaking)

    with pytest.raises(StoreUnavailable):
        migrate(bare)

    assert tables(bare) == before


def test_a_schema_that_cannot_be_made_leaves_nothing(bare: str) -> None:
    with engine_of(bare).begin() as connection:
        connection.exec_driver_sql("CREATE TABLE audit_marks (id INTEGER PRIMARY KEY)")

    with pytest.raises(StoreUnavailable):
        migrate(bare)

    assert tables(bare) == {"audit_marks": {"id"}}


def test_a_new_database_is_made_at_once_and_needs_none_of_the_steps(bare: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(command, "upgrade", refuse)
    migrate(bare)

    assert set(tables(bare)) == set(METADATA.tables)


def test_a_new_database_holds_what_the_steps_leave_in_one(bare: str, tmp_path: Path) -> None:
    def rows(engine: sa.Engine) -> list[list[tuple[Any, ...]]]:
        with engine.connect() as connection:
            return [sorted(map(tuple, connection.execute(sa.select(table)))) for table in kept]

    kept = [*METADATA.sorted_tables, VERSION]
    migrate(bare)
    stepped = engine_of(f"sqlite:///{tmp_path}/stepped.sqlite")
    run_steps(stepped)

    assert rows(engine_of(bare)) == rows(stepped)
    assert any(rows(stepped)[:-1])


def test_the_steps_are_those_that_alembic_finds() -> None:
    assert revisions() == {step.revision for step in steps().walk_revisions()}
    assert head() == steps().get_current_head()


def test_a_schema_of_today_is_left_alone(bare: str, monkeypatch: pytest.MonkeyPatch) -> None:
    migrate(bare)

    monkeypatch.setattr(command, "upgrade", refuse)
    migrate(bare)


@pytest.mark.parametrize("step", ["0001", "0002"])
def test_no_step_is_undone(bare: str, step: str) -> None:
    migrate(bare)
    script = steps().get_revision(step)

    assert script is not None
    with pytest.raises(NotImplementedError):
        script.module.downgrade()


async def test_processes_that_start_at_once_make_the_schema_once(bare: str) -> None:
    await asyncio.gather(*(asyncio.to_thread(migrate, bare) for _ in range(4)))

    assert "jobs" in tables(bare)


def test_the_file_is_its_owners_alone(tmp_path: Path) -> None:
    path = tmp_path / "private.sqlite"
    migrate_sqlite(path)

    assert stat.S_IMODE(path.stat().st_mode) == 0o600


@ONLY_SQLITE
async def test_the_file_is_written_as_safely_as_it_can_be(store: Store) -> None:
    async def pragma(name: str) -> Any:
        return await store._writer.do(lambda connection: connection.scalar(sa.text(f"PRAGMA {name}")))

    assert await pragma("journal_mode") == "wal"
    assert await pragma("synchronous") == 2
    assert await pragma("foreign_keys") == 1
    assert await pragma("secure_delete") == 1


@pytest.mark.parametrize("database", ["postgresql"], indirect=True)
async def test_the_server_commits_to_its_disk_and_readers_cannot_write(store: Store) -> None:
    async def setting(worker: Any, name: str) -> Any:
        return await worker.do(lambda connection: connection.scalar(sa.text(f"SHOW {name}")))

    assert await setting(store._writer, "synchronous_commit") == "on"
    assert await setting(store._writer, "transaction_read_only") == "off"
    assert await setting(store._reader, "transaction_read_only") == "on"


async def test_a_reader_cannot_write(store: Store) -> None:
    with pytest.raises(StoreUnavailable):
        await store._reader.do(lambda connection: connection.execute(sa.text("UPDATE counters SET value = 1")))
