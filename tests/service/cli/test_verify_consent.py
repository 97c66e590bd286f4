"""``benefits verify`` brings the member's consent where the operator says that 42 CFR Part 2 applies."""

import json
import sqlite3
from hashlib import sha256
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from service.cli.main import main

SHOWN = "I agree that you ask my insurer."
DIGEST = sha256(SHOWN.encode()).hexdigest()
MEMBER = {"first_name": "ADA", "last_name": "IMAGINARY", "birth_date": "1990-04-12", "member_id": "W123456789"}
ASKED = [word for name, value in MEMBER.items() for word in (f"--{name.replace('_', '-')}", value)]
STATED = ["--consent", "2026-11/en", "--consent-given-at", "2026-11-20T15:00:00Z"]
TEXTS = "BENEFITS_PART_TWO__TEXTS"


@pytest.fixture(autouse=True)
def settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A folder with one route that leads nowhere, where Part 2 applies and staff need consent."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "shown.txt").write_text(SHOWN)
    for name, value in {
        "ROUTES__CORE_MIME__URL": "http://127.0.0.1:9/core",
        "ROUTES__CORE_MIME__USERNAME": "imaginary",
        "ROUTES__CORE_MIME__PASSWORD": "hush",
        "PART_TWO__APPLIES": "true",
        "PART_TWO__CALLERS": '["staff"]',
    }.items():
        monkeypatch.setenv(f"BENEFITS_{name}", value)


def verify(*arguments: str) -> Result:
    return CliRunner().invoke(main, ["verify", "--payer", "aetna", "--wait", "0", *arguments])


def kept() -> list[tuple[str, str, str]]:
    """The consents in the database: version, language, digest."""
    with sqlite3.connect("benefits.sqlite") as connection:
        rows = connection.execute("SELECT version, language, hex(text_digest) FROM consents").fetchall()
    connection.close()
    return [(version, language, digest.lower()) for version, language, digest in rows]


def test_without_consent_nothing_is_asked_and_the_option_is_named() -> None:
    refused = verify(*ASKED)

    assert refused.exit_code == 1
    assert "--consent [consent_required]" in refused.stderr
    assert kept() == []


def test_a_consent_that_options_state_is_kept_with_the_question() -> None:
    asked = verify(*ASKED, *STATED, "--consent-text", "shown.txt")

    assert asked.exit_code == 0, asked.output
    assert kept() == [("2026-11", "en", DIGEST)]


def test_a_text_that_the_settings_know_needs_no_file(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(TEXTS, json.dumps({"2026-11/en": DIGEST}))

    assert verify(*ASKED, *STATED[:2]).exit_code == 0
    assert kept() == [("2026-11", "en", DIGEST)]


def test_a_consent_in_the_file_of_a_question_counts() -> None:
    consent = {"version": "2026-11", "language": "es", "given_at": "2026-11-20T15:00:00Z", "text_sha256": DIGEST}
    Path("question.json").write_text(json.dumps({"member": MEMBER, "consent": consent}))

    assert verify("--question", "question.json").exit_code == 0
    assert kept() == [("2026-11", "es", DIGEST)]
    assert "leave out --consent" in verify("--question", "question.json", *STATED).stderr


def test_a_text_that_the_settings_do_not_know_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(TEXTS, json.dumps({"2026-11/en": "ab" * 32}))

    refused = verify(*ASKED, *STATED, "--consent-text", "shown.txt")

    assert (refused.exit_code, "[consent_unknown]" in refused.stderr) == (1, True)
    assert kept() == []


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--consent", "2026-11"], "a version and a language"),
        (["--consent", "2026-11/en"], "--consent-text: missing"),
        (["--consent-text", "shown.txt"], "--consent: missing"),
    ],
)
def test_what_is_missing_of_a_consent_is_named(arguments: list[str], words: str) -> None:
    refused = verify(*ASKED, *arguments)

    assert (refused.exit_code, words in refused.stderr) == (2, True)


def test_a_time_to_come_is_refused() -> None:
    refused = verify(*ASKED, *STATED[:3], "2999-01-01T00:00:00Z", "--consent-text", "shown.txt")

    assert (refused.exit_code, "consent.given_at (in_the_future)" in refused.stderr) == (1, True)


@pytest.mark.parametrize("name", ["2026-11-part-2/en", "2026-11-part-2/es"])
def test_the_texts_that_are_printed_have_the_digests_that_are_printed(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("BENEFITS_PUBLIC__NAME", "Harbor Día <Center>")
    digests = json.loads(CliRunner().invoke(main, ["consent"]).stdout)
    text = CliRunner().invoke(main, ["consent", "--text", name]).stdout

    assert digests[name] == sha256(text.encode()).hexdigest()
    assert "Harbor Día <Center>" in text


def test_what_consent_prints_is_the_setting_under_which_its_texts_count(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(TEXTS, CliRunner().invoke(main, ["consent"]).stdout)
    asked = verify(*ASKED, "--consent", "2026-11-part-2/es")
    refused = verify(*ASKED, "--consent", "2026-11/en")

    assert asked.exit_code == 0, asked.output
    assert refused.exit_code == 2
    assert [version for version, *_ in kept()] == ["2026-11-part-2"]


def test_a_text_that_nobody_wrote_is_refused() -> None:
    refused = CliRunner().invoke(main, ["consent", "--text", "2026-11/fr"])

    assert (refused.exit_code, "2026-11-part-2/en" in refused.stderr) == (1, True)
