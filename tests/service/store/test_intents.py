from service.store import Store

from .conftest import intent


async def test_a(store: Store) -> None:
    assert (await store.intend(intent())).created_job
