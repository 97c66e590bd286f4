"""A mutant of the fault suite replaces what is there: after a renaming it must not set a name that nobody reads."""

import ast
from collections.abc import Iterator
from importlib import import_module
from operator import attrgetter
from pathlib import Path
from typing import Any

import pytest

FAULTS = Path(__file__).parents[1] / "faults"
MODULES = sorted(path.name for path in FAULTS.glob("*.py") if "Mutant: " in path.read_text(encoding="utf-8"))


def imported(tree: ast.AST) -> Iterator[tuple[str, Any]]:
    """Every name that ``from … import …`` brings, also within a function, with what it stands for."""
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and node.module is not None:
            for name in node.names:
                owner = import_module(node.module)
                found = getattr(owner, name.name, None) or import_module(f"{node.module}.{name.name}")
                yield name.asname or name.name, found


def missing(source: str) -> list[str]:
    """What ``source`` assigns to an attribute of something imported, where that has no such attribute."""
    tree = ast.parse(source)
    names = dict(imported(tree))
    targets = [target for node in ast.walk(tree) if isinstance(node, ast.Assign) for target in node.targets]
    assigned = [ast.unparse(target) for target in targets if isinstance(target, ast.Attribute)]
    found = []
    for path in assigned:
        root, _, rest = path.partition(".")
        try:
            attrgetter(rest)(names[root]) if root in names else None
        except AttributeError:
            found.append(path)
    return found


@pytest.mark.parametrize("name", MODULES)
def test_what_a_mutant_replaces_is_there(name: str) -> None:
    assert missing((FAULTS / name).read_text(encoding="utf-8")) == []


def test_a_name_that_is_gone_is_found() -> None:
    gone = "from service.verification import run\nrun.Runs.not_there = None\nrun.Runs.end = None\n"

    assert missing(gone) == ["run.Runs.not_there"]
