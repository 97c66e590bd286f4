"""Which service a line is about: another one, one program alone, or both; and whether its words let it speak at all.

Source: ``ANSWER.md`` [S1] to [S8], [T13], [T17], [T20], [T21].
"""

from collections.abc import Iterable
from typing import NamedTuple

from contracts import Benefit, Condition, Program, Side
from payers.reading.lines import codes
from payers.reading.lines.statements import Patient, is_about_another_service
from payers.reading.text import Clause, Record, Text, Topic

_NARROWING = frozenset({Topic.LABEL, Topic.COVERAGE, Topic.COST, Topic.LIMIT})
_SUBJECT_TOPICS = frozenset({Topic.LABEL, Topic.COVERAGE, Topic.OTHER})


class Subject(NamedTuple):
    """What the words of a line make it about.

    ``is_other_service``: another service, the office or telehealth alone. ``only``: the one program it is about, for
    all rungs. ``priced``: the one program that its figures are for. ``is_mute``: its words let it neither speak nor
    close. ``closes_nothing``: as a closing line it closes nothing. ``sides``: the network sides that its words bind it
    to; empty for those of EB12. ``refuses_itself``: the sides on which its words refuse its own subject, both when they
    name none. ``refused``: conditions that its words refuse as a whole. ``is_exhausted``: its own benefit is used up.
    ``binds_figures``: its words bind its figures to some visits, ages or settings, or are not understood.
    """

    is_other_service: bool = False
    only: Program | None = None
    priced: Program | None = None
    is_mute: bool = False
    closes_nothing: bool = False
    sides: frozenset[Side] = frozenset()
    refuses_itself: frozenset[Side] = frozenset()
    refused: frozenset[Condition] = frozenset()
    is_exhausted: bool = False
    is_virtual: bool = False
    binds_figures: bool = False


def subject_of_line(benefit: Benefit, text: Text, plan_text: Text, patient: Patient) -> Subject:
    """Return what the words of ``benefit`` make it about."""
    clauses = (*text.clauses, *plan_text.clauses)
    if not clauses:
        return Subject()
    speaks = benefit.information in codes.SPEAKING or benefit.information in codes.ACTIVE
    programs = frozenset(program for clause in clauses for program in clause.names.programs | clause.excepted)
    own = any(clause.names.own for clause in clauses if _narrows_or_widens(clause))
    narrowing = [clause for clause in clauses if _narrows(clause, speaks=speaks)]
    another = bool(narrowing) and not programs and not own
    judged = [
        clause
        for clause in text.clauses
        if not (clause.names.programs or clause.excepted or is_about_another_service(clause))
    ]
    riddles = [clause for clause in judged if not clause.is_understood]
    understood = [record for clause in judged if clause.is_understood for record in clause.records]
    unmet = any(_is_unmet(record, benefit, patient) for record in understood)
    return Subject(
        is_other_service=another,
        only=_only(clauses, _CLOSING_LABELS if benefit.information in codes.CLOSING else _LABELS),
        priced=_find_priced(clauses),
        is_mute=any(clause.is_cautious for clause in riddles) or unmet or text.is_cut,
        closes_nothing=any(not clause.is_understood for clause in text.clauses)
        or any(_keeps_open(record) for record in understood),
        sides=frozenset(side for record in understood if _binds(record, benefit) for side in record.sides),
        refuses_itself=frozenset(
            side
            for record in understood
            if _refuses_itself(record, patient)
            for side in record.sides or frozenset(Side)
        ),
        refused=frozenset(
            condition
            for clause in judged
            if clause.is_understood
            for record in clause.records
            if _refuses_condition(record, patient)
            for condition in record.names.conditions
        ),
        is_exhausted=any(
            record.topic is Topic.EXHAUSTED and not record.names.is_service
            for clause in text.clauses
            for record in clause.records
        ),
        is_virtual=any(clause.names.telehealth and not clause.names.own for clause in narrowing),
        binds_figures=any(_binds_figures(clause, patient) for clause in text.clauses),
    )


def _topics(clause: Clause) -> frozenset[Topic]:
    return frozenset(record.topic for record in clause.records)


def _narrows_or_widens(clause: Clause) -> bool:
    return bool(_topics(clause) & _NARROWING) or not clause.records


def _narrows(clause: Clause, *, speaks: bool) -> bool:
    """Whether a clause makes the line one about another service, the office or telehealth ([S3])."""
    if not _narrows_or_widens(clause):
        return False
    refusal = any(record.topic is Topic.COVERAGE and record.positive is False for record in clause.records)
    if refusal and speaks:
        return False
    names = clause.names
    return (names.services or names.parts or names.office or names.telehealth) and not names.own


_LABELS = frozenset({Topic.LABEL, Topic.COST, Topic.LIMIT})
_CLOSING_LABELS = _LABELS | {Topic.COVERAGE}
"""On a line that closes, a verdict on one program narrows it to that program: the other is not refused by it."""


def _only(clauses: Iterable[Clause], labels: frozenset[Topic]) -> Program | None:
    """The one program that labels, and words of cost or limit without a verdict, say that the line is about ([T20])."""
    named: set[Program] = set()
    for clause in clauses:
        topics = _topics(clause)
        if topics and topics <= labels and clause.is_understood:
            named |= clause.names.programs - clause.excepted
    return named.pop() if len(named) == 1 else None


def _find_priced(clauses: Iterable[Clause]) -> Program | None:
    """The one program that the words name, other than to refuse or except it ([T20])."""
    named: set[Program] = set()
    for clause in clauses:
        refused = {
            program
            for record in clause.records
            if record.topic is Topic.COVERAGE and record.positive is False
            for program in record.names.programs
        }
        named |= clause.names.programs - clause.excepted - refused
    return named.pop() if len(named) == 1 else None


def _binds(record: Record, benefit: Benefit) -> bool:
    """Whether the network words of a record bind the whole line to a side ([L5])."""
    if record.topic in {Topic.COST, Topic.LIMIT}:
        # NO COPAY OUT OF NETWORK says nothing of the side of a figure that stands.
        return benefit.information in codes.MONEY and not record.voids
    closes = benefit.information in codes.CLOSING
    return record.topic is Topic.LABEL or (record.topic is Topic.COVERAGE and (record.positive is True or closes))


def _keeps_open(record: Record) -> bool:
    """Whether words of a closing line's own subject say that something is granted, or needs authorization alone.

    SEE HANDBOOK FOR COVERED SERVICES says that some are.
    """
    if record.topic in {Topic.COVERAGE, Topic.CONTACT}:
        return record.positive is True
    return record.topic is Topic.AUTHORIZATION and record.positive is True


def _binds_figures(clause: Clause, patient: Patient) -> bool:
    """Whether a clause binds the line's figures: to some visits or ages, another delivery, or by words not understood.

    A binding by age that is met is none ([F8]).
    """
    names = clause.names
    if names.programs and names.is_elsewhere:
        return True
    if not clause.is_understood and (clause.is_cautious or not (names.programs or clause.excepted)):
        return True
    return any(
        record.in_sequence
        or not (record.attached.is_met(patient.age, patient.on) or _voids_nothing_now(record, patient))
        for record in clause.records
    )


def _voids_nothing_now(record: Record, patient: Patient) -> bool:
    """Whether words void a figure at another time or age, so that it stands for this patient today."""
    attached = record.attached
    is_known = not (attached.unmet or attached.first) and (patient.age is not None or not attached.has_age)
    return bool(record.voids) and is_known


def _is_unmet(record: Record, benefit: Benefit, patient: Patient) -> bool:
    """Whether a condition on the line's own subject is not met, so that the line says nothing for this patient.

    Figures that come one after another bind the figure alone ([F8]).
    """
    if record.topic not in _SUBJECT_TOPICS or record.names.is_service or record.positive is False:
        return False
    in_turn = benefit.information in codes.MONEY
    return not record.attached._replace(first=record.attached.first and not in_turn).is_met(patient.age, patient.on)


def _refuses_itself(record: Record, patient: Patient) -> bool:
    """Whether a record refuses the line's own subject, as a whole."""
    return (
        record.topic is Topic.COVERAGE
        and record.positive is False
        and record.is_own
        and record.attached.is_met(patient.age, patient.on)
    )


def _refuses_condition(record: Record, patient: Patient) -> bool:
    return (
        record.topic is Topic.COVERAGE
        and record.positive is False
        and not record.names.is_service
        and not record.names.is_elsewhere
        and bool(record.names.conditions)
        and record.attached.is_met(patient.age, patient.on)
    )
