"""Both engines, for every test of the service that keeps something."""

import io
import logging
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

import psycopg
import pytest
import structlog

from service.cli import bootstrap
from service.store import Tuning, opening
from service.store.schema import migrate_postgres
from service.store.tables import METADATA
from service.telemetry.logs import start_logging
from service.verification import service as verification

PATIENCE = 30.0
"""Seconds for which a caller waits for a store whose test says nothing else."""

EMPTY = tuple(table.name for table in reversed(METADATA.sorted_tables))
"""Every table, those that point at others first."""

STEPS = """
DO $$ BEGIN
  IF to_regclass('dbos.workflow_input') IS NOT NULL THEN
    DELETE FROM dbos.workflow_status; DELETE FROM dbos.workflow_input; DELETE FROM dbos.workflow_output;
  END IF;
  IF to_regclass('data_keys') IS NOT NULL THEN DELETE FROM data_keys; END IF;
END $$
"""
"""DBOS's tables stay, as making them costs more than a test does."""

OTHERS = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> %s"


@pytest.fixture(autouse=True)
def patient_stores(monkeypatch: pytest.MonkeyPatch) -> None:
    """Wait for a store: a machine that stands still for a second is not what these tests judge."""
    for module in (opening, bootstrap):
        monkeypatch.setattr(module, "Tuning", partial(Tuning, patience=PATIENCE))
    monkeypatch.setattr(verification, "PATIENCE", PATIENCE)


@pytest.fixture(scope="session")
def migrated(postgres: Any) -> str:
    """The address of a PostgreSQL database of today's schema, made once: making one costs more than a test does."""
    url: str = postgres.url()
    migrate_postgres(url)
    return url


@pytest.fixture
def emptied(migrated: str) -> Iterator[str]:
    """The same database, as empty as a fresh one, and nobody in it."""
    yield migrated
    with psycopg.connect(migrated, autocommit=True) as connection:
        connection.execute(OTHERS, [connection.info.backend_pid])
        for table in EMPTY:
            connection.execute(f"DELETE FROM {table}".encode())  # noqa: S608 - the names stand above
        connection.execute("INSERT INTO counters (name, value) VALUES ('key_ring', 0), ('probe', 0)")
        connection.execute(STEPS)


@pytest.fixture(params=["sqlite", "postgresql"])
def database(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The address of an empty database, once on each engine."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path}/benefits.sqlite"
    url: str = request.getfixturevalue("emptied")
    return url


@pytest.fixture
def written() -> Iterator[io.StringIO]:
    """What the process logs meanwhile, a line of JSON for each event."""
    root = logging.getLogger()
    before, level = root.handlers[:], root.level
    stream = io.StringIO()
    start_logging(stream=stream)
    yield stream
    logging.captureWarnings(capture=False)
    root.handlers[:] = before
    root.setLevel(level)
    structlog.reset_defaults()
