"""Signed heads of the audit: where each strand of its chain ended at an instant, in a file outside the database.

A head is a line of JSON. Its signature (Ed25519) covers the line without the signature, and the line names the
signature of the line before it, so that no line can be taken out of the middle of the file. Whoever cuts lines off the
end of the audit, or puts back an earlier copy of the database, contradicts the heads. Source: ``RELIABILITY.md`` 6.7.
"""

import fcntl
import os
from base64 import b64decode, b64encode
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

import orjson
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from service.security.encryption import Sealer
from service.security.file_modes import open_own_file


class HeadBroken(Exception):
    """A line of a file of heads is not one that this service signed, or the line before it is missing."""

    def __init__(self, number: int) -> None:
        """Name the line by its number, from 1."""
        super().__init__(f"line {number} is not a head that was signed here after the line before it")


class SignedHead(NamedTuple):
    """The ends of all strands at the stamp ``at``: the ``seq`` and the digest of the last line of each."""

    at: int
    ends: tuple[tuple[int, bytes], ...]


def append_head(path: Path, sealer: Sealer, head: SignedHead) -> bool:
    """Sign ``head`` and write it to the file ``path``; false when the last head there has the same ends.

    Raises ``OSError``, also for what is no ordinary file of this one name, and ``KeysMissing``.
    """
    key = _key(sealer)
    with open_own_file(path, os.O_RDWR | os.O_CREAT | os.O_APPEND) as file:
        # Several processes may write to one file.
        fcntl.flock(file, fcntl.LOCK_EX)
        before = file.read()
        last = _last_of(before)
        ends = _ends_written(head)
        if last.get("ends") == ends:
            return False
        content = {"at": head.at, "database": _database(sealer), "ends": ends, "previous": last.get("signature")}
        signature = b64encode(key.sign(_signed_bytes(content))).decode()
        # A line that was cut off stays as it is: what is verified later names it.
        begin = b"\n" if before and not before.endswith(b"\n") else b""
        file.write(begin + orjson.dumps({**content, "signature": signature}) + b"\n")
        file.flush()
        os.fsync(file.fileno())
    return True


def _last_of(before: bytes) -> dict[str, Any]:
    """What the last line says; nothing when it is none of ours, so that heads are signed after it all the same."""
    written = [line for line in before.splitlines() if line]
    try:
        last = orjson.loads(written[-1]) if written else {}
    except ValueError:
        return {}
    return last if isinstance(last, dict) else {}


def read_heads(path: Path, sealer: Sealer) -> Iterator[SignedHead]:
    """Yield the heads of the file ``path``, each verified. Raises ``HeadBroken``, ``OSError`` and ``KeysMissing``."""
    public, database, previous = _key(sealer).public_key(), _database(sealer), None
    for number, line in enumerate(path.read_bytes().splitlines(), start=1):
        try:
            content = orjson.loads(line)
            signature = content.pop("signature")
            public.verify(b64decode(signature, validate=True), _signed_bytes(content))
            ends = tuple((seq, bytes.fromhex(mac)) for seq, mac in content["ends"])
            at: int = content["at"]
        except (ValueError, KeyError, TypeError, AttributeError, InvalidSignature):
            raise HeadBroken(number) from None
        if content.get("previous") != previous or content.get("database") != database:
            raise HeadBroken(number)
        previous = signature
        yield SignedHead(at, ends)


def _ends_written(head: SignedHead) -> list[list[int | str]]:
    return [[seq, mac.hex()] for seq, mac in head.ends]


def _signed_bytes(content: Mapping[str, Any]) -> bytes:
    return orjson.dumps(content, option=orjson.OPT_SORT_KEYS)


def _key(sealer: Sealer) -> Ed25519PrivateKey:
    return Ed25519PrivateKey.from_private_bytes(sealer.blind("key", "heads"))


def _database(sealer: Sealer) -> str:
    """A name of the database that tells nothing."""
    return sealer.blind("database")[:8].hex()
