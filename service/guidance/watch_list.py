"""The watch list: what a clerk must not miss in an answer, the most harmful first.

An item says what is the matter and which lines it rests on; the payer's own words stand in the answer's evidence.
"""

import re
from collections.abc import Iterator, Sequence
from datetime import timedelta
from enum import StrEnum

from contracts import (
    AdministratorOutcome,
    Answer,
    Authorization,
    Condition,
    Finding,
    FindingCode,
    Frozen,
    Limit,
    PayerOrder,
    PlanType,
    Program,
    ProgramTerms,
    Side,
    Verdict,
)
from contracts.report.words import CONDITION, describe_limit, format_day
from service.guidance.network_status import WhereAndWhen, network_statuses
from service.guidance.network_values import NetworkStanding, NetworkStatus
from service.settings.contract_roster import Roster

ENDS_SOON = timedelta(days=90)
"""A coverage that ends within the length of the usual stay ends soon."""

NEARLY = 4
"""A limit of which a quarter is left, or less, is nearly used up."""

FEW = 10
"""So many days or visits are few, where the whole of a limit is not stated."""


class WatchCode(StrEnum):
    """What must not be missed, in order of harm."""

    ENDS_SOON = "ends_soon"
    EXHAUSTED = "exhausted"
    NEARLY_EXHAUSTED = "nearly_exhausted"
    OUT_OF_NETWORK_ONLY = "out_of_network_only"
    EXCLUSION = "exclusion"
    OTHER_COVERAGE_FIRST = "other_coverage_first"
    MEDICARE_ADVANTAGE = "medicare_advantage"
    EAP_FIRST = "eap_first"
    ADMINISTRATOR_NOT_ASKED = "administrator_not_asked"
    MESSAGE_NOT_UNDERSTOOD = "message_not_understood"
    AUTHORIZATION_NOT_ON_FILE = "authorization_not_on_file"


class WatchItem(Frozen):
    """One thing to watch. ``program`` and ``condition`` are null where it is about the plan."""

    code: WatchCode
    program: Program | None = None
    condition: Condition | None = None
    text: str
    evidence: tuple[str, ...] = ()


class WatchList(Frozen):
    """What a clerk must not miss, the most harmful first; and where we stand with the payer, for each condition."""

    verification_id: str | None
    items: tuple[WatchItem, ...]
    network: tuple[NetworkStatus, ...]


def watch_list_of(answer: Answer, roster: Roster, location: str | None = None) -> WatchList:
    """Return what must not be missed in ``answer``."""
    network = network_statuses(answer, roster, WhereAndWhen(answer.service_date, location))
    found = [
        *_of_dates(answer),
        *_of_limits(answer),
        *_of_network(answer, network),
        *_of_findings(answer),
        *_of_other_payers(answer),
        *_of_administrators(answer),
        *_of_authorization(answer),
    ]
    order = list(WatchCode)
    items = sorted(dict.fromkeys(found), key=lambda one: order.index(one.code))
    return WatchList(verification_id=answer.verification_id, items=tuple(items), network=network)


def _of_dates(answer: Answer) -> Iterator[WatchItem]:
    coverage = answer.coverage
    ends_on = coverage.ends_on
    if ends_on is not None and ends_on - answer.service_date <= ENDS_SOON:
        text = f"The coverage ends on {format_day(ends_on)}."
        yield WatchItem(code=WatchCode.ENDS_SOON, text=text, evidence=coverage.evidence)
    for one in _findings(answer, FindingCode.TERMINATED_MESSAGE, FindingCode.PLAN_DATES):
        text = "The reply speaks of a plan that has ended, ends, or is suspended."
        yield WatchItem(code=WatchCode.ENDS_SOON, text=text, evidence=_lines_of(answer, one))


def _of_limits(answer: Answer) -> Iterator[WatchItem]:
    for one in _findings(answer, FindingCode.EXHAUSTED):
        text = "The reply says that a benefit is used up."
        yield WatchItem(code=WatchCode.EXHAUSTED, text=text, evidence=_lines_of(answer, one))
    for row in answer.programs:
        for side in Side:
            for limit in row.on(side).limits:
                code = watch_limit(limit)
                if code is not None:
                    yield _about(code, row, describe_limit(limit), limit.evidence)


def watch_limit(limit: Limit) -> WatchCode | None:
    """Return whether ``limit`` is used up, or nearly; None when neither is known."""
    if limit.remaining is None:
        return None
    if limit.remaining <= 0:
        return WatchCode.EXHAUSTED
    few = limit.remaining <= FEW if limit.quantity is None else limit.remaining * NEARLY <= limit.quantity
    return WatchCode.NEARLY_EXHAUSTED if few else None


GRANTED = frozenset({Verdict.COVERED, Verdict.LIKELY})
"""Verdicts by which a payer pays for a program, as far as the reply says."""


def _of_network(answer: Answer, network: Sequence[NetworkStatus]) -> Iterator[WatchItem]:
    """Yield programs that only the side pays on which we, or the benefit, are not."""
    out = {one.condition for one in network if one.standing is NetworkStanding.OUT}
    for row in answer.programs:
        inside, outside = row.in_network, row.out_of_network
        if inside.verdict is Verdict.NOT_COVERED and outside.verdict in GRANTED:
            text = "it is covered out of network only"
            yield _about(WatchCode.OUT_OF_NETWORK_ONLY, row, text, (*inside.evidence, *outside.evidence))
        if row.condition in out and inside.verdict in GRANTED:
            text = "we are out of network for this plan, whose terms in network do not hold with us"
            yield _about(WatchCode.OUT_OF_NETWORK_ONLY, row, text, outside.evidence)


_ABOUT_FINDING = {
    FindingCode.EXCLUSION: (WatchCode.EXCLUSION, "The reply excludes a part of care, a place or another service."),
    FindingCode.DENIED_PHRASE: (WatchCode.EXCLUSION, "The reply refuses or excepts a program in its own words."),
    FindingCode.MESSAGE_NOT_UNDERSTOOD: (
        WatchCode.MESSAGE_NOT_UNDERSTOOD,
        "The reply holds words that were not understood: read them.",
    ),
}
_EAP = re.compile(r"\bEAP\b|\bEMPLOYEE ASSISTANCE\b", re.IGNORECASE)


def _of_findings(answer: Answer) -> Iterator[WatchItem]:
    for one in _findings(answer, *_ABOUT_FINDING):
        code, text = _ABOUT_FINDING[one.code]
        yield WatchItem(code=code, text=text, evidence=_lines_of(answer, one))
    lines = tuple(line.id for line in answer.evidence if line.text and _EAP.search(line.text))
    if lines:
        text = "The reply speaks of an employee assistance program: its sessions may have to be used first."
        yield WatchItem(code=WatchCode.EAP_FIRST, text=text, evidence=lines)


_FIRST = {PayerOrder.PRIMARY: "pays first", PayerOrder.UNKNOWN: "may pay first"}


def _of_other_payers(answer: Answer) -> Iterator[WatchItem]:
    for one in answer.coverage.other_payers:
        if one.order in _FIRST:
            text = f"Another payer {_FIRST[one.order]}: {one.name}."
            yield WatchItem(code=WatchCode.OTHER_COVERAGE_FIRST, text=text, evidence=one.evidence)
    if answer.coverage.plan_type is PlanType.MEDICARE_ADVANTAGE:
        text = "It is a Medicare Advantage plan: another company pays in place of Medicare, by rules of its own."
        yield WatchItem(code=WatchCode.MEDICARE_ADVANTAGE, text=text, evidence=answer.coverage.evidence)


def _of_administrators(answer: Answer) -> Iterator[WatchItem]:
    delegated = {row.condition for row in answer.programs if row.in_network.verdict is Verdict.DELEGATED}
    for one in answer.administrators:
        if one.outcome is not AdministratorOutcome.ANSWERED and delegated.intersection(one.covers):
            text = f"{one.name} runs the behavioral benefit and has not answered: call it."
            yield WatchItem(code=WatchCode.ADMINISTRATOR_NOT_ASKED, text=text, evidence=one.evidence)


def _of_authorization(answer: Answer) -> Iterator[WatchItem]:
    for row in answer.programs:
        terms = row.in_network
        if terms.verdict in GRANTED and terms.authorization is Authorization.REQUIRED:
            text = "authorization is required, and none is on file here"
            yield _about(WatchCode.AUTHORIZATION_NOT_ON_FILE, row, text, terms.evidence)


def _about(code: WatchCode, row: ProgramTerms, text: str, evidence: tuple[str, ...]) -> WatchItem:
    named = f"{row.program.value.upper()} for {CONDITION[row.condition.value]}: {text}."
    return WatchItem(
        code=code,
        program=row.program,
        condition=row.condition,
        text=named,
        evidence=tuple(dict.fromkeys(evidence)),
    )


def _findings(answer: Answer, *codes: FindingCode) -> Iterator[Finding]:
    return (one for one in answer.findings if one.code in codes)


def _lines_of(answer: Answer, finding: Finding) -> tuple[str, ...]:
    """Return the evidence that stands where ``finding`` does."""
    if finding.segment is None and finding.path is None:
        return ()
    return tuple(one.id for one in answer.evidence if (one.segment, one.path) == (finding.segment, finding.path))
