"""Where two answers about one member differ in what they say, and where an answer differs from what is expected."""

import json
import re
from collections.abc import Collection, Iterator, Mapping
from fnmatch import fnmatchcase
from typing import NamedTuple

from contracts import PROGRAMS, Answer

COMPARED = ("state", "member_match", "coverage", "programs", "accumulators", "administrators", "next_step", "summary")
"""What an answer says; ids, instants, evidence and findings are those of its own replies."""

STATUS = "status"
VERDICTS = ("iop_mental", "iop_substance", "php_mental", "php_substance")
"""The names under which an expectation holds the verdicts in network, in the order of the answer's rows."""


class Difference(NamedTuple):
    """A dotted path of the answer, and what stands there on either side, as JSON; None where nothing stands."""

    path: str
    one: str | None
    other: str | None

    def words(self, one: str, other: str) -> str:
        """The difference as a line for people; ``one`` and ``other`` are whose the two sides are."""
        return f"{path_words(self.path)}: {one} {self.one or 'nothing'}, {other} {self.other or 'nothing'}"


def differences(one: Answer, other: Answer, excluded: Collection[str] = ()) -> list[Difference]:
    """Where the answers say different things; ``excluded`` are patterns of paths to pass over."""
    return _between(dict(_leaves(_compared_fields(one))), dict(_leaves(_compared_fields(other))), excluded)


def differences_from_expected(
    expected: Mapping[str, str], answer: Answer, excluded: Collection[str] = ()
) -> list[Difference]:
    """Where ``answer`` is not what is expected: the plan's status and the four verdicts in network."""
    wanted = {"coverage.status": json.dumps(expected[STATUS])}
    found = {"coverage.status": json.dumps(answer.coverage.status.value)}
    for number, (name, row) in enumerate(zip(VERDICTS, answer.programs, strict=True)):
        path = f"programs.{number}.in_network.verdict"
        wanted[path], found[path] = json.dumps(expected[name]), json.dumps(row.in_network.verdict.value)
    return _between(wanted, found, excluded)


def path_words(path: str) -> str:
    """A path of the answer for people: ``programs.0.in_network`` is ``IOP mental health, in network``."""
    first, *rest = path.split(".")
    if first == "programs" and rest and rest[0].isdigit():
        program, condition = PROGRAMS[int(rest[0])]
        return ", ".join([f"{program.value.upper()} {condition.value}", *rest[1:]]).replace("_", " ")
    return ", ".join([first, *rest]).replace("_", " ")


def _between(one: Mapping[str, str], other: Mapping[str, str], excluded: Collection[str]) -> list[Difference]:
    return [
        Difference(path, one.get(path), other.get(path))
        for path in dict.fromkeys((*one, *other))
        if one.get(path) != other.get(path) and not any(fnmatchcase(path, pattern) for pattern in excluded)
    ]


def _compared_fields(answer: Answer) -> dict[str, object]:
    plain = answer.model_dump(mode="json")
    return {name: plain[name] for name in COMPARED}


_TIME = re.compile(
    r"(?:las? )?\d{1,2}:\d\d (?:AM|PM|[ap]\. m\.) [A-Z]{3,4} (?:on [A-Z][a-z]+ \d{1,2}|del \d{1,2} de [a-z]+)"
)
"""An instant in a text, as ``contracts.wording.format_time`` writes it. Answers that were asked for one after the other
are asked for again one after the other."""


def _leaves(value: object, path: str = "") -> Iterator[tuple[str, str]]:
    """Every leaf by its path; an empty list or map is one too, and marks of evidence are none."""
    inner: dict[str, object] = {}
    if isinstance(value, dict):
        inner = value
    elif isinstance(value, list):
        inner = {str(number): one for number, one in enumerate(value)}
    if not inner:
        yield path, _TIME.sub("{time}", json.dumps(value, ensure_ascii=False))
    for name, one in inner.items():
        if name != "evidence":
            yield from _leaves(one, f"{path}.{name}" if path else name)
