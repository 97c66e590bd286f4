"""What looking keys up promises: one look-up for all who came before it began, and none older than its caller."""

import asyncio
from typing import NamedTuple

import pytest

from service.security.access import Caller, Credential, Role
from service.web.key_lookups import IDS_SECONDS, KeyLookups
from tests.service.staging import until

KEY = Credential("000000000000", "bv_000000000000_secret")
STAFF = Caller(id=KEY.key_id, role=Role.STAFF)


class Row(NamedTuple):
    id: str
    revoked_at: object | None


class Ring:
    def __init__(self) -> None:
        self.live = True
        self.finds = self.lists = 0
        self.go = asyncio.Event()
        self.go.set()
        self.failure: Exception | None = None

    async def find_caller(self, credential: Credential) -> Caller | None:
        self.finds += 1
        found = STAFF if credential.plain == KEY.plain and self.live else None
        await self.go.wait()
        if self.failure is not None:
            raise self.failure
        return found

    async def list_keys(self) -> list[Row]:
        self.lists += 1
        return [Row(KEY.key_id, None if self.live else 1), Row("111111111111", 1)]


async def test_one_look_up_serves_all_who_came_with_the_key() -> None:
    ring = Ring()
    lookups = KeyLookups(ring)

    found = await asyncio.gather(*(lookups.find(KEY) for _ in range(64)))

    assert (found, ring.finds, len(lookups)) == ([STAFF] * 64, 1, 0)


async def test_a_look_up_serves_who_came_before_it_began_however_late_he_asks_and_nobody_else() -> None:
    ring = Ring()
    now = 100.0
    lookups = KeyLookups(ring, clock=lambda: now)
    await lookups.find(KEY, 100.0)
    ring.live = False

    before = [await lookups.find(KEY, 99.0), await lookups.find(KEY, 100.0)]
    looked_up = ring.finds
    after = await lookups.find(KEY, 100.1)

    assert (before, looked_up, after, ring.finds) == ([STAFF, STAFF], 1, None, 2)
    assert lookups.recall(KEY) is None


async def test_who_comes_while_a_key_is_read_waits_for_the_next_reading() -> None:
    ring = Ring()
    ring.go.clear()
    lookups = KeyLookups(ring)
    before = asyncio.create_task(lookups.find(KEY))
    await until(lambda: ring.finds == 1)
    ring.live = False
    after = [asyncio.create_task(lookups.find(KEY)) for _ in range(10)]
    await asyncio.sleep(0)
    held = lookups.holds(KEY)
    ring.go.set()

    assert held
    assert await before == STAFF
    assert set(await asyncio.gather(*after)) == {None}
    assert ring.finds == 2


async def test_a_caller_that_leaves_takes_nobody_elses_look_up_with_him() -> None:
    ring = Ring()
    ring.go.clear()
    lookups = KeyLookups(ring)
    first, second = (asyncio.create_task(lookups.find(KEY)) for _ in range(2))
    await until(lambda: ring.finds == 1)
    first.cancel()
    ring.go.set()

    assert await second == STAFF


async def test_a_store_that_fails_is_told_to_everybody_and_asked_again() -> None:
    ring = Ring()
    ring.failure = OSError("imaginary")
    lookups = KeyLookups(ring)
    failed = await asyncio.gather(*(lookups.find(KEY) for _ in range(3)), return_exceptions=True)
    ring.failure = None

    assert [type(failure) for failure in failed] == [OSError] * 3
    assert await lookups.find(KEY) == STAFF
    assert ring.finds == 2


async def test_the_ids_of_live_keys_are_listed_once_a_second() -> None:
    ring, now = Ring(), 0.0
    lookups = KeyLookups(ring, lambda: now)
    found = [await lookups.is_live(key) for key in (KEY.key_id, "111111111111", "222222222222")]
    listed = ring.lists
    ring.live = False
    now += IDS_SECONDS * 2

    assert (found, listed) == ([True, False, False], 1)
    assert not await lookups.is_live(KEY.key_id)


def test_a_credential_shows_nothing_of_its_secret() -> None:
    assert "secret" not in repr(KEY)


@pytest.mark.parametrize("plain", ["bv_000000000000_other", "bv_000000000001_secret"])
def test_another_key_is_remembered_by_another_digest(plain: str) -> None:
    assert Credential("000000000000", plain).digest != KEY.digest
