"""The answer that the README shows is one that is printed, for a member of the simulator."""

import re
from pathlib import Path

import pytest
from click.testing import CliRunner

from service.cli.main import main

README = Path(__file__).parents[2] / "README.md"
SCENARIO = "covered_by_wording"


def lines_of_the_sample() -> list[str]:
    part = README.read_text(encoding="utf-8").partition("## An answer, as people read it")[2].partition("\n## ")[0]
    return [" ".join(line.split()) for line in part.splitlines() if line.startswith("    ") and line.strip()]


@pytest.fixture(scope="module")
def printed(tmp_path_factory: pytest.TempPathFactory) -> str:
    """The whole page, on one line."""
    benefits, file = CliRunner(), tmp_path_factory.mktemp("sample") / "reply.271"
    written = benefits.invoke(main, ["simulate", "--payer", "aetna", "--print", SCENARIO])
    file.write_bytes(written.stdout_bytes)
    page = benefits.invoke(main, ["read", str(file), "--table", "--service-date", "2026-11-28"])
    return " ".join(page.stdout.split())


def test_every_line_of_the_sample_is_printed(printed: str) -> None:
    sample = lines_of_the_sample()

    assert len(sample) > 20
    assert [line for line in sample if line not in printed] == []


def test_a_line_that_is_not_printed_is_noticed(printed: str) -> None:
    changed = [re.sub(r"\$75\.00", "$76.00", line) for line in lines_of_the_sample()]

    assert [line for line in changed if line not in printed] == ["Copay: $76.00 per day"]
