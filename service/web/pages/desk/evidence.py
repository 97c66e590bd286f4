"""The lines of the replies behind an answer, in the payer's order: those that were used, and what was made of them."""

import re
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from contracts import Answer, Finding
from contracts.report.words import describe_finding
from contracts.spelling import read_doubt

_HEAD = re.compile(rb"ISA.{102}(.)", re.DOTALL)
"""The head of an X12 interchange: 106 characters, the last of which ends every segment."""


class EvidenceLine(NamedTuple):
    """One line: its id where something rests on it, its place, the payer's text, our reading, and what is odd in it."""

    id: str
    place: str
    text: str | None
    reading: str
    remarks: tuple[str, ...] = ()

    @property
    def is_used(self) -> bool:
        """Whether something in the answer rests on it."""
        return bool(self.id)


class EvidenceReply(NamedTuple):
    """The lines of one reply, under who gave it."""

    title: str
    lines: tuple[EvidenceLine, ...]


def evidence_replies(answer: Answer, replies: Sequence[bytes] = ()) -> tuple[EvidenceReply, ...]:
    """Return the lines of ``answer`` by reply; with ``replies``, as they came, all other lines of them too.

    A reply that is no X12, or whose segments do not hold the lines of the answer, adds nothing.
    """
    found = []
    for number, reply in enumerate(answer.answered_by):
        lines = [one for one in answer.evidence if one.answered_by == number]
        known = {
            one.segment if one.segment is not None else one.path or one.id: EvidenceLine(
                one.id,
                _place(one.segment, one.path),
                one.text,
                one.description,
                _remarks(answer.findings, one.segment, one.path) if number == 0 else (),
            )
            for one in lines
        }
        texts = {one.segment: one.text for one in lines if one.segment is not None and one.text is not None}
        whole = next((all_of for raw in replies if _holds(all_of := segments_of(raw), texts)), {}) if texts else {}
        for place, text in whole.items():
            known.setdefault(
                place, EvidenceLine("", _place(place, None), text, "", _remarks(answer.findings, place, None))
            )
        ordered = sorted(known.items(), key=lambda one: (not isinstance(one[0], int), one[0]))
        found.append(EvidenceReply(reply.payer or "a payer not known to us", tuple(line for _, line in ordered)))
    return tuple(found)


def segments_of(raw: bytes) -> dict[int, str]:
    """Return the segments of the interchange in ``raw`` by their number, from 1; nothing where there is none."""
    head = _HEAD.search(raw)
    if head is None:
        return {}
    found = {}
    parts = raw[head.start() :].decode("latin-1").split(head[1].decode("latin-1"))
    for number, part in enumerate(parts, start=1):
        found[number] = part.strip("\r\n")
        if found[number].startswith("IEA"):
            return found
    return {}


def unread_words(answer: Answer) -> tuple[tuple[str, str, str], ...]:
    """Return what was seen and not understood, or contradicts: what it is, its detail, and the line it stands in."""
    by_place = {(one.segment, one.path): one.id for one in answer.evidence}
    return tuple(
        (
            describe_finding(one.code.value),
            one.detail,
            "" if (one.segment, one.path) == (None, None) else by_place.get((one.segment, one.path), ""),
        )
        for one in answer.findings
        if read_doubt(one) is None
    )


def _holds(segments: dict[int, str], texts: dict[int, str]) -> bool:
    return bool(segments) and all(segments.get(place) == text for place, text in texts.items())


def _remarks(findings: Iterable[Finding], segment: int | None, path: str | None) -> tuple[str, ...]:
    return tuple(
        f"{describe_finding(one.code.value)}: {one.detail}"
        for one in findings
        if (one.segment, one.path) == (segment, path)
    )


def _place(segment: int | None, path: str | None) -> str:
    return path or (f"segment {segment}" if segment is not None else "")
