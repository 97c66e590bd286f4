"""A store that can't commit says so within its patience, and then nothing of the operation stands."""

import asyncio
import io
import resource
import signal
import sqlite3
import time
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any
from uuid import uuid4

import psycopg
import pytest
import sqlalchemy as sa
from sqlalchemy import event
from sqlalchemy.exc import DatabaseError, SQLAlchemyError

from service.store import Store, StoreUnavailable
from service.store.sqlite import sqlite_lanes
from service.store.tables import COUNTERS
from tests.service.kept import rows_of

from .conftest import STAFF, intent, refused, standing

Opening = Callable[..., Any]
ONLY_SQLITE = pytest.mark.parametrize("database", ["sqlite"], indirect=True)
ONLY_POSTGRES = pytest.mark.parametrize("database", ["postgresql"], indirect=True)


def file_of(database: str) -> Path:
    return Path(database.removeprefix("sqlite:///"))


@contextmanager
def locked(database: str) -> Iterator[None]:
    """Another connection holds what every writer needs."""
    if database.startswith("sqlite"):
        connection = sqlite3.connect(file_of(database), isolation_level=None)
        connection.execute("BEGIN EXCLUSIVE")
        try:
            yield
        finally:
            connection.execute("ROLLBACK")
            connection.close()
    else:
        with psycopg.connect(database) as connection:
            connection.execute("LOCK TABLE jobs, counters, audit IN ACCESS EXCLUSIVE MODE")
            yield
            connection.rollback()


async def test_a_database_that_stays_locked_is_given_up_and_nothing_stands(database: str, opened: Opening) -> None:
    store = await opened(patience=2.0)
    await store.intend(intent("Before"))
    before = await standing(store)

    with locked(database):
        await refused(store.intend(intent()))

    assert await standing(store) == before
    assert (await store.intend(intent())).created_job


async def test_a_short_lock_only_delays(database: str, opened: Opening) -> None:
    store = await opened(patience=5.0)
    with locked(database):
        asked = asyncio.create_task(store.intend(intent()))
        await asyncio.sleep(0.05)
        assert not asked.done()

    assert (await asked).created_job


@ONLY_SQLITE
async def test_a_file_that_is_locked_can_still_be_read_and_is_shown_to_nobody(database: str, opened: Opening) -> None:
    store = await opened(patience=2.0)
    intended = await store.intend(intent())
    connection = sqlite3.connect(file_of(database), isolation_level=None)
    connection.execute("BEGIN IMMEDIATE")

    found = await store.job(intended.job_id)
    shown = await refused(store.fetch(intended.verification_id, STAFF))

    connection.close()
    assert found is not None
    assert shown == "OperationalError"


@ONLY_SQLITE
async def test_a_full_database_takes_nothing_and_is_read_as_before(store: Store) -> None:
    first = await store.intend(intent())

    @event.listens_for(store._writer._lane.engine, "begin")
    def keep_to_the_pages_there_are(connection: sa.Connection) -> None:
        connection.exec_driver_sql("PRAGMA max_page_count = 1")

    detail, before = "", await standing(store)
    for number in range(200):
        try:
            await store.intend(intent(f"Filling {number}", reference="R" * 3000))
        except StoreUnavailable as failure:
            detail = failure.detail
            break
        before = await standing(store)

    assert detail == "OperationalError"
    assert await standing(store) == before
    assert await store.job(first.job_id) is not None
    assert await refused(store.intend(intent(f"Filling {number}", reference="R" * 3000))) == detail


@ONLY_SQLITE
async def test_a_file_that_may_not_grow_takes_nothing_and_takes_it_again_later(database: str, store: Store) -> None:
    first = await store.intend(intent())
    before = await standing(store)
    # The limit is the process's own, so it is lifted at once; a signal would end the process.
    ignored = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (4096, limits[1]))
    try:
        await refused(store.intend(intent("Else")))
        trouble = await store.trouble()
        found = await store.job(first.job_id)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
        signal.signal(signal.SIGXFSZ, ignored)

    assert trouble == "OperationalError"
    assert found is not None
    assert await standing(store) == before
    assert (await store.intend(intent("Else"))).created_job
    assert await store.ready()


async def test_a_store_that_may_only_read_takes_nothing_and_is_read_as_before(
    database: str, opened: Opening, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = await opened()
    first = await store.intend(intent())
    before = await standing(store)
    only = "PRAGMA query_only = ON" if database.startswith("sqlite") else "SET default_transaction_read_only = on"
    lane = store._writer._lane.threads
    await asyncio.gather(*(store._writer.do(lambda connection: read_only(connection, only)) for _ in range(lane * 4)))

    detail = await refused(store.intend(intent("Else")))

    assert detail in {"OperationalError", "ReadOnlySqlTransaction"}
    assert await standing(store) == before
    assert await store.job(first.job_id) is not None


def read_only(connection: sa.Connection, statement: str) -> None:
    connection.execute(sa.text(statement))
    # Let every thread of the lane have one of these.
    time.sleep(0.01)


@ONLY_SQLITE
async def test_a_folder_in_which_nothing_can_be_made_refuses_the_start(tmp_path: Path, opened: Opening) -> None:
    (tmp_path / "a-file").write_text("")

    assert await refused(opened(url=f"sqlite:///{tmp_path}/a-file/benefits.sqlite")) == "NotADirectoryError"
    assert await refused(opened(url=f"sqlite:///{tmp_path}/nowhere/benefits.sqlite")) == "FileNotFoundError"


@ONLY_SQLITE
async def test_a_file_that_is_no_database_refuses_the_start(tmp_path: Path, opened: Opening) -> None:
    (tmp_path / "letter.sqlite").write_text("Dear payer, " * 100)

    assert await refused(opened(url=f"sqlite:///{tmp_path}/letter.sqlite")) == "schema:DatabaseError"


@ONLY_SQLITE
async def test_a_file_that_became_something_else_is_refused_and_no_connection_is_left_open(
    tmp_path: Path, store: Store
) -> None:
    letter = tmp_path / "letter.sqlite"
    letter.write_text("Dear payer, " * 100)

    writing, _ = sqlite_lanes(letter, patience=1.0, confirm=lambda: None)

    with pytest.raises(DatabaseError):
        writing.engine.connect()


@ONLY_POSTGRES
async def test_a_server_that_restarted_is_found_again_by_itself(database: str, opened: Opening) -> None:
    store = await opened()
    first = await store.intend(intent())
    for _ in range(2):
        await asyncio.gather(*(store.intend(intent(f"Warm {number}")) for number in range(20)))
        await asyncio.gather(*(store.fetch(first.verification_id, STAFF) for _ in range(20)))
    end_every_connection(database)

    made = await asyncio.gather(*(store.intend(intent(f"After {number}")) for number in range(20)))
    found = await asyncio.gather(*(store.fetch(first.verification_id, STAFF) for _ in range(20)))

    assert all(one.created_job for one in made)
    assert None not in found


def end_every_connection(database: str) -> None:
    with psycopg.connect(database, autocommit=True) as connection:
        connection.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> %s",
            [connection.info.backend_pid],
        )


@ONLY_POSTGRES
async def test_a_server_that_goes_away_in_the_middle_leaves_nothing_half_done(database: str, opened: Opening) -> None:
    store = await opened()
    before = await standing(store)

    def cut_off(connection: sa.Connection) -> None:
        connection.execute(sa.text("INSERT INTO counters (name, value) VALUES ('half', 1)"))
        end_every_connection(database)
        connection.execute(sa.text("INSERT INTO counters (name, value) VALUES ('done', 1)"))

    assert await refused(store._write(cut_off)) == "AdminShutdown"

    assert await standing(store) == before
    assert {row["name"] for row in await rows_of(store, "counters")} & {"half", "done"} == set()


async def test_what_a_database_says_of_a_failure_goes_no_further_than_its_name(
    store: Store, written: io.StringIO
) -> None:
    name = f"Imaginary-{uuid4()}"

    def take_twice(connection: sa.Connection) -> None:
        for _ in range(2):
            connection.execute(sa.insert(COUNTERS), {"name": name, "value": 1})

    with pytest.raises(StoreUnavailable) as failure:
        await store._write(take_twice)

    assert failure.value.detail in {"IntegrityError", "UniqueViolation"}
    assert (failure.value.__cause__, failure.value.__context__) == (None, None)
    assert failure.value.detail in written.getvalue()
    assert name not in written.getvalue() + "".join(traceback.format_exception(failure.value))


async def test_no_value_stands_in_the_words_of_a_failed_statement(store: Store) -> None:
    """Also where they are read by mistake: no parameters are repeated."""
    words: list[str] = []

    def fail(connection: sa.Connection) -> None:
        try:
            connection.execute(sa.text("INSERT INTO nowhere (name) VALUES (:name)"), {"name": "Imaginary"})
        except SQLAlchemyError as failure:
            words.append(str(failure))

    with suppress(StoreUnavailable):
        await store._write(fail)

    assert "nowhere" in words[0]
    assert "Imaginary" not in words[0]


async def test_a_server_that_is_gone_refuses_the_start_and_says_no_address(tmp_path: Path, opened: Opening) -> None:
    detail = await refused(opened(url=f"postgresql://someone:secret@/nothing?host={tmp_path}"))

    assert detail == "schema:OperationalError"


async def test_a_store_that_is_stopped_refuses(opened: Opening) -> None:
    store = await opened()
    await store.stop()

    assert await refused(store.intend(intent())) == "stopped"


@ONLY_SQLITE
@pytest.mark.fault
async def test_a_server_that_is_gone_for_a_while_refuses_in_time_and_serves_again_by_itself(
    opened: Opening, own_postgres: Any
) -> None:
    store = await opened(url=own_postgres.url(), patience=3.0)
    first = await store.intend(intent())
    own_postgres.halt()

    assert await refused(store.intend(intent("Else"))) in {"OperationalError", "AdminShutdown"}
    assert await refused(store.fetch(first.verification_id, STAFF)) in {"OperationalError", "AdminShutdown"}
    assert not await store.ready()
    own_postgres.start()

    assert (await store.intend(intent("Else"))).created_job
    assert await store.fetch(first.verification_id, STAFF) is not None
    assert await store.ready()
    await store.stop()
