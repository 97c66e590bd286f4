"""Random bytes for ids and nonces, read from the operating system many at a time.

Each read of its own gives up the interpreter's lock, and a thread that waits for it then takes a turn in the midst of a
question. Keys and secrets are read one by one (``secrets``), so that nothing of them stays in memory here.
"""

import os
from threading import Lock

READ_AT_ONCE = 4_096
"""Bytes of one read: enough for the ids and nonces of some thirty questions."""


class RandomPool:
    """Bytes that were read and not given out yet. Safe in threads, and a forked process begins with none."""

    def __init__(self, size: int = READ_AT_ONCE) -> None:
        """Begin empty; ``size`` bytes are read at a time."""
        self._size = size
        self._forget()
        os.register_at_fork(after_in_child=self._forget)

    def _forget(self) -> None:
        """Begin anew, with a lock that nobody holds: the thread that held the old one is in the other process."""
        self._lock = Lock()
        self._bytes, self._at = b"", 0

    def take(self, count: int) -> bytes:
        """Return ``count`` bytes that nobody else is given."""
        with self._lock:
            if self._at + count > len(self._bytes):
                self._bytes, self._at = os.urandom(max(self._size, count)), 0
            taken = self._bytes[self._at : self._at + count]
            self._at += count
        return taken


_POOL = RandomPool()
random_bytes = _POOL.take
"""Return so many random bytes, for an id or a nonce."""
