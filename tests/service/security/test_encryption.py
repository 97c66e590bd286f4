"""A value opens where it was sealed and nowhere else, and a look-up key tells nothing."""

import base64
import stat
import zlib
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from hypothesis import given, strategies as st
from isal import isal_zlib

from service.security import encryption as sealing
from service.security.encryption import KeysMissing, Place, SealBroken, Sealer, development_key, sealing_keys

ONE, TWO = bytes(range(32)), bytes(range(32, 64))
HERE = Place("jobs", "job_1", "question")


def encoded(key: bytes) -> str:
    return base64.b64encode(key).decode()


@given(st.binary(max_size=4096))
def test_what_is_sealed_opens_whole(value: bytes) -> None:
    sealer = Sealer({"k1": ONE})

    assert sealer.open(sealer.seal(value, HERE), HERE) == value


def test_a_sealed_value_shows_nothing_and_never_looks_the_same_twice() -> None:
    sealer = Sealer({"k1": ONE})
    first, second = sealer.seal(b"Zqcanary", HERE), sealer.seal(b"Zqcanary", HERE)

    assert b"canary" not in first
    assert first != second
    assert first[:5] == bytes((1, 1, 2)) + b"k1"
    assert len(first) == 5 + 12 + len(b"Zqcanary") + 16


@pytest.mark.parametrize(
    "elsewhere",
    [HERE._replace(table="replies"), HERE._replace(row="job_2"), HERE._replace(column="answer")],
)
def test_a_value_opens_at_its_own_place_alone(elsewhere: Place) -> None:
    sealer = Sealer({"k1": ONE})

    with pytest.raises(SealBroken) as broken:
        sealer.open(sealer.seal(b"value", HERE), elsewhere)

    assert str(broken.value) == "changed_or_moved"


def test_a_value_that_is_bound_to_nothing_opens_elsewhere(monkeypatch: pytest.MonkeyPatch) -> None:
    """Mutant: without the associated data, the promise above is broken."""
    monkeypatch.setattr(sealing, "_bound_to", lambda *_: b"")

    with pytest.raises(pytest.fail.Exception):
        test_a_value_opens_at_its_own_place_alone(HERE._replace(row="job_2"))


def test_no_byte_of_a_sealed_value_can_be_changed() -> None:
    sealer = Sealer({"k1": ONE, "k2": ONE})
    blob = sealer.seal(b"value", HERE)

    for place in range(len(blob)):
        harmed = blob[:place] + bytes((blob[place] ^ 1,)) + blob[place + 1 :]
        with pytest.raises(SealBroken):
            sealer.open(harmed, HERE)
        with pytest.raises(SealBroken):
            sealer.open(blob[:place], HERE)


@given(st.binary(max_size=64))
def test_what_was_never_sealed_does_not_open(blob: bytes) -> None:
    with pytest.raises(SealBroken):
        Sealer({"k1": ONE}).open(blob, HERE)


def test_the_name_of_a_key_is_sealed_in() -> None:
    """Two names for the same bytes are two keys: a value can't be passed off as one of the other."""
    sealer = Sealer({"k1": ONE, "k2": ONE})
    blob = sealer.seal(b"value", HERE, key_id="k2")

    assert sealer.open(blob, HERE) == b"value"
    with pytest.raises(SealBroken):
        sealer.open(blob.replace(b"k2", b"k1", 1), HERE)


def test_the_newest_key_seals_and_every_key_opens() -> None:
    old = Sealer({"k1": ONE}).seal(b"old", HERE)
    both = Sealer({"k2": TWO, "k1": ONE})

    assert both.open(old, HERE) == b"old"
    assert both.seal(b"new", HERE)[3:5] == b"k2"
    assert both.key_ids == ("k2", "k1")
    with pytest.raises(SealBroken) as broken:
        Sealer({"k2": TWO}).open(old, HERE)
    assert str(broken.value) == "key_unknown"
    with pytest.raises(SealBroken):
        Sealer({"k1": TWO}).open(old, HERE)


@pytest.mark.parametrize(("keys", "named"), [({}, None), ({"k1": ONE}, "k2")])
def test_without_the_key_nothing_is_sealed(keys: dict[str, bytes], named: str | None) -> None:
    with pytest.raises(KeysMissing):
        Sealer(keys).seal(b"value", HERE, key_id=named)


def test_a_blind_index_is_equal_for_equals_and_for_nothing_else() -> None:
    sealer = Sealer({"k1": ONE})
    sealer.adopt_index_key(ONE)
    other = Sealer({"k1": ONE})
    other.adopt_index_key(TWO)

    assert sealer.blind("member", "A", "B") == sealer.blind("member", "A", b"B")
    different = {
        sealer.blind("member", "A", "B"),
        sealer.blind("member", "AB"),
        sealer.blind("member", "A", "B", ""),
        sealer.blind("member", "B", "A"),
        sealer.blind("body", "A", "B"),
        other.blind("member", "A", "B"),
    }
    assert len(different) == 6
    assert {len(index) for index in different} == {32}


def test_without_the_index_key_nothing_is_looked_up() -> None:
    sealer = Sealer({"k1": ONE})
    before = sealer.ready
    sealer.adopt_index_key(TWO)
    between = sealer.ready
    sealer.forget_index_key()

    assert (before, between, sealer.ready) == (False, True, False)
    with pytest.raises(KeysMissing):
        sealer.blind("member", "A")


def test_a_sealer_shows_the_names_of_its_keys_alone() -> None:
    assert repr(Sealer({"k2": TWO, "k1": ONE})) == "Sealer(k2, k1)"


@pytest.mark.parametrize("key_id", ["", "k|1", "k\n", "clé", "k" * 33])
def test_a_key_needs_a_plain_name(key_id: str) -> None:
    with pytest.raises(ValueError, match="id has 1 to 32 plain characters"):
        Sealer({key_id: ONE})


def test_a_key_has_thirty_two_bytes() -> None:
    with pytest.raises(ValueError, match="sealing key short has not 32 bytes"):
        Sealer({"short": ONE[:16]})


def test_keys_are_read_newest_first() -> None:
    keys = sealing_keys(f"2026-11:{encoded(TWO)}, 2026-01:{encoded(ONE)}")

    assert list(keys.items()) == [("2026-11", TWO), ("2026-01", ONE)]


@pytest.mark.parametrize(
    ("setting", "says"),
    [
        ("", "sealing key 1 is not id:base64"),
        ("just-a-word", "sealing key 1 is not id:base64"),
        (f"a:{encoded(ONE)},b", "sealing key 2 is not id:base64"),
        (f"a:{encoded(ONE)},a:{encoded(TWO)}", "sealing key a stands twice"),
        ("a:!!!", "sealing key 1 is not base64"),
        (f"a:{encoded(ONE[:8])}", "sealing key a has not 32 bytes"),
    ],
)
def test_a_setting_that_holds_no_keys_is_refused_without_being_repeated(setting: str, says: str) -> None:
    with pytest.raises(ValueError, match="sealing key") as refused:
        sealing_keys(setting)

    assert str(refused.value) == says


def test_the_development_key_is_made_once_and_for_its_owner_alone(tmp_path: Path) -> None:
    path = tmp_path / "benefits.key"
    first = development_key(path)

    assert development_key(path) == first
    assert [(name, len(key)) for name, key in first.items()] == [("development", 32)]
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert list(tmp_path.iterdir()) == [path]


def test_makers_of_one_development_key_agree(tmp_path: Path) -> None:
    path = tmp_path / "benefits.key"
    with ThreadPoolExecutor(8) as pool:
        made = list(pool.map(lambda _: development_key(path), range(16)))

    assert all(keys == made[0] for keys in made)
    assert list(tmp_path.iterdir()) == [path]


def test_a_development_key_that_is_none_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "benefits.key"
    path.write_text("no key")

    with pytest.raises(ValueError, match="sealing key 1"):
        development_key(path)
    with pytest.raises(OSError, match="nowhere"):
        development_key(tmp_path / "nowhere" / "benefits.key")


LONG = b'{"program":"iop","covered":true}' * 200


def test_a_long_value_is_kept_short_and_opens_whole() -> None:
    sealed = Sealer({"k1": ONE}).seal(LONG, HERE)

    assert len(sealed) < len(LONG) / 10
    assert Sealer({"k1": ONE}).open(sealed, HERE) == LONG


def test_a_long_value_of_before_it_was_compressed_still_opens(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sealing, "COMPRESSED_FROM", len(LONG) + 1)
    sealed = Sealer({"k1": ONE}).seal(LONG, HERE)
    monkeypatch.undo()

    assert len(sealed) > len(LONG)
    assert Sealer({"k1": ONE}).open(sealed, HERE) == LONG


def test_a_value_that_grows_beyond_all_bounds_is_not_opened(monkeypatch: pytest.MonkeyPatch) -> None:
    sealed = Sealer({"k1": ONE}).seal(LONG, HERE)
    monkeypatch.setattr(sealing, "LARGEST", len(LONG) - 1)

    with pytest.raises(SealBroken):
        Sealer({"k1": ONE}).open(sealed, HERE)


@pytest.mark.parametrize("written", [b"no zlib", zlib.compress(LONG)[:-1], zlib.compress(LONG) + b"more"])
def test_what_was_never_compressed_so_does_not_open(written: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as patched:
        patched.setattr(isal_zlib, "compress", lambda *_: written)
        sealed = Sealer({"k1": ONE}).seal(LONG, HERE)

    with pytest.raises(SealBroken):
        Sealer({"k1": ONE}).open(sealed, HERE)
