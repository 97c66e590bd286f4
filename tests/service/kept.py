"""All the bytes that the store and the scheduler keep, and the forms in which a member could lie among them."""

import json
import subprocess
from base64 import b64encode
from pathlib import Path
from typing import Any

import psycopg
import sqlalchemy as sa

from service.store import Store


def forms(value: str) -> list[bytes]:
    """``value`` in every form in which it might lie about."""
    plain = [value, value.upper(), value.lower(), value[::-1], " ".join(value), json.dumps(value)[1:-1]]
    raw = [form.encode() for form in plain] + [value.encode("utf-16-le"), value.encode().hex().encode()]
    # Whatever stands before it, one of the three alignments shows in base64.
    shifted = [b64encode(b"." * pad + value.encode())[4:-4] for pad in range(3)]
    return raw + shifted


def kept_bytes(database: str) -> bytes:
    """The files with their logs and whatever lies beside them, or every row of every table."""
    if database.startswith("sqlite"):
        path = Path(database.removeprefix("sqlite:///"))
        parts = sorted(path.parent.glob(f"{path.name}*"))
        # By another process: closing a file here would drop the locks that SQLite has on it here.
        return subprocess.run(["cat", *parts], capture_output=True, check=True).stdout
    found: list[bytes] = []
    with psycopg.connect(database) as connection:
        tables = connection.execute(
            "SELECT schemaname, tablename FROM pg_tables WHERE schemaname IN ('public', 'dbos')"
        ).fetchall()
        for schema, table in tables:
            statement = f'SELECT * FROM "{schema}"."{table}"'  # noqa: S608 - names of the schemas
            for row in connection.execute(statement.encode()).fetchall():
                found += [value if isinstance(value, bytes) else str(value).encode() for value in row]
    return b"\0".join(found)


async def rows_of(store: Store, table: str) -> list[Any]:
    """The rows of a table as they are kept; after its name may stand which, and in which order."""
    select = sa.text(f"SELECT * FROM {table}")  # noqa: S608 - ours
    return list(await store._reader.do(lambda connection: connection.execute(select).mappings().all()))


async def change(store: Store, statement: str, **values: Any) -> int:
    """Change the database behind the store's back; returns the number of rows that were."""
    return await store._writer.do(lambda connection: connection.execute(sa.text(statement), values).rowcount)
