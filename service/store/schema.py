"""Brings a database to the schema of this code, in one transaction that one process at a time makes."""

from pathlib import Path

import sqlalchemy as sa
from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory
from alembic.util import CommandError
from sqlalchemy import event
from sqlalchemy.exc import SQLAlchemyError

from service.store import files, postgres, sqlite
from service.store.engine import failure_name
from service.store.errors import StoreUnavailable

MIGRATIONS = Path(__file__).parent / "migrations"

LOCK = 6_112_026_110
"""The number of the lock that a migrating process holds on a PostgreSQL server."""

REVISION = sa.select(sa.column("version_num", sa.Text)).select_from(sa.table("alembic_version"))
"""The revision of a database, from Alembic's own table."""

WAIT_SECONDS = 30
"""How long a process waits for another one's migration."""


def head() -> str:
    """The revision that this code works with."""
    revision = ScriptDirectory.from_config(_config()).get_current_head()
    if revision is None:  # pragma: no cover - the package always brings its first step
        raise StoreUnavailable("no_migrations")
    return revision


def revisions() -> frozenset[str]:
    """Every revision that this code knows; a database at another one was migrated by a newer version."""
    return frozenset(script.revision for script in ScriptDirectory.from_config(_config()).walk_revisions())


def migrate_sqlite(path: Path) -> None:
    """Migrate the SQLite file ``path``, made with mode 600 when it is not there.

    Raises ``StoreUnavailable``, and ``OSError`` when the file can't be made.
    """
    files.make(path)
    engine = sqlite.engine(path, timeout=WAIT_SECONDS)
    event.listen(engine, "begin", sqlite.begin)
    _migrate(engine)


def migrate_postgres(url: str) -> None:
    """Migrate the PostgreSQL database at ``url``. Raises ``StoreUnavailable``."""
    engine = postgres.engine(url, connect_timeout=5, options=f"-c lock_timeout={WAIT_SECONDS * 1000}")
    event.listen(engine, "begin", _begin_after_the_others)
    _migrate(engine)


def _begin_after_the_others(connection: sa.Connection) -> None:
    connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({LOCK})")


def _migrate(engine: sa.Engine) -> None:
    config = _config()
    try:
        with engine.begin() as connection:
            config.attributes["connection"] = connection
            command.upgrade(config, "head")
    except (SQLAlchemyError, CommandError, OSError) as failure:
        # A revision that is not known here means that a newer version has been at work on this database.
        raise StoreUnavailable(f"schema:{failure_name(failure)}") from None


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    return config
