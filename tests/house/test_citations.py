"""Code cites the documents that stand beside it, and every citation leads to a section or a rule."""

import re
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
DOCUMENTS = {
    "ANSWER": "contracts/ANSWER.md",
    "PROTOCOLS": "payers/PROTOCOLS.md",
    "REFERENCE": "payers/x12/REFERENCE.md",
    "RELIABILITY": "service/RELIABILITY.md",
}
SECTION = re.compile(r"^#+ (\d+(?:\.\d+)*)|\*\*(\d+(?:\.\d+)+)\b", re.MULTILINE)
IDENTIFIER = re.compile(r"\b(?:R \d{3,4}|[A-Z]\d{1,2})\b")
RANGE = re.compile(r"\b([A-Z])(\d{1,2}) to \1?(\d{1,2})\b")
CITATION = re.compile(
    r"(ANSWER|PROTOCOLS|REFERENCE|RELIABILITY)\.md(?:``|`)?"
    r"((?:[\s,;]*(?:and |to )?\s*(?:\[[^\]]+\]|\d+(?:\.\d+)*|[A-Z]\d{1,2}\b))*)"
)
ALONE = re.compile(r"(?<![\\*\w])\[((?:[A-Z]\d{1,2}|R \d{3,4}))\]")
PATH = re.compile(r"`((?:service|payers|contracts|tests|openapi)/[\w./-]*\w)`")
GONE = re.compile(
    r"payer-protocols|x12-reference|reliability\.md|stack\.md|intake\.md|[^/\w]answer\.md|the answer's section"
)
"""Documents that stand outside the repository."""


def read_files(*suffixes: str) -> dict[str, str]:
    """Return the text of every tracked file with one of these suffixes, by its path."""
    listed = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=False)
    names = listed.stdout.splitlines() or [str(path.relative_to(ROOT)) for path in ROOT.rglob("*.*")]
    mine = str(Path(__file__).relative_to(ROOT))
    return {
        name: (ROOT / name).read_text(encoding="utf-8")
        for name in names
        if name.endswith(suffixes) and name != mine and (ROOT / name).is_file()
    }


def list_anchors(text: str) -> set[str]:
    """Return the sections, rules and sources of a document that can be cited."""
    found = {one or two for one, two in SECTION.findall(text)} | set(IDENTIFIER.findall(text))
    for letter, first, last in RANGE.findall(text):
        found |= {f"{letter}{number}" for number in range(int(first), int(last) + 1)}
    return found


def find_lost(text: str, anchors: dict[str, set[str]]) -> list[str]:
    """Return each citation in a text that leads to no anchor, as ``DOCUMENT anchor``."""
    flat = re.sub(r"\s+#?\s*", " ", text)
    lost = []
    for document, cited in CITATION.findall(flat):
        wanted = IDENTIFIER.findall(cited) + re.findall(
            r"(?<![\w.])\d+(?:\.\d+)*", re.sub(r"\[[^\]]*\]|R \d+", "", cited)
        )
        lost += [f"{document} {anchor}" for anchor in wanted if anchor not in anchors[document]]
    everywhere = set().union(*anchors.values())
    return lost + [f"[{anchor}]" for anchor in ALONE.findall(flat) if anchor not in everywhere]


@pytest.fixture(scope="module")
def anchors() -> dict[str, set[str]]:
    return {name: list_anchors((ROOT / path).read_text(encoding="utf-8")) for name, path in DOCUMENTS.items()}


def test_every_citation_leads_to_a_section_or_a_rule(anchors: dict[str, set[str]]) -> None:
    texts = read_files(".py", ".md", ".html")

    lost = {name: found for name, text in texts.items() if (found := find_lost(text, anchors))}

    assert sum(len(CITATION.findall(text)) for text in texts.values()) > 100
    assert not lost


def test_no_document_outside_the_repository_is_cited() -> None:
    cited = [
        f"{name}: {found.group()}"
        for name, text in read_files(".py", ".md", ".toml").items()
        if (found := GONE.search(text))
    ]

    assert not cited


def test_every_path_in_a_document_leads_to_a_file() -> None:
    lost = [
        f"{name}: {path}"
        for name, text in read_files(".md").items()
        if name != "CHANGELOG.md"
        for path in PATH.findall(text)
        if not any(ROOT.glob(path)) and not any(ROOT.glob(f"{path}.py"))
    ]

    assert not lost


@pytest.mark.parametrize(
    "text",
    [
        "Source: ``PROTOCOLS.md`` 9.9.",
        "``RELIABILITY.md`` 1.2 and\n    7.7",
        "Source: REFERENCE.md 2 [R 9999]",
        "see [Z9]",
    ],
)
def test_a_citation_that_leads_nowhere_is_found(text: str, anchors: dict[str, set[str]]) -> None:
    assert find_lost(text, anchors)
