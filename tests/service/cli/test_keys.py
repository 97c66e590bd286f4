"""API keys: shown once, kept as a digest, ended at once; and the command that makes them."""

import asyncio
import base64
import hashlib
import json
import logging
import stat
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import structlog
from click.testing import CliRunner, Result

from service.cli.main import main
from service.security.access import Role
from service.security.encryption import Sealer, development_key
from service.store import Store, StoreUnavailable, Tuning, open_store
from service.store.keys import mint
from service.store.refused_callers import MOST_SOURCES
from tests.service.conftest import PATIENCE
from tests.service.kept import change, rows_of

NOTHING_SET = {"BENEFITS_DATABASE_URL": "", "BENEFITS_KEYS__SEALING": ""}


@pytest.fixture
async def store(database: str) -> Any:
    made = open_store(database, sealer=Sealer({"k1": bytes(range(32))}))
    await made.start()
    yield made
    await made.stop()


@pytest.mark.parametrize("role", [Role.STAFF, Role.BATCH])
async def test_a_key_is_its_callers_and_only_a_digest_of_it_is_kept(store: Store, role: Role) -> None:
    plain = await store.create_key(role, "intake desk")

    caller = await store.find_key(plain)
    _, key_id, secret = plain.split("_", 2)
    [row] = await rows_of(store, "api_keys")
    assert caller is not None
    assert (caller.id, caller.role) == (key_id, role)
    assert bytes(row["digest"]) == hashlib.sha256(secret.encode()).digest()
    assert secret not in repr(dict(row))
    assert len(secret) >= 43


async def test_anything_but_the_whole_key_is_nobodys(store: Store) -> None:
    plain = await store.create_key(Role.STAFF)
    prefix, key_id, secret = plain.split("_", 2)
    other = (await store.create_key(Role.STAFF)).split("_", 2)

    for wrong in (
        "",
        key_id,
        secret,
        f"xx_{key_id}_{secret}",
        f"{prefix}_{key_id}_",
        f"{prefix}_{key_id}_{secret[:-1]}",
        f"{prefix}_{key_id}_{other[2]}",
        f"{prefix}_{other[1]}_{secret}",
        f"{prefix}_nobody_{secret}",
        plain + "x",
    ):
        assert await store.find_key(wrong) is None, wrong


async def test_a_key_that_was_ended_is_refused_from_then_on_and_ended_once(store: Store) -> None:
    plain = await store.create_key(Role.STAFF)
    key_id = plain.split("_")[1]
    before = await store.any_keys()

    assert [await store.revoke_key(key_id) for _ in range(2)] == [True, False]
    assert not await store.revoke_key("nobody")
    assert await store.find_key(plain) is None
    assert (before, await store.any_keys()) == (True, False)


async def test_keys_are_listed_with_when_they_were_made_and_ended(store: Store) -> None:
    first = (await store.create_key(Role.STAFF, "desk")).split("_")[1]
    second = (await store.create_key(Role.BATCH)).split("_")[1]
    await store.revoke_key(first)

    rows = {row.id: row for row in await store.list_keys()}

    assert set(rows) == {first, second}
    assert (rows[first].role, rows[first].label, rows[second].label) == (Role.STAFF, "desk", "")
    assert rows[second].revoked_at is None
    assert rows[first].revoked_at is not None
    assert rows[first].revoked_at >= rows[first].created_at


async def test_making_and_ending_a_key_leave_lines_in_the_audit(store: Store) -> None:
    key_id = (await store.create_key(Role.BATCH)).split("_")[1]
    await store.revoke_key(key_id)

    lines = await rows_of(store, "audit ORDER BY seq")
    assert [(line["actor"], line["role"], line["action"], line["outcome"]) for line in lines] == [
        (f"key:{key_id}", "operator", "key.created", "batch"),
        (f"key:{key_id}", "operator", "key.revoked", None),
    ]


async def test_a_key_ends_at_its_time(database: str) -> None:
    clock = Clock()
    store = open_store(database, sealer=Sealer({"k1": bytes(range(32))}), tuning=Tuning(clock=clock, patience=PATIENCE))
    await store.start()
    plain = await store.create_key(Role.STAFF, expires_at=clock.now + timedelta(days=1))

    before = await store.find_key(plain), await store.any_keys()
    clock.now += timedelta(days=1)
    after = await store.find_key(plain), await store.any_keys()
    await store.stop()

    assert before[0] is not None
    assert (before[1], after) == (True, (None, False))


async def test_when_a_key_was_last_used_is_written_down_between_requests(store: Store) -> None:
    used, unused = await store.create_key(Role.STAFF), await store.create_key(Role.BATCH)
    await store.find_key(used)
    await store.find_key(unused + "x")
    [before] = {row.last_used_at for row in await store.list_keys()}
    await store.note_callers()

    rows = {row.id: row for row in await store.list_keys()}
    assert before is None
    assert rows[used.split("_")[1]].last_used_at is not None
    assert rows[unused.split("_")[1]].last_used_at is None


async def test_refused_keys_are_audited_by_source_and_minute(database: str) -> None:
    clock = Clock()
    store = open_store(database, sealer=Sealer({"k1": bytes(range(32))}), tuning=Tuning(clock=clock, patience=PATIENCE))
    await store.start()
    for number in range(1000):
        store.count_refused_key("192.0.2.1" if number % 2 else f"192.0.2.{number % 250}")
    await store.note_callers()
    early = await rows_of(store, "audit ORDER BY seq")
    clock.now += timedelta(minutes=1)
    store.count_refused_key("198.51.100.7")
    await store.note_callers()
    lines = await rows_of(store, "audit ORDER BY seq")
    await store.stop()

    assert early == []
    assert sum(line["times"] for line in lines) == 1000
    assert len(lines) == MOST_SOURCES + 1
    assert {line["action"] for line in lines} == {"key.refused"}
    assert next(line for line in lines if line["source"] == "192.0.2.1")["times"] == 500


async def test_what_was_counted_is_written_when_the_store_ends_or_could_not_before(database: str) -> None:
    store = open_store(database, sealer=Sealer({"k1": bytes(range(32))}))
    await store.start()
    store.count_refused_key("192.0.2.1")
    await change(store, "ALTER TABLE audit RENAME TO elsewhere")
    with pytest.raises(StoreUnavailable):
        await store.note_callers(ending=True)
    await change(store, "ALTER TABLE elsewhere RENAME TO audit")
    await store.stop()
    await store.start()

    lines = await rows_of(store, "audit ORDER BY seq")
    await store.stop()
    assert [(line["source"], line["times"]) for line in lines] == [("192.0.2.1", 1)]


class Clock:
    def __init__(self) -> None:
        self.now = datetime(2026, 11, 23, 15, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now


def test_a_minted_key_shows_its_id_alone() -> None:
    minted = mint()

    assert repr(minted) == f"Minted(id={minted.id!r})"


async def test_a_visitor_has_no_key(store: Store) -> None:
    with pytest.raises(StoreUnavailable):
        await store.create_key(Role.PUBLIC)


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A folder of its own, with nothing set; the command's way of logging ends with the test."""
    monkeypatch.chdir(tmp_path)
    root = logging.getLogger()
    before = root.handlers[:], root.level
    yield tmp_path
    root.handlers[:], root.level = before[0], before[1]
    logging.captureWarnings(capture=False)
    structlog.reset_defaults()


def benefits(*arguments: str) -> Result:
    return CliRunner().invoke(main, ["keys", *arguments], env=dict.fromkeys(NOTHING_SET))


def test_the_command_prints_the_key_alone_and_the_list_never_shows_it(home: Path) -> None:
    made = benefits("create", "--role", "staff", "--label", "intake desk")
    key = made.stdout.strip()
    key_id = key.split("_")[1]
    listed = benefits("list")

    assert (made.exit_code, made.stdout) == (0, f"{key}\n")
    assert key.startswith("bv_")
    assert listed.exit_code == 0
    assert listed.stdout.split()[:2] == [key_id, "staff"]
    assert listed.stdout.rstrip().endswith("live  intake desk")
    assert key.split("_", 2)[2] not in listed.stdout


def test_the_list_says_when_a_key_ends_and_when_it_was_used(home: Path) -> None:
    benefits("create", "--role", "staff", "--expires-in", "30", "--label", "month")
    benefits("create", "--role", "staff", "--expires", "2999-01-01", "--label", "long")

    month, long = benefits("list").stdout.splitlines()

    assert "never used  live until " in month
    assert "live until 2999-01-01 00:00  long" in long


@pytest.mark.parametrize(
    "chosen", [("--expires-in", "0"), ("--expires", "2001-01-01"), ("--expires-in", "3", "--expires", "2999-01-01")]
)
def test_a_key_that_would_have_ended_is_not_made(home: Path, chosen: tuple[str, ...]) -> None:
    refused = benefits("create", "--role", "staff", *chosen)

    assert (refused.exit_code, refused.stdout) == (2, "")
    assert list(home.iterdir()) == []


def test_the_command_ends_a_key_and_says_when_there_is_none(home: Path) -> None:
    key_id = benefits("create", "--role", "batch").stdout.split("_")[1]

    ended, again = benefits("revoke", key_id), benefits("revoke", key_id)

    assert (ended.exit_code, ended.stdout, ended.stderr) == (0, "", "ended\n")
    assert again.exit_code == 1
    assert "no live key has this id" in again.stderr
    assert " ended " in benefits("list").stdout


def test_what_is_logged_beside_the_doctor_is_not_in_its_document(home: Path) -> None:
    benefits("create", "--role", "staff")
    (home / "benefits.sqlite").chmod(0o644)

    told = CliRunner().invoke(main, ["doctor", "--json"], env=dict.fromkeys(NOTHING_SET))

    assert "permissions.tightened" in told.stderr
    assert json.loads(told.stdout)["ready"] is False


def test_a_file_of_sealing_keys_that_others_may_read_is_said_and_left(home: Path) -> None:
    file = home / "sealing"
    file.write_text(f"k1:{base64.b64encode(bytes(32)).decode()}")
    file.chmod(0o644)
    environment = {**dict.fromkeys(NOTHING_SET), "BENEFITS_KEYS__SEALING_FILE": str(file)}
    CliRunner().invoke(main, ["keys", "create", "--role", "staff"], env=environment)

    told = CliRunner().invoke(main, ["doctor", "--json"], env=environment)

    assert "permissions.loose" in told.stderr
    assert stat.S_IMODE(file.stat().st_mode) == 0o644


def test_the_command_says_why_a_sealing_key_must_stay(home: Path) -> None:
    benefits("create", "--role", "staff")
    refused = benefits("retire-sealing-key", "development")

    assert refused.exit_code == 1
    assert "it is the key that seals" in refused.stderr


def test_the_command_retires_a_sealing_key(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    old, new = (f"{name}:{base64.b64encode(bytes([number] * 32)).decode()}" for name, number in (("k1", 1), ("k2", 2)))

    def with_keys(keys: str, *arguments: str) -> Result:
        environment = {**dict.fromkeys(NOTHING_SET), "BENEFITS_KEYS__SEALING": keys}
        return CliRunner().invoke(main, arguments, env=environment)

    with_keys(old, "keys", "create", "--role", "staff")
    with_keys(f"{new},{old}", "keys", "list")
    told = with_keys(f"{new},{old}", "doctor").stdout
    retired = with_keys(f"{new},{old}", "keys", "retire-sealing-key", "k1")
    after = with_keys(new, "keys", "list")

    assert "the key k1 seals nothing" in told
    assert (retired.exit_code, retired.stdout) == (0, "")
    assert "retired: take it out" in retired.stderr
    assert (after.exit_code, len(after.stdout.splitlines())) == (0, 1)


@pytest.mark.parametrize("role", ["public", "owner", ""])
def test_the_command_makes_keys_of_callers_alone(home: Path, role: str) -> None:
    refused = benefits("create", "--role", role)

    assert refused.exit_code == 2
    assert refused.stdout == ""
    assert list(home.iterdir()) == []


async def test_the_command_works_beside_a_process_that_serves(home: Path) -> None:
    await asyncio.to_thread(benefits, "create", "--role", "batch")
    key = development_key(home / "benefits.sqlite.key")
    store = open_store(f"sqlite:///{home}/benefits.sqlite", sealer=Sealer(key))
    await store.start()
    made = await asyncio.to_thread(benefits, "create", "--role", "staff")

    caller = await store.find_key(made.stdout.strip())
    await store.stop()

    assert caller is not None
    assert caller.role is Role.STAFF


async def test_no_key_is_made_under_other_sealing_keys_than_the_databases(home: Path) -> None:
    store = open_store(f"sqlite:///{home}/benefits.sqlite", sealer=Sealer({"k1": bytes(range(32))}))
    await store.start()
    made = await asyncio.to_thread(benefits, "create", "--role", "staff")
    rows = await store.list_keys()
    await store.stop()

    assert made.exit_code == 1
    assert made.stdout == ""
    assert "sealing_key_absent" in made.stderr
    assert rows == []
