"""All the bytes that the store and the scheduler keep, and statements that change them."""

import subprocess
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from service.store import Store
from tests.leaks.places import in_rows


def kept_bytes(database: str) -> bytes:
    """The files with their logs and whatever lies beside them, or every row of every table."""
    if database.startswith("sqlite"):
        path = Path(database.removeprefix("sqlite:///"))
        parts = sorted(path.parent.glob(f"{path.name}*"))
        # By another process: closing a file here would drop the locks that SQLite has on it here.
        return subprocess.run(["cat", *parts], capture_output=True, check=True).stdout
    return b"\0".join(data for _, data in in_rows(database) if isinstance(data, bytes))


async def rows_of(store: Store, table: str) -> list[Any]:
    """The rows of a table as they are kept; after its name may stand which, and in which order."""
    select = sa.text(f"SELECT * FROM {table}")  # noqa: S608 - ours
    return list(await store._reader.do(lambda connection: connection.execute(select).mappings().all()))


async def change(store: Store, statement: str, **values: Any) -> int:
    """Change the database behind the store's back; returns the number of rows that were."""
    return await store._writer.do(lambda connection: connection.execute(sa.text(statement), values).rowcount)
