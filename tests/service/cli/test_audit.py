"""``benefits audit``: says whether the audit is whole, names the first broken line, and exports touches."""

import asyncio
import csv
import io
import json
import sqlite3
import stat
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from contracts import State
from service.cli.bootstrap import heads_of, sealer_of
from service.cli.main import main
from service.settings.model import load_settings
from service.store import Tuning, open_store
from tests.service.conftest import PATIENCE
from tests.service.store.conftest import STAFF, answer, intent

NOTHING_SET = dict.fromkeys(("BENEFITS_DATABASE_URL", "BENEFITS_KEYS__SEALING", "BENEFITS_AUDIT__HEADS"))


def benefits(*arguments: str) -> Result:
    return CliRunner().invoke(main, ["audit", *arguments], env=NOTHING_SET)


@pytest.fixture
def asked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Two verifications in the database of this folder, the second one shown, and a signed head."""
    monkeypatch.chdir(tmp_path)

    async def fill() -> list[str]:
        settings = load_settings()
        tuning = Tuning(heads=heads_of(settings), patience=PATIENCE)
        store = open_store(settings.database_url, sealer=sealer_of(settings), tuning=tuning)
        await store.start()
        ids = []
        for name in ("Imaginary", "Other"):
            made = await store.intend(intent(name))
            await store.settle(made.job_id, answer(), state=State.FINAL, next_at=None)
            ids.append(made.verification_id)
        await store.fetch(ids[1], STAFF)
        await store.stop()
        return ids

    return asyncio.run(fill())


def attack(statement: str) -> None:
    with sqlite3.connect("benefits.sqlite") as connection:
        connection.execute(statement)
    connection.close()


@pytest.mark.usefixtures("asked")
def test_a_whole_audit_is_said_to_be_whole() -> None:
    told = benefits("verify")

    assert (told.exit_code, told.stdout, told.stderr) == (0, "whole: 5 lines\n", "")


@pytest.mark.usefixtures("asked")
@pytest.mark.parametrize(
    ("statement", "words"),
    [
        ("UPDATE audit SET actor = 'nobody' WHERE seq = 2", "line 2: altered"),
        ("DELETE FROM audit WHERE seq = 2", "line 3: removed_before"),
        ("DELETE FROM audit WHERE seq > 3", "line 4: cut_off"),
        ("UPDATE audit SET mac = NULL WHERE seq = 4", "line 4: unlinked"),
    ],
)
def test_the_first_broken_line_is_named(statement: str, words: str) -> None:
    attack(statement)

    told = benefits("verify")

    assert told.exit_code == 1
    assert told.stdout.startswith(words)


@pytest.mark.usefixtures("asked")
def test_a_changed_file_of_heads_and_no_file_are_said() -> None:
    heads = Path("benefits.sqlite.heads")
    assert stat.S_IMODE(heads.stat().st_mode) == 0o600
    heads.write_bytes(heads.read_bytes().replace(b'"at":1', b'"at":2'))
    changed = benefits("verify")
    heads.unlink()
    without = benefits("verify")

    assert changed.exit_code == 1
    assert "line 1 is not a head" in changed.stderr
    assert without.exit_code == 0
    assert "no signed head" in without.stderr


def test_whose_data_an_actor_touched_is_exported_and_that_is_a_line_too(asked: list[str], tmp_path: Path) -> None:
    told = benefits("touched", "--actor", STAFF.id)
    again = benefits("touched", "--actor", STAFF.id, "--format", "jsonl", "--output", "touched.jsonl")

    rows = list(csv.DictReader(io.StringIO(told.stdout)))
    assert [(row["action"], row["verification_id"]) for row in rows] == [
        ("verification.asked", asked[0]),
        ("verification.asked", asked[1]),
        ("verification.shown", asked[1]),
    ]
    assert rows[1]["member"] == rows[2]["member"] != rows[0]["member"]
    assert again.stdout == ""
    file = tmp_path / "touched.jsonl"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert [json.loads(line)["line"] for line in file.read_text().splitlines()] == [int(row["line"]) for row in rows]
    assert benefits("verify").stdout == "whole: 7 lines\n"


def test_who_touched_a_member_is_found_by_a_verification_about_him(asked: list[str]) -> None:
    told = benefits("touched", "--member-of", asked[1], "--format", "jsonl")
    nobody = benefits("touched", "--member-of", "ver_unknown")

    lines = [json.loads(line) for line in told.stdout.splitlines()]
    assert [line["action"] for line in lines] == ["verification.asked", "job.settled", "verification.shown"]
    assert nobody.exit_code == 1
    assert benefits("touched").exit_code == 2
