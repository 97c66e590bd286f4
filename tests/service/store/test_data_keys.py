"""What data keys promise beside what rotation and shredding rest on: those that are remembered hold little."""

import ctypes
from pathlib import Path

import pytest

from service.security.encryption import Sealer
from service.store.data_keys import DataKeys
from service.store.sqlite import key_engine

from .conftest import KEY

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
