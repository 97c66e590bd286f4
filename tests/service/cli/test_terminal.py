"""What every command promises: a terminal obeys nothing that came from outside, whoever wrote it."""

from pathlib import Path

import pytest
from click.testing import CliRunner

from service.cli.main import main

HOSTILE = "\x1b]0;owned\x07\x9b31m\u202e[red]x[/red]"


@pytest.fixture(autouse=True)
def hostile_settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A folder of its own, whose settings hold what a terminal would obey."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("BENEFITS_PROVIDER__NAME", f"Imaginary {HOSTILE}")
    monkeypatch.setenv("BENEFITS_PAYERS__AETNA__ROUTES", '["core_mime"]')


@pytest.mark.parametrize(
    "arguments",
    [
        ("doctor",),
        ("doctor", "--json"),
        ("keys", "list"),
        ("keys", "revoke", HOSTILE),
        ("payers",),
        ("payers", "--json"),
        ("verify", "--payer", HOSTILE, "--route", HOSTILE),
        ("verify", "--payer", HOSTILE, "--url", f"http://127.0.0.1:9/{HOSTILE}"),
        ("show", HOSTILE),
        ("report", HOSTILE),
        ("report", "verify", HOSTILE),
        (HOSTILE,),
        ("read", HOSTILE),
        ("read", "-", "--payer", HOSTILE),
    ],
)
def test_a_terminal_obeys_nothing_from_outside(arguments: tuple[str, ...]) -> None:
    CliRunner().invoke(main, ["keys", "create", "--role", "staff", "--label", HOSTILE])

    result = CliRunner().invoke(main, arguments, input=HOSTILE)

    assert result.output
    assert all(sign.isprintable() or sign == "\n" for sign in result.output)


def test_words_in_brackets_are_only_words() -> None:
    CliRunner().invoke(main, ["keys", "create", "--role", "staff", "--label", HOSTILE])

    assert "[red]x[/red]" in CliRunner().invoke(main, ["doctor"]).output
    assert "[red]x[/red]" in CliRunner().invoke(main, ["keys", "list"]).output
