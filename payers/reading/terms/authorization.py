"""Whether prior authorization is required for a program. Source: ``ANSWER.md`` [F1] to [F4]."""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from contracts import AUTHORIZATION_ALONE, Authorization, FindingCode, Grade
from payers.reading.evidence import Book
from payers.reading.lines.facts import Facts
from payers.reading.lines.line import Line, is_on_side
from payers.reading.memory import remember
from payers.reading.terms.bindings import binding_of
from payers.reading.terms.figures import Row
from payers.reading.terms.values import marks
from payers.reading.text import Clause, Record, Topic


class Requirement(NamedTuple):
    """One word about authorization: required or not, the line, and the index of its message (None: EB11).

    ``by_name``: it names the program.
    """

    required: bool
    line: Line
    message: int | None = None
    by_name: bool = False


class Authorized(NamedTuple):
    """Whether authorization is required, and the evidence of it."""

    word: Authorization
    evidence: tuple[str, ...] = ()


_UNKNOWN = Authorized(Authorization.UNKNOWN)
_CERTIFIED = {"Y": True, "N": False}


def authorization_of(speaking: Sequence[Line], row: Row, grade: Grade, book: Book) -> Authorized:
    """Return what EB11 and the words say: where any requires it, it is required, with a finding where another frees it.

    ``speaking``: the lines of the deciding rung. Beside them count the words of any line that name the program, and
    what was said of the program's procedures and their authorization alone.
    """
    certified = [line for line in row.lines.certified if (row.program, row.condition) in line.facts.named_by_procedure]
    said = [
        *(one for line in speaking if _may_tell(line) for one in _of_rung(line, row)),
        *(one for line in certified if _is_on(line, row) for one in _of_rung(line, row)),
        *(one for line in row.lines.authorizing for one in _by_name(line, row)),
    ]
    if not said:
        return _UNKNOWN
    for line in {id(one.line): one.line for one in said if one.line in certified}.values():
        benefit = line.benefit
        book.mark(line.reply, benefit.at, benefit.text, f"{AUTHORIZATION_ALONE}procedure {benefit.procedure}")
    required = [one for one in said if one.required]
    freed = [one for one in said if not one.required and (one.by_name or grade in {Grade.A, Grade.B})]
    if required:
        if any(not one.required for one in said):
            for one in required:
                book.find(
                    FindingCode.AUTHORIZATION_DIFFERS, one.line.benefit.at, "EB11" if one.message is None else "MSG"
                )
        is_by_line = any(one.line not in certified for one in required)
        return Authorized(Authorization.REQUIRED, _evidence(_of_lines(said, certified) if is_by_line else said, book))
    if freed:
        return Authorized(Authorization.NOT_REQUIRED, _evidence(_of_lines(freed, certified) or freed, book))
    return _UNKNOWN


def _of_lines(said: Sequence[Requirement], certified: Sequence[Line]) -> list[Requirement]:
    """Return what lines say: where they decide, what was said of a procedure alone only agrees with them."""
    return [one for one in said if one.line not in certified]


def _may_tell(line: Line) -> bool:
    """Whether a line has anything of authorization; most that speak have not."""
    return bool(line.benefit.authorization) or _has_words(line.facts)


@remember(2048)
def _has_words(facts: Facts) -> bool:
    """Whether words that are understood speak of authorization."""
    return any(
        record.topic is Topic.AUTHORIZATION
        for clause in facts.text.clauses
        if clause.is_understood
        for record in clause.records
    )


def _is_on(line: Line, row: Row) -> bool:
    return is_on_side(row.side, line.benefit.network, marked=False)


def _evidence(said: Sequence[Requirement], book: Book) -> tuple[str, ...]:
    found = list(marks([one.line for one in said], book))
    for one in said:
        if one.message is not None:
            text = one.line.benefit.messages[one.message]
            found.append(book.mark(one.line.reply, text.at, text.sent or text.text, "authorization"))
    return tuple(dict.fromkeys(found))


def _of_rung(line: Line, row: Row) -> Iterator[Requirement]:
    """What a line of the deciding rung says by EB11 and by words about its own subject."""
    program = row.program
    if line.facts.is_plan_level:
        return
    certified = _CERTIFIED.get(line.benefit.authorization)
    # EB11 of a line that is priced for the other program alone is that program's.
    if (
        certified is not None
        and line.facts.subject.priced in {None, program}
        and (certified or _is_free_as_a_whole(line))
    ):
        yield Requirement(certified, line, by_name=program in line.facts.named)
    for clause, record in _records(line, row):
        if not record.names.is_service and not record.names.is_elsewhere:
            yield Requirement(bool(record.positive), line, _message(clause), by_name=program in line.facts.named)


def _by_name(line: Line, row: Row) -> Iterator[Requirement]:
    """What the words of any line say that names the program."""
    is_on = _is_on(line, row)
    for clause, record in _records(line, row):
        # Words of a network side go before EB12 ([L5]).
        if row.program in record.names.programs and (is_on or record.sides):
            yield Requirement(bool(record.positive), line, _message(clause), by_name=True)


def _message(clause: Clause) -> int | None:
    return clause.messages[0] if clause.messages else None


def _is_free_as_a_whole(line: Line) -> bool:
    """Whether ``N`` in EB11 of a line is about the whole program ([F3]): nothing binds it, and no word is a riddle."""
    return binding_of(line) is None and line.age_fits is not False and not _has_riddle(line)


def _has_riddle(line: Line) -> bool:
    """Whether a clause about authorization is not understood, or leaves open whether it is required."""
    return any(
        clause.has_authorization
        and (
            not clause.is_understood
            or any(one.topic is Topic.AUTHORIZATION and one.positive is None for one in clause.records)
        )
        for clause in line.facts.text.clauses
    )


def _records(line: Line, row: Row) -> Iterator[tuple[Clause, Record]]:
    """Every word about authorization that is in force, for the side and condition of ``row``.

    What frees must be about the whole of its subject: no part, setting, number of visits or other service.
    """
    if not _has_words(line.facts):
        return
    condition, side, patient = row.condition, row.side, row.patient
    has_riddle = _has_riddle(line)
    for clause in line.facts.text.clauses:
        if not clause.is_understood:
            continue
        for record in clause.records:
            if record.topic is not Topic.AUTHORIZATION or record.positive is None:
                continue
            if side not in (record.sides or {side}):
                continue
            if condition not in (record.names.conditions or line.facts.conditions):
                continue
            attached = record.attached
            if not (attached.day_holds(patient.on) and attached.age_holds(patient.age)) or attached.unmet:
                continue
            if not record.positive and (attached.first or has_riddle or not _is_about_the_whole(clause, record)):
                continue
            yield clause, record


def _is_about_the_whole(clause: Clause, record: Record) -> bool:
    names = clause.names
    narrowed = names.services or names.parts or names.is_elsewhere
    counted = record.quantity is not None or any(one.quantity is not None for one in clause.records)
    return not (narrowed or counted)
