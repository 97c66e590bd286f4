"""What the electronic answer left open: the call sheet, in the order in which one would ask."""

from collections.abc import Sequence
from typing import NamedTuple

from contracts import (
    Administrator,
    Authorization,
    Condition,
    Coverage,
    CoverageStatus,
    Delivery,
    OpenQuestion,
    OpenQuestionCode,
    Program,
    ProgramTerms,
    Terms,
    Verdict,
    VirtualDelivery,
)
from payers.reading.memory import remember

_PROGRAM = {
    Program.IOP: "an intensive outpatient program (IOP)",
    Program.PHP: "a partial hospitalization program (PHP)",
}
_CONDITION = {Condition.MENTAL_HEALTH: "mental health", Condition.SUBSTANCE_USE: "substance use"}
_COVERED = {Program.IOP: OpenQuestionCode.IOP_COVERED, Program.PHP: OpenQuestionCode.PHP_COVERED}
_AUTHORIZATION = {Program.IOP: OpenQuestionCode.IOP_AUTHORIZATION, Program.PHP: OpenQuestionCode.PHP_AUTHORIZATION}
_COST = {Program.IOP: OpenQuestionCode.IOP_COST, Program.PHP: OpenQuestionCode.PHP_COST}
_GRANTED = frozenset({Verdict.COVERED, Verdict.LIKELY})
_UNDECIDED = frozenset({Verdict.LIKELY, Verdict.NOT_STATED, Verdict.COULD_NOT_CHECK})
_EXTRA = {
    OpenQuestionCode.CLOSED_AT_PLACE: "A place or service is excluded: does that touch {}?",
    OpenQuestionCode.LIMITS: "A limit in the reply is bound to something else: which limits hold for {}?",
}


def open_questions(
    coverage: Coverage,
    programs: Sequence[ProgramTerms],
    administrators: Sequence[Administrator],
    extra: Sequence[tuple[OpenQuestionCode, Program, Condition]],
    *,
    delivery: Delivery,
    ask_payer: bool,
    ask_who: bool,
    phone: str | None,
) -> tuple[OpenQuestion, ...]:
    """Every question, once. ``extra`` are those that the ladder left; ``phone`` is the payer's."""
    if coverage.status in {CoverageStatus.INACTIVE, CoverageStatus.NOT_FOUND}:
        return ()
    if coverage.status is CoverageStatus.COULD_NOT_CHECK:
        words = "Is the plan active, and does it cover IOP and PHP?"
        return (OpenQuestion(code=OpenQuestionCode.CALL_PAYER, ask=words, phone=phone),)
    found = [
        *_of_plan(coverage, phone, ask_payer=ask_payer, ask_who=ask_who),
        *_of_administrators(administrators, programs, phone),
        *(question for row in programs for question in _of_row(row, delivery, phone)),
    ]
    asked = {(one.code, one.program, one.condition) for one in found}
    for code, program, condition in dict.fromkeys(extra):
        if (code, program, condition) not in asked:
            words = _EXTRA.get(code, "The reply leaves open whether it covers {}: does it?")
            ask = words.format(_name_of(program, condition))
            found.append(_question_of(program, condition, code, ask, phone))
    if any(row.in_network.verdict in _GRANTED and not row.in_network.limits for row in programs):
        words = "Is the number of days or visits limited, and how many are left?"
        found.append(OpenQuestion(code=OpenQuestionCode.LIMITS, ask=words, phone=phone))
    # By their fields: a model is slow to hash.
    return tuple({(one.code, one.program, one.condition, one.ask, one.phone): one for one in found}.values())


def _of_plan(coverage: Coverage, phone: str | None, *, ask_payer: bool, ask_who: bool) -> list[OpenQuestion]:
    asked: list[tuple[OpenQuestionCode, str]] = []
    if coverage.status is CoverageStatus.UNCLEAR:
        asked.append((OpenQuestionCode.COVERAGE_UNCLEAR, "Is the plan active on the day of service?"))
    if ask_payer:
        words = "The reply asks to call the payer itself for this benefit: what does it cover?"
        asked.append((OpenQuestionCode.CALL_PAYER, words))
    if ask_who:
        words = "Who runs the behavioral benefit? The reply names somebody without saying so plainly."
        asked.append((OpenQuestionCode.ADMINISTRATOR, words))
    if coverage.other_payers:
        asked.append((OpenQuestionCode.OTHER_COVERAGE, "Which payer pays first?"))
    return [OpenQuestion(code=code, ask=words, phone=phone) for code, words in asked]


def _of_administrators(
    administrators: Sequence[Administrator], programs: Sequence[ProgramTerms], phone: str | None
) -> list[OpenQuestion]:
    code = OpenQuestionCode.ADMINISTRATOR_TERMS
    running = [one for one in administrators if _runs(one, programs)]
    found = [
        OpenQuestion(code=code, ask=f"What are the terms for IOP and PHP with {one.name}?", phone=one.phone or phone)
        for one in running
    ]
    if not running and any(row.in_network.verdict is Verdict.DELEGATED for row in programs):
        words = "Who runs the behavioral benefit, and what are the terms for IOP and PHP?"
        found.append(OpenQuestion(code=code, ask=words, phone=phone))
    return found


def _runs(one: Administrator, programs: Sequence[ProgramTerms]) -> bool:
    return any(row.in_network.verdict is Verdict.DELEGATED and row.condition in one.covers for row in programs)


def _name_of(program: Program, condition: Condition) -> str:
    return f"{_PROGRAM[program]} for {_CONDITION[condition]}"


class _OpenTerms(NamedTuple):
    """What the terms of a row leave open: whether it is covered and, where it is, all the rest."""

    coverage: bool
    authorization: bool
    cost: bool
    delivery: bool


def _of_row(row: ProgramTerms, delivery: Delivery, phone: str | None) -> tuple[OpenQuestion, ...]:
    """What is open in network; out of network is asked for only when the person says so."""
    terms = row.in_network
    granted = terms.verdict in _GRANTED
    left_open = _OpenTerms(
        coverage=terms.verdict in _UNDECIDED,
        authorization=granted and terms.authorization is Authorization.UNKNOWN,
        cost=granted and _cost_is_open(terms),
        delivery=granted and delivery is Delivery.VIRTUAL and terms.virtual is VirtualDelivery.NOT_STATED,
    )
    return _questions_of(row.program, row.condition, left_open, phone)


@remember(512)
def _questions_of(
    program: Program, condition: Condition, left_open: _OpenTerms, phone: str | None
) -> tuple[OpenQuestion, ...]:
    """The same few questions are open in most answers."""
    named = _name_of(program, condition)
    asked = (
        (left_open.coverage, _COVERED[program], f"Does the plan cover {named}?"),
        (left_open.authorization, _AUTHORIZATION[program], f"Is prior authorization required for {named}?"),
        (left_open.cost, _COST[program], f"What does the patient pay for {named}: copay per day, share, deductible?"),
        (
            left_open.delivery,
            OpenQuestionCode.VIRTUAL_DELIVERY,
            f"Is {named} covered when it is delivered by telehealth?",
        ),
    )
    return tuple([_question_of(program, condition, code, words, phone) for is_open, code, words in asked if is_open])


def _question_of(
    program: Program, condition: Condition, code: OpenQuestionCode, words: str, phone: str | None
) -> OpenQuestion:
    return OpenQuestion(code=code, program=program, condition=condition, ask=words, phone=phone)


def _cost_is_open(terms: Terms) -> bool:
    nothing = terms.copay is None and terms.coinsurance is None
    return nothing or bool(terms.assumed)
