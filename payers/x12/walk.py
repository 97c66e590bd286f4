"""The walk over the segments of 271 transactions: each segment goes to its level, its line or its entity.

A patient's answer is at one level; what is under one HL never reaches another. What is out of place is kept
where it can be, and noticed. Source: ``REFERENCE.md`` 3, 4 and 6.
"""

import re
from collections.abc import Callable, Iterable, Sized
from typing import ClassVar, NamedTuple

from contracts import (
    Benefit,
    Benefits,
    Dated,
    DeliveryLimit,
    FindingCode,
    Message,
    Noticed,
    Reference,
    Rejection,
    Trace,
)
from payers.x12.benefit_segments import BenefitSegments, Elements
from payers.x12.collected import BenefitLine, HlLevel, Party

_TAG = re.compile(r"[A-Z][A-Z0-9]{1,2}")
_BLANK = [""] * 16

_MEMBER_LEVELS = frozenset({"22", "23"})
_LOOPS = {"20": "2100A", "21": "2100B", "22": "2100C", "23": "2100D"}
_HOLDERS = {"21": ("20",), "22": ("21", "20"), "23": ("22",)}
"""Under which kinds of level a level stands."""

_MOST_OF_A_LEVEL = 500
"""Rejections, references, dates or traces of one level that are kept: each is handed to every member below it."""

_SILENT_TAGS = frozenset({"N3", "N4", "PRV", "HI", "MPI", "LS", "LE", "AMT", "EQ", "INS", "DMG", "REF", "DTP", "PER"})


class Transaction(NamedTuple):
    """What one 271 says: ``people`` for each member level that says something, and ``bare`` when none does."""

    people: tuple[Benefits, ...]
    bare: Benefits
    reference: str


_NOTHING = Benefits()


class TransactionWalk:
    """Reads the segments of one 271, from its BHT to its SE."""

    def __init__(self, segments: BenefitSegments, control_number: str, notice: Callable[[Noticed], None]) -> None:
        """Take what reads EB segments, ISA13 and where to report what is odd."""
        self._segments = segments
        self._control_number = control_number
        self._notice = notice
        self._levels: list[HlLevel] = []
        # Each level by its kind and number; under no number, the latest of its kind.
        self._holders: dict[tuple[str, str], HlLevel] = {}
        self._above: list[Rejection] = []
        self._level: HlLevel | None = None
        self._line = BenefitLine()
        self._wrapped = False
        self._cut = False
        self._answered_at = ""
        self._reference = ""

    def odd(self, at: int, tag: str) -> None:
        """Note a segment that no reader of a 271 knows, unless it has nothing to do with benefits."""
        if tag not in _SILENT_TAGS:
            shown = tag if _TAG.fullmatch(tag) else "segment"
            self._notice(Noticed(FindingCode.UNKNOWN_CODE, at, shown))

    def _has_place(self, kept: Sized, at: int) -> bool:
        """Whether a level may hold one more of a kind; what is beyond its limit is left out, with a finding."""
        if len(kept) < _MOST_OF_A_LEVEL:
            return True
        self._notice(Noticed(FindingCode.TRUNCATED, at, "level"))
        self._cut = True
        return False

    def finish(self) -> Transaction:
        """Return what the transaction said, level by level, in its order."""
        self._close_line()
        members = [level for level in self._levels if level.kind in _MEMBER_LEVELS]
        people = [self._benefits(level) for level in members if level.has_content]
        if people:
            return Transaction(tuple(people), _NOTHING, self._reference)
        others = (level for level in self._levels if level.kind not in _MEMBER_LEVELS)
        above = [*self._above, *(one for level in others for one in level.rejections)]
        last = members[-1] if members else next(reversed(self._levels), None)
        return Transaction((), self._benefits(last)._replace(rejections=tuple(above)), self._reference)

    def _benefits(self, level: HlLevel | None) -> Benefits:
        """Return what a level says, with what the levels above it say for it too."""
        upward = level.upward() if level else []
        # Of several levels of one kind the highest counts.
        by_kind = {one.kind: one for one in reversed(upward)}
        payer, provider = by_kind.get("20"), by_kind.get("21")
        holder = level.parent if level and level.kind == "23" else None
        traces = (level.traces or (holder.traces if holder else ())) if level else ()
        patient = level.person() if level else None
        ours = next((trace.number for trace in traces if trace.kind == "2"), "")
        return Benefits(
            payer=payer.entity.entity() if payer and payer.entity else None,
            provider=provider.entity.entity() if provider and provider.entity else None,
            subscriber=holder.person() if holder else patient if level and level.kind == "22" else None,
            patient=patient,
            traces=tuple(traces),
            lines=tuple(level.lines) if level else (),
            rejections=(*self._above, *[one for upper in upward for one in upper.rejections]),
            trace=ours or self._control_number,
            answered_at=self._answered_at,
            truncated=self._cut,
        )

    def _close_line(self) -> None:
        if self._line.elements is not None and self._level is not None:
            self._level.lines.append(self._line.close())
        self._wrapped = False

    def _note_misplaced(self, at: int, tag: str) -> None:
        self._notice(Noticed(FindingCode.MALFORMED_VALUE, at, f"{tag} out of place"))

    def _bht(self, at: int, text: str, e: list[str]) -> None:  # noqa: ARG002 - one shape for all handlers
        e = e + _BLANK
        self._reference = e[3]
        # BHT05 has seconds or none; hundredths beside them tell nobody anything.
        self._answered_at = e[4] + e[5][: 6 if len(e[5]) >= 6 else 4]

    def _hl(self, at: int, text: str, e: list[str]) -> None:  # noqa: ARG002
        self._close_line()
        kind = e[3] if len(e) > 3 else ""
        if kind not in _LOOPS:
            self._notice(Noticed(FindingCode.MALFORMED_VALUE, at, "HL03"))
        e = e + _BLANK
        self._open(kind, e[1], e[2])

    def _open(self, kind: str, number: str = "", parent: str = "") -> HlLevel:
        """Begin a level below the one that HL02 names, else below the latest one that may hold it."""
        holder: HlLevel | None = None
        for one in _HOLDERS.get(kind, ()):
            holder = holder or self._holders.get((one, parent)) or self._holders.get((one, ""))
        level = HlLevel(kind, number, holder)
        self._holders[kind, number] = self._holders[kind, ""] = level
        self._levels.append(level)
        self._level = level
        return level

    def _trn(self, at: int, text: str, e: list[str]) -> None:  # noqa: ARG002
        e = e + _BLANK
        if self._level is None or self._line.elements is not None:
            self._note_misplaced(at, "TRN")
        elif self._has_place(self._level.traces, at):
            self._level.traces.append(Trace(e[1], e[2], e[3]))

    def _nm1(self, at: int, text: str, e: list[str]) -> None:
        e = e + _BLANK
        role = e[1]
        level = self._level
        if self._line.elements is not None:
            begins_a_person = (
                role in {"IL", "03"} and not self._wrapped and level is not None and level.name is not None
            )
            if not begins_a_person:
                self._line.filled = True
                self._line.entities.append(Party(at, text, e))
                return
            # An HL is missing: without a new level a second member would get the lines of the first.
            self._close_line()
            self._open("22" if role == "IL" else "23")
        elif level is None or (role in {"IL", "03"} and level.kind not in _MEMBER_LEVELS):
            self._open({"IL": "22", "03": "23", "PR": "20"}.get(role, "21"))
        self._name_party(at, text, e)

    def _name_party(self, at: int, text: str, e: list[str]) -> None:
        level = self._level
        if level is None:
            return
        if level.kind in _MEMBER_LEVELS:
            if level.name is None:
                level.name = (at, text, e)
            else:
                self._note_misplaced(at, "NM1")
            return
        level.entity = Party(at, text, e)

    def _per(self, at: int, text: str, e: list[str]) -> None:
        e = e + _BLANK
        if self._line.elements is not None:
            if not self._line.entities:
                # A PER without its NM1: the number to call is kept, under the name that PER02 gives.
                self._line.filled = True
                self._line.entities.append(Party(at, text, ["NM1", "", "", e[2], "", "", "", "", "", ""]))
            self._line.entities[-1].take_numbers(e)
        elif self._level is not None and self._level.entity is not None:
            self._level.entity.take_numbers(e)

    def _aaa(self, at: int, text: str, e: list[str]) -> None:
        e = e + _BLANK
        level = self._level
        loop = _LOOPS.get(level.kind, "2000A") if level is not None else "2000A"
        if level is not None and level.kind == "20" and level.entity is None:
            loop = "2000A"
        if self._line.elements is not None:
            rejection = Rejection(at, text, loop.replace("2100", "2110"), e[1], e[3], e[4])
            self._line.filled = True
            self._line.rejections.append(rejection)
            return
        rejection = Rejection(at, text, loop, e[1], e[3], e[4])
        kept = level.rejections if level is not None else self._above
        if self._has_place(kept, at):
            kept.append(rejection)

    def _dmg(self, at: int, text: str, e: list[str]) -> None:  # noqa: ARG002
        e = e + _BLANK
        if self._level is not None and self._line.elements is None:
            self._level.birth_date, self._level.gender = e[2], e[3]

    def _ins(self, at: int, text: str, e: list[str]) -> None:  # noqa: ARG002
        e = e + _BLANK
        if self._level is not None and self._line.elements is None:
            self._level.relationship = e[2]
            self._level.changed = e[3] == "001" and e[4] == "25"

    def _ref(self, at: int, text: str, e: list[str]) -> None:
        e = e + _BLANK
        owner: HlLevel | BenefitLine | None = self._level
        if self._line.elements is not None:
            self._line.filled = True
            owner = self._line
        if owner is not None and (owner is self._line or self._has_place(owner.references, at)):
            owner.references.append(Reference(at, e[1], e[2], e[3], text))

    def _dtp(self, at: int, text: str, e: list[str]) -> None:
        if len(e) != 4:
            e = (e + _BLANK)[:4]
        owner: HlLevel | BenefitLine | None = self._level
        if self._line.elements is not None:
            self._line.filled = True
            owner = self._line
        if owner is not None and (owner is self._line or self._has_place(owner.dates, at)):
            owner.dates.append(tuple.__new__(Dated, (at, e[1], e[2], e[3], text)))

    def begin_line(self, at: int, elements: Elements) -> None:
        """Begin a benefit line: an EB with these elements, which ends the line before it."""
        level, line = self._level, self._line
        if level is None or level.kind not in _MEMBER_LEVELS:
            self._note_misplaced(at, "EB")
            self._open("22")
        elif line.elements is not None:
            ended = line.close() if line.filled else tuple.__new__(Benefit, (line.at, *line.elements))
            level.lines.append(ended)
            self._wrapped = False
        line.at, line.elements = at, elements

    def take_lines(self, benefits: Iterable[Benefit]) -> bool:
        """Take whole lines, which end the one before them; false where a level must be opened for them first."""
        level, line = self._level, self._line
        if level is None or level.kind not in _MEMBER_LEVELS:
            return False
        if line.elements is not None:
            level.lines.append(line.close())
            self._wrapped = False
        level.lines += benefits
        return True

    def _eb(self, at: int, text: str, e: list[str]) -> None:
        elements, odd = self._segments.read(text, e)
        self.begin_line(at, elements)
        for code, detail in odd:
            self._notice(Noticed(code, at, detail))

    def _msg(self, at: int, text: str, e: list[str]) -> None:
        if self._line.elements is None:
            self._note_misplaced(at, "MSG")
            return
        # An element sign inside a message is a mistake of the writer; the words are kept together.
        words = e[1] if len(e) == 2 else text[4:]
        self._line.filled = True
        self._line.messages.append(tuple.__new__(Message, (at, words.strip(), text)))

    def _iii(self, at: int, text: str, e: list[str]) -> None:
        e = e + _BLANK
        if self._line.elements is None:
            self._note_misplaced(at, "III")
        elif e[1] == "ZZ" and e[2]:
            self._line.filled = True
            self._line.places.append(Message(at, e[2], text))
        elif e[4]:
            self._line.filled = True
            self._line.messages.append(Message(at, e[4], text))

    def _hsd(self, at: int, text: str, e: list[str]) -> None:
        e = e + _BLANK
        if self._line.elements is None:
            self._note_misplaced(at, "HSD")
        else:
            self._line.filled = True
            self._line.deliveries.append(DeliveryLimit(at, text, *e[1:7]))

    def _ls(self, at: int, text: str, e: list[str]) -> None:  # noqa: ARG002
        self._wrapped = self._line.elements is not None

    def _le(self, at: int, text: str, e: list[str]) -> None:  # noqa: ARG002
        self._wrapped = False

    READERS: ClassVar[dict[str, Callable[["TransactionWalk", int, str, list[str]], None]]] = {
        "BHT": _bht,
        "HL": _hl,
        "TRN": _trn,
        "NM1": _nm1,
        "PER": _per,
        "AAA": _aaa,
        "DMG": _dmg,
        "INS": _ins,
        "REF": _ref,
        "DTP": _dtp,
        "EB": _eb,
        "MSG": _msg,
        "III": _iii,
        "HSD": _hsd,
        "LS": _ls,
        "LE": _le,
    }
