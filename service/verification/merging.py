"""Two answers about one member become one: each field of ``Answer`` has its rule, and a field without one is an error.

The first payer's answer is the ground; an administrator's is laid upon it. Problems, findings, evidence and replies of
both are kept, whatever they are about. Source: ``ANSWER.md`` 2, [D9].
"""

import json
from collections.abc import Callable, Collection, Iterable, Mapping
from typing import NamedTuple, TypeVar

from contracts import (
    Accumulators,
    Administrator,
    Answer,
    Condition,
    OpenQuestion,
    OpenQuestionCode,
    ProgramTerms,
    Rule,
    Side,
    State,
    Terms,
    restate,
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
    """``first`` with the rows of ``conditions`` as ``second`` has them, and with all that either has seen.

    Where ``second`` is not ``complete``, what it does not decide yet stays as it was. Without ``conditions`` it gives
    no rows, and its problems, findings and evidence alone are added.
    """
    marks = {item.id: f"e{place}" for place, item in enumerate(second.evidence, start=len(first.evidence) + 1)}
    merge = Merge(first, renumber(second, marks), conditions, administrator, complete)
    found = {name: RULES[name](merge) for name in Answer.model_fields}
    answer = first.model_copy(update=found)
    return restate(answer, state=answer.state)


def renumber(answer: Answer, marks: Mapping[str, str]) -> Answer:
    """``answer`` with every evidence mark replaced by the one that ``marks`` gives for it."""

    def walk(value: object) -> object:
        if isinstance(value, dict):
            return {
                key: [marks.get(mark, mark) for mark in inner]
                if key == "evidence" and _are_marks(inner)
                else walk(inner)
                for key, inner in value.items()
            }
        if isinstance(value, list | tuple):
            return [walk(inner) for inner in value]
        return value

    # Evidence and findings may be thousands, and hold no marks but their own: they are not written out for this.
    plain = answer.model_dump(mode="json", exclude=set(_LONG))
    evidence = tuple(item.model_copy(update={"id": marks.get(item.id, item.id)}) for item in answer.evidence)
    kept = {"payer_phone": answer.payer_phone, "findings": answer.findings, "evidence": evidence}
    return Answer.model_validate_json(json.dumps(walk(plain))).model_copy(update=kept)


_LONG = ("evidence", "findings")


def _are_marks(value: object) -> bool:
    return isinstance(value, list | tuple) and all(isinstance(mark, str) for mark in value)


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
        if not merge.complete and terms.rule in UNDECIDED:
            return ours.on(side)
        return terms.model_copy(update={"administered_by": terms.administered_by or merge.administrator.name})

    return ours.model_copy(update={side.value: on(side) for side in Side})


def _accumulators(merge: Merge) -> Accumulators:
    own = bool(merge.conditions) and merge.second.accumulators != Accumulators()
    return merge.second.accumulators if own else merge.first.accumulators


def _administrators(merge: Merge) -> tuple[Administrator, ...]:
    """All that either names; the one that was asked with its own number, where the first payer gave none."""
    own = merge.administrator.name
    first = tuple(
        one.model_copy(update={"phone": one.phone or merge.second.payer_phone}) if one.name == own else one
        for one in merge.first.administrators
    )
    known = {one.name for one in first}
    return (*first, *(one for one in merge.second.administrators if one.name not in known))


def _evidence(merge: Merge) -> tuple[object, ...]:
    replies = len(merge.first.answered_by)
    theirs = (item.model_copy(update={"answered_by": item.answered_by + replies}) for item in merge.second.evidence)
    return (*merge.first.evidence, *theirs)


def _open_questions(merge: Merge) -> tuple[OpenQuestion, ...]:
    """What is open after both: the administrator is asked about its conditions, at its own number."""
    if not merge.conditions:
        return merge.first.open_questions
    left = merge.first.open_questions
    if merge.complete:
        left = tuple(
            question
            for question in left
            if question.condition not in merge.conditions
            and not (question.code is OpenQuestionCode.ADMINISTRATOR_TERMS and question.condition is None)
        )
    codes = {question.code for question in left if question.condition is None}
    theirs = (
        question.model_copy(update={"phone": _number_to_call(question.phone, merge)})
        for question in merge.second.open_questions
        if question.condition in merge.conditions or (question.condition is None and question.code not in codes)
    )
    return _join(left, theirs)


def _number_to_call(phone: str | None, merge: Merge) -> str | None:
    """The administrator's number as the payer gives it, in place of the one it gives of itself: one for a company."""
    return (merge.administrator.phone or phone) if phone in {None, merge.second.payer_phone} else phone


Item = TypeVar("Item")


def _join(first: tuple[Item, ...], second: Iterable[Item]) -> tuple[Item, ...]:
    return (*first, *(item for item in second if item not in first))


def _of_the_first(name: str) -> Callable[[Merge], object]:
    return lambda merge: getattr(merge.first, name)


def _of_both(name: str) -> Callable[[Merge], object]:
    """All that both have, each once."""
    return lambda merge: _join(getattr(merge.first, name), getattr(merge.second, name))


RULES: Mapping[str, Callable[[Merge], object]] = {
    "verification_id": _of_the_first("verification_id"),
    "reference": _of_the_first("reference"),
    "state": _state,
    "payer": _of_the_first("payer"),
    "service_date": _of_the_first("service_date"),
    "as_of": _of_the_first("as_of"),
    "member_match": _of_the_first("member_match"),
    "coverage": _of_the_first("coverage"),
    "programs": _programs,
    "accumulators": _accumulators,
    "administrators": _administrators,
    "answered_by": lambda merge: merge.first.answered_by + merge.second.answered_by,
    "open_questions": _open_questions,
    # Both are said anew from what the whole answer holds.
    "next_step": _of_the_first("next_step"),
    "summary": _of_the_first("summary"),
    "evidence": _evidence,
    "findings": lambda merge: merge.first.findings + merge.second.findings,
    "problems": _of_both("problems"),
    "timing": _of_the_first("timing"),
    "payer_phone": _of_the_first("payer_phone"),
}
"""How each field of the whole answer is made. A field of the model that stands here not makes every merge fail."""
