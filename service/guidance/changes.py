"""What changed between two answers about one member: what the payer says otherwise, and nothing else.

Silence is no change: what one of the two answers does not state, and all that an unusable reply left out, is passed
over. So are the order and the wording of lines, leading zeros of a group, and rounding. An answer that was made by
earlier rules has to be read again by today's before it is compared (``benefits replay``), or our own new rules look
like a payer's change.
"""

import re
from collections.abc import Callable, Iterable, Iterator
from datetime import timedelta

from contracts import (
    Administrator,
    Answer,
    Authorization,
    CoverageStatus,
    FindingCode,
    PlanType,
    ProgramTerms,
    Side,
    State,
    Terms,
    Verdict,
)
from contracts.report.words import CONDITION, SIDE, format_day
from service.guidance.change_figures import changes_of_accumulators
from service.guidance.change_limits import changes_of_limits, is_used_up
from service.guidance.change_values import Actor, Change, ChangeCode, Severity, change_in
from service.guidance.watch_list import ENDS_SOON, GRANTED

CARRIES_OVER = timedelta(days=90)
"""How long a treatment under way goes on after a change of plan, where a plan has to let it.

Source: 42 CFR 422.112(b)(8)(i)(B), for Medicare Advantage.
"""

_USABLE = frozenset({CoverageStatus.ACTIVE, CoverageStatus.INACTIVE, CoverageStatus.UNCLEAR, CoverageStatus.NOT_FOUND})
_OTHER_PLAN = frozenset({ChangeCode.PLAN_CHANGED, ChangeCode.GROUP_CHANGED})
"""What ends what the earlier plan authorized, and begins its figures anew; a new card of the same plan does neither."""

_URGENT, _SOON, _NOTE = Severity.URGENT, Severity.SOON, Severity.NOTE


def changes_between(before: Answer, after: Answer) -> tuple[Change, ...]:
    """Return what changed from ``before`` to ``after``, the most harmful first; nothing where one is not usable."""
    if any(one.state is not State.FINAL or one.coverage.status not in _USABLE for one in (before, after)):
        return ()
    found = list(_of_status(before, after))
    if before.coverage.status is after.coverage.status is CoverageStatus.ACTIVE:
        of_plan = list(_of_plan(before, after))
        is_new = any(one.code in _OTHER_PLAN for one in of_plan)
        found += [
            *of_plan,
            *_of_dates(before, after),
            *_of_administrators(before, after),
            *_of_programs(before, after),
            *changes_of_accumulators(before, after, is_new_plan=is_new),
        ]
    order = list(ChangeCode)
    return tuple(sorted(dict.fromkeys(found), key=lambda one: order.index(one.code)))


def _of_status(before: Answer, after: Answer) -> Iterator[Change]:
    was, now = before.coverage.status, after.coverage.status
    known: dict[str, object] = {"before": was.value, "after": now.value, "evidence": after.coverage.evidence}
    if was is now:
        return
    if was is CoverageStatus.ACTIVE and now is CoverageStatus.INACTIVE:
        text = "The coverage was active and is not active any more: ask for another insurance before the next day."
        yield change_in(after, ChangeCode.COVERAGE_LOST, _URGENT, Actor.INTAKE, text, **known)
    elif was is CoverageStatus.ACTIVE and now is CoverageStatus.NOT_FOUND:
        text = "The payer does not find the member any more under the same details: ask for the new card."
        yield change_in(after, ChangeCode.MEMBER_NOT_FOUND, _URGENT, Actor.INTAKE, text, **known)
    elif was is CoverageStatus.ACTIVE:
        text = "The coverage was active and is unclear now: ask the payer."
        yield change_in(after, ChangeCode.COVERAGE_UNCLEAR, _SOON, Actor.INTAKE, text, **known)
    elif now is CoverageStatus.ACTIVE and was is not CoverageStatus.UNCLEAR:
        text = "The coverage is active again." if was is CoverageStatus.INACTIVE else "The payer finds the member now."
        yield change_in(after, ChangeCode.COVERAGE_REGAINED, _NOTE, Actor.INTAKE, text, **known)


_UNSAID = frozenset({"AND", "THE", "INC", "LLC", "CORP", "CO", "LTD"})
"""Words that a name has in one reply and not in the next."""

LONGEST_NAME = 50
"""Signs that a plan's name has at most in a reply (EB05); a longer one is cut off there, and stands whole elsewhere."""


def _plain(text: str) -> str:
    return " ".join(word for word in re.sub(r"[^A-Z0-9]+", " ", text.upper()).split() if word not in _UNSAID)


def _plain_name(text: str) -> str:
    return _plain(text[:LONGEST_NAME])


def _plain_number(text: str) -> str:
    return _plain(text).replace(" ", "").lstrip("0")


def _of_plan(before: Answer, after: Answer) -> Iterator[Change]:
    was, now = before.coverage, after.coverage
    found: list[Change] = []

    def differ(one: str | None, other: str | None, code: ChangeCode, what: str, plain: Callable[[str], str]) -> None:
        if one and other and plain(one) != plain(other):
            text = f"The {what} is another one: {other} in place of {one}."
            known = {"before": one, "after": other, "evidence": now.evidence}
            found.append(change_in(after, code, _SOON, Actor.BILLING, text, **known))

    differ(was.plan_name, now.plan_name, ChangeCode.PLAN_CHANGED, "plan", _plain_name)
    if not found:
        differ(was.plan_type, now.plan_type, ChangeCode.PLAN_CHANGED, "kind of plan", str)
    differ(was.group_number, now.group_number, ChangeCode.GROUP_CHANGED, "group", _plain_number)
    if _knows_another_id(after) and not _knows_another_id(before):
        text = "The payer knows the member under another id than the one asked about: ask for the new card."
        found.append(change_in(after, ChangeCode.CARD_NUMBER_CHANGED, _SOON, Actor.BILLING, text))
    yield from found
    if any(one.code in _OTHER_PLAN for one in found):
        yield from _of_running_authorization(before, after)


def _knows_another_id(answer: Answer) -> bool:
    return any(
        one.code is FindingCode.MEMBER_DIFFERS and "member_id" in re.split(r"[ ,;]+", one.detail)
        for one in answer.findings
    )


def _of_running_authorization(before: Answer, after: Answer) -> Iterator[Change]:
    """Whatever the earlier plan authorized was authorized by that plan."""
    needed = [
        terms
        for row in before.programs
        for terms in (row.in_network, row.out_of_network)
        if terms.verdict in GRANTED and terms.authorization is Authorization.REQUIRED
    ]
    if not needed:
        return
    text = "The plan changed: an authorization of the earlier one may have ended with it. Ask for a new one."
    by: dict[str, object] = {}
    if after.coverage.plan_type is PlanType.MEDICARE_ADVANTAGE:
        text = "The plan changed: a treatment under way goes on for 90 days. Ask for a new authorization before."
        by = {"by": after.service_date + CARRIES_OVER}
    yield change_in(after, ChangeCode.AUTHORIZATION_MAY_END, _URGENT, Actor.BILLING, text, **by)


def _of_dates(before: Answer, after: Answer) -> Iterator[Change]:
    was, now = before.coverage.ends_on, after.coverage.ends_on
    if now is None or now - after.service_date > ENDS_SOON:
        return
    if now == was and was - before.service_date <= ENDS_SOON:
        return
    text = f"The coverage ends on {format_day(now)}."
    known: dict[str, object] = {"before": was and was.isoformat(), "after": now.isoformat(), "by": now}
    yield change_in(after, ChangeCode.ENDS_SOON, _SOON, Actor.INTAKE, text, evidence=after.coverage.evidence, **known)


def _of_administrators(before: Answer, after: Answer) -> Iterator[Change]:
    was = {one.payer or _plain(one.name): one for one in before.administrators}
    now = {one.payer or _plain(one.name): one for one in after.administrators}
    came = [one for name, one in now.items() if name not in was]
    if came:
        who = ", ".join(one.name for one in came)
    elif was and not now and _is_taken_back(before, after):
        who = "the payer itself"
    else:
        return
    text = f"The behavioral benefit is run by {who} now: its phone and its rules hold."
    evidence = tuple(line for one in came for line in one.evidence)
    known: dict[str, object] = {"before": _names_of(was.values()), "after": _names_of(now.values())}
    yield change_in(after, ChangeCode.ADMINISTRATOR_CHANGED, _SOON, Actor.BILLING, text, evidence=evidence, **known)


def _names_of(administrators: Iterable[Administrator]) -> str | None:
    return "; ".join(one.name for one in administrators) or None


def _is_taken_back(before: Answer, after: Answer) -> bool:
    """Whether the payer itself decides now what it had left to somebody else; that it names nobody is only silence."""
    pairs = zip(before.programs, after.programs, strict=True)
    sides = [(was.on(side), now.on(side)) for was, now in pairs for side in Side]
    return any(was.administered_by is not None and now.verdict in {*GRANTED, Verdict.NOT_COVERED} for was, now in sides)


def _of_programs(before: Answer, after: Answer) -> Iterator[Change]:
    for was, now in zip(before.programs, after.programs, strict=True):
        for side in Side:
            yield from _of_terms(now, side, was.on(side), now.on(side), after)


def _of_terms(row: ProgramTerms, side: Side, was: Terms, now: Terms, after: Answer) -> Iterator[Change]:
    about: dict[str, object] = {"program": row.program, "condition": row.condition, "side": side}
    about["evidence"] = now.evidence
    name = f"{row.program.value.upper()} for {CONDITION[row.condition.value]}, {SIDE[side]}"
    verdicts: dict[str, object] = {"before": was.verdict.value, "after": now.verdict.value}
    if was.verdict in GRANTED and now.verdict not in GRANTED and is_used_up(now, after):
        text = f"{name}: what the plan pays for is used up."
        yield change_in(after, ChangeCode.EXHAUSTED, _URGENT, Actor.BILLING, text, **about, **verdicts)
    elif was.verdict in GRANTED and now.verdict is Verdict.NOT_COVERED:
        text = f"{name}: it was covered, and is not covered now."
        yield change_in(after, ChangeCode.COVERAGE_LOST, _URGENT, Actor.INTAKE, text, **about, **verdicts)
    elif was.verdict is Verdict.NOT_COVERED and now.verdict in GRANTED:
        text = f"{name}: it was not covered, and is covered now."
        yield change_in(after, ChangeCode.COVERAGE_REGAINED, _NOTE, Actor.INTAKE, text, **about, **verdicts)
    elif was.verdict in GRANTED and now.verdict in GRANTED:
        known = Authorization.REQUIRED, Authorization.NOT_REQUIRED
        if was.authorization is not now.authorization and {was.authorization, now.authorization} == set(known):
            required = now.authorization is Authorization.REQUIRED
            text = f"{name}: authorization is {'required now' if required else 'not required any more'}."
            values: dict[str, object] = {"before": was.authorization.value, "after": now.authorization.value}
            severity = _URGENT if required else _NOTE
            yield change_in(after, ChangeCode.AUTHORIZATION_CHANGED, severity, Actor.BILLING, text, **about, **values)
        yield from changes_of_limits(name, was, now, after, about)
