"""What is promised of the bounds on waiting: each stands once, in ``contracts.wait_limits``."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
POLICY = ROOT / "contracts/wait_limits.py"
_NAME = re.compile(
    r"retry_(after|seconds)|(longest|shortest)_(wait|pause|attempt|usual|step|start)|resend_after", re.IGNORECASE
)


def number_of(node: ast.expr | None) -> bool:
    return isinstance(node, ast.Constant) and isinstance(node.value, int | float) and not isinstance(node.value, bool)


def bounds_in(tree: ast.AST) -> Iterator[int]:
    """Lines that give a bound on waiting as a number of their own."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Assign | ast.AnnAssign) and number_of(node.value):
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            if any(isinstance(one, ast.Name) and _NAME.search(one.id) for one in targets):
                yield node.lineno
        if isinstance(node, ast.keyword) and node.arg and _NAME.search(node.arg) and number_of(node.value):
            yield node.value.lineno
        if isinstance(node, ast.arguments):
            named = [*node.posonlyargs, *node.args]
            defaults = [*zip(named[len(named) - len(node.defaults) :], node.defaults, strict=True)]
            for argument, default in [*defaults, *zip(node.kwonlyargs, node.kw_defaults, strict=True)]:
                if _NAME.search(argument.arg) and number_of(default):
                    yield argument.lineno


def test_every_bound_on_waiting_stands_in_one_module() -> None:
    modules = [path for tree in ("contracts", "payers", "service") for path in (ROOT / tree).rglob("*.py")]
    elsewhere = {
        f"{path.relative_to(ROOT)}:{line}"
        for path in modules
        if path != POLICY and "simulator" not in path.parts
        for line in bounds_in(ast.parse(path.read_text(encoding="utf-8")))
    }

    assert elsewhere == set()


@pytest.mark.parametrize(
    "source",
    ["LONGEST_PAUSE = 3600", "retry_after: int = 2", "refuse(retry_after=2)", "def f(retry_after: int = 2): ..."],
)
def test_a_bound_that_stands_elsewhere_is_noticed(source: str) -> None:
    assert list(bounds_in(ast.parse(source))) == [1]
