"""Who runs the behavioral benefit, when it is not the payer that was asked. Source: ``ANSWER.md`` 2.4, [D1] to [D8]."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import product
from types import MappingProxyType
from typing import NamedTuple

from contracts import Administrator, Benefits, Condition, Program, Side, plain_id
from payers.reading.coverage.asked_payer import AskedPayer, card_of, plain_company
from payers.reading.coverage.pointers import POINTING, Pointer, pointers_of
from payers.reading.evidence import Book
from payers.reading.lines import codes
from payers.reading.lines.line import Line
from payers.reading.lines.statements import Patient
from payers.reading.memory import remember

_Reach = tuple[frozenset[Program], frozenset[Condition], frozenset[Side]]
"""What a pointer is for."""

_ROWS = tuple(product(Program, Condition, Side))


class Run(NamedTuple):
    """Who runs one program for one condition on one network side, and the evidence of it."""

    name: str
    evidence: tuple[str, ...]


class Delegation(NamedTuple):
    """The administrators that the reply names, who runs what, and what it leaves to ask.

    ``ask_payer``: the payer itself must be asked. ``ask_who``: who the administrator is, with the words of the reply.
    """

    administrators: tuple[Administrator, ...] = ()
    runs: Mapping[tuple[Program, Condition, Side], Run] = MappingProxyType({})
    ask_payer: bool = False
    ask_who: bool = False

    def of(self, program: Program, condition: Condition, side: Side) -> Run | None:
        """Return who runs a program for a condition on a side; None when nobody else does."""
        return self.runs.get((program, condition, side))


class _Cited:
    """The evidence of pointers; each is cited for many rows, and looked up once."""

    def __init__(self, book: Book) -> None:
        self._book = book
        self._found: dict[int, tuple[str, ...]] = {}

    def marks(self, pointers: Iterable[Pointer]) -> tuple[str, ...]:
        """Return the evidence of ``pointers``, each once."""
        return tuple(dict.fromkeys([mark for one in pointers for mark in self._marks_of(one)]))

    def _marks_of(self, one: Pointer) -> tuple[str, ...]:
        found = self._found.get(id(one))
        if found is None:
            found = self._found[id(one)] = tuple(self._enter(one))
        return found

    def _enter(self, one: Pointer) -> Iterator[str]:
        yield self._book.line(one.line)
        if one.entity is not None:
            yield self._book.mark(one.line.reply, one.entity.at, one.entity.text, "administrator")
        if one.message is not None:
            said = one.line.benefit.messages[one.message]
            yield self._book.mark(one.line.reply, said.at, said.sent or said.text, "administrator")


def delegation_of(
    lines: Sequence[Line], people: Sequence[Benefits], payer: AskedPayer, patient: Patient, book: Book
) -> Delegation:
    """Return what every line says that points to somebody else."""
    said = [pointers_of(line, payer, patient) for line in lines if line.benefit.information in POINTING]
    found = [pointer for one in said for pointer in one.found]
    ask_who = any(one.asks_who for one in said)
    ask_payer = any(one.asks_payer for one in said)
    if not found:
        return Delegation(ask_payer=ask_payer, ask_who=ask_who)
    cited = _Cited(book)
    # Most rows are of the same pointers, which are told apart by what each of them is for.
    delegating = [(one, (one.programs, one.conditions, one.sides)) for one in found if one.delegates]
    reaches = {reach: _rows_of(reach) for _, reach in delegating}
    known: dict[frozenset[_Reach], tuple[Run, bool]] = {}
    runs: dict[tuple[Program, Condition, Side], Run] = {}
    for row in _ROWS:
        here = frozenset([reach for reach, rows in reaches.items() if row in rows])
        if here:
            if here not in known:
                known[here] = _run([one for one, reach in delegating if reach in here], cited)
            runs[row], several = known[here]
            ask_who = ask_who or several
    return Delegation(_administrators(found, people, payer, cited), runs, ask_payer, ask_who)


@remember(256)
def _rows_of(reach: _Reach) -> frozenset[tuple[Program, Condition, Side]]:
    return frozenset(product(*reach))


def _run(those: Sequence[Pointer], cited: _Cited) -> tuple[Run, bool]:
    """Who runs a program on a side, of those who are named for it, and whether two of equal standing claim it."""
    best = min(one.standing for one in those)
    first = [one for one in those if one.standing is best]
    names = {plain_company(name) for name in {one.name for one in first}}
    return Run(first[0].name, cited.marks(first)), len(names) > 1


def _administrators(
    found: Sequence[Pointer], people: Sequence[Benefits], payer: AskedPayer, cited: _Cited
) -> tuple[Administrator, ...]:
    by_name: dict[str, list[Pointer]] = {}
    plain = {name: plain_company(name) for name in {one.name for one in found}}
    for one in found:
        by_name.setdefault(plain[one.name], []).append(one)
    return tuple(_administrator(those, people, payer, cited) for those in by_name.values())


def _administrator(
    those: Sequence[Pointer], people: Sequence[Benefits], payer: AskedPayer, cited: _Cited
) -> Administrator:
    entities = [one.entity for one in those if one.entity is not None]
    own_ids = {
        plain_id(one.member_id) for said in people for one in (said.patient, said.subscriber) if one and one.member_id
    }
    theirs = next((one.id for one in entities if one.id_kind in codes.MEMBER_ID_KINDS and one.id), None)
    differs = theirs is not None and bool(own_ids) and plain_id(theirs) not in own_ids
    covered = frozenset(condition for one in those for condition in one.conditions)
    return Administrator(
        name=those[0].name,
        payer=card_of(those[0].name, entities, payer),
        phone=next((one.phone for one in those if one.phone), None),
        member_id_differs=differs,
        member_id=theirs if differs else None,
        covers=tuple(condition for condition in Condition if condition in covered),
        evidence=cited.marks(those),
    )
