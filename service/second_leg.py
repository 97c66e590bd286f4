"""The second leg: when another company runs the behavioral benefit and is one of our payers, ask it, and merge.

The plan's status, dates and accumulators stay the first payer's, unless the administrator gives accumulators of its
own; the verdicts of the conditions that it covers become those of its reply. Source: the answer's section 2.
"""

import json
from collections.abc import Callable, Collection, Iterable
from typing import NamedTuple, TypeVar

from contracts import (
    Accumulators,
    Administrator,
    AdministratorOutcome,
    Answer,
    Condition,
    CoverageStatus,
    OpenQuestion,
    OpenQuestionCode,
    PayerError,
    Problem,
    ProgramTerms,
    Question,
    Rule,
    Side,
    State,
    Terms,
    problem_of,
    restated,
)
from service.driven import AdapterFault, driven
from service.plugins import Directory
from service.wire import WAITING, JobWire, WireRoom

USABLE = frozenset({CoverageStatus.ACTIVE, CoverageStatus.INACTIVE, CoverageStatus.UNCLEAR})
"""Statuses of a reply that answered; the others say only that it could not."""


class Leg(NamedTuple):
    """How asking one administrator went."""

    outcome: AdministratorOutcome
    answer: Answer | None = None
    problems: tuple[Problem, ...] = ()


async def with_administrators(
    answer: Answer,
    question: Question,
    wire: JobWire,
    rooms: tuple[Directory, WireRoom],
    tell: Callable[[Answer], None],
) -> Answer:
    """``answer`` completed by what the administrators of its delegated conditions say.

    ``tell`` is given the answer as it stands while one is being asked. No administrator is asked what delegates back: a
    payer is asked once in one verification, so that a loop of delegations ends.
    """
    asked = {question.payer}
    for position, administrator in enumerate(answer.administrators):
        conditions = delegated(answer, administrator)
        if not conditions:
            continue
        payer = administrator.payer
        directory = rooms[0]
        if payer is None or payer not in directory or not _leads_elsewhere(administrator, question, rooms):
            answer = _noted(answer, position, asked=False, outcome=AdministratorOutcome.NO_ROAD)
            continue
        if payer in asked:
            continue
        asked.add(payer)
        asking = _noted(answer, position, asked=True, outcome=AdministratorOutcome.PENDING)
        tell(restated(asking, state=State.PENDING))
        leg = await _ask(administrator, question.model_copy(update={"payer": payer}), wire, rooms)
        answer = _noted(answer, position, asked=True, outcome=leg.outcome)
        answer = answer.model_copy(update={"problems": _joined(answer.problems, leg.problems)})
        if leg.answer is not None:
            answer = merged(answer, leg.answer, conditions, administrator.name)
    return restated(answer, state=answer.state)


def _leads_elsewhere(administrator: Administrator, question: Question, rooms: tuple[Directory, WireRoom]) -> bool:
    """Whether a road to the administrator is open that does not end at the payer who was asked.

    Sister companies share an id on some roads: the same question under it would only be answered as it was before.
    """
    directory, room = rooms
    ways, asked = (
        {(entry.road, entry.payer_id) for entry, _ in room.order(directory.adapter(payer).card)}
        for payer in (administrator.payer or "", question.payer)
    )
    same_member = administrator.member_id in {None, question.member.member_id}
    return bool(ways - asked if same_member else ways)


def delegated(answer: Answer, administrator: Administrator) -> frozenset[Condition]:
    """The conditions that ``administrator`` covers and that the answer leaves to somebody else."""
    return frozenset(
        row.condition
        for row in answer.programs
        for side in Side
        if row.condition in administrator.covers and row.on(side).rule is Rule.DELEGATED
    )


async def _ask(
    administrator: Administrator, question: Question, wire: JobWire, rooms: tuple[Directory, WireRoom]
) -> Leg:
    directory, room = rooms
    adapter = directory.adapter(question.payer)
    if administrator.member_id:
        member = question.member.model_copy(update={"member_id": administrator.member_id})
        subscriber = question.subscriber
        if subscriber is not None:
            subscriber = subscriber.model_copy(update={"member_id": administrator.member_id})
        question = question.model_copy(update={"member": member, "subscriber": subscriber})
    if adapter.card.missing(question):
        return Leg(AdministratorOutcome.NOT_ASKED)
    try:
        reply = await driven(adapter, question, wire, room.leaked)
    except PayerError as error:
        problem = problem_of(error)
        if problem.code not in WAITING:
            return Leg(AdministratorOutcome.REJECTED if error.sent else AdministratorOutcome.UNREACHABLE)
        return Leg(AdministratorOutcome.UNREACHABLE, problems=(problem,))
    except AdapterFault:
        return Leg(AdministratorOutcome.UNREACHABLE)
    if reply.coverage.status not in USABLE:
        waiting = tuple(problem for problem in reply.problems if problem.code in WAITING)
        outcome = AdministratorOutcome.UNREACHABLE if waiting else AdministratorOutcome.REJECTED
        return Leg(outcome, problems=waiting)
    return Leg(AdministratorOutcome.ANSWERED, reply)


def merged(first: Answer, second: Answer, conditions: Collection[Condition], name: str) -> Answer:
    """``first`` with the rows of ``conditions`` as ``second`` has them, and its evidence renumbered to follow."""
    shift, replies = len(first.evidence), len(first.answered_by)
    marks = {item.id: f"e{shift + place}" for place, item in enumerate(second.evidence, start=1)}
    second = renumbered(second, marks)
    rows = tuple(
        _run_by(theirs, name) if row.condition in conditions else row
        for row, theirs in zip(first.programs, second.programs, strict=True)
    )
    evidence = tuple(item.model_copy(update={"answered_by": item.answered_by + replies}) for item in second.evidence)
    own = second.accumulators != Accumulators()
    return first.model_copy(
        update={
            "programs": rows,
            "accumulators": second.accumulators if own else first.accumulators,
            "answered_by": first.answered_by + second.answered_by,
            "evidence": first.evidence + evidence,
            "findings": first.findings + second.findings,
            "administrators": _joined(first.administrators, _new(first, second)),
            "open_questions": _questions(first, second, conditions),
        }
    )


def renumbered(answer: Answer, marks: dict[str, str]) -> Answer:
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

    plain = answer.model_dump(mode="json")
    for item in plain["evidence"]:
        item["id"] = marks.get(item["id"], item["id"])
    return Answer.model_validate_json(json.dumps(walk(plain)))


def _are_marks(value: object) -> bool:
    return isinstance(value, list | tuple) and all(isinstance(mark, str) for mark in value)


def _run_by(row: ProgramTerms, name: str) -> ProgramTerms:
    def named(terms: Terms) -> Terms:
        return terms.model_copy(update={"administered_by": terms.administered_by or name})

    return row.model_copy(update={"in_network": named(row.in_network), "out_of_network": named(row.out_of_network)})


def _new(first: Answer, second: Answer) -> tuple[Administrator, ...]:
    known = {administrator.name for administrator in first.administrators}
    return tuple(administrator for administrator in second.administrators if administrator.name not in known)


def _questions(first: Answer, second: Answer, conditions: Collection[Condition]) -> tuple[OpenQuestion, ...]:
    kept = tuple(
        question
        for question in first.open_questions
        if question.condition not in conditions
        and not (question.code is OpenQuestionCode.ADMINISTRATOR_TERMS and question.condition is None)
    )
    theirs = tuple(question for question in second.open_questions if question.condition in conditions)
    return _joined(kept, theirs)


def _noted(answer: Answer, position: int, *, asked: bool, outcome: AdministratorOutcome) -> Answer:
    administrators = list(answer.administrators)
    administrators[position] = administrators[position].model_copy(update={"asked": asked, "outcome": outcome})
    return answer.model_copy(update={"administrators": tuple(administrators)})


Item = TypeVar("Item")


def _joined(first: tuple[Item, ...], second: Iterable[Item]) -> tuple[Item, ...]:
    return (*first, *(item for item in second if item not in first))
