"""For F8: a service whose database is locked for a while, used by commands beside it, and killed.

Commands work in this process here, since the service is another one: what counts is that a second process opens the
file and closes it. A few are real ones.
"""

import asyncio
import os
import random
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

from service.security.access import Role
from service.security.encryption import Sealer, development_key
from service.store import Store, open_store
from tests.faults.crashing import Town
from tests.faults.driver import ask, drive, request
from tests.faults.people import crowd

LOCKED = (0.1, 0.5)
"""Seconds for which another process holds the lock after every caller was refused; the service connects again then."""

AT_ONCE = 6
A_BURST = 6


def log_alone() -> None:
    """Change of the service: what is committed stays in SQLite's log until a process closes the file.

    A checkpoint by the way would copy it, also out of a log that was deleted, and so hide that it was deleted.
    """
    from service.store import sqlite

    connect = sqlite.connect

    def connected(*of: Any, **how: Any) -> sqlite3.Connection:
        connection = connect(*of, **how)
        connection.execute("PRAGMA wal_autocheckpoint = 0")
        return connection

    sqlite.connect = connected


def path_opened_at_each_write() -> None:
    """Mutant: the file is opened and closed beside the connections, which drops the locks of the process.

    At each write, since connections that are made at the same moment keep their locks when it happens as they are made.
    """
    from service.store.files import FileGuard

    confirm = FileGuard.confirm

    def opened(self: FileGuard) -> None:
        confirm(self)
        os.close(os.open(self._path, os.O_RDWR))

    FileGuard.confirm = opened  # type: ignore[method-assign]


class Promised(NamedTuple):
    """What callers were told in one sequence: verifications that stand, and the id of a key that was ended."""

    verifications: set[str]
    revoked: str
    faults: list[str]


def sequence(here: Town, dice: random.Random, first: int, changes: list[Callable[[], None]]) -> list[str]:
    """One sequence of locks, commands and a kill, about people of the crowd from ``first`` on; what was lost in it."""
    key = asyncio.run(_with_store(here, lambda store: store.create_key(Role.STAFF, "locks")))
    with here.serving(changes) as (deployment, process):
        promised = asyncio.run(_driven(here, deployment, dice, first, key))
        process.send_signal(signal.SIGKILL)
        process.wait(10)
    return promised.faults + list(_lost(here, promised))


async def _driven(here: Town, deployment: Any, dice: random.Random, first: int, key: str) -> Promised:
    numbers, told, key_id = iter(range(first, first + 1000)), set[str](), key.split("_")[1]

    async def burst() -> None:
        async def one(number: int) -> None:
            said = await ask(deployment, crowd(number), wait=0, key=dice.choice([deployment.staff, key]))
            if said.status in {200, 202}:
                told.add(said.json["verification_id"])

        await drive([next(numbers) for _ in range(A_BURST)], one, AT_ONCE)

    async def locked() -> None:
        with _held(here):
            await burst()
            await asyncio.sleep(dice.uniform(*LOCKED))

    async def commanded() -> None:
        if dice.random() < 0.1:
            await asyncio.to_thread(_benefits, here, dice.choice([("keys", "list"), ("doctor",)]))
        else:
            await _with_store(here, lambda store: store.list_keys())

    more = dice.choices([locked, commanded, burst], k=3)
    for step in (burst, locked, burst, commanded, burst, *more):
        await step()
    await _with_store(here, lambda store: store.revoke_key(key_id))
    refused = await request(deployment.service, "GET", "/v1/payers", {"Authorization": f"Bearer {key}"})
    told_off = [] if refused.status == 401 else [f"a key that was ended is answered with {refused.status}"]
    key = deployment.staff
    await burst()
    return Promised(told, key_id, told_off)


def _lost(here: Town, promised: Promised) -> Iterator[str]:
    """What the file of a killed service lacks."""
    try:
        with sqlite3.connect(_path(here)) as connection:
            for (word,) in connection.execute("PRAGMA integrity_check"):
                if word != "ok":
                    yield f"integrity: {word}"
            kept = {row[0] for row in connection.execute("SELECT id FROM verifications")}
            ended = connection.execute("SELECT revoked_at FROM api_keys WHERE id = ?", [promised.revoked]).fetchone()
        for name in sorted(promised.verifications - kept):
            yield f"lost: {name}"
        if ended is None or ended[0] is None:
            yield "a key that was ended is live again"
    except sqlite3.Error as failure:
        yield f"integrity: {type(failure).__name__}"


async def _with_store(here: Town, work: Callable[[Store], Any]) -> Any:
    path = _path(here)
    sealer = Sealer(development_key(path.with_name(path.name + ".key")))
    store = open_store(here.environment["BENEFITS_DATABASE_URL"], sealer=sealer, serving=False)
    await store.start()
    try:
        return await work(store)
    finally:
        await store.stop()


@contextmanager
def _held(here: Town) -> Iterator[None]:
    connection = sqlite3.connect(_path(here), isolation_level=None, timeout=5)
    connection.execute("BEGIN IMMEDIATE")
    try:
        yield
    finally:
        connection.execute("ROLLBACK")
        connection.close()


def _benefits(here: Town, arguments: tuple[str, ...]) -> None:
    subprocess.run(
        [sys.executable, "-m", "service.cli.main", *arguments],
        cwd=here.home,
        env=dict(here.environment),
        capture_output=True,
        check=True,
        timeout=60,
    )


def _path(here: Town) -> Path:
    return Path(here.environment["BENEFITS_DATABASE_URL"].removeprefix("sqlite:///"))
