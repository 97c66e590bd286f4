"""The whole answer as one page: what to do first, then plan, programs and figures, and what it all rests on."""

from collections.abc import Callable
from typing import NamedTuple

from contracts.answer import Answer
from contracts.facts import OpenQuestion, Problem
from contracts.reasons import named_fields, reason
from contracts.report import words
from contracts.report.figures import write_accumulators, write_companies, write_medical
from contracts.report.page import Page
from contracts.report.terms import marks, write_terms
from contracts.spelling import read_doubt
from contracts.vocabulary import Side, State
from contracts.wording import format_phone, format_time


class LookAgain(NamedTuple):
    """What becomes of a pending answer, which only who prints it knows.

    ``sentences`` say how it is looked at again. ``unattended`` is true when nothing asks the payer again by itself.
    """

    sentences: tuple[str, ...] = ()
    unattended: bool = False


def report(
    answer: Answer,
    *,
    title: str = "",
    look_again: LookAgain | None = None,
    emphasise: Callable[[str], str] = str,
) -> str:
    """Return everything that ``answer`` holds, for people: lines of at most 80 columns, in the order in which one acts.

    ``title`` stands above it. ``emphasise`` sets off headings, such as in bold; without it the page is plain text.
    """
    page = Page(emphasise)
    again = look_again or LookAgain()
    if title:
        page.heading(title)
    _write_head(page, answer, again)
    _write_plan(page, answer)
    page.heading("Programs")
    for row in answer.programs:
        for side in Side:
            write_terms(page, answer, row, side)
    write_accumulators(page, answer.accumulators)
    write_medical(page, answer.medical_benefits)
    write_companies(page, answer)
    _write_questions(page, answer.open_questions)
    if not (answer.state is State.PENDING and again.unattended):
        _write_summary(page, answer)
    _write_findings(page, answer)
    _write_sources(page, answer)
    return str(page)


def _write_head(page: Page, answer: Answer, look_again: LookAgain) -> None:
    pending = answer.state is State.PENDING
    attended = pending and not look_again.unattended
    about = f"Verification {answer.verification_id}" if answer.verification_id else "Answer from a stored reply"
    page.heading(f"{about}: {'PENDING, more may still arrive' if pending else 'final'}")
    page.field("Payer", answer.payer or "not known to us")
    if answer.reference:
        page.field("Your reference", answer.reference)
    page.field("Service date", words.format_day(answer.service_date))
    page.field("As of", words.format_instant(answer.as_of))
    page.field("Plan", words.STATUS[answer.coverage.status.value])
    if answer.member_match is not None:
        page.field("Member", words.MEMBER_MATCH[answer.member_match.value])
    for problem in answer.problems:
        _write_problem(page, answer, problem, attended=attended)
    for field, why in filter(None, map(read_doubt, answer.findings)):
        page.field("Check", f"{named_fields((field,)).en}: {why}")
    if pending and not answer.problems:
        page.field("Waiting", "the question was sent, or is about to be; more is known when it is answered")
    if pending:
        _write_waiting(page, answer, look_again)
    else:
        _write_step(page, answer)


def _write_waiting(page: Page, answer: Answer, look_again: LookAgain) -> None:
    # The step's own text, and the summary, promise that somebody asks on.
    if look_again.unattended:
        page.field("Next step", _UNATTENDED)
    else:
        _write_step(page, answer)
    for sentence in look_again.sentences:
        page.field("Look again", sentence)


def _write_step(page: Page, answer: Answer) -> None:
    step = answer.next_step
    page.field("Next step", step.text + (f" Phone: {format_phone(step.phone)}." if step.phone else ""))


def _write_summary(page: Page, answer: Answer) -> None:
    summary, step = answer.summary, answer.next_step
    statements = [(f"{one.en}{marks(one.evidence)}", f"{one.es}{marks(one.evidence)}") for one in summary.statements]
    english, spanish = zip(*statements, strict=True) if statements else ((summary.en,), (summary.es,))
    page.heading("In plain words")
    page.text(" ".join(english))
    page.heading("En español")
    page.text(" ".join(spanish))
    if step.text_es is not None:
        page.field("Siguiente paso", step.text_es)


_UNATTENDED = "Look again as said below: nothing asks the payer again once this command has ended."


def _write_problem(page: Page, answer: Answer, problem: Problem, *, attended: bool) -> None:
    # Of several problems each has a sentence of its own.
    why = reason(answer.model_copy(update={"problems": (problem,)}))
    page.field("Problem", f"{why.en} ({problem.code.value})" if why else problem.code.value)
    if problem.fields:
        page.field("Details", named_fields(problem.fields).en, depth=2)
    page.field("Can mend it", words.RESPONSIBLE[problem.responsible.value], depth=2)
    if problem.retry_at is not None:
        asked = "asked again at" if attended else "may be asked again from"
        page.field("Tried again", f"{asked} {format_time(problem.retry_at).en}", depth=2)


def _write_plan(page: Page, answer: Answer) -> None:
    plan = answer.coverage
    page.heading("Plan")
    page.field("Status", words.STATUS[plan.status.value] + marks(plan.evidence))
    page.field("Name", plan.plan_name or "not stated")
    page.field("Type", plan.plan_type.value.replace("_", " ") if plan.plan_type else "not stated")
    page.field("Group", ", ".join(part for part in (plan.group_number, plan.group_name) if part) or "not stated")
    page.field("Begins", words.format_day(plan.begins_on) if plan.begins_on else "not stated")
    page.field("Ends", words.format_day(plan.ends_on) if plan.ends_on else "no end stated")
    year = words.BENEFIT_YEAR[plan.benefit_year.kind.value]
    if plan.benefit_year.resets_on:
        year += f"; deductible and limits start anew on {words.format_day(plan.benefit_year.resets_on)}"
    page.field("Benefit year", year)


def _write_questions(page: Page, questions: tuple[OpenQuestion, ...]) -> None:
    """Put the call sheet on the page, by whom to call."""
    if not questions:
        return
    page.heading("Open questions, by whom to call")
    for phone in dict.fromkeys(question.phone for question in questions):
        page.text(f"Call {format_phone(phone)}:" if phone else "No phone is known:")
        for question in questions:
            if question.phone == phone:
                page.item(question.ask, depth=2)


def _write_findings(page: Page, answer: Answer) -> None:
    seen = [finding for finding in answer.findings if read_doubt(finding) is None]
    if seen:
        page.heading("Seen in the reply and not understood, or contradictory")
    for finding in seen:
        page.item(
            f"{words.describe_finding(finding.code.value)}: {finding.detail}{_place(finding.segment, finding.path)}"
        )


def _write_sources(page: Page, answer: Answer) -> None:
    page.heading("Who answered")
    if not answer.answered_by:
        page.text("Nobody has answered." if answer.state is State.PENDING else "Nobody answered.")
    for one in answer.answered_by:
        parts = [
            one.payer or "a payer not known to us",
            f"over {one.route}" if one.route else "",
            f"trace {one.trace}" if one.trace else "no trace",
            words.format_instant(one.answered_at) if one.answered_at else "time not stated",
        ]
        page.item(", ".join(part for part in parts if part))
    if answer.timing is not None:
        for turn in answer.timing.exchanges:
            went = words.EXCHANGE[turn.outcome.value]
            page.item(f"exchange with {turn.payer} over {turn.route}, attempt {turn.attempt}: {went}, {turn.ms} ms")
    if answer.timing is not None and answer.timing.budget_ms:
        page.text(f"This took {answer.timing.elapsed_ms} ms; the wait was {answer.timing.budget_ms} ms.")
    if answer.evidence:
        page.heading("Evidence: the lines that all of this rests on")
    several = len(answer.answered_by) > 1
    for line in answer.evidence:
        reply = f", reply {line.answered_by + 1}" if several else ""
        sent = f": {line.text}" if line.text is not None else ""
        page.text(f"[{line.id}] {line.description}{reply}{_place(line.segment, line.path)}{sent}")


def _place(segment: int | None, path: str | None) -> str:
    if path is not None:
        return f" ({path})"
    return f" (segment {segment})" if segment is not None else ""
