"""Ids: nobody guesses one, and those of one moment lie side by side in every index."""

import re
import time
from itertools import count
from pathlib import Path

import pytest
import sqlalchemy as sa

from service.store import Store, attempts, intents
from service.store.identifiers import make_ordered_id, new_id, unguessable
from service.store.rows import FirstAttempt
from service.store.statements import run_text

from .conftest import intent

MOMENT = 1 << 27
"""Nanoseconds."""


def test_an_id_has_the_form_of_every_id_before_it() -> None:
    assert re.fullmatch("ver_[A-Z2-7]{26}", new_id("ver"))
    assert re.fullmatch("job_[A-Z2-7]{26}", make_ordered_id("job"))


def test_ids_of_one_moment_begin_alike_and_never_come_twice(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(time, "time_ns", lambda: 13_365_000_000 * MOMENT)

    made = [make_ordered_id("job") for _ in range(10_000)]

    assert len({one[:11] for one in made}) == 1
    assert len(set(made)) == len(made)
    # Each place behind the moment holds each of 32 signs.
    assert {len({one[place] for one in made}) for place in range(11, 30)} == {32}


def test_an_id_that_callers_show_tells_no_moment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(time, "time_ns", lambda: 13_365_000_000 * MOMENT)

    made = [new_id("ver") for _ in range(2_000)]

    assert {len({one[place] for one in made}) for place in range(4, 30)} == {32}


def test_an_id_stands_behind_those_of_every_earlier_moment(monkeypatch: pytest.MonkeyPatch) -> None:
    moments = [0, 1, 31, 32, 13_365_000_000, 13_365_000_001, (1 << 35) - 1]
    made = []
    for moment in moments:
        monkeypatch.setattr(time, "time_ns", lambda moment=moment: moment * MOMENT)
        made.append(make_ordered_id("att"))

    assert made == sorted(made)
    assert len({len(one) for one in made}) == 1


PAGE = 4096
FIRST = FirstAttempt("core_mime", ("30",))


async def pages_changed(store: Store, file: Path, monkeypatch: pytest.MonkeyPatch) -> int:
    """How many pages of the file one transaction of 32 questions changes beside 960 others, each 32 of a moment."""
    moments = count(13_365_000_000)

    def ask(connection: sa.Connection) -> None:
        moment = next(moments)
        monkeypatch.setattr(time, "time_ns", lambda: moment * MOMENT)
        for number in range(32):
            asked = intent(f"{unguessable()[:12]}{number}", first=FIRST)
            ready = intents.prepare(store._sealer, asked, store.process, store._now())
            intents.intend(connection, store._sealer, ready)

    for _ in range(30):
        await store.transact(ask)
    await store._writer.do(lambda connection: run_text(connection, "PRAGMA wal_autocheckpoint = 0").fetchall())
    log = file.with_name(f"{file.name}-wal")
    # The log is begun anew by the first transaction after everything in it was copied.
    with sa.create_engine(f"sqlite:///{file}", poolclass=sa.NullPool).connect() as other:
        run_text(other, "PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
    assert log.stat().st_size == 0
    await store.transact(ask)
    return log.stat().st_size // PAGE


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
@pytest.mark.parametrize("is_mutant", [False, True])
async def test_questions_of_one_moment_change_few_pages_however_many_are_kept(
    store: Store, database: str, monkeypatch: pytest.MonkeyPatch, *, is_mutant: bool
) -> None:
    if is_mutant:
        for module in (intents, attempts):
            monkeypatch.setattr(module, "make_ordered_id", new_id)
        monkeypatch.setattr(attempts, "make_number", unguessable)

    changed = await pages_changed(store, Path(database.removeprefix("sqlite:///")), monkeypatch)
    # 137 pages, and nearly 200 where ids are all random.
    assert (changed <= 160) is not is_mutant
