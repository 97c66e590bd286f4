"""Both engines, for every test of the service that keeps something."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from service.store.schema import migrate_postgres


@pytest.fixture(scope="session")
def migrated(postgres: Any) -> str:
    """A PostgreSQL database of today's schema, for copying."""
    url = postgres.url()
    migrate_postgres(url)
    return url.partition("?")[0].rsplit("/", 1)[1]


@pytest.fixture(params=["sqlite", "postgresql"])
def database(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The address of a fresh database, once on each engine."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path}/benefits.sqlite"
        return
    server: Any = request.getfixturevalue("postgres")
    url: str = server.url(request.getfixturevalue("migrated"))
    yield url
    server.drop(url)
