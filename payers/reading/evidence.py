"""The evidence of one answer: each line of a reply that a claim rests on stands once, under its own id."""

from collections.abc import Iterable, Mapping, Sequence
from itertools import islice
from typing import NamedTuple, Protocol, cast

from pydantic import TypeAdapter

from contracts import Benefit, Evidence, Finding, FindingCode
from contracts.benefits import Place
from contracts.kept_json import keep_json
from payers.reading.descriptions import says
from payers.reading.memory import remember_apart

MOST_FINDINGS = 1_000
"""Findings of one answer; that there are more is the last of them. Nobody reads so many, and each costs its writing."""


_EVIDENCE = TypeAdapter(tuple[Evidence, ...])

_OF_LINES = remember_apart(4096)


class _LineOfReply(Protocol):
    """A line of reply number ``reply``; where it ``is_kept``, one object stands for all that are like it."""

    reply: int
    benefit: Benefit
    is_kept: bool


Shown = Benefit | tuple[str, str] | _LineOfReply | Evidence
"""What evidence shows: a benefit line, or a text and what it says, or a line that is kept; or the evidence itself."""


Found = tuple[tuple[FindingCode, Place | None, str], Finding]
"""A finding, and what it is known by in a book."""


class Entered(NamedTuple):
    """What a part of the reading entered into a book: ids, with their evidence, and findings, in their order."""

    ids: dict[tuple[int, Place], str]
    evidence: tuple[Evidence, ...]
    findings: tuple[Found, ...]


class Book:
    """Collects evidence and findings while an answer is concluded."""

    def __init__(self) -> None:
        self._ids: dict[tuple[int, Place], str] = {}
        # What each id shows.
        self._shown: list[Shown] = []
        self._findings: dict[tuple[FindingCode, Place | None, str], Finding] = {}

    def mark(self, reply: int, at: Place, text: str, saying: str) -> str:
        """The id of the evidence at ``at`` of reply number ``reply``; it is entered when it is new."""
        key = (reply, at)
        return self._ids.get(key) or self._enter(key, (text, saying))

    def benefit(self, reply: int, benefit: Benefit) -> str:
        """The id of a benefit."""
        key = (reply, benefit.at)
        return self._ids.get(key) or self._enter(key, benefit)

    def line(self, line: _LineOfReply) -> str:
        """The id of a benefit line."""
        return self.lines((line,))[0]

    def lines(self, lines: Iterable[_LineOfReply]) -> list[str]:
        """The ids of benefit lines, in their order."""
        ids, found = self._ids, []
        for line in lines:
            benefit = line.benefit
            key = (line.reply, benefit.at)
            found.append(ids.get(key) or self._enter(key, line if line.is_kept else benefit))
        return found

    def _enter(self, key: tuple[int, Place], shown: Shown) -> str:
        self._shown.append(shown)
        found = self._ids[key] = f"e{len(self._shown)}"
        return found

    def find(self, code: FindingCode, at: Place | None, detail: str) -> None:
        """Enter a finding once; beyond ``MOST_FINDINGS`` only that there are more."""
        if len(self._findings) >= MOST_FINDINGS:
            code, at, detail = FindingCode.TRUNCATED, None, "findings"
        if (code, at, detail) not in self._findings:
            self._findings[code, at, detail] = finding_of(code, at, detail)

    def find_all(self, findings: Iterable[Found]) -> None:
        """Enter findings that are ready, as ``find`` does."""
        for known_by, one in findings:
            if len(self._findings) < MOST_FINDINGS:
                self._findings.setdefault(known_by, one)
            else:
                self.find(*known_by)

    def include(self, other: "Book") -> None:
        """Enter the findings of ``other`` behind those that are here."""
        self.find_all(other.known_findings)

    @property
    def known_findings(self) -> Iterable[Found]:
        """All findings, with what each is known by."""
        return self._findings.items()

    @property
    def state(self) -> tuple[object, ...]:
        """All that is entered, by its keys: from equal states the same entries lead to the same ids."""
        return (len(self._ids), *self._ids, *self._findings)

    def entered_since(self, state: tuple[object, ...]) -> Entered:
        """Return what was entered after ``state``, for ``enter``."""
        before: int = state[0]  # type: ignore[assignment]  # as ``state`` has it
        ids = dict(islice(self._ids.items(), before, None))
        findings = tuple(islice(self._findings.items(), len(state) - 1 - before, None))
        return Entered(ids, _evidence_of(ids, self._shown[before:]), findings)

    def enter(self, entered: Entered) -> None:
        """Enter what was entered from a state that was equal to the one of now."""
        self._ids.update(entered.ids)
        self._shown += entered.evidence
        self._findings.update(entered.findings)

    @property
    def evidence(self) -> tuple[Evidence, ...]:
        """All entries, in the order of their ids."""
        return _evidence_of(self._ids, self._shown)

    @property
    def findings(self) -> tuple[Finding, ...]:
        """All findings, in the order in which they were made."""
        return tuple(self._findings.values())


def finding_of(code: FindingCode, at: Place | None, detail: str) -> Finding:
    """Return a finding about the place ``at``; None where it is about all of a reply."""
    segment, path = (at, None) if at is None or isinstance(at, int) else (None, at)
    return Finding(code=code, segment=segment, path=path, detail=detail)


def _evidence_of(ids: Mapping[tuple[int, Place], str], shown: Sequence[Shown]) -> tuple[Evidence, ...]:
    """Return the evidence of lines that have these ids and show that, in their order."""
    found: list[Evidence | None] = []
    new: list[tuple[int, tuple[str, _LineOfReply] | None]] = []
    fields: list[dict[str, object]] = []
    for ((reply, at), mark), one in zip(ids.items(), shown, strict=True):
        if isinstance(one, Evidence):
            found.append(one)
            continue
        # Members of one plan are shown most of its lines alike.
        key = None if isinstance(one, tuple) else (mark, one)
        known = None if key is None else _OF_LINES.get(key)
        found.append(known)
        if known is None:
            new.append((len(found) - 1, key))
            fields.append(_fields(mark, reply, at, one if isinstance(one, tuple) else one.benefit))
    # The fields are written here alone: none is a strange one to look for.
    for (number, key), made in zip(new, _EVIDENCE.validate_python(fields, extra="ignore"), strict=True):
        found[number] = made
        if key is not None:
            _OF_LINES.keep(key, made)
            keep_json((made,))
    return cast("tuple[Evidence, ...]", tuple(found))


def _fields(mark: str, reply: int, at: Place, shown: Benefit | tuple[str, str]) -> dict[str, object]:
    text, saying = (shown.text, says(shown)) if isinstance(shown, Benefit) else shown
    place = "segment" if isinstance(at, int) else "path"
    return {"id": mark, "answered_by": reply, "text": text, "description": saying, place: at}


def show_code(name: str, code: str, *, longest: int = 3) -> str:
    """Return an element with its code for a finding; without the code where it may be words, which none ever holds."""
    return f"{name}={code}" if len(code) <= longest and code.isascii() and code.isalnum() else name
