"""What the record says above its figures: who the member is, what is the matter, who acts, what came of each try."""

from collections.abc import Iterator
from datetime import datetime
from typing import NamedTuple

from contracts import Answer, BenefitYearKind, State
from contracts.reasons import named_fields, reason
from contracts.report import words
from contracts.spelling import read_doubt
from contracts.wording import EASTERN, format_phone, format_time
from service.gateway import Guards
from service.guidance.authorization import AuthorizationAnswer, decider_words
from service.security.consent import Consent
from service.verification.history import HistoryTry, MemberHistory
from service.verification.shown_answer import About
from service.web.pages.desk.consent_form import consent_words
from service.web.pages.desk.formats import NOT_STATED

STATUS_TONES = {"active": "good", "inactive": "trouble", "not_found": "trouble"}


class Pair(NamedTuple):
    """A name and a value of the head, with the lines that the value rests on."""

    label: str
    value: str
    evidence: tuple[str, ...] = ()


class ShownProblem(NamedTuple):
    """What is the matter, the details at fault, who can mend it, and when it is tried again."""

    text: str
    details: str
    who: str
    again: str


def member_name(about: About) -> str:
    """Return the patient's name; words in its place where only an id was given."""
    member = about.question.member
    return " ".join(filter(None, (member.first_name, member.last_name))) or "Member without a name"


def member_pairs(about: About, consent: Consent | None, *, part_two: bool) -> Iterator[Pair]:
    """Yield what was given of the patient and of the subscriber, and under which consent the payer was asked."""
    member, holder = about.question.member, about.question.subscriber
    yield Pair("Birth date", words.format_day(member.birth_date) if member.birth_date else "not given")
    yield Pair("Member ID", member.member_id or (holder.member_id if holder else None) or "not given")
    if holder is not None:
        name = " ".join(filter(None, (holder.first_name, holder.last_name)))
        yield Pair("Main person on the plan", f"{name or 'no name given'} ({holder.relationship.value})")
    if about.question.reference:
        yield Pair("Your reference", about.question.reference)
    yield Pair("Service date", words.format_day(about.question.service_date))
    if consent is not None or part_two:
        yield Pair("Consent", "none recorded" if consent is None else consent_words(consent))


def plan_pairs(answer: Answer) -> Iterator[Pair]:
    """Yield what the payer states of the plan."""
    plan = answer.coverage
    kind = plan.plan_type.value.replace("_", " ") if plan.plan_type else None
    yield _plan_pair(answer, "Plan", plan.plan_name, plan.plan_name)
    yield _plan_pair(answer, "Type", kind, plan.plan_name)
    group = ", ".join(filter(None, (plan.group_number, plan.group_name)))
    yield _plan_pair(answer, "Group", group, plan.group_number or plan.group_name)
    for label, day in (("Begins", plan.begins_on), ("Ends", plan.ends_on)):
        yield _plan_pair(answer, label, words.format_day(day) if day else None, f"{day:%Y%m%d}" if day else None)
    year = words.BENEFIT_YEAR[plan.benefit_year.kind.value]
    if plan.benefit_year.resets_on:
        year += f"; starts anew on {words.format_day(plan.benefit_year.resets_on)}"
    yield Pair("Benefit year", year, _lines_of_year(answer))
    for one in plan.other_payers:
        yield Pair("Another payer", f"{one.name} ({words.ORDER[one.order.value]})", one.evidence)
    if answer.member_match is not None:
        yield Pair("Member match", words.MEMBER_MATCH[answer.member_match.value])


_PERIODS = {BenefitYearKind.CALENDAR: {"23"}, BenefitYearKind.PLAN: {"22", "25"}}
"""EB06 of the lines that say which year the benefits run by. Source: 005010X279A1, EB06."""


def _lines_of_year(answer: Answer) -> tuple[str, ...]:
    """Return the first line that says by which year the benefits run."""
    periods = _PERIODS.get(answer.coverage.benefit_year.kind, set())
    cut = ((one.id, one.text.split(one.text[2])) for one in answer.evidence if one.text and len(one.text) > 2)
    return tuple(name for name, parts in cut if parts[0] == "EB" and periods.intersection(parts[6:7]))[:1]


def _plan_pair(answer: Answer, label: str, value: str | None, sign: str | None) -> Pair:
    """Return a value of the plan with the line that it was read from, which holds ``sign``; else with all of them."""
    if not value:
        return Pair(label, NOT_STATED)
    lines = [one for one in answer.evidence if one.id in answer.coverage.evidence]
    exact = tuple(one.id for one in lines if sign and one.text and sign in one.text)
    return Pair(label, value, (exact or answer.coverage.evidence)[:1])


def answered_by(answer: Answer) -> tuple[str, ...]:
    """Return who answered, over which route, and when."""
    return tuple(
        ", ".join(
            filter(
                None,
                (
                    one.payer or "a payer not known to us",
                    f"over {one.route}" if one.route else "",
                    format_time(one.answered_at).en if one.answered_at else "time not stated",
                ),
            )
        )
        for one in answer.answered_by
    )


def shown_problems(answer: Answer) -> Iterator[ShownProblem]:
    """Yield each problem in words."""
    for problem in answer.problems:
        why = reason(answer.model_copy(update={"problems": (problem,)}))
        again = "" if problem.retry_at is None else format_time(problem.retry_at).en
        yield ShownProblem(
            text=why.en if why else problem.code.value.replace("_", " "),
            details=named_fields(problem.fields).en if problem.fields else "",
            who=words.RESPONSIBLE[problem.responsible.value],
            again=again if answer.state is State.PENDING else "",
        )


def doubts_in(answer: Answer) -> tuple[str, ...]:
    """Return what looks wrong in the details that were given."""
    return tuple(f"{named_fields((field,)).en}: {why}" for field, why in filter(None, map(read_doubt, answer.findings)))


def down_since(answer: Answer, guards: Guards, now: datetime) -> str:
    """Return since when every route to the payer fails, as far as this process has seen; empty when one works."""
    routes = {one.route for one in answer.timing.exchanges if one.payer == answer.payer} if answer.timing else set()
    spans = [guards.breaker(answer.payer or "", route).failing_seconds for route in routes]
    known = [one for one in spans if one is not None]
    if not spans or len(known) < len(spans):
        return ""
    since = datetime.fromtimestamp(now.timestamp() - min(known), tz=EASTERN)
    return format_time(since).en


def administrator_words(answer: Answer) -> Iterator[tuple[str, str, str, tuple[str, ...]]]:
    """Yield name, what it runs, whether it was asked, and the evidence of each administrator."""
    for one in answer.administrators:
        covers = " and ".join(words.CONDITION[condition.value] for condition in one.covers) or "the behavioral benefit"
        phone = f", {format_phone(one.phone)}" if one.phone else ""
        other = "; the member has another ID there" if one.member_id_differs else ""
        yield one.name + phone, f"{covers}{other}", words.OUTCOME[one.outcome.value], one.evidence


_NEEDED = {"yes": "needed", "no": "not needed", "conditional": "needed in part"}


def authorization_words(found: AuthorizationAnswer) -> tuple[Pair, ...]:
    """Return, for each program of which somebody says whether authorization is needed, what and who says so."""
    return tuple(
        Pair(
            f"{one.program.value.upper()}, {words.CONDITION[one.condition.value]}",
            f"{_NEEDED[one.needed.value]}{f', {one.when}' if one.when else ''} ({decider_words(one)})",
            one.evidence,
        )
        for one in found.decisions
        if one.needed.value in _NEEDED
    )


def tries_with(verification_id: str, history: MemberHistory) -> tuple[HistoryTry, ...]:
    """Return the tries of the search that ``verification_id`` belongs to, where there are several."""
    for search in history.searches:
        if any(one.verification_id == verification_id for one in search.tries):
            return search.tries if len(search.tries) > 1 else ()
    return ()
