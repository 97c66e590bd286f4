"""From a database's address to its store."""

from functools import cache, partial
from pathlib import Path

import psycopg
from psycopg.conninfo import conninfo_to_dict
from sqlalchemy import make_url
from sqlalchemy.exc import ArgumentError

from service.security.access import Role
from service.security.encryption import Sealer
from service.security.urls import as_server
from service.store.data_keys import DataKeys
from service.store.errors import StoreUnavailable
from service.store.files import FileGuard
from service.store.lifecycle import Backend, Tuning
from service.store.postgres import key_engine as postgres_keys, postgres_lanes
from service.store.schema import head, migrate_postgres, migrate_sqlite
from service.store.sqlite import key_engine as sqlite_keys, sqlite_lanes
from service.store.store import Store

SQLITE = "sqlite:///"
_SHAPE = (
    "a database address is sqlite:///path or postgresql://user:password@host:port/name, its password percent-encoded"
)
POSTGRES = ("postgresql://", "postgres://", "postgresql+psycopg://")


def open_store(database_url: str, *, sealer: Sealer, serving: bool = True, tuning: Tuning | None = None) -> Store:
    """The store at ``sqlite:///path`` or ``postgresql://…``, not started yet.

    ``serving`` is false for a short command that works beside the server. Raises ``ValueError`` for any other address;
    it names the scheme and never the address, which may hold a password.
    """
    tuning = tuning or Tuning()
    path = sqlite_path(database_url)
    backend = _on_file(path, tuning, serving=serving) if path else _on_server(database_url, tuning)
    return Store(backend, sealer, tuning)


def sqlite_path(database_url: str) -> Path | None:
    """The file of a ``sqlite:///`` address; None when the address is PostgreSQL's. Raises ``ValueError`` otherwise."""
    if database_url.startswith(POSTGRES):
        _check_server(database_url)
        return None
    name = database_url.removeprefix(SQLITE)
    if not database_url.startswith(SQLITE) or not name or name.startswith((":", "file:")) or {"?", "\0"} & {*name}:
        raise ValueError(_SHAPE)
    return Path(name)


def sqlite_file(database_url: str) -> Path | None:
    """``sqlite_path``, and where it leads to when it is a link."""
    path = sqlite_path(database_url)
    return None if path is None else _follow_link(path)


def _check_server(database_url: str) -> None:
    """Raise ``ValueError`` for an address that the two libraries can't read, or in which they find different servers.

    The store connects by one of them and the scheduler by the other; their own words would repeat the address.
    """
    address = as_server(database_url)
    try:
        given = conninfo_to_dict(address)
        read = make_url(address) if address != as_server("") else None
    except (psycopg.Error, ArgumentError, ValueError):
        raise ValueError(_SHAPE) from None
    if read is not None and (read.query.get("host") or read.host) != given.get("host"):
        raise ValueError(_SHAPE)


def beside(database_url: str, suffix: str, *, otherwise: Path) -> Path:
    """A file beside the SQLite database, named after it; ``otherwise`` when there is no such file.

    A link is followed first, so that every name of a database has the same files beside it.
    """
    path = sqlite_file(database_url)
    if path is None:
        return otherwise
    return path.with_name(path.name + suffix)


async def first_staff_key(store: Store) -> str | None:
    """A staff key, in plain, when there is no live key at all; None when there is one. Showing it is the caller's."""
    return None if await store.any_keys() else await store.create_key(Role.STAFF, "first")


def _on_file(path: Path, tuning: Tuning, *, serving: bool) -> Backend:
    path = _follow_link(path)
    guard = FileGuard(path, serving=serving)
    return Backend(
        *sqlite_lanes(path, patience=tuning.patience, confirm=guard.confirm),
        migrate=partial(migrate_sqlite, path),
        head=cache(head),
        hold=guard.take,
        release=guard.release,
        alone=serving,
        data_keys=_keys_beside(path, tuning),
    )


def _keys_beside(path: Path, tuning: Tuning) -> DataKeys:
    file = path.with_name(f"{path.name}.keys")
    return DataKeys(sqlite_keys(file, patience=tuning.patience), file)


def _follow_link(path: Path) -> Path:
    """The file that ``path`` leads to when it is a link; SQLite names its log after that one as well."""
    return path.resolve() if path.is_symlink() else path


def _on_server(database_url: str, tuning: Tuning) -> Backend:
    url = as_server(database_url)
    if url == as_server(""):
        raise StoreUnavailable("postgresql")

    def nothing() -> None:
        """Any number of processes serve one server."""

    return Backend(
        *postgres_lanes(url, patience=tuning.patience),
        migrate=partial(migrate_postgres, url),
        head=cache(head),
        hold=nothing,
        release=nothing,
        alone=False,
        data_keys=DataKeys(postgres_keys(url, patience=tuning.patience)),
    )
