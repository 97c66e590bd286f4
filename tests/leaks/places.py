"""Where a service may leave something: files and their names, rows, and what the system shows of its process."""

import subprocess
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import psycopg

Places = Iterator[tuple[str, bytes | str]]
"""What each place is called, and what stands there."""


def in_folder(folder: Path) -> Places:
    """Every file in ``folder`` and below, with its name: databases and their logs, temporary files, dumps."""
    for path in sorted(folder.rglob("*")):
        name = str(path.relative_to(folder))
        yield f"name of {name}", name
        if path.is_file():
            # By another process: closing a file of SQLite's here would drop the locks that this process has on it.
            yield f"file {name}", subprocess.run(["cat", path], capture_output=True, check=True).stdout


def in_rows(url: str) -> Places:
    """Every value of every table of a PostgreSQL database, whoever's table it is."""
    with psycopg.connect(url) as connection:
        tables = connection.execute(
            "SELECT schemaname, tablename FROM pg_tables WHERE schemaname NOT IN ('pg_catalog', 'information_schema')"
        ).fetchall()
        for schema, table in tables:
            statement = f'SELECT * FROM "{schema}"."{table}"'  # noqa: S608 - names of the database itself
            values = [value for row in connection.execute(statement.encode()).fetchall() for value in row]
            yield (
                f"table {schema}.{table}",
                b"\0".join(value if isinstance(value, bytes) else str(value).encode() for value in values),
            )


def in_process(pid: int) -> Places:
    """What anybody on the machine may see of a process: its arguments, its environment, its open files."""
    proc = Path(f"/proc/{pid}")
    yield "arguments", (proc / "cmdline").read_bytes()
    yield "environment", (proc / "environ").read_bytes()
    for descriptor in (proc / "fd").iterdir():
        # A file that was closed since is seen by nobody any more.
        with suppress(FileNotFoundError):
            target = str(descriptor.readlink())
            yield f"name of descriptor {descriptor.name}", target
            if target.endswith(" (deleted)"):
                yield f"deleted file {target}", descriptor.read_bytes()
