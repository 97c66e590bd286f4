"""From an address to a store: which addresses there are, and who may be inside."""

import asyncio
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from service.security.access import Role
from service.security.encryption import Sealer
from service.store import Store, StoreInUse, StoreUnavailable, first_staff_key, open_store
from service.store.opening import beside, sqlite_path
from tests.service.kept import rows_of

from .conftest import KEY, STAFF, intent

Opening = Callable[..., Any]
REPOSITORY = Path(__file__).parents[3]
ONLY_SQLITE = pytest.mark.parametrize("database", ["sqlite"], indirect=True)
ONLY_POSTGRES = pytest.mark.parametrize("database", ["postgresql"], indirect=True)


@pytest.mark.parametrize(
    "address",
    [
        "sqlite://",
        "sqlite:///",
        "sqlite:///:memory:",
        "sqlite:///file:x",
        "sqlite:///a?mode=memory",
        "mysql://user:secret@host/db",
        "benefits.sqlite",
        "",
        "sqlite:///a\0b",
        "postgresql://user:secret@[bad/db",
        "postgresql://user:secret@host:port/db",
        "postgresql://user:secret@host/db?nosuch=1",
        "postgresql://user:secret%zz@host/db",
        "postgresql://user:secret@host/db?host=elsewhere&host=/run",
        "postgresql://user:secret@host/db?host=",
        "postgresql://user:secret@%2Frun/db",
    ],
)
def test_any_other_address_is_refused_without_being_repeated(address: str) -> None:
    with pytest.raises(ValueError, match="a database address is sqlite") as refused:
        open_store(address, sealer=Sealer({"k1": KEY}))

    assert "secret" not in str(refused.value)


def test_an_address_of_a_server_without_a_server_is_refused() -> None:
    with pytest.raises(StoreUnavailable):
        open_store("postgresql://", sealer=Sealer({"k1": KEY}))


@pytest.mark.parametrize("scheme", ["postgresql", "postgres", "postgresql+psycopg"])
async def test_a_server_goes_by_each_of_its_schemes(scheme: str, emptied: str) -> None:
    store = open_store(f"{scheme}://{emptied.partition('://')[2]}", sealer=Sealer({"k1": KEY}))
    await store.start()

    assert store.engine == "postgresql"
    assert (await store.intend(intent())).created_job
    await store.stop()


def test_a_file_beside_the_database_is_named_after_it() -> None:
    elsewhere = Path("elsewhere")

    assert sqlite_path("sqlite:///data/benefits.sqlite") == Path("data/benefits.sqlite")
    assert beside("sqlite:////data/benefits.sqlite", ".key", otherwise=elsewhere) == Path("/data/benefits.sqlite.key")
    assert beside("postgresql://host/name", ".key", otherwise=elsewhere) == elsewhere


SERVING = """
import asyncio, sys
from service.security.encryption import Sealer
from service.store import open_store

async def main(url):
    store = open_store(url, sealer=Sealer({"k1": bytes(range(32))}))
    await store.start()
    print("serving", flush=True)
    sys.stdin.read()

asyncio.run(main(sys.argv[1]))
"""


def another_serving(database: str) -> "subprocess.Popen[str]":
    return subprocess.Popen(
        [sys.executable, "-c", SERVING, database],
        cwd=REPOSITORY,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


@ONLY_SQLITE
async def test_a_second_process_that_would_serve_the_file_is_refused_until_the_first_one_is_killed(
    database: str, opened: Opening
) -> None:
    first = await asyncio.to_thread(another_serving, database)
    assert first.stdout is not None
    assert await asyncio.to_thread(first.stdout.readline) == "serving\n"

    with pytest.raises(StoreInUse) as refused:
        await opened()
    guest: Store = await opened(serving=False)
    asked = await guest.intend(intent())
    first.kill()
    await asyncio.to_thread(first.communicate)

    assert "BENEFITS_DATABASE_URL" in str(refused.value)
    second: Store = await opened()
    assert await second.fetch(asked.verification_id, STAFF) is not None


@ONLY_SQLITE
async def test_a_refused_process_may_try_again_and_a_stopped_one_lets_the_next_in(opened: Opening) -> None:
    first: Store = await opened()
    with pytest.raises(StoreInUse):
        await opened()
    await first.stop()

    second: Store = await opened()

    assert await second.ready()


@ONLY_POSTGRES
async def test_any_number_of_processes_serve_one_server(database: str, opened: Opening, store: Store) -> None:
    other = await asyncio.to_thread(another_serving, database)
    assert other.stdout is not None
    said = await asyncio.to_thread(other.stdout.readline)
    other.kill()
    await asyncio.to_thread(other.communicate)

    assert said == "serving\n"
    assert await (await opened()).ready()


@ONLY_POSTGRES
async def test_processes_that_start_at_once_agree_on_the_key_of_the_look_ups(opened: Opening) -> None:
    stores: list[Store] = await asyncio.gather(*(opened() for _ in range(4)))

    asked = [await store.intend(intent()) for store in stores]

    assert len({one.job_id for one in asked}) == 1
    assert len(await rows_of(stores[0], "key_ring")) == 1


async def test_a_store_that_was_stopped_can_be_started_again(opened: Opening) -> None:
    store: Store = await opened()
    asked = await store.intend(intent())
    await store.stop()
    await store.start()

    assert await store.fetch(asked.verification_id, STAFF) is not None


async def test_the_first_staff_key_is_made_once(store: Store) -> None:
    first = await first_staff_key(store)
    second = await first_staff_key(store)

    assert first is not None
    assert second is None
    caller = await store.find_key(first)
    assert caller is not None
    assert caller.role is Role.STAFF
    assert [row["label"] for row in await rows_of(store, "api_keys")] == ["first"]
