"""The second leg: when another company runs the behavioral benefit and is one of our payers, ask it, and merge.

The plan's status, dates and accumulators stay the first payer's, unless the administrator gives accumulators of its
own; the verdicts of the conditions that it covers become those of its reply. Source: ``ANSWER.md`` 2.
"""

from collections.abc import Callable
from functools import partial
from typing import NamedTuple

import structlog

from contracts import (
    Administrator,
    AdministratorOutcome,
    Answer,
    Condition,
    CoverageStatus,
    PayerError,
    Problem,
    ProblemCode,
    Question,
    Responsible,
    Rule,
    Side,
    State,
    problem_of,
    spell,
)
from contracts.readings import READINGS
from service.gateway import WAITING, Guards
from service.plugins.loading import Directory
from service.verification.adapter_call import AdapterFault, WatchedGateway, call_adapter
from service.verification.merging import merge_answers

log = structlog.get_logger()

FAULT_OF_OURS = Problem(code=ProblemCode.ADAPTER_FAULT, responsible=Responsible.SERVICE)
"""The problem of a plugin that failed."""

USABLE = frozenset({CoverageStatus.ACTIVE, CoverageStatus.INACTIVE, CoverageStatus.UNCLEAR})
"""Statuses of a reply that answered; the others say only that it could not."""

_MERGED_ON_THE_LOOP = 300
"""Pieces of evidence of two answers that are merged on the event loop; those of more are merged beside it."""


class Leg(NamedTuple):
    """How asking one administrator went."""

    outcome: AdministratorOutcome
    answer: Answer | None = None
    problems: tuple[Problem, ...] = ()


async def with_administrators(
    answer: Answer,
    question: Question,
    gateway: WatchedGateway,
    registries: tuple[Directory, Guards],
    tell: Callable[[Answer], None],
    *,
    can_ask: Callable[[Administrator], bool] | None = None,
) -> Answer:
    """``answer`` completed by what the administrators of its delegated conditions say.

    ``tell`` is given the answer as it stands while one is being asked; ``can_ask`` says whether one can be,
    where the open routes don't. No administrator is asked what delegates back: a
    payer is asked once in one verification, so that a loop of delegations ends. Nobody is asked about a condition that
    the question does not want.
    """
    asked = {question.payer}
    if can_ask is None:
        can_ask = partial(_leads_elsewhere, question=question, registries=registries)
    for position, administrator in enumerate(answer.administrators):
        conditions = delegated_conditions(answer, administrator)
        if not conditions:
            continue
        wanted = conditions.intersection(question.conditions)
        if not wanted:
            answer = _note_outcome(answer, position, asked=False, outcome=AdministratorOutcome.NOT_ASKED)
            continue
        payer = administrator.payer
        directory = registries[0]
        if payer is None or payer not in directory or not can_ask(administrator):
            answer = _note_outcome(answer, position, asked=False, outcome=AdministratorOutcome.NO_ROUTE)
            continue
        if payer in asked:
            continue
        asked.add(payer)
        asking = _note_outcome(answer, position, asked=True, outcome=AdministratorOutcome.PENDING)
        tell(asking.model_copy(update={"state": State.PENDING}))
        narrower = {"payer": payer, "conditions": tuple(one for one in Condition if one in wanted)}
        leg = await _ask(administrator, question.model_copy(update=narrower), gateway, registries)
        noted = _note_outcome(answer, position, asked=True, outcome=leg.outcome)
        long = len(answer.evidence) + len(leg.answer.evidence if leg.answer else ()) > _MERGED_ON_THE_LOOP
        merging = partial(_with_outcome, noted, leg, wanted, administrator)
        answer = await (READINGS.beside_the_loop if long else READINGS.on_the_loop)(merging)
    return answer


def _with_outcome(answer: Answer, leg: Leg, conditions: frozenset[Condition], administrator: Administrator) -> Answer:
    """``answer`` with what asking ``administrator`` brought: its word about ``conditions``, or why there is none."""
    if leg.answer is None:
        problems = dict.fromkeys((*answer.problems, *leg.problems))
        return answer.model_copy(update={"problems": tuple(problems)})
    speaks = conditions if leg.answer.coverage.status in USABLE else frozenset()
    complete = leg.outcome is not AdministratorOutcome.PENDING
    return merge_answers(answer, leg.answer, speaks, administrator, complete=complete)


def _leads_elsewhere(administrator: Administrator, question: Question, registries: tuple[Directory, Guards]) -> bool:
    """Whether a route to the administrator is open that does not end at the payer who was asked.

    Sister companies share an id on some routes: the same question under it would only be answered as it was before.
    """
    directory, guards = registries
    ways, asked = (
        {(entry.route, entry.payer_id) for entry, _ in guards.order(directory.adapter(payer).card)}
        for payer in (administrator.payer or "", question.payer)
    )
    same_member = administrator.member_id in {None, question.member.member_id}
    return bool(ways - asked if same_member else ways)


def delegated_conditions(answer: Answer, administrator: Administrator) -> frozenset[Condition]:
    """The conditions that ``administrator`` covers and that the answer leaves to somebody else."""
    return frozenset(
        row.condition
        for row in answer.programs
        for side in Side
        if row.condition in administrator.covers and row.on(side).rule is Rule.DELEGATED
    )


async def _ask(
    administrator: Administrator, question: Question, gateway: WatchedGateway, registries: tuple[Directory, Guards]
) -> Leg:
    directory, guards = registries
    adapter = directory.adapter(question.payer)
    if administrator.member_id:
        member = question.member.model_copy(update={"member_id": administrator.member_id})
        subscriber = question.subscriber
        if subscriber is not None:
            subscriber = subscriber.model_copy(update={"member_id": administrator.member_id})
        question = question.model_copy(update={"member": member, "subscriber": subscriber})
    question = spell(question, adapter.card)
    if adapter.card.missing(question):
        return Leg(AdministratorOutcome.NOT_ASKED)
    try:
        reply = await call_adapter(adapter, question, gateway, guards.leaked)
    except PayerError as error:
        failed = AdministratorOutcome.REJECTED if error.sent else AdministratorOutcome.UNREACHABLE
        return _leg(failed, None, (problem_of(error),))
    except AdapterFault as fault:
        log.error("second_leg.adapter_fault", payer=question.payer, detail=fault.detail, function=fault.place)
        return _leg(AdministratorOutcome.UNREACHABLE, None, (FAULT_OF_OURS,))
    usable = reply.coverage.status in USABLE
    return _leg(AdministratorOutcome.ANSWERED if usable else AdministratorOutcome.REJECTED, reply, reply.problems)


def _leg(outcome: AdministratorOutcome, answer: Answer | None, problems: tuple[Problem, ...]) -> Leg:
    """How asking went; as long as asking again may bring more, the administrator is still being asked."""
    waits = any(problem.code in WAITING for problem in problems)
    return Leg(AdministratorOutcome.PENDING if waits else outcome, answer, problems)


def _note_outcome(answer: Answer, position: int, *, asked: bool, outcome: AdministratorOutcome) -> Answer:
    administrators = list(answer.administrators)
    administrators[position] = administrators[position].model_copy(update={"asked": asked, "outcome": outcome})
    return answer.model_copy(update={"administrators": tuple(administrators)})
