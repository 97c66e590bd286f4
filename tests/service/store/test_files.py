"""The files of a SQLite database: their locks stay, their modes are tight, and one service alone serves them."""

import asyncio
import os
import stat
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
import structlog

from service.scheduler.sqlite import sqlite_engine
from service.security.encryption import Sealer, development_key
from service.store import AuditEntry, Store, StoreFileUnfit, StoreInUse, audit, files, held_rows, open_store
from service.store.errors import FAILURES
from service.store.opening import beside

from .conftest import KEY, intent, refused

Opening = Callable[..., Any]
pytestmark = pytest.mark.parametrize("database", ["sqlite"], indirect=True)

HOLDING = """
import sqlite3, sys
connection = sqlite3.connect(sys.argv[1], isolation_level=None)
connection.execute("BEGIN IMMEDIATE")
print("held", flush=True)
sys.stdin.read()
connection.execute("ROLLBACK")
connection.close()
"""
LOOKING = """
import sqlite3, sys
connection = sqlite3.connect(sys.argv[1])
print(connection.execute("SELECT count(*) FROM verifications").fetchone()[0])
connection.close()
"""


def path_of(database: str) -> Path:
    return Path(database.removeprefix("sqlite:///"))


@contextmanager
def held(path: Path) -> Iterator[None]:
    """Another process holds the lock for writing."""
    with subprocess.Popen(
        [sys.executable, "-c", HOLDING, str(path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as other:
        assert other.stdout is not None
        assert other.stdin is not None
        assert other.stdout.readline() == "held\n"
        try:
            yield
        finally:
            other.stdin.close()
            other.wait(10)


def counted(path: Path) -> int:
    """The verifications that another process finds, which then closes the file."""
    looked = subprocess.run(
        [sys.executable, "-c", LOOKING, str(path)], capture_output=True, text=True, check=True, timeout=20
    )
    return int(looked.stdout)


async def test_a_writer_that_connects_again_leaves_the_locks_of_its_readers(opened: Opening, database: str) -> None:
    path = path_of(database)
    log = path.with_name(path.name + "-wal")
    store: Store = await opened(patience=0.3)
    first = await store.intend(intent("One"))
    assert await store.job(first.job_id) is not None
    with held(path):
        await refused(store.intend(intent("Two")))
    await store.intend(intent("Three"))
    before = log.stat().st_ino

    seen = await asyncio.to_thread(counted, path)
    assert log.exists()
    assert log.stat().st_ino == before
    await store.intend(intent("Four"))

    assert (seen, await asyncio.to_thread(counted, path)) == (2, 3)


async def test_a_file_that_is_opened_beside_a_connection_loses_its_log(
    opened: Opening, database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Mutant: with the path opened at each connection, the promise above is broken."""

    def opening(path: Path) -> None:
        os.close(os.open(path, os.O_RDWR | os.O_CREAT, 0o600))

    monkeypatch.setattr(files, "check", opening)

    with pytest.raises((AssertionError, FileNotFoundError)):
        await test_a_writer_that_connects_again_leaves_the_locks_of_its_readers(opened, database)


async def test_a_second_store_of_the_process_leaves_the_locks_of_the_first(opened: Opening, database: str) -> None:
    path = path_of(database)
    store: Store = await opened()
    first = await store.intend(intent("One"))
    assert await store.job(first.job_id) is not None
    beside_it: Store = await opened(serving=False)
    await beside_it.stop()

    await asyncio.to_thread(counted, path)
    await store.intend(intent("Two"))

    assert await asyncio.to_thread(counted, path) == 2


async def test_the_file_keeps_its_locks_when_the_scheduler_connects_to_it(opened: Opening, database: str) -> None:
    path = path_of(database)
    store: Store = await opened()
    await store.intend(intent("One"))
    before = path.with_name(path.name + "-wal").stat().st_ino
    engine = sqlite_engine(path)
    with engine.connect() as connection:
        connection.execute(sa.text("SELECT count(*) FROM jobs"))
    engine.dispose()

    await asyncio.to_thread(counted, path)
    await store.intend(intent("Two"))

    assert path.with_name(path.name + "-wal").stat().st_ino == before
    assert await asyncio.to_thread(counted, path) == 2


async def test_a_file_with_a_second_name_is_refused(opened: Opening, database: str) -> None:
    path = path_of(database)
    await (await opened()).stop()
    path.with_name("other.sqlite").hardlink_to(path)

    for name in (path, path.with_name("other.sqlite")):
        with pytest.raises(StoreFileUnfit, match="second name"):
            await opened(url=f"sqlite:///{name}")


async def test_a_linked_name_is_the_same_database_and_served_once(opened: Opening, database: str) -> None:
    path = path_of(database)
    link = path.with_name("link.sqlite")
    link.symlink_to(path)
    await opened()

    with pytest.raises(StoreInUse):
        await opened(url=f"sqlite:///{link}")

    assert beside(f"sqlite:///{link}", ".key", otherwise=link) == path.with_name(path.name + ".key")


async def test_a_file_that_was_moved_under_its_service_accepts_nothing_more(opened: Opening, database: str) -> None:
    path = path_of(database)
    store: Store = await opened()
    await store.intend(intent("One"))
    path.rename(path.with_name("moved.sqlite"))

    assert await refused(store.intend(intent("Two"))) == "FileMoved"
    assert not path.exists()
    path.with_name("moved.sqlite").rename(path)

    await store.intend(intent("Three"))


async def test_a_lock_that_was_removed_is_taken_again_before_anything_is_written(
    opened: Opening, database: str
) -> None:
    path = path_of(database)
    store: Store = await opened()
    path.with_name(path.name + ".lock").unlink()
    await store.intend(intent("One"))

    with pytest.raises(StoreInUse):
        await opened()


async def test_a_lock_that_another_service_has_now_ends_the_writing_of_the_first(
    opened: Opening, database: str
) -> None:
    path = path_of(database)
    store: Store = await opened()
    path.with_name(path.name + ".lock").unlink()
    await opened()

    assert await refused(store.intend(intent("One"))) == "LockLost"


@pytest.mark.parametrize("name", ["", "-wal", "-shm", ".lock"])
async def test_loose_modes_are_tightened_and_said(opened: Opening, database: str, name: str) -> None:
    path = path_of(database)
    store: Store = await opened(serving=False)
    await store.intend(intent("One"))
    loose = path.with_name(path.name + name)
    loose.touch()
    loose.chmod(0o664)

    with structlog.testing.capture_logs() as lines:
        await opened()

    assert stat.S_IMODE(loose.stat().st_mode) == 0o600
    assert [line["event"] for line in lines] == ["permissions.tightened"]


async def test_a_folder_that_others_may_write_is_said(opened: Opening, database: str) -> None:
    path_of(database).parent.chmod(0o777)

    with structlog.testing.capture_logs() as lines:
        await opened()

    assert [line["event"] for line in lines] == ["store.folder_open_to_others"]


def test_a_loose_key_file_is_tightened(database: str) -> None:
    path = path_of(database).with_name("made.key")
    key = development_key(path)
    path.chmod(0o644)

    assert development_key(path) == key
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_what_is_no_file_is_refused(database: str) -> None:
    path_of(database).mkdir()

    with pytest.raises(StoreFileUnfit, match="no file"):
        files.check(path_of(database))


def test_a_file_is_made_once_with_its_mode(database: str) -> None:
    path = path_of(database)
    before = os.umask(0)
    try:
        files.make(path)
        files.make(path)
    finally:
        os.umask(before)

    assert stat.S_IMODE(path.stat().st_mode) == 0o600


async def test_a_connection_never_makes_a_file(opened: Opening, database: str) -> None:
    store: Store = await opened()
    path = path_of(database)
    await store.stop()
    path.unlink()

    with pytest.raises(FAILURES):
        store._backend.writing.engine.connect()
    assert not path.exists()


def test_a_store_is_opened_without_touching_a_file(database: str) -> None:
    open_store(database, sealer=Sealer({"k1": KEY}))

    assert list(path_of(database).parent.iterdir()) == []


async def test_what_a_long_statement_may_have_to_undo_stands_in_no_file_elsewhere(store: Store) -> None:
    def write_many(connection: sa.Connection, count: int) -> list[str]:
        for number in range(count):
            entry = AuditEntry("somebody", "staff", "done", job_id=f"{number * 7919 % 9973}")
            audit.append(connection, store._sealer, entry, 1)
        held_rows.write(connection)
        return [str(one.readlink()) for one in Path("/proc/self/fd").iterdir() if one.is_symlink()]

    await store._write(write_many, 5_000)

    opened = await store._write(write_many, held_rows.MOST_AT_ONCE)

    assert [name for name in opened if "etilqs" in name] == []
