"""What the engine keeps and reads: ids and instants, no code and no address, in a file that is opened safely."""

import os
import pickle
import sys
import time
from base64 import b64encode
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from dbos import DBOS

from service.scheduler import Scheduler
from service.scheduler.sqlite import sqlite_engine
from service.store import StoreUnavailable, files
from tests.service.scheduler.staging import (
    Starting,
    changed_rows,
    ended,
    status_becomes,
    with_threads,
)


class Harm:
    """What runs code when it is read as a pickle: it makes a folder."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def __reduce__(self) -> tuple[Callable[..., Any], tuple[str]]:
        return os.mkdir, (str(self._path),)


COLUMNS = {"inputs": "workflow_input", "output": "workflow_status", "error": "workflow_status"}


@pytest.mark.parametrize("column", COLUMNS)
async def test_who_can_write_the_engines_rows_has_no_code_run_by_them(
    database: str, start: Starting, tmp_path: Path, column: str
) -> None:
    first = await start()
    for job_id in ("job_1", "job_2"):
        await first.plan(job_id, 1.0)
    (step_id,) = [one.workflow_id for one in await DBOS.list_workflows_async(workflow_id_prefix="job_1:")]
    await ended(first)
    harm = b64encode(pickle.dumps({"args": (Harm(tmp_path / "harmed"),), "kwargs": {}})).decode()
    written = [
        changed_rows(database, f"UPDATE {table} SET {assignment} WHERE workflow_uuid LIKE 'job_1:%'", harm)  # noqa: S608 - ours
        for table, assignment in [
            ("workflow_status", "serialization = 'py_pickle'"),
            (COLUMNS[column], f"{column} = :harm"),
        ]
    ]

    second = await start()
    await second.steps.until(1)
    with suppress(Exception):
        await DBOS.list_workflows_async(workflow_id_prefix="job_1:")
    with suppress(Exception):
        await (await DBOS.retrieve_workflow_async(step_id)).get_result()

    assert written == [1, 1]
    assert not (tmp_path / "harmed").exists()
    assert second.steps.ran == ["job_2"]


async def test_an_engine_that_cannot_stand_says_no_address(start: Starting) -> None:
    first = await start()
    await first.scheduler.stop()
    with_threads()
    nowhere = Scheduler("postgresql://someone:secret@/nothing?host=/nowhere", first.store)

    with pytest.raises(StoreUnavailable) as refused:
        await nowhere.start()
    with_threads()

    assert refused.value.detail.startswith("scheduler:")
    assert "secret" not in f"{refused.value!r} {refused.value.detail}"


async def test_ids_and_instants_are_all_that_is_kept_of_a_step_also_of_one_that_fails(
    database: str, start: Starting
) -> None:
    running = await start()
    running.steps.failures = [StoreUnavailable("imaginary Zqcanary")]
    await running.plan("job_1")
    kept = await status_becomes("job_1", "ERROR")

    assert kept.status == "ERROR"
    assert "job_1" in repr(vars(kept))
    assert "canary" not in repr(vars(kept))
    assert kept.app_version == "1"
    assert kept.name == "finish"


def test_the_scheduler_connects_to_the_file_as_safely_as_the_store_and_with_a_fine_clock(tmp_path: Path) -> None:
    path = tmp_path / "a b?.sqlite"
    files.make(path)
    engine = sqlite_engine(path)
    with engine.connect() as connection:
        names = ("journal_mode", "synchronous", "secure_delete")
        pragmas = [connection.exec_driver_sql(f"PRAGMA {name}").scalar() for name in names]
        ask = "SELECT strftime('%s', 'now')" if sys.version_info < (3, 12) else "SELECT unixepoch('subsec')"
        moments = {connection.exec_driver_sql(ask).scalar() for _ in range(100)}
    engine.dispose()

    assert pragmas == ["wal", 2, 1]
    assert len(moments) > 2
    assert abs(max(moments) - time.time()) < 10
