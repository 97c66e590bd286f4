"""What data keys promise beside what rotation and shredding rest on: those that are remembered hold little."""

import ctypes
from pathlib import Path
from secrets import token_hex

import pytest

from service.security.encryption import Sealer
from service.store import data_keys
from service.store.data_keys import AT_ONCE, DataKeys
from service.store.sqlite import key_engine
from service.store.statements import run_text

from .conftest import KEY

PAGE = 4096
COUNT = 2_000
BYTES_OF_KEY = 500
"""An id, a key, and what a dictionary takes for them, with as much again; a cipher alone held 3,000."""


class Allocated(ctypes.Structure):
    """glibc's ``struct mallinfo2``."""

    _fields_ = tuple(
        (name, ctypes.c_size_t)
        for name in "arena ordblks smblks hblks hblkhd usmblks fsmblks uordblks fordblks keepcost".split()
    )


def allocated() -> int:
    """Bytes that this process holds outside Python's own pools."""
    library = ctypes.CDLL(None)
    library.mallinfo2.restype = Allocated
    found = library.mallinfo2()
    return int(found.uordblks + found.hblkhd)


@pytest.mark.skipif(not hasattr(ctypes.CDLL(None), "mallinfo2"), reason="another allocator than glibc's")
def test_a_key_that_is_remembered_holds_less_than_half_a_kilobyte(tmp_path: Path) -> None:
    path = tmp_path / "keys.sqlite"
    keys = DataKeys(key_engine(path, patience=30.0), path)
    keys.make()
    keys.start(Sealer({"k1": KEY}))
    keys.take()
    before = allocated()

    taken = [keys.take()[0] for _ in range(COUNT)]

    held = allocated() - before
    keys.stop()
    assert len(set(taken)) == COUNT
    assert held < BYTES_OF_KEY * COUNT


@pytest.mark.parametrize("is_mutant", [False, True])
def test_keys_that_are_made_together_change_few_pages_however_many_are_kept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, *, is_mutant: bool
) -> None:
    path = tmp_path / "keys.sqlite"
    keys = DataKeys(key_engine(path, patience=30.0), path)
    keys.make()
    keys.start(Sealer({"k1": KEY}))
    if is_mutant:
        monkeypatch.setattr(data_keys, "_make_ids", lambda number: [token_hex(16) for _ in range(number)])

    def fill() -> None:
        keys._fresh.clear()
        keys.fill(AT_ONCE)

    for _ in range(15):
        fill()
    with keys._engine.connect() as connection:
        run_text(connection, "PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
    fill()

    changed = path.with_name(f"{path.name}-wal").stat().st_size // PAGE
    keys.stop()
    # 22 pages, and 59 where ids are all random.
    assert (changed <= 40) is not is_mutant
