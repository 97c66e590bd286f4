"""Names are the words that a newcomer searches for: verb phrases, one name for one thing, no metaphors."""

import ast
import re
import subprocess
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
NOUNS_AND_VERBS = {"bed", "embed", "exceed", "feed", "need", "proceed", "red", "seed", "shed", "speed"}
"""Words that end as participles do and are none."""

PARTICIPLES = set(
    "told said named given found kept held known made met sent taken shown written asked understood "
    "chosen drawn driven begun bound broken brought built dealt done felt gone grown heard hidden laid "
    "left lent lost meant paid seen sold spoken spent stood stuck thought thrown torn won worn".split()
)
METAPHORS = re.compile(
    r"(?:^|_)(?:doors?|doorstep|rooms?|wings?|houses?|weather|weathered|sky|story|stories|stages?|bury|buried|told|said)(?:_|$)"
)
SEARCHED = (
    *(
        "heartbeat",
        "worker",
        "claim",
        "retry",
        "redact",
        "encrypt",
        "endpoint",
        "dependency",
        "single-flight",
        "fallback",
    ),
    *("carve-out", "idempotency", "timeout", "shutdown", "rate limit", "deduplicate", "scheduler", "route", "gateway"),
    *("fault", "scenario", "permission", "projection", "Retry-After", "Spanish"),
)

# What still stood when this was written. These numbers only fall: whoever renames something lowers them.
MOST_PARTICIPLES = 0.003
MOST_TWICE = 0
MOST_METAPHORS = 3


def parse_product() -> dict[str, ast.Module]:
    """Return the syntax tree of every module of the product, by its path."""
    listed = subprocess.run(
        ["git", "ls-files", "contracts", "payers", "service"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    names = listed.stdout.splitlines() or [
        str(path.relative_to(ROOT))
        for part in ("contracts", "payers", "service")
        for path in (ROOT / part).rglob("*.py")
    ]
    paths = [name for name in names if name.endswith(".py") and (ROOT / name).is_file()]
    return {name: ast.parse((ROOT / name).read_text(encoding="utf-8")) for name in paths}


TREES = parse_product()


def list_functions(trees: dict[str, ast.Module]) -> list[str]:
    """Return the name of every function and method."""
    kinds = (ast.FunctionDef, ast.AsyncFunctionDef)
    return [node.name for tree in trees.values() for node in ast.walk(tree) if isinstance(node, kinds)]


def list_identifiers(trees: dict[str, ast.Module]) -> Iterator[str]:
    """Return every name that a module defines: functions, classes, arguments, variables, and the module's own."""
    for path, tree in trees.items():
        yield Path(path).stem
        for node in ast.walk(tree):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
                yield node.name
            elif isinstance(node, ast.arg):
                yield node.arg
            elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
                yield node.id


def is_bare_participle(name: str) -> bool:
    """Whether a function is called by a participle alone, such as ``told`` or ``_opened``."""
    word = name.strip("_")
    return word in PARTICIPLES or (word.endswith("ed") and "_" not in word and word not in NOUNS_AND_VERBS)


def find_classes_called_twice(trees: dict[str, ast.Module]) -> set[str]:
    """Return the names that more than one class has."""
    names = Counter(node.name for tree in trees.values() for node in ast.walk(tree) if isinstance(node, ast.ClassDef))
    return {name for name, times in names.items() if times > 1}


def find_metaphors(trees: dict[str, ast.Module]) -> set[str]:
    """Return the identifiers that hold a metaphor's word."""
    split = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")
    return {name for name in list_identifiers(trees) if METAPHORS.search(split.sub("_", name).lower())}


def test_functions_are_verb_phrases() -> None:
    functions = list_functions(TREES)

    bare = [name for name in functions if is_bare_participle(name)]

    assert len(functions) > 2_000
    assert len(bare) <= MOST_PARTICIPLES * len(functions), sorted(bare)


def test_no_two_classes_have_one_name() -> None:
    twice = find_classes_called_twice(TREES)

    assert len(twice) <= MOST_TWICE, sorted(twice)


def test_no_identifier_is_a_metaphor() -> None:
    found = find_metaphors(TREES)

    assert len(found) <= MOST_METAPHORS, sorted(found)


@pytest.mark.parametrize("word", SEARCHED)
def test_a_word_that_newcomers_search_for_is_found(word: str) -> None:
    pattern = re.compile(re.sub(r"[ -]", "[ _-]?", word), re.IGNORECASE)

    def speaks(path: str, tree: ast.Module) -> bool:
        documented = (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)
        texts = [ast.get_docstring(node) or "" for node in ast.walk(tree) if isinstance(node, documented)]
        return any(pattern.search(text) for text in (path, *texts, *list_identifiers({path: tree})))

    assert any(speaks(path, tree) for path, tree in TREES.items())


def test_what_is_forbidden_is_found() -> None:
    tree = {
        "service/weather.py": ast.parse("class Room: ...\ndef told(): ...\n"),
        "payers/other.py": ast.parse("class Room: ...\ndef read_told(door_key): ...\n"),
    }

    assert [name for name in list_functions(tree) if is_bare_participle(name)] == ["told"]
    assert find_classes_called_twice(tree) == {"Room"}
    assert find_metaphors(tree) == {"weather", "Room", "told", "read_told", "door_key"}
