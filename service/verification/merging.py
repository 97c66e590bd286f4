"""Two answers about one member become one.

An administrator's answer completes the first payer's. A field that speaks of the payer that was asked stays as it is
(``OfAskedPayer``); ``RULES`` says how some fields are made of both answers. Of every other field nothing is lost: a
list keeps the items of both, and a value that the first answer does not state is the second one's. Source:
``ANSWER.md`` 2, [D9].
"""

from collections.abc import Callable, Collection, Iterable, Mapping
from typing import NamedTuple, TypeVar

from pydantic.fields import FieldInfo

from contracts import (
    Accumulators,
    Administrator,
    Answer,
    Condition,
    Evidence,
    EvidenceOf,
    Frozen,
    OfAskedPayer,
    OpenQuestion,
    OpenQuestionCode,
    Program,
    ProgramTerms,
    Rule,
    Side,
    State,
    Terms,
    marks_of,
    replace_marked,
)

UNDECIDED = frozenset({Rule.NOT_CHECKED, Rule.SILENT})
"""Rules of terms about which nothing is known yet while a reply is still waited for."""


class Merge(NamedTuple):
    """An administrator's answer upon a first one: for which conditions it speaks, and whether it is complete.

    ``second`` has its evidence numbered after the first one's.
    """

    first: Answer
    second: Answer
    conditions: Collection[Condition]
    administrator: Administrator
    complete: bool


def merge_answers(
    first: Answer,
    second: Answer,
    conditions: Collection[Condition],
    administrator: Administrator,
    *,
    complete: bool = True,
) -> Answer:
    """Return ``first`` with what it leaves to others of ``conditions`` as ``second`` has it, and what either has seen.

    What ``first`` itself says of a program stays, since its ladder decided above the delegation. Where ``second`` is
    not ``complete``, what it does not decide yet stays as it was. Without ``conditions`` it gives no rows, and its
    problems, findings and evidence alone are added.
    """
    ids = {item.id: f"e{place}" for place, item in enumerate(second.evidence, start=len(first.evidence) + 1)}
    merge = Merge(first, renumber(second, ids), conditions, administrator, complete)
    found = {
        name: RULES[name](merge) if name in RULES else _merge_field(name, merge.first, merge.second)
        for name in type(first).model_fields
    }
    return first.model_copy(update=found)


def renumber(answer: Answer, ids: Mapping[str, str]) -> Answer:
    """Return ``answer`` with every id of evidence replaced by the one that ``ids`` gives for it."""
    evidence = tuple(item.model_copy(update={"id": ids.get(item.id, item.id)}) for item in answer.evidence)
    renumbered = replace_marked(answer, _evidence_mark, lambda _, held, __: tuple([ids.get(one, one) for one in held]))
    return renumbered.model_copy(update={"evidence": evidence})


def _evidence_mark(field: FieldInfo) -> EvidenceOf | None:
    return next((mark for mark in marks_of(field) if isinstance(mark, EvidenceOf)), None)


def _merge_field(name: str, first: Frozen, second: Frozen) -> object:
    """Return what a field becomes that no rule of its own is made for: nothing of either is lost."""
    ours, theirs, field = getattr(first, name), getattr(second, name), type(first).model_fields[name]
    if any(isinstance(mark, OfAskedPayer) for mark in marks_of(field)):
        return ours
    if isinstance(ours, tuple):
        return _join(ours, theirs)
    return theirs if not field.is_required() and ours == field.get_default(call_default_factory=True) else ours


def _state(merge: Merge) -> State:
    return State.PENDING if State.PENDING in {merge.first.state, merge.second.state} else State.FINAL


def _programs(merge: Merge) -> tuple[ProgramTerms, ...]:
    return tuple(
        _row(ours, theirs, merge) if ours.condition in merge.conditions else ours
        for ours, theirs in zip(merge.first.programs, merge.second.programs, strict=True)
    )


def _row(ours: ProgramTerms, theirs: ProgramTerms, merge: Merge) -> ProgramTerms:
    def on(side: Side) -> Terms:
        terms = theirs.on(side)
        if ours.on(side).rule is not Rule.DELEGATED or (not merge.complete and terms.rule in UNDECIDED):
            return ours.on(side)
        return terms.model_copy(update={"administered_by": terms.administered_by or merge.administrator.name})

    sides = {side.value: on(side) for side in Side}
    rest = {name: _merge_field(name, ours, theirs) for name in type(ours).model_fields if name not in sides}
    return ours.model_copy(update=sides | rest)


def _rows_left(merge: Merge) -> frozenset[tuple[Program | None, Condition | None]]:
    """The rows that the first payer leaves to the administrator, on one side at least."""
    return frozenset(
        (row.program, row.condition)
        for row in merge.first.programs
        for side in Side
        if row.condition in merge.conditions and row.on(side).rule is Rule.DELEGATED
    )


def _accumulators(merge: Merge) -> Accumulators:
    own = bool(merge.conditions) and merge.second.accumulators != Accumulators()
    return merge.second.accumulators if own else merge.first.accumulators


def _administrators(merge: Merge) -> tuple[Administrator, ...]:
    """Return all that either names; the one that was asked with its own number, where the first payer gave none."""
    own = merge.administrator.name
    first = tuple(
        one.model_copy(update={"phone": one.phone or merge.second.payer_phone}) if one.name == own else one
        for one in merge.first.administrators
    )
    known = {one.name for one in first}
    return (*first, *(one for one in merge.second.administrators if one.name not in known))


def _evidence(merge: Merge) -> tuple[Evidence, ...]:
    replies = len(merge.first.answered_by)
    theirs = (item.model_copy(update={"answered_by": item.answered_by + replies}) for item in merge.second.evidence)
    return (*merge.first.evidence, *theirs)


def _open_questions(merge: Merge) -> tuple[OpenQuestion, ...]:
    """Return what is open after both: the administrator is asked about its conditions, at its own number."""
    if not merge.conditions:
        return merge.first.open_questions
    left, rows = merge.first.open_questions, _rows_left(merge)
    if merge.complete:
        left = tuple(
            question
            for question in left
            if (question.program, question.condition) not in rows
            and not (question.code is OpenQuestionCode.ADMINISTRATOR_TERMS and question.condition is None)
        )
    codes = {question.code for question in left if question.condition is None}
    theirs = (
        question.model_copy(update={"phone": _number_to_call(question.phone, merge)})
        for question in merge.second.open_questions
        if (question.program, question.condition) in rows or (question.condition is None and question.code not in codes)
    )
    return _join(left, theirs)


def _number_to_call(phone: str | None, merge: Merge) -> str | None:
    """Return the administrator's number as the payer gives it, in place of the one that it gives itself."""
    return (merge.administrator.phone or phone) if phone in {None, merge.second.payer_phone} else phone


Item = TypeVar("Item")


def _join(first: tuple[Item, ...], second: Iterable[Item]) -> tuple[Item, ...]:
    """Return all that both have, each of the second once."""
    return (*first, *(item for item in second if item not in first))


RULES: Mapping[str, Callable[[Merge], object]] = {
    "state": _state,
    "programs": _programs,
    "accumulators": _accumulators,
    "administrators": _administrators,
    # Each of its replies is one, and evidence names it by its place.
    "answered_by": lambda merge: merge.first.answered_by + merge.second.answered_by,
    "open_questions": _open_questions,
    "evidence": _evidence,
    "findings": lambda merge: merge.first.findings + merge.second.findings,
}
"""How the fields are made that need both answers."""
