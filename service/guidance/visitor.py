"""What a visitor of the website may read of an answer: one friendly word for each program, and what to do next.

Nothing of money, plan, group, payer or evidence, and no adverse word: an inactive plan, a refusal, a member who was not
found and details that differ all read the same. Source: ``ANSWER.md`` 5, [V1].
"""

from enum import StrEnum

from contracts import Answer, Condition, CoverageStatus, Frozen, MemberMatch, Program, ProgramTerms, State, Verdict
from contracts.phrases import CONDITION, NO_PROMISE, PROGRAM
from contracts.wording import Both, join


class VisitorWord(StrEnum):
    """The one word that a visitor reads of a program."""

    LOOKS_GOOD = "looks_good"
    LETS_TALK = "lets_talk"
    COULD_NOT_CONFIRM = "could_not_confirm"


class VisitorProgram(Frozen):
    """A program for a condition, in network: its word, and the word in English and Spanish."""

    program: Program
    condition: Condition
    word: VisitorWord
    en: str
    es: str


class VisitorAnswer(Frozen):
    """All that a visitor may read. ``phone`` is the provider's own; texts are in English and in Spanish."""

    state: State
    programs: tuple[VisitorProgram, ...]
    summary: Both
    next_step: Both
    phone: str | None = None


WORD = {
    VisitorWord.LOOKS_GOOD: Both("looks good", "se ve bien"),
    VisitorWord.LETS_TALK: Both("let's talk", "hablemos"),
    VisitorWord.COULD_NOT_CONFIRM: Both("could not confirm", "no se pudo confirmar"),
}
_OF_VERDICT = {
    Verdict.COVERED: VisitorWord.LOOKS_GOOD,
    Verdict.LIKELY: VisitorWord.LOOKS_GOOD,
    Verdict.NOT_STATED: VisitorWord.LETS_TALK,
    Verdict.DELEGATED: VisitorWord.LETS_TALK,
}
"""Every other verdict reads ``could_not_confirm``."""

SENTENCE = {
    VisitorWord.LOOKS_GOOD: Both(
        "{program} for {condition} looks good with your plan.", "{program} para {condition} se ve bien con su plan."
    ),
    VisitorWord.LETS_TALK: Both(
        "{program} for {condition}: let's talk about it.", "{program} para {condition}: hablemos de ello."
    ),
    VisitorWord.COULD_NOT_CONFIRM: Both(
        "We could not confirm online: {program} for {condition}.",
        "No pudimos confirmar en línea: {program} para {condition}.",
    ),
}
NOTHING_CONFIRMED = Both(
    "We could not confirm your plan online. This is common, and we can look at it with you.",
    "No pudimos confirmar su plan en línea. Es común, y podemos verlo con usted.",
)
STILL_ASKING = Both("We are still asking your plan.", "Todavía estamos preguntando a su plan.")
NEXT_STEP = {
    VisitorWord.LOOKS_GOOD: Both("Call us to plan your first day.", "Llámenos para planear su primer día."),
    VisitorWord.LETS_TALK: Both("Call us: we will ask your plan with you.", "Llámenos: preguntamos a su plan juntos."),
    VisitorWord.COULD_NOT_CONFIRM: Both(
        "Check what you typed against your card, or call us.", "Compare lo que escribió con su tarjeta, o llámenos."
    ),
}
WAIT = Both("Please wait a moment, or call us.", "Espere un momento, o llámenos.")


def visitor_answer_of(answer: Answer, phone: str | None = None) -> VisitorAnswer:
    """Return what a visitor may read of ``answer``; ``phone`` is the provider's own number."""
    found = tuple(_program(answer, row) for row in answer.programs)
    if answer.state is State.PENDING:
        return VisitorAnswer(state=answer.state, programs=(), summary=STILL_ASKING, next_step=WAIT, phone=phone)
    best = next(word for word in VisitorWord if any(one.word is word for one in found))
    return VisitorAnswer(
        state=answer.state, programs=found, summary=_summary(found, best), next_step=NEXT_STEP[best], phone=phone
    )


def nothing_confirmed(phone: str | None = None) -> VisitorAnswer:
    """Return what every adverse outcome reads like: nothing of it tells one cause from another."""
    word = VisitorWord.COULD_NOT_CONFIRM
    en, es = WORD[word]
    rows = (
        VisitorProgram(program=program, condition=condition, word=word, en=en, es=es)
        for program in Program
        for condition in Condition
    )
    return VisitorAnswer(
        state=State.FINAL, programs=tuple(rows), summary=NOTHING_CONFIRMED, next_step=NEXT_STEP[word], phone=phone
    )


def word_of(answer: Answer, row: ProgramTerms) -> VisitorWord:
    """Return the one word of a program: a friendly one only where the reply is certainly about this visitor."""
    if answer.member_match is not MemberMatch.EXACT:
        return VisitorWord.COULD_NOT_CONFIRM
    word = _OF_VERDICT.get(row.in_network.verdict, VisitorWord.COULD_NOT_CONFIRM)
    if answer.coverage.status is CoverageStatus.UNCLEAR:
        return VisitorWord.LETS_TALK
    return word if answer.coverage.status is CoverageStatus.ACTIVE else VisitorWord.COULD_NOT_CONFIRM


def _program(answer: Answer, row: ProgramTerms) -> VisitorProgram:
    word = word_of(answer, row)
    en, es = WORD[word]
    return VisitorProgram(program=row.program, condition=row.condition, word=word, en=en, es=es)


def _summary(programs: tuple[VisitorProgram, ...], best: VisitorWord) -> Both:
    if best is VisitorWord.COULD_NOT_CONFIRM:
        return NOTHING_CONFIRMED
    said = [
        SENTENCE[one.word].fill(program=PROGRAM[one.program].later, condition=CONDITION[one.condition])
        for one in programs
    ]
    return join([*said, *([NO_PROMISE] if best is VisitorWord.LOOKS_GOOD else [])], " ")
