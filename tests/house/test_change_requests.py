"""What a newcomer is promised: one search finds where a change begins, and a table names every other place."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
TABLE = re.compile(r"## How to change …\n(.*?)\n## ", re.DOTALL)
SEARCHED = {
    "new column": "service/store/tables.py",
    "new field of the answer": "contracts/facts.py",
    "new route": "payers/routes/README.md",
    "new rung": "payers/reading/terms/rungs.py",
    "cap of a payer's ``Retry-After``": "contracts/wait_limits.py",
    "new permission": "service/web/dependencies.py",
    "new payer": "payers/README.md",
    "new problem code": "contracts/vocabulary.py",
    "new service type": "contracts/program_codes.py",
    "new setting": "service/settings/groups.py",
    "new log key": "service/telemetry/logs.py",
    "new sentence": "contracts/phrases.py",
    "new CLI command": "service/cli/main.py",
    "new scenario": "payers/simulator/scenarios.py",
}
"""What one searches for, and the file where the change begins."""


def files_with(words: str) -> set[str]:
    """The product's files that a search in them, whatever the case, finds."""
    searched = [path for tree in ("contracts", "payers", "service") for path in (ROOT / tree).rglob("*")]
    return {
        str(path.relative_to(ROOT))
        for path in searched
        if path.suffix in {".py", ".md"} and words.lower() in path.read_text(encoding="utf-8").lower()
    }


@pytest.mark.parametrize("words", SEARCHED)
def test_one_search_finds_where_a_change_begins(words: str) -> None:
    found = files_with(words)

    assert SEARCHED[words] in found
    assert len(found) <= 5, "a newcomer reads a short list"


def rows() -> list[list[str]]:
    whole = TABLE.search((ROOT / ".github/CONTRIBUTING.md").read_text(encoding="utf-8"))
    assert whole is not None
    lines = [line for line in whole[1].splitlines() if line.startswith("| ")]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines[1:]]


def missing_places(cells: list[str]) -> list[str]:
    """Paths that a row names and that are not there, and names that stand in none of the files of their cell."""
    missing = []
    for cell in cells:
        named = re.findall(r"`([^`]+)`", cell)
        paths = [one for one in named if re.fullmatch(r"[\w.]+(/[\w.]+)+|README\.md|pyproject\.toml", one)]
        missing += [one for one in paths if not (ROOT / one).exists()]
        texts = [(ROOT / one).read_text(encoding="utf-8") for one in paths if (ROOT / one).is_file()]
        names = [one for one in named if re.fullmatch(r"[A-Z]\w+", one)]
        missing += [one for one in names if texts and not any(re.search(rf"\b{one}\b", text) for text in texts)]
    return missing


def test_every_change_has_its_row_and_every_place_is_there() -> None:
    found = rows()

    assert len(found) == len(SEARCHED)
    assert {row[0]: missing_places(row[1:]) for row in found if missing_places(row[1:])} == {}
    begins = {path for row in found for path in SEARCHED.values() if path in row[1]}
    assert begins == set(SEARCHED.values())


@pytest.mark.parametrize("cell", ["`service/store/nowhere.py`", "`Nothing` in `contracts/vocabulary.py`"])
def test_a_place_that_is_gone_is_noticed(cell: str) -> None:
    assert missing_places([cell])
