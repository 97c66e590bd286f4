"""For F17: processes that rotate keys or shred over one database, killed at any moment, and what must still be read.

``python -m tests.faults.keeping rotate|shred DATABASE`` is such a process; it prints a dot at each step.
"""

import asyncio
import random
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import NamedTuple

import sqlalchemy as sa

from contracts import Purpose, State
from service.security.encryption import SealBroken, Sealer, key_id_of
from service.store import Store, StoreUnavailable, Tuning, open_store, rotation, shredding
from service.store.data_keys import DataKeys
from service.store.sealed_values import SEALED, place_of
from service.store.tables import METADATA
from tests.service.store.conftest import STAFF, answer, answered, attempt, intent

OLD, NEW = bytes(range(32)), bytes(range(32, 64))
BEFORE, NOW = datetime(2026, 1, 5, 12, tzinfo=UTC), datetime(2027, 6, 1, tzinfo=UTC)
AT_A_TIME = 2
"""Records in one transaction, so that there are many moments to die at."""


class Kept(NamedTuple):
    """A question that was kept: its ids and the name that it is about."""

    verification: str
    job: str
    name: str


def store_at(database: Path, *, is_new: bool, at: datetime = NOW) -> Store:
    """A store over ``database``, under the old sealing key alone or under both."""
    keys = {"new": NEW, "old": OLD} if is_new else {"old": OLD}
    tuning = Tuning(clock=lambda: at, patience=30.0)
    return open_store(f"sqlite:///{database}", sealer=Sealer(keys), serving=False, tuning=tuning)


async def fill(database: Path, count: int, *, with_data_keys: bool) -> list[Kept]:
    """Keep so many questions long ago, with everything that may be kept; as an earlier version did, or as today."""
    store = store_at(database, is_new=False, at=BEFORE)
    await store.start()
    if not with_data_keys:
        store._sealer._data_keys = None
    kept = []
    for number in range(count):
        name = f"Imaginary{number}"
        asked = await store.intend(intent(name, reference=name))
        attempt_id, _ = await attempt(store, asked.job_id)
        await answered(store, attempt_id, name.encode(), name.encode())
        await store.settle(asked.job_id, answer(name), state=State.FINAL, next_at=None)
        await store.add_call_note(asked.verification_id, b"{}", seen=0, caller=STAFF)
        kept.append(Kept(asked.verification_id, asked.job_id, name))
    await store.stop()
    return kept


async def unreadable(database: Path, kept: list[Kept]) -> list[str]:
    """What of the questions that were kept can't be read, or is another's."""
    store = store_at(database, is_new=True)
    await store.start()
    found = []
    for one in kept:
        try:
            fetched = await store.fetch(one.verification, STAFF)
            notes = await store.call_notes_of(one.verification)
        except StoreUnavailable:
            found.append(one.name)
            continue
        whole = fetched is not None and fetched.reference == fetched.question.member.last_name == one.name
        if not whole or fetched is None or fetched.job.answer != answer(one.name) or len(notes) != 1:
            found.append(one.name)
    await store.stop()
    return found


async def half_shredded(database: Path) -> list[str]:
    """What was shredded by half: rows beside a key that is gone, and keys beside rows that are emptied."""
    store = store_at(database, is_new=True)
    await store.start()
    found, used = [], set()
    for table, columns in SEALED.items():
        rows = await store._read(lambda c, t=table: c.execute(sa.select(METADATA.tables[t])).mappings().all())
        for row in rows:
            for column in columns:
                if row[column]:
                    used.add(key_id_of(row[column]))
                    try:
                        store._sealer.open(row[column], place_of(table, row, column))
                    except SealBroken as broken:
                        found.append(f"{table}: {broken}")
    keys = await asyncio.to_thread(_all_keys, store)
    found += [f"key left: {key_id}" for key_id in keys - used]
    await store.stop()
    return found


def _all_keys(store: Store) -> set[str]:
    with store._backend.data_keys._engine.connect() as connection:
        return {row[0] for row in connection.exec_driver_sql("SELECT id FROM data_keys").all()}


def kill_in_between(work: str, database: Path, dice: random.Random, mutant: str) -> bool:
    """Start the process and kill it after some of its steps; false when it had ended by then."""
    command = [sys.executable, "-m", "tests.faults.keeping", work, str(database), mutant]
    with subprocess.Popen(command, stdout=subprocess.PIPE, cwd=Path(__file__).parents[2]) as process:
        assert process.stdout is not None
        process.stdout.read(dice.randrange(1, 6))
        alive = process.poll() is None
        process.kill()
    return alive


async def work_on(work: str, database: Path) -> None:
    """Rotate or shred, with a dot at each step."""
    rotation.ROWS = shredding.RECORDS = AT_A_TIME
    store = store_at(database, is_new=True)
    await store.start()

    def progress(*_: object) -> None:
        sys.stdout.write(".")
        sys.stdout.flush()

    if work == "rotate":
        await store.rotate_sealing(progress)
    else:
        before = round((NOW - timedelta(days=100)).timestamp() * 1_000_000)
        await store.shred(dict.fromkeys(("replies", "rosters", *Purpose), before), progress)
    await store.stop()


def leave_keys() -> None:
    """Mutant: what is shredded keeps its data keys."""
    DataKeys.delete = lambda *_: None  # type: ignore[method-assign,assignment]


def leave_digests() -> None:
    """Mutant: a value is sealed anew, and its row is left with the digest of before."""
    rotation.row_digest = lambda *parts: parts[2]["mac"]  # type: ignore[attr-defined]


MUTANTS = {"": lambda: None, "leave_keys": leave_keys, "leave_digests": leave_digests}


if __name__ == "__main__":
    MUTANTS[sys.argv[3]]()
    asyncio.run(work_on(sys.argv[1], Path(sys.argv[2])))
