"""``benefits retention`` and ``benefits keys rotate-sealing``: what they say, and what they leave."""

from base64 import b64encode
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from service.cli import retention
from service.cli.main import main

OLD, NEW = (f"{name}:{b64encode(bytes(range(at, at + 32))).decode()}" for name, at in (("old", 0), ("new", 32)))


def benefits(sealing: str, *arguments: str) -> Result:
    environment = {"BENEFITS_DATABASE_URL": None, "BENEFITS_KEYS__SEALING": sealing}
    return CliRunner().invoke(main, [*arguments], env=environment)


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A folder with a database that was sealed under the old key."""
    monkeypatch.chdir(tmp_path)
    assert benefits(OLD, "keys", "create", "--role", "staff").exit_code == 0


def test_a_rotation_says_which_key_has_ended_and_the_new_one_opens_everything_alone() -> None:
    rotated = benefits(f"{NEW},{OLD}", "keys", "rotate-sealing")
    again = benefits(NEW, "keys", "list")

    assert rotated.exit_code == 0
    assert "ended: old; take it out of BENEFITS_KEYS__SEALING" in rotated.stderr
    assert (again.exit_code, len(again.stdout.splitlines())) == (0, 1)
    assert benefits(NEW, "audit", "verify").stdout.startswith("whole: ")


def test_a_clock_that_was_set_wrong_shreds_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(retention, "_now", lambda: datetime.now(UTC) + timedelta(days=3_000))

    refused, forced = benefits(OLD, "retention", "run"), benefits(OLD, "retention", "run", "--clock-is-right")

    assert (refused.exit_code, refused.stdout) == (1, "")
    assert "if the clock is right" in refused.stderr
    assert forced.exit_code == 0


def test_retention_says_what_is_due_and_what_it_shredded() -> None:
    due, done = benefits(OLD, "retention", "preview"), benefits(OLD, "retention", "run")

    assert (due.exit_code, done.exit_code) == (0, 0)
    assert [line.split()[0] for line in due.stdout.splitlines()] == ["0"] * 5
    assert [line.split()[-1] for line in done.stdout.splitlines()] == [*["shredded"] * 4, "removed"]
    assert benefits(OLD, "audit", "verify").stdout.startswith("whole: ")
