"""Brings a database to the schema of this code, in one transaction that one process at a time makes."""

from pathlib import Path

import sqlalchemy as sa
from sqlalchemy import event
from sqlalchemy.exc import SQLAlchemyError

from service.store import files, postgres, sqlite
from service.store.errors import StoreUnavailable, failure_name
from service.store.tables import COUNTERS, METADATA

MIGRATIONS = Path(__file__).parent / "migrations"

LOCK = 6_112_026_110
"""The number of the lock that a migrating process holds on a PostgreSQL server."""

VERSION = sa.Table(
    "alembic_version",
    sa.MetaData(),
    sa.Column("version_num", sa.String(32), nullable=False),
    sa.PrimaryKeyConstraint("version_num", name="alembic_version_pkc"),
)
"""Alembic's own table, of one row: the revision of the database."""

REVISION = sa.select(VERSION.c.version_num)

COUNTED = ("key_ring", "probe", "steps_owed")
"""The counters that stand in a new database."""

WAIT_SECONDS = 30
"""How long a process waits for another one's migration."""


def head() -> str:
    """The revision that this code works with."""
    return max(revisions())


def revisions() -> frozenset[str]:
    """Every revision that this code knows; a database at another one was migrated by a newer version.

    A migration's file is named after its revision. Alembic, which reads them, takes megabytes of a process.
    """
    return frozenset(file.stem.partition("_")[0].removeprefix("v") for file in MIGRATIONS.glob("versions/v*_*.py"))


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
    try:
        with engine.begin() as connection:
            if not sa.inspect(connection).has_table(VERSION.name):
                _create(connection)
            elif connection.scalar(REVISION) != head():
                _upgrade(connection)
    except (SQLAlchemyError, OSError) as failure:
        raise _refusal_of(failure) from None


def _create(connection: sa.Connection) -> None:
    """Make today's schema in a database that has none. The steps lead to the same one, and take Alembic."""
    METADATA.create_all(connection, checkfirst=False)
    connection.execute(sa.insert(COUNTERS), [{"name": name, "value": 0} for name in COUNTED])
    VERSION.create(connection)
    connection.execute(sa.insert(VERSION).values(version_num=head()))


def _upgrade(connection: sa.Connection) -> None:
    from alembic import command
    from alembic.config import Config
    from alembic.util import CommandError

    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    config.attributes["connection"] = connection
    try:
        command.upgrade(config, "head")
    except CommandError as failure:
        # A revision that is not known here means that a newer version has been at work on this database.
        raise _refusal_of(failure) from None


def _refusal_of(failure: Exception) -> StoreUnavailable:
    return StoreUnavailable(f"schema:{failure_name(failure)}")
