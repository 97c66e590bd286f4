"""What the next step promises: its text is true of the problem, and its number is that of whom it says to call."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings

from contracts import (
    Administrator,
    AdministratorOutcome,
    Answer,
    Authorization,
    CoverageStatus,
    OpenQuestion,
    OpenQuestionCode,
    ProblemCode,
    Program,
    Rule,
    State,
    Terms,
    Verdict,
    reasons,
)
from contracts.reasons import REASON, REASON_IN_PART, SENT
from contracts.vocabulary import Condition, NextStepCode
from contracts.wording import format_time

from .staging import AS_OF, PAYER, THEIRS, answer, answers, problem, terms

UNTIL = AS_OF + timedelta(seconds=900)
PENDING = {
    ProblemCode.PAYER_UNREACHABLE: "The payer's system cannot be reached. We try again until 10:15 AM EST on"
    " November 23.",
    ProblemCode.PAYER_SILENT: "The payer has not answered yet. We ask again at 10:01 AM EST on November 23.",
    ProblemCode.PAYER_BUSY: "The payer answered that it cannot look this up now. We ask again at 10:01 AM EST on"
    " November 23.",
    ProblemCode.REPLY_UNREADABLE: "The payer answered, but the answer cannot be read. We ask again at 10:01 AM EST on"
    " November 23.",
    ProblemCode.REPLY_MISMATCHED: "The payer answered, but not about this member as given. The answer was set aside."
    " Check the details; we ask again at 10:01 AM EST on November 23.",
}
NOTHING = CoverageStatus.COULD_NOT_CHECK
NOT_ANSWERED = {
    *(words for code in (ProblemCode.PAYER_SILENT, ProblemCode.PAYER_UNREACHABLE) for words in REASON[code]),
    *SENT,
}
ANSWERED_CODES = {ProblemCode.PAYER_BUSY, ProblemCode.REPLY_UNREADABLE, ProblemCode.REPLY_MISMATCHED}


def optum(outcome: AdministratorOutcome, phone: str | None = THEIRS) -> Administrator:
    return Administrator(name="OPTUM", phone=phone, covers=tuple(Condition), asked=True, outcome=outcome)


DELEGATED = terms(Verdict.DELEGATED, Rule.DELEGATED, administered_by="OPTUM")
BY_OPTUM = terms(administered_by="OPTUM")
OPEN = OpenQuestion(
    code=OpenQuestionCode.IOP_COST, program=Program.IOP, condition=Condition.MENTAL_HEALTH, ask="What does it cost?"
)


@pytest.mark.parametrize("code", PENDING)
def test_a_pending_answers_text_is_that_of_its_problem(code: ProblemCode) -> None:
    pending = answer(status=NOTHING, state=State.PENDING, problems=(problem(code, waits=True),), until=UNTIL)

    assert (pending.next_step.code, pending.next_step.text) == (NextStepCode.WAIT, PENDING[code])
    assert pending.summary.en == PENDING[code]


@pytest.mark.parametrize("code", PENDING)
def test_when_the_life_has_ended_the_first_sentence_stays_and_the_payer_is_called(code: ProblemCode) -> None:
    step = answer(status=NOTHING, problems=(problem(code),)).next_step

    assert step.text == PENDING[code].split(". ")[0] + ". Call the payer."
    assert (step.code, step.phone) == (NextStepCode.CALL_PAYER, PAYER)


@pytest.mark.parametrize("status", [CoverageStatus.ACTIVE, CoverageStatus.UNCLEAR])
@pytest.mark.parametrize("open_questions", [(), (OPEN,)], ids=["nothing open", "a question open"])
@pytest.mark.parametrize("outcome", [None, *AdministratorOutcome])
@pytest.mark.parametrize("code", ProblemCode)
def test_where_a_problem_is_left_something_is_to_be_done_and_the_text_says_why(
    code: ProblemCode,
    outcome: AdministratorOutcome | None,
    open_questions: tuple[OpenQuestion, ...],
    status: CoverageStatus,
) -> None:
    who = () if outcome is None else (optum(outcome),)
    final = answer(status=status, problems=(problem(code),), administrators=who, open_questions=open_questions)
    why = reasons.reason(final)

    assert final.next_step.code is not NextStepCode.NONE
    assert why is not None
    assert why.en in final.next_step.text or final.next_step.code is NextStepCode.CORRECT_DETAILS


@pytest.mark.parametrize("name", ["OPTUM {0}", "OPTUM {x", "OPTUM }", "{ending}"])
@pytest.mark.parametrize("outcome", [one for one in AdministratorOutcome if one is not AdministratorOutcome.PENDING])
@pytest.mark.parametrize("row", [DELEGATED, BY_OPTUM], ids=["delegated", "answered"])
def test_a_company_may_be_called_anything(name: str, outcome: AdministratorOutcome, row: Terms) -> None:
    rows = row.model_copy(update={"administered_by": name})
    who = optum(outcome).model_copy(update={"name": name})

    final = answer(rows, problems=(problem(ProblemCode.PAYER_BUSY),), administrators=(who,))

    assert name in final.summary.en
    assert name in final.summary.es


def test_before_anything_came_the_question_was_sent() -> None:
    step = answer(status=NOTHING, state=State.PENDING).next_step

    assert step.text == "The question was sent. The answer has not arrived yet."


def test_while_an_administrator_is_asked_it_is_named() -> None:
    asked = optum(AdministratorOutcome.PENDING)

    first = answer(DELEGATED, state=State.PENDING, administrators=(asked,))
    later = answer(
        DELEGATED,
        state=State.PENDING,
        administrators=(asked,),
        problems=(problem(ProblemCode.PAYER_SILENT, waits=True),),
    )

    assert first.next_step.text == "The payer answered. OPTUM runs this benefit and is being asked."
    assert later.next_step.text == f"{first.next_step.text} We ask again at 10:01 AM EST on November 23."


def test_a_reply_for_another_birth_date_says_so() -> None:
    rejected = problem(ProblemCode.MEMBER_REJECTED, "birth_date")

    aside = answer(status=NOTHING, problems=(rejected,)).next_step
    denied = answer(status=CoverageStatus.NOT_FOUND, problems=(rejected,)).next_step

    assert aside.text == "The payer answered for another birth date. Check the birth date and ask again."
    assert denied.text == "Check these details and ask again: birth date."
    assert {aside.code, denied.code} == {NextStepCode.CORRECT_DETAILS}


def test_every_problem_code_has_its_text_in_both_languages() -> None:
    for table in (REASON, REASON_IN_PART):
        assert set(table) == set(ProblemCode)
        assert len({both.en for both in table.values()} | {both.es for both in table.values()}) == 2 * len(ProblemCode)


def says_nothing_of_silence_where_something_was_said(whole: Answer) -> None:
    said = whole.coverage.status is not NOTHING or ANSWERED_CODES & {one.code for one in whole.problems}
    texts = (whole.next_step.text, whole.summary.en, whole.summary.es)
    assert all(texts)
    assert not said or not any(words in text for text in texts for words in NOT_ANSWERED)


@given(any_answer=answers())
@settings(max_examples=400, deadline=None)
def test_no_text_says_that_the_payer_has_not_answered_when_it_has(any_answer: Answer) -> None:
    says_nothing_of_silence_where_something_was_said(any_answer)


def test_a_text_that_says_so_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reasons, "REASON_IN_PART", REASON)

    with pytest.raises(AssertionError):
        says_nothing_of_silence_where_something_was_said(
            answer(terms(), state=State.PENDING, problems=(problem(ProblemCode.PAYER_SILENT, waits=True),))
        )


@given(any_answer=answers())
@settings(max_examples=200, deadline=None)
def test_a_pending_answer_waits_and_a_final_one_does_not(any_answer: Answer) -> None:
    pending = any_answer.state is State.PENDING

    assert (any_answer.next_step.code is NextStepCode.WAIT) is pending
    assert ("We ask again" in any_answer.next_step.text or "We try again" in any_answer.next_step.text) <= pending


@given(any_answer=answers())
@settings(max_examples=200, deadline=None)
def test_an_answer_that_was_written_and_read_has_its_texts_also_when_they_are_computed_anew(any_answer: Answer) -> None:
    read = Answer.model_validate_json(any_answer.model_dump_json())
    anew = read.model_copy(update={"asked_until": UNTIL})

    assert (read.next_step, read.summary) == (any_answer.next_step, any_answer.summary)
    assert (anew.next_step, anew.summary) == (any_answer.next_step, any_answer.summary)


@pytest.mark.parametrize(
    ("outcome", "begins"),
    [
        (AdministratorOutcome.NO_ROUTE, "Call OPTUM: "),
        (AdministratorOutcome.UNREACHABLE, "OPTUM gave no usable answer here. Call OPTUM: "),
        (AdministratorOutcome.REJECTED, "OPTUM did not accept the question as it was asked. Call OPTUM: "),
    ],
)
@pytest.mark.parametrize("code", ProblemCode)
def test_an_administrator_that_has_not_answered_is_called_at_its_own_number(
    outcome: AdministratorOutcome, begins: str, code: ProblemCode
) -> None:
    problems = () if outcome is AdministratorOutcome.NO_ROUTE else (problem(code, "member_id"),)

    whole = answer(DELEGATED, administrators=(optum(outcome),), problems=problems)

    assert (whole.next_step.code, whole.next_step.phone) == (NextStepCode.CALL_ADMINISTRATOR, THEIRS)
    assert whole.next_step.text.startswith(begins)
    assert "Check the" not in whole.summary.en


@pytest.mark.parametrize(
    ("more", "text"),
    [
        ({"open_questions": (OPEN,)}, "Call OPTUM with the open questions."),
        ({}, "Call OPTUM for prior authorization before the first day."),
        ({"problems": (problem(ProblemCode.PAYER_BUSY),)}, "A part of the question was not answered. Call OPTUM."),
    ],
)
def test_who_answered_for_the_program_is_called_about_it(more: dict[str, object], text: str) -> None:
    own = BY_OPTUM.model_copy(update={"authorization": Authorization.REQUIRED})
    whole = answer(own, administrators=(optum(AdministratorOutcome.ANSWERED),), **more)
    numberless = answer(own, administrators=(optum(AdministratorOutcome.ANSWERED, None),), **more)

    assert (whole.next_step.code, whole.next_step.text, whole.next_step.phone) == (
        NextStepCode.CALL_ADMINISTRATOR,
        text,
        THEIRS,
    )
    assert numberless.next_step.phone is None


def test_the_payers_number_is_found_again_after_an_administrator_was_to_be_called() -> None:
    to_optum = answer(DELEGATED, administrators=(optum(AdministratorOutcome.NO_ROUTE),))

    by_payer = to_optum.model_copy(update={"programs": answer(terms()).programs})
    kept = Answer.model_validate_json(to_optum.model_dump_json())

    assert (to_optum.next_step.phone, by_payer.next_step.phone) == (THEIRS, PAYER)
    assert kept.model_copy(update={"programs": by_payer.programs}).next_step.phone is None


@pytest.mark.parametrize(
    ("instant", "english", "spanish"),
    [
        ((2026, 11, 23, 15, 4), "10:04 AM EST on November 23", "las 10:04 a. m. EST del 23 de noviembre"),
        ((2026, 7, 4, 17, 0), "1:00 PM EDT on July 4", "la 1:00 p. m. EDT del 4 de julio"),
        ((2026, 12, 1, 4, 30), "11:30 PM EST on November 30", "las 11:30 p. m. EST del 30 de noviembre"),
        ((2026, 12, 1, 5, 5), "12:05 AM EST on December 1", "las 12:05 a. m. EST del 1 de diciembre"),
    ],
)
def test_times_are_those_of_us_eastern_with_their_zone(
    instant: tuple[int, int, int, int, int], english: str, spanish: str
) -> None:
    year, month, day, hour, minute = instant

    assert format_time(datetime(year, month, day, hour, minute, tzinfo=UTC)) == (english, spanish)
