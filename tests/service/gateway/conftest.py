"""A store whose clock the test turns."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from service.store import Store
from tests.service.staging import Time, stored


@pytest.fixture
def time() -> Time:
    return Time()


@pytest.fixture
async def store(tmp_path: Path, time: Time) -> AsyncIterator[Store]:
    async with stored(tmp_path, time) as found:
        yield found
