"""Conditions in a clause of their own, carried back to what was granted or refused before them. Source: [T6], [T10]."""

from collections.abc import Sequence
from datetime import date

from payers.reading.text.records import Attached, Clause, Names, Topic

_ALONE = frozenset({Topic.LABEL, Topic.OTHER})


def carry_conditions(clauses: Sequence[Clause]) -> tuple[Clause, ...]:
    """Return ``clauses`` with each condition that stands alone attached to the service that was named before it.

    COVERED. ADOLESCENTS ONLY. means the same as COVERED FOR ADOLESCENTS ONLY; clauses between that have the same
    subject are bound as well. A condition with no service before it stays one of the line's own subject.
    """
    found = list(clauses)
    for place, clause in enumerate(clauses):
        if not _is_condition_alone(clause):
            continue
        subject: Names | None = None
        for at in range(place - 1, -1, -1):
            named = _service_of(found[at])
            if named is None:
                continue
            if subject is not None and named.programs != subject.programs:
                break
            subject = named
            found[at] = _bind(found[at], clause.records[0].attached)
        if subject is not None:
            found[place] = _free(clause)
    return tuple(found)


def without_threats(clauses: Sequence[Clause]) -> list[Clause]:
    """Return ``clauses`` with NO PRECERT, NO BENEFITS as what is not understood: it frees and refuses nothing."""
    found = list(clauses)
    for place in range(1, len(found)):
        first, second = found[place - 1], found[place]
        if first.words.startswith("NO ") and _frees(first) and second.words.startswith(_NOTHING_PAID):
            found[place - 1 : place + 1] = [
                one._replace(is_understood=False, is_understood_beside_names=False) for one in (first, second)
            ]
    return found


_NOTHING_PAID = ("NO BENEFIT", "NO COVERAGE", "NO PAY", "NO REIMBURSEMENT")


def _frees(clause: Clause) -> bool:
    return any(record.topic is Topic.AUTHORIZATION and record.positive is False for record in clause.records)


def _is_condition_alone(clause: Clause) -> bool:
    """Whether a clause names no service, condition or setting, and attaches a condition."""
    if not clause.is_understood or not clause.records or clause.excepted:
        return False
    names = clause.names
    if names.programs or names.services or names.conditions or names.behavioral or names.is_elsewhere or names.provider:
        return False
    attached = clause.records[0].attached
    return attached != Attached() and all(record.topic in _ALONE for record in clause.records)


def _service_of(clause: Clause) -> Names | None:
    return next((record.names for record in clause.records if record.names.is_service), None)


def _bind(clause: Clause, more: Attached) -> Clause:
    records = tuple(record._replace(attached=_join(record.attached, more)) for record in clause.records)
    return clause._replace(records=records)


def _free(clause: Clause) -> Clause:
    """The clause without its condition, which another one has now."""
    records = tuple(record._replace(topic=Topic.OTHER, attached=Attached()) for record in clause.records)
    return clause._replace(records=records)


def _join(one: Attached, other: Attached) -> Attached:
    return Attached(
        one.ages + other.ages,
        one.bounds + other.bounds,
        _latest(one.begins, other.begins),
        _earliest(one.ends, other.ends),
        one.unmet or other.unmet,
        one.first or other.first,
    )


def _latest(one: date | None, other: date | None) -> date | None:
    return max((day for day in (one, other) if day is not None), default=None)


def _earliest(one: date | None, other: date | None) -> date | None:
    return min((day for day in (one, other) if day is not None), default=None)
