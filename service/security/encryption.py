"""Everything of a member that is kept is sealed here: AES-256-GCM bound to its place, and keyed look-ups.

A sealed blob names its algorithm, its format and its key, so keys can be rotated and the algorithm replaced::

    algorithm (1) | format (1) | length of key id (1) | key id | nonce (12) | ciphertext and tag

The format says whether the value was compressed before it was sealed, as a long one is.

The associated data is ``table|row|column|format|algorithm|key id``: bytes moved to another row, column or table do not
open. Source: ``RELIABILITY.md`` 6.6; NIST SP 800-38D for the nonce (96 random bits).

**Three kinds of key.** Sealing keys come from the settings, newest first; the first one seals, all of them open. They
seal other keys. Under *data keys* what is kept of a member is sealed (``store/data_keys.py``). The *index key*, under
which blind indexes are made, is random, made once for a database, and kept in it wrapped under every sealing key that
ever sealed here. So a look-up survives a new sealing key; and a key that is taken away too early is noticed at the
start, before anything turns out not to open.
"""

import base64
import binascii
import hmac
import os
import struct
import zlib
from collections.abc import Iterable, Mapping
from contextlib import suppress
from pathlib import Path
from secrets import token_bytes
from typing import NamedTuple, Protocol

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from isal import isal_zlib

from service.security.file_modes import tighten
from service.security.random_bytes import random_bytes

AES_256_GCM = 1
AS_IT_IS = 1
COMPRESSED = 2
"""The formats; the second is zlib's (RFC 1950)."""

COMPRESSED_FROM = 512
"""Bytes; a shorter value is sealed as it is."""

LEVEL = 1
"""How hard ISA-L tries: it leaves less of an answer than zlib's first level does, in a third of the processor time."""

MARKER_AT = 3
"""Where a blob names its key; the first byte is 1, as in SQL."""

LARGEST = 1 << 26
"""Bytes of the longest value that is sealed or opened: what is compressed may say that it is any length."""

KEY_BYTES = 32
NONCE_BYTES = 12
LONGEST_KEY_ID = 32

_LENGTH = struct.Struct(">Q").pack
_SHORT_LENGTHS = tuple(map(_LENGTH, range(256)))


class SealBroken(Exception):
    """A sealed blob does not open: it was changed, moved, or its key is not here. It carries a code, never bytes."""


class KeysMissing(Exception):
    """There is no key to seal with, and nothing is ever kept in clear."""


class Place(NamedTuple):
    """Where a sealed value stands, and the only place where it opens."""

    table: str
    row: str
    column: str


class DataKeySource(Protocol):
    """Where the keys are kept that values are sealed under."""

    def take(self) -> tuple[str, AESGCM]:
        """A key that nothing was sealed under, by its id."""
        ...

    def find(self, key_id: str) -> AESGCM | None:
        """The key of that id; None when there is none."""
        ...


class Sealer:
    """Seals and opens values, and makes blind indexes.

    ``keys`` are AES keys of 32 bytes by id, newest first. Without any the sealer exists and refuses to work.
    """

    def __init__(self, keys: Mapping[str, bytes]) -> None:
        """Take the sealing keys, newest first. Raises ``ValueError``, naming the key id, when one is malformed."""
        for key_id, key in keys.items():
            _check(key_id, key)
        self._keys = {key_id: AESGCM(key) for key_id, key in keys.items()}
        self._newest = next(iter(self._keys), None)
        self._index: hmac.HMAC | None = None
        self._audit_key: hmac.HMAC | None = None
        self._data_keys: DataKeySource | None = None

    def __repr__(self) -> str:
        """Show the ids of the keys alone."""
        return f"Sealer({', '.join(self._keys)})"

    @property
    def key_ids(self) -> tuple[str, ...]:
        """The ids of the sealing keys, newest first."""
        return tuple(self._keys)

    @property
    def ready(self) -> bool:
        """Whether values can be sealed and looked up."""
        return self._newest is not None and self._index is not None

    def seal(self, value: bytes, place: Place, *, key_id: str | None = None, beside: bytes | None = None) -> bytes:
        """Return ``value`` sealed for ``place``, under a data key of its own or the one that sealed ``beside``.

        ``key_id`` names a sealing key in its place. Raises ``KeysMissing``, and what the source of the data keys does.
        """
        name, key = self._choose_key(key_id, beside)
        form = AS_IT_IS
        if COMPRESSED_FROM <= len(value) <= LARGEST:
            form, value = COMPRESSED, isal_zlib.compress(value, LEVEL)
        nonce = random_bytes(NONCE_BYTES)
        sealed = key.encrypt(nonce, value, _bound_to(place, AES_256_GCM, form, name))
        return bytes((AES_256_GCM, form)) + marker_of(name) + nonce + sealed

    def open(self, blob: bytes, place: Place) -> bytes:
        """Return the value that was sealed for ``place``. Raises ``SealBroken`` for anything else."""
        algorithm, form, key_id, nonce, sealed = _split_blob(blob)
        key = self._keys.get(key_id)
        if key is None and self._data_keys is not None:
            key = self._data_keys.find(key_id)
        if key is None:
            raise SealBroken("key_unknown")
        try:
            value = key.decrypt(nonce, sealed, _bound_to(place, algorithm, form, key_id))
        except InvalidTag:
            raise SealBroken("changed_or_moved") from None
        return value if form == AS_IT_IS else _decompress(value)

    def _choose_key(self, key_id: str | None, beside: bytes | None) -> tuple[str, AESGCM]:
        if key_id is None and self._data_keys is not None:
            name = None if beside is None else key_id_of(beside)
            found = None if name is None or name in self._keys else self._data_keys.find(name)
            return self._data_keys.take() if name is None or found is None else (name, found)
        name = key_id or self._newest
        if name is None or name not in self._keys:
            raise KeysMissing("sealing_key")
        return name, self._keys[name]

    def adopt_data_keys(self, source: DataKeySource) -> None:
        """Seal under the data keys of ``source`` from now on."""
        self._data_keys = source

    def blind(self, purpose: str, *parts: str | bytes) -> bytes:
        """Return a keyed index of ``parts`` (HMAC-SHA256): equal parts give equal bytes, and the bytes tell nothing.

        ``purpose`` keeps indexes of different kinds apart. Raises ``KeysMissing`` before the store has started.
        """
        return self.blind_framed(
            frame([part.encode() if isinstance(part, str) else part for part in (purpose, *parts)])
        )

    def blind_framed(self, message: bytes) -> bytes:
        """Return the keyed index of a ``message`` of pieces that ``frame`` put together, its purpose the first."""
        if self._index is None:
            raise KeysMissing("index_key")
        # A copy of one that has taken the key in already costs half, and does not let other threads in between.
        digest = self._index.copy()
        digest.update(message)
        return digest.digest()

    @staticmethod
    def same(one: bytes, other: bytes) -> bool:
        """Return whether two indexes are equal; how long that takes tells nothing."""
        return hmac.compare_digest(one, other)

    def adopt_index_key(self, key: bytes) -> None:
        """Take the index key that the database keeps."""
        self._index = hmac.new(key, digestmod="sha256")
        self._audit_key = hmac.new(self.blind("key", "audit"), digestmod="sha256")

    def forget_index_key(self) -> None:
        """Be not ready: the database has no index key that these keys open."""
        self._index = self._audit_key = None

    @property
    def audit_key(self) -> hmac.HMAC:
        """A digest that has taken in the key of the audit's chain; to be copied before it is used.

        Raises ``KeysMissing`` before the store has started.
        """
        if self._audit_key is None:
            raise KeysMissing("index_key")
        return self._audit_key


def frame(pieces: Iterable[bytes]) -> bytes:
    """Return ``pieces`` in a row, each after its length, so that no two lists of pieces look the same."""
    framed: list[bytes] = []
    for piece in pieces:
        length = len(piece)
        framed += (_SHORT_LENGTHS[length] if length < 256 else _LENGTH(length), piece)
    return b"".join(framed)


def marker_of(key_id: str) -> bytes:
    """Return the bytes by which a blob names the key ``key_id``; they begin at its byte ``MARKER_AT``."""
    marker = key_id.encode("ascii")
    return bytes((len(marker),)) + marker


def key_id_of(blob: bytes) -> str:
    """Return the id of the key that ``blob`` was sealed under. Raises ``SealBroken``."""
    return _split_blob(blob)[2]


def sealing_keys(setting: str) -> dict[str, bytes]:
    """Return the keys of ``id:base64 of 32 bytes``, comma-separated, newest first.

    Raises ``ValueError``, naming the key's id or place, never its bytes.
    """
    keys: dict[str, bytes] = {}
    for place, entry in enumerate((part.strip() for part in setting.split(",")), start=1):
        key_id, colon, encoded = entry.partition(":")
        if not colon:
            raise ValueError(f"sealing key {place} is not id:base64")
        if key_id in keys:
            raise ValueError(f"sealing key {key_id} stands twice")
        try:
            keys[key_id] = base64.b64decode(encoded, validate=True)
        except binascii.Error:
            raise ValueError(f"sealing key {place} is not base64") from None
        _check(key_id, keys[key_id])
    return keys


def development_key(path: Path) -> dict[str, bytes]:
    """Return the sealing key kept in the file ``path``, made there when there is none. For development alone.

    Whoever else may read the file loses that right, which is logged.

    Raises ``ValueError`` when the file holds no key, ``OSError`` when it can't be read or made.
    """
    if not path.exists():
        made = f"development:{base64.b64encode(token_bytes(KEY_BYTES)).decode()}\n"
        draft = path.with_name(f"{path.name}.{token_bytes(8).hex()}")
        try:
            with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
                file.write(made)
                file.flush()
                os.fsync(file.fileno())
            # A link is made whole or not at all, so nobody reads half a key, and of two makers one loses politely.
            with suppress(FileExistsError):
                path.hardlink_to(draft)
        finally:
            draft.unlink(missing_ok=True)
    tighten(path)
    return sealing_keys(path.read_text(encoding="ascii").strip())


def _check(key_id: str, key: bytes) -> None:
    if not (0 < len(key_id) <= LONGEST_KEY_ID and key_id.isascii() and key_id.isprintable() and "|" not in key_id):
        raise ValueError(f"a sealing key's id has 1 to {LONGEST_KEY_ID} plain characters")
    if len(key) != KEY_BYTES:
        raise ValueError(f"sealing key {key_id} has not {KEY_BYTES} bytes")


def _bound_to(place: Place, algorithm: int, form: int, key_id: str) -> bytes:
    return "|".join((*place, str(form), str(algorithm), key_id)).encode()


def _split_blob(blob: bytes) -> tuple[int, int, str, bytes, bytes]:
    """Algorithm, format, key id, nonce and ciphertext. Raises ``SealBroken`` when ``blob`` is no sealed blob."""
    if len(blob) < 3 or blob[0] != AES_256_GCM or blob[1] not in {AS_IT_IS, COMPRESSED}:
        raise SealBroken("not_a_sealed_value")
    begins = 3 + blob[2]
    nonce, sealed = blob[begins : begins + NONCE_BYTES], blob[begins + NONCE_BYTES :]
    if len(nonce) != NONCE_BYTES:
        raise SealBroken("cut_off")
    return blob[0], blob[1], blob[3:begins].decode("ascii", "replace"), nonce, sealed


def _decompress(value: bytes) -> bytes:
    """Return what ``value`` was before it was compressed. Raises ``SealBroken``."""
    decompressor = zlib.decompressobj()
    try:
        whole = decompressor.decompress(value, LARGEST)
    except zlib.error:
        raise SealBroken("not_compressed") from None
    if not decompressor.eof or decompressor.unused_data:
        raise SealBroken("too_long_or_cut_off")
    return whole
