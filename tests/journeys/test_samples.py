"""Replies that others wrote: the expected answers of ours, and other people's files, which are read where they lie."""

import json
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner

from payers.commands.read import command

SAMPLES = Path(__file__).parents[3] / "shared" / "samples"
READ = [sys.executable, "-m", "payers.commands.read"]

NAMES = re.compile(
    r"INTENSIVE[ -]+OUT-?PATIENT|PARTIAL[ -]+HOSP|PARTIAL[ -]+DAY|DAY[ -]+TREATMENT|DAY[ -]+HOSPITAL"
    r"|S9480|H0015|H0035|S0201|H2036|G041[01]|\bIOP\b|\bPHP\b|ASAM 2\.[15]|\b09(?:05|06|12|13)\b"
)
SPEAKING = frozenset("1 2 3 4 5 A B C D F G H CB".split())
BEHAVIORAL = frozenset("BB BC A4 A6 A8 CF CH MH AI AJ AK CJ A5 A7 CE CG CI RT".split())


def public() -> Iterator[Path]:
    """Other people's files; none where the samples are not at hand."""
    return (path for path in sorted((SAMPLES / "public").glob("*/*")) if path.is_file())


def gold() -> list[Path]:
    """Our own cases."""
    return sorted(path.parent for path in (SAMPLES / "gold").glob("*/expected.json"))


class Block:
    """An EB of a raw text and what follows it up to the next, read by sight, without the reader that is judged."""

    def __init__(self, text: str, sign: str) -> None:
        elements = re.split(r"[~\n\r\x1d]", text)[0].split(sign)
        self.information = elements[1] if len(elements) > 1 else ""
        self.types = frozenset(re.findall(r"[A-Z0-9]{1,2}", elements[3] if len(elements) > 3 else ""))
        self.names = bool(NAMES.search(text) or "BB" in self.types or re.search(r"III.ZZ.52\b", text))


def blocks(raw: str) -> list[Block]:
    sign = re.escape(raw[3:4] if raw.startswith("ISA") else "*")
    found = re.split(rf"(?=(?<![A-Z0-9])EB{sign})", raw.upper())[1:]
    return [Block(re.split(rf"(?<![A-Z0-9])(?:HL|SE){sign}", part)[0], raw[3:4]) for part in found]


def names_a_program(raw: str) -> bool:
    """Whether some line that may speak names a program: without one no verdict may be ``covered``."""
    return any(block.names and block.information in SPEAKING for block in blocks(raw))


def closes_something(raw: str) -> bool:
    """Whether some line closes the plan, or a behavioral service: without one no verdict may be ``not_covered``."""
    return any(
        (block.information in {"6", "7", "8"} and (not block.types or "30" in block.types))
        or (block.information in {"I", "6"} and (block.names or block.types & BEHAVIORAL))
        or (block.names and re.search(r"NOT COVERED|EXCLUD|NOT INCLUDE|NOT A BENEFIT|NON-COVERED", raw.upper()))
        for block in blocks(raw)
    )


@pytest.mark.skipif(not gold(), reason="the samples are not beside the project")
def test_every_expected_answer_is_given() -> None:
    score = [sys.executable, SAMPLES / "score_gold.py", SAMPLES / "gold", "--command", " ".join(READ)]

    scored = subprocess.run(score, capture_output=True, text=True, timeout=100, check=False)

    failed = [line for line in scored.stdout.splitlines() if line.startswith("FAIL")]
    assert not failed, "\n".join(failed[:20])
    assert "0 failed" in scored.stdout


@pytest.mark.skipif(not gold(), reason="the samples are not beside the project")
@pytest.mark.parametrize("path", list(public()), ids=lambda path: path.name)
def test_other_peoples_files_are_read_without_a_guess(path: Path) -> None:
    done = CliRunner().invoke(command, [str(path)])

    assert done.exit_code in {0, 2}
    if done.exit_code == 2:
        assert not done.stdout
        assert done.stderr.startswith("benefits read: ")
        return
    raw = path.read_text(encoding="latin-1").strip()
    said = {
        row[side]["verdict"]
        for line in done.stdout.splitlines()
        for row in json.loads(line)["programs"]
        for side in ("in_network", "out_of_network")
    }
    assert "covered" not in said or names_a_program(raw)
    assert "not_covered" not in said or closes_something(raw)


@pytest.mark.skipif(not gold(), reason="the samples are not beside the project")
def test_the_measure_of_a_guess_tells_our_own_cases_apart() -> None:
    """It fails a reader that would say covered, or not covered, of every reply."""
    told: dict[bool, list[bool]] = {True: [], False: []}
    for case in gold():
        reply = next(case.glob("reply.*"))
        if reply.suffix == ".271":
            said = (case / "expected.json").read_text(encoding="utf-8")
            told['"covered"' in said].append(names_a_program(reply.read_text(encoding="latin-1")))

    assert all(told[True])
    assert told[False].count(False) > 15
    assert closes_something("ISA*X~EB*I**MH~")
    assert not closes_something("ISA*X~EB*1**MH~EB*I**98~EB*6**35~")
    assert not names_a_program("ISA*X~EB*1**MH~MSG*OFFICE VISIT~EB*V**BB~")
