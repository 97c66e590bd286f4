"""A payer's time is given to the processes of one server in turns, whatever the clocks of their machines say."""

from service.security.encryption import Sealer
from service.store import open_store
from tests.postgres import Server

from .conftest import KEY


async def test_time_that_was_reserved_begins_after_what_was_reserved_before(postgres: Server) -> None:
    url = postgres.url()
    stores = [open_store(url, sealer=Sealer({"k1": KEY})) for _ in range(2)]
    for store in stores:
        await store.start()
    try:
        begin = [await store.reserve_time("acme", 100.0) for store in (*stores, *stores)]
        other = await stores[0].reserve_time("other", 100.0)
    finally:
        for store in stores:
            await store.stop()
        postgres.drop(url)

    assert [round(seconds, -1) for seconds in begin] == [0, 100, 200, 300]
    assert other == 0.0
