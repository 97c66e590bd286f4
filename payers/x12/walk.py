"""The walk over the segments of 271 transactions: each said thing goes to the level, the line or the entity it is of.

A patient's answer lives at one level; what stands under one HL never reaches another. What is out of place is kept
where it can be, and noticed. Source: ``x12-reference.md`` sections 3, 4 and 6.
"""

import re
from collections.abc import Callable
from typing import ClassVar, NamedTuple

from contracts import Benefits, Dated, DeliveryLimit, FindingCode, Noticed, Reference, Rejection, Said, Trace
from payers.x12.collected import Level, Line, Party
from payers.x12.separators import UNDECLARED, Separators, splits_service_types

_CODE = re.compile(r"[A-Z0-9]{1,2}")
_SEVERAL_CODES = re.compile(r"[A-Z0-9]{1,2}([^A-Za-z0-9 ])[A-Z0-9]{1,2}(?:\1[A-Z0-9]{1,2})*")
_PROCEDURE = re.compile(r"(?:AD|CJ|HC|ID|IV|N4|ZZ)([^A-Za-z0-9 ]).+")
_TAG = re.compile(r"[A-Z][A-Z0-9]{1,2}")
_BLANK = [""] * 16
_LOOPS = {"20": "2100A", "21": "2100B", "22": "2100C", "23": "2100D"}
_SILENT_TAGS = frozenset({"N3", "N4", "PRV", "HI", "MPI", "LS", "LE", "AMT", "EQ", "INS", "DMG", "REF", "DTP", "PER"})


class Transaction(NamedTuple):
    """What one 271 said: ``people`` for each member level that speaks, and ``bare`` when none does."""

    people: tuple[Benefits, ...]
    bare: Benefits
    reference: str


class Walk:
    """Reads the segments of one 271, from its BHT to its SE."""

    def __init__(self, separators: Separators, control_number: str, notice: Callable[[Noticed], None]) -> None:
        """Take the signs, ISA13 and where to report what is odd."""
        self._separators = separators
        self._control_number = control_number
        self._notice = notice
        self._repetition = separators.repetition if splits_service_types(separators.repetition, separators) else ""
        self._levels: list[Level] = []
        self._above: list[Rejection] = []
        self._payer: Party | None = None
        self._provider: Party | None = None
        self._level: Level | None = None
        self._line: Line | None = None
        self._wrapped = False
        self._answered_at = ""
        self._reference = ""

    def take(self, at: int, text: str, e: list[str]) -> None:
        """Read one segment: its number, its text, its elements."""
        handler = self._HANDLERS.get(e[0])
        if handler is not None:
            handler(self, at, text, e)
        elif e[0] not in _SILENT_TAGS:
            self._odd_segment(at, e[0])

    def done(self) -> Transaction:
        """What the transaction said, level by level, in its order."""
        self._close_line()
        people = [self._benefits(level) for level in self._levels if level.speaks and level.kind in {"22", "23"}]
        last = next((level for level in reversed(self._levels) if level.kind in {"22", "23"}), None)
        bare = self._benefits(last) if last else self._around((), self._above)
        return Transaction(tuple(people), bare, self._reference)

    def _around(self, traces: tuple[Trace, ...], rejections: list[Rejection]) -> Benefits:
        ours = next((trace.number for trace in traces if trace.kind == "2"), "")
        return Benefits(
            payer=self._payer.entity() if self._payer else None,
            provider=self._provider.entity() if self._provider else None,
            traces=traces,
            rejections=tuple(rejections),
            trace=ours or self._control_number,
            answered_at=self._answered_at,
        )

    def _benefits(self, level: Level) -> Benefits:
        holder = level.parent if level.kind == "23" else None
        above = holder.rejections if holder else []
        traces = level.traces or (holder.traces if holder else [])
        patient = level.person()
        return self._around(tuple(traces), [*self._above, *above, *level.rejections])._replace(
            subscriber=holder.person() if holder else patient if level.kind == "22" else None,
            patient=patient,
            lines=tuple(level.lines),
        )

    def _close_line(self) -> None:
        if self._line is not None and self._level is not None:
            self._level.lines.append(self._line.benefit())
        self._line = None
        self._wrapped = False

    def _odd_segment(self, at: int, tag: str) -> None:
        shown = tag if _TAG.fullmatch(tag) else "segment"
        self._notice(Noticed(FindingCode.UNKNOWN_CODE, at, shown))

    def _misplaced(self, at: int, tag: str) -> None:
        self._notice(Noticed(FindingCode.MALFORMED_VALUE, at, f"{tag} out of place"))

    def _bht(self, at: int, text: str, e: list[str]) -> None:  # noqa: ARG002 - one shape for all handlers
        e = [*e, *_BLANK]
        self._reference = e[3].strip()
        self._answered_at = (e[4] + e[5][:4]).strip()

    def _hl(self, at: int, text: str, e: list[str]) -> None:  # noqa: ARG002
        self._close_line()
        kind = e[3].strip() if len(e) > 3 else ""
        if kind not in _LOOPS:
            self._notice(Noticed(FindingCode.MALFORMED_VALUE, at, "HL03"))
        e = [part.strip() for part in e] + [""] * 3
        self._open(kind, e[1], e[2])

    def _open(self, kind: str, number: str = "", parent: str = "") -> Level:
        holder: Level | None = None
        if kind == "23":
            holders = [level for level in reversed(self._levels) if level.kind == "22"]
            holder = next((level for level in holders if parent and level.number == parent), None) or next(
                iter(holders), None
            )
        level = Level(kind, number, holder)
        self._levels.append(level)
        self._level = level
        return level

    def _trn(self, at: int, text: str, e: list[str]) -> None:  # noqa: ARG002
        e = [*e, *_BLANK]
        if self._level is not None and self._line is None:
            self._level.traces.append(Trace(e[1].strip(), e[2].strip(), e[3].strip()))
        else:
            self._misplaced(at, "TRN")

    def _nm1(self, at: int, text: str, e: list[str]) -> None:
        e = [part.strip() for part in e] + [""] * 10
        role = e[1]
        level = self._level
        if self._line is not None:
            begins_a_person = (
                role in {"IL", "03"} and not self._wrapped and level is not None and level.name is not None
            )
            if not begins_a_person:
                self._line.entities.append(Party(at, text, e))
                return
            # An HL is missing: without one a second member would be given the first one's lines.
            self._close_line()
            self._open("22" if role == "IL" else "23")
        elif level is None or (role in {"IL", "03"} and level.kind not in {"22", "23"}):
            self._open({"IL": "22", "03": "23", "PR": "20"}.get(role, "21"))
        self._named(at, text, e)

    def _named(self, at: int, text: str, e: list[str]) -> None:
        level = self._level
        if level is None:
            return
        if level.kind in {"22", "23"}:
            if level.name is None:
                level.name = (at, text, e)
            else:
                self._misplaced(at, "NM1")
            return
        level.entity = Party(at, text, e)
        if level.kind == "20" and self._payer is None:
            self._payer = level.entity
        elif level.kind == "21" and self._provider is None:
            self._provider = level.entity

    def _per(self, at: int, text: str, e: list[str]) -> None:
        e = [part.strip() for part in e] + [""] * 9
        if self._line is not None:
            if not self._line.entities:
                # A PER without its NM1: the number to call is kept, under the name that PER02 gives.
                self._line.entities.append(Party(at, text, ["NM1", "", "", e[2], "", "", "", "", "", ""]))
            self._line.entities[-1].called(e)
        elif self._level is not None and self._level.entity is not None:
            self._level.entity.called(e)

    def _aaa(self, at: int, text: str, e: list[str]) -> None:
        e = [part.strip() for part in e] + [""] * 5
        level = self._level
        loop = _LOOPS.get(level.kind, "2000A") if level is not None else "2000A"
        if level is not None and level.kind == "20" and level.entity is None:
            loop = "2000A"
        if self._line is not None:
            rejection = Rejection(at, text, loop.replace("2100", "2110"), e[1], e[3], e[4])
            self._line.rejections.append(rejection)
            return
        rejection = Rejection(at, text, loop, e[1], e[3], e[4])
        if level is not None and level.kind in {"22", "23"}:
            level.rejections.append(rejection)
        else:
            self._above.append(rejection)

    def _dmg(self, at: int, text: str, e: list[str]) -> None:  # noqa: ARG002
        e = [part.strip() for part in e] + [""] * 4
        if self._level is not None and self._line is None:
            self._level.birth_date, self._level.gender = e[2], e[3]

    def _ins(self, at: int, text: str, e: list[str]) -> None:  # noqa: ARG002
        e = [part.strip() for part in e] + [""] * 5
        if self._level is not None and self._line is None:
            self._level.relationship = e[2]
            self._level.changed = e[3] == "001" and e[4] == "25"

    def _ref(self, at: int, text: str, e: list[str]) -> None:
        e = [part.strip() for part in e] + [""] * 4
        owner = self._line or self._level
        if owner is not None:
            owner.references.append(Reference(at, e[1], e[2], e[3], text))

    def _dtp(self, at: int, text: str, e: list[str]) -> None:
        e = [part.strip() for part in e] + [""] * 4
        owner = self._line or self._level
        if owner is not None:
            owner.dates.append(Dated(at, e[1], e[2], e[3], text))

    def _eb(self, at: int, text: str, e: list[str]) -> None:
        self._close_line()
        if self._level is None or self._level.kind not in {"22", "23"}:
            self._misplaced(at, "EB")
            self._open("22")
        if " " in text:
            e = [part.strip() for part in e]
        if len(e) > 15:
            self._notice(Noticed(FindingCode.MALFORMED_VALUE, at, "EB past EB14"))
        (
            _,
            kind,
            level,
            types,
            insurance,
            plan,
            period,
            amount,
            share,
            measure,
            quantity,
            certified,
            network,
            procedure,
        ) = (e + _BLANK)[:14]
        service_types: tuple[str, ...]
        if not types:
            service_types = ()
        elif len(types) <= 2:
            service_types = (types,)
        else:
            service_types = self._service_types(at, types)
        qualifier = code = ""
        modifiers: tuple[str, ...] = ()
        if procedure:
            qualifier, code, modifiers = self._procedure(at, procedure)
        self._line = Line(
            (
                at,
                text,
                kind,
                level,
                service_types,
                insurance,
                plan,
                period,
                amount,
                share,
                measure,
                quantity,
                certified,
                network,
                qualifier,
                code,
                modifiers,
            )
        )

    def _service_types(self, at: int, types: str) -> tuple[str, ...]:
        """EB03 split at its repetitions, by the declared sign, else by the one that it is seen to be written with."""
        if self._repetition and self._repetition in types:
            parts = [part.strip() for part in types.split(self._repetition)]
            if all(_CODE.fullmatch(part) for part in parts if part):
                return tuple(part for part in parts if part)
        match = _SEVERAL_CODES.fullmatch(types)
        if match is not None and match.group(1) in UNDECLARED:
            self._notice(Noticed(FindingCode.UNDECLARED_SEPARATOR, at, "EB03"))
            return tuple(types.split(match.group(1)))
        parts = types.split(self._repetition) if self._repetition else [types]
        return tuple(part.strip() for part in parts if part.strip())

    def _procedure(self, at: int, composite: str) -> tuple[str, str, tuple[str, ...]]:
        sign = self._separators.component
        if sign not in composite:
            match = _PROCEDURE.fullmatch(composite)
            if match is None:
                return "", composite, ()
            sign = match.group(1)
            self._notice(Noticed(FindingCode.UNDECLARED_SEPARATOR, at, "EB13"))
        qualifier, code, *modifiers = [part.strip() for part in composite.split(sign)]
        return qualifier, code.upper(), tuple(part for part in modifiers if part)

    def _msg(self, at: int, text: str, e: list[str]) -> None:
        if self._line is None:
            self._misplaced(at, "MSG")
            return
        # An element sign inside a message is the writer's slip; the words are kept together.
        words = e[1] if len(e) == 2 else text[4:]
        self._line.messages.append(Said(at, words.strip(), text))

    def _iii(self, at: int, text: str, e: list[str]) -> None:
        e = [part.strip() for part in e] + [""] * 5
        if self._line is None:
            self._misplaced(at, "III")
        elif e[1] == "ZZ" and e[2]:
            self._line.places.append(Said(at, e[2], text))
        elif e[4]:
            self._line.messages.append(Said(at, e[4], text))

    def _hsd(self, at: int, text: str, e: list[str]) -> None:
        e = [part.strip() for part in e] + [""] * 7
        if self._line is None:
            self._misplaced(at, "HSD")
        else:
            self._line.deliveries.append(DeliveryLimit(at, text, *e[1:7]))

    def _ls(self, at: int, text: str, e: list[str]) -> None:  # noqa: ARG002
        self._wrapped = self._line is not None

    def _le(self, at: int, text: str, e: list[str]) -> None:  # noqa: ARG002
        self._wrapped = False

    _HANDLERS: ClassVar[dict[str, Callable[["Walk", int, str, list[str]], None]]] = {
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
