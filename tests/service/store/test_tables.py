"""The tables as they are described are the tables that the migrations make, on both engines."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from dbos._schemas.system_database import SystemSchema

from service.store import postgres, sqlite
from service.store.tables import METADATA

from .steps import run_steps

DBOS = {"dbos_migrations", *(table.name for table in SystemSchema.metadata_obj.tables.values())}
"""The scheduler's own tables. They stand in the same database, and its library brings them forward."""


@pytest.fixture(params=["sqlite", "postgresql"])
def migrated_engine(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[sa.Engine]:
    """An engine on a database that the migrations made, of which a test may make what it wants."""
    if request.param == "sqlite":
        (path := tmp_path / "migrated.sqlite").touch(mode=0o600)
        engine = sqlite.engine(path, timeout=1.0)
        run_steps(engine)
        yield engine
        return
    server = request.getfixturevalue("postgres")
    url = server.url()
    engine = postgres.engine(url)
    run_steps(engine)
    yield engine
    server.drop(url)


def differences(engine: sa.Engine, described: sa.MetaData = METADATA) -> list[Any]:
    """What a migration would have to do to make ``described`` of the database."""

    def is_ours(name: str | None, kind: str, _: Any) -> bool:
        return kind != "table" or name not in DBOS

    options = {"compare_type": True, "compare_server_default": True, "include_name": is_ours}
    with engine.connect() as connection:
        return list(compare_metadata(MigrationContext.configure(connection, opts=options), described))


def constraints(engine: sa.Engine) -> dict[str, Any]:
    """What the comparison of Alembic passes over: checks, conditions of indexes, primary and foreign keys."""
    inspector = sa.inspect(engine)
    return {
        name: {
            "checks": sorted((str(check["name"]), check["sqltext"]) for check in inspector.get_check_constraints(name)),
            "conditions": sorted(
                (str(index["name"]), str(index.get("dialect_options", {}).get(f"{engine.dialect.name}_where")))
                for index in inspector.get_indexes(name)
            ),
            "primary key": inspector.get_pk_constraint(name)["constrained_columns"],
            "foreign keys": sorted(
                (key["constrained_columns"], key["referred_table"], key["referred_columns"])
                for key in inspector.get_foreign_keys(name)
            ),
        }
        for name in METADATA.tables
    }


def changed(table: str, column: sa.Column[Any]) -> sa.MetaData:
    """The description with a column more."""
    copy = sa.MetaData()
    for one in METADATA.tables.values():
        one.to_metadata(copy)
    copy.tables[table].append_column(column)
    return copy


def test_the_migrations_make_the_tables_that_are_described(migrated_engine: sa.Engine) -> None:
    assert differences(migrated_engine) == []


def test_a_column_that_no_migration_makes_is_found(migrated_engine: sa.Engine) -> None:
    for table in METADATA.tables:
        [found] = differences(migrated_engine, changed(table, sa.Column("imaginary", sa.Text)))

        assert (found[0], found[2], found[3].name) == ("add_column", table, "imaginary")


def test_a_table_and_a_type_that_differ_are_found(migrated_engine: sa.Engine) -> None:
    other = changed("jobs", sa.Column("imaginary", sa.Text))
    sa.Table("imaginary", other, sa.Column("id", sa.Text, primary_key=True))
    other.tables["jobs"].c.payer.type = sa.BigInteger()

    found = {str(one[0] if isinstance(one, tuple) else one[0][0]) for one in differences(migrated_engine, other)}

    assert found == {"add_table", "add_column", "modify_type"}


def test_what_the_comparison_passes_over_is_as_described_too(migrated_engine: sa.Engine, tmp_path: Path) -> None:
    by_migrations = constraints(migrated_engine)
    with migrated_engine.begin() as connection:
        for table in reversed(METADATA.sorted_tables):
            table.drop(connection)
    METADATA.create_all(migrated_engine)

    assert constraints(migrated_engine) == by_migrations
    assert by_migrations["jobs"]["checks"]
    assert any(condition != "None" for _, condition in by_migrations["jobs"]["conditions"])


def test_the_tables_of_the_scheduler_are_none_of_ours(migrated_engine: sa.Engine) -> None:
    with migrated_engine.begin() as connection:
        if migrated_engine.dialect.name == "postgresql":
            connection.exec_driver_sql('CREATE SCHEMA "dbos"')
            connection.exec_driver_sql('CREATE TABLE "dbos"."workflow_status" (workflow_uuid TEXT PRIMARY KEY)')
        else:
            connection.exec_driver_sql("CREATE TABLE workflow_status (workflow_uuid TEXT PRIMARY KEY)")

    assert differences(migrated_engine) == []
