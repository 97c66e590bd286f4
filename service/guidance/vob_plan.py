"""Points 1 to 25 of a verification of benefits: whom it is about, the plan, and who runs the behavioral benefit."""

from collections.abc import Iterator

from contracts import Answer, Authorization, CoverageStatus, OpenQuestionCode, Program, VirtualDelivery
from contracts.report.words import BENEFIT_YEAR, ORDER, STATUS, format_day, format_instant
from contracts.wording import format_phone
from service.guidance.vob_entries import GRANTED, RecordSource, by_payer, by_us, entry, name_of
from service.guidance.vob_points import AnswerKind
from service.guidance.vob_values import VobEntry, VobStatement

_STATED = {CoverageStatus.ACTIVE: "yes", CoverageStatus.INACTIVE: "no"}


def plan_entries(known: RecordSource) -> Iterator[VobEntry]:
    """Yield the points about people, plan and administrator."""
    yield from _of_people(known)
    yield from _of_plan(known.answer)
    yield from _of_administrator(known.answer)
    yield from _of_exclusions(known)
    yield entry(
        22,
        _same_or_apart(known),
        ask="Are mental health and substance use one benefit, or two with terms of their own?",
    )
    freed = all(known.terms(row).authorization is Authorization.NOT_REQUIRED for row in known.answer.programs)
    ask = None if freed else "Which telephone, fax or portal takes authorizations, and at which hours?"
    yield entry(24, ask=ask)
    yield entry(25, ask="Must EAP sessions be used before this benefit?")


def _of_people(known: RecordSource) -> Iterator[VobEntry]:
    answer, question = known.answer, known.question
    provider, subscriber = question.provider, question.subscriber
    yield entry(1, by_us(answer.as_of.isoformat(), "an electronic reply of the payer"))
    yield entry(2, by_us(provider.name, f"{provider.name}, NPI {provider.npi}"))
    yield entry(3, by_us("given", "as it was given; see the identifiers"))
    relationship = "self" if subscriber is None else subscriber.relationship.value
    yield entry(4, by_us(relationship))
    given = question.member.member_id or (subscriber.member_id if subscriber else None)
    yield entry(
        5,
        by_us("given" if given else None, "as it was given; see the identifiers"),
        ask=None if given else "What is the member id?",
    )
    yield entry(7, by_us(answer.payer))
    yield entry(8)
    yield entry(10, _consent(known))


def _consent(known: RecordSource) -> VobStatement | None:
    """Return under which consent the payer was asked; nothing is said where none was recorded here."""
    found = known.consent
    if found is None:
        return None
    return by_us("given", f"given {format_instant(found.given_at)}, text {found.version} ({found.language})")


def _of_plan(answer: Answer) -> Iterator[VobEntry]:
    coverage, marks = answer.coverage, answer.coverage.evidence
    group = " ".join(one for one in (coverage.group_number, coverage.group_name) if one) or None
    yield entry(6, by_payer(group, f"group {group}", marks), ask="What is the group's number and name?")
    yield entry(9, *_other_payers(answer), ask="Is there other coverage, and which payer pays first?")
    if coverage.other_payers and all(one.order.value == "unknown" for one in coverage.other_payers):
        yield entry(9, part="order", ask="Which payer pays first?")
    status = by_payer(_STATED.get(coverage.status), STATUS[coverage.status.value], marks)
    yield entry(11, status, ask="Is the plan active on the day of service?")
    for part, day in (("begin", coverage.begins_on), ("end", coverage.ends_on)):
        said = None if day is None else by_payer(day.isoformat(), f"{part} {format_day(day)}", marks)
        yield entry(11, said, part=part, kind=AnswerKind.DAY)
    kind = None if coverage.plan_type is None else coverage.plan_type.value
    yield entry(12, by_payer(kind, str(kind), marks), ask="Which type of plan is it (HMO, PPO, EPO, POS)?")
    yield entry(
        13, by_payer(coverage.plan_name, str(coverage.plan_name), marks), ask="What are plan and network called?"
    )
    year = coverage.benefit_year
    resets_on = None if year.resets_on is None else year.resets_on.isoformat()
    anew = "" if year.resets_on is None else format_day(year.resets_on)
    words = f"{BENEFIT_YEAR[year.kind.value]}, begins anew on {anew}"
    yield entry(
        14, by_payer(resets_on, words, marks), ask="Is it a calendar or a plan year, and when does it begin anew?"
    )
    yield entry(15, ask="Is the plan self-funded or fully insured?")
    yield entry(16, ask="Is it COBRA or in a grace period, and to which day is the premium paid?")
    yield entry(19, ask="Does the plan pay for care in another state?")


def _other_payers(answer: Answer) -> Iterator[VobStatement | None]:
    for one in answer.coverage.other_payers:
        yield by_payer(one.name, f"{one.name}, {ORDER[one.order.value]}", one.evidence)


def _of_administrator(answer: Answer) -> Iterator[VobEntry]:
    running = answer.administrators
    codes = {one.code for one in answer.open_questions}
    unsure = codes & {OpenQuestionCode.ADMINISTRATOR, OpenQuestionCode.CALL_PAYER}
    named = [by_payer(one.name, one.name, one.evidence) for one in running]
    yield entry(20, *named, ask="Who runs the behavioral benefit?")
    if unsure and named:
        yield entry(20, part="confirmed", ask="Who runs the behavioral benefit? The reply does not say so plainly.")
    differs = next((one for one in running if one.member_id_differs), None)
    said = None if differs is None else by_payer("differs", "an id of its own there", differs.evidence)
    yield entry(21, said, ask="Does the administrator know the member under another id?" if running else None)
    phones = [by_payer(one.phone, format_phone(one.phone), one.evidence) for one in running if one.phone]
    own = by_us(answer.payer_phone, None if answer.payer_phone is None else format_phone(answer.payer_phone))
    yield entry(23, *phones, own, ask="Which telephone number takes questions about behavioral benefits?")


_ABOUT_COVERAGE = {OpenQuestionCode.IOP_COVERED: Program.IOP, OpenQuestionCode.PHP_COVERED: Program.PHP}


def _of_exclusions(known: RecordSource) -> Iterator[VobEntry]:
    """Yield what may be excluded: in general, and where the reply excludes something near a program that it grants."""
    yield entry(18, ask="Which exclusions hold for IOP and PHP, such as court-ordered treatment?")
    for one in known.answer.open_questions:
        if one.program is None or one.condition is None:
            continue
        granted = known.answer.terms(one.program, one.condition, known.side).verdict.value == "covered"
        if one.code is OpenQuestionCode.CLOSED_AT_PLACE or (one.code in _ABOUT_COVERAGE and granted):
            named = name_of(one.program, one.condition)
            about = f"{one.program.value}.{one.condition.value}"
            yield entry(18, part=about, ask=f"The reply excludes a place or a part of care: does that touch {named}?")


def _same_or_apart(known: RecordSource) -> VobStatement | None:
    """Return whether the reply gives both conditions the same terms; None unless it grants both of one program."""
    rows = known.answer.programs
    for program in Program:
        found = [known.terms(row) for row in rows if row.program is program]
        if all(one.verdict in GRANTED and one.evidence for one in found):
            alike = [
                one.model_copy(update={"evidence": (), "limits": (), "virtual": VirtualDelivery.NOT_STATED})
                for one in found
            ]
            same = alike[0] == alike[1]
            text = f"the reply reads {'the same' if same else 'differently'} for both ({program.value.upper()})"
            return by_payer("same" if same else "apart", text, (*found[0].evidence, *found[1].evidence))
    return None
