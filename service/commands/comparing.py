"""Two answers about one member over two roads: where do they differ in what they say?"""

import json
from collections.abc import Collection, Iterator
from fnmatch import fnmatchcase

from contracts import Answer

COMPARED = ("state", "member_match", "coverage", "programs", "accumulators", "administrators", "next_step", "summary")
"""What an answer says; ids, instants, evidence and findings are those of its own replies."""


def differences(one: Answer, other: Answer, unsaid: Collection[str] = ()) -> list[str]:
    """Dotted paths at which the answers say different things; ``unsaid`` are patterns of paths to pass over."""
    left, right = dict(_leaves(_said(one))), dict(_leaves(_said(other)))
    return [
        path
        for path in dict.fromkeys((*left, *right))
        if left.get(path) != right.get(path) and not any(fnmatchcase(path, pattern) for pattern in unsaid)
    ]


def _said(answer: Answer) -> dict[str, object]:
    plain = answer.model_dump(mode="json")
    return {name: plain[name] for name in COMPARED}


def _leaves(value: object, path: str = "") -> Iterator[tuple[str, str]]:
    """Every leaf by its path; an empty list or map is one too, and marks of evidence are none."""
    inner: dict[str, object] = {}
    if isinstance(value, dict):
        inner = value
    elif isinstance(value, list):
        inner = {str(number): one for number, one in enumerate(value)}
    if not inner:
        yield path, json.dumps(value)
    for name, one in inner.items():
        if name != "evidence":
            yield from _leaves(one, f"{path}.{name}" if path else name)
