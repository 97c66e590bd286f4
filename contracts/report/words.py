"""The answer's closed lists in words for people: every value that an answer may hold has its words here."""

from datetime import date, datetime
from decimal import Decimal

from contracts import phrases
from contracts.facts import Limit
from contracts.vocabulary import Side

PROGRAM = {program.value: known.first.en for program, known in phrases.PROGRAM.items()}
CONDITION = {condition.value: name.en for condition, name in phrases.CONDITION.items()}
SIDE = {Side.IN_NETWORK: "in network", Side.OUT_OF_NETWORK: "out of network"}

STATUS = {
    "active": "active",
    "inactive": "not active on the service date",
    "not_found": "member not found with these details",
    "unclear": "unclear: the payer must be asked",
    "could_not_check": "could not be checked; that says nothing about what the plan covers",
}
MEMBER_MATCH = {
    "exact": "exact: what the payer sent back of the member is as given",
    "differs": "differs: the payer knows the member under other details than given",
    "not_echoed": "not sent back: the payer repeated nothing of the member",
    "not_found": "not found: the payer does not know the member under these details",
}
VERDICT = {
    "covered": "covered",
    "likely": "likely covered; the payer did not name the program",
    "not_covered": "not covered",
    "not_stated": "not stated by the payer",
    "delegated": "run by another company, which has not answered here",
    "could_not_check": "could not be checked",
}
GRADE = {
    "A": "the payer named it",
    "B": "a benefit for its kind of place, not the program by name",
    "C": "the broad outpatient benefit, not the program by name",
    "D": "nothing that decides",
}
RULE = {
    "not_checked": "no usable reply",
    "plan_inactive": "the plan is not active",
    "procedure": "the program's procedure code",
    "phrase": "the payer's own text",
    "service_type": "the program's service type",
    "place": "a place of service, or a type of facility",
    "delegated": "another company runs the benefit",
    "outpatient": "the outpatient service types",
    "silent": "nothing in the reply speaks of it",
}
AUTHORIZATION = {"required": "required", "not_required": "not required", "unknown": "not stated"}
VIRTUAL = {"covered": "covered by telehealth", "not_covered": "not covered by telehealth", "not_stated": "not stated"}
PER = {per.value: name.en for per, name in phrases.PER.items()} | {"unknown": "; the payer does not say per what"}
COST_RULE = {
    "both": "copay and coinsurance both apply",
    "greater_of": "copay or coinsurance, whichever is greater",
    "lesser_of": "copay or coinsurance, whichever is less",
}
FIGURE = {
    "copay": "copay",
    "coinsurance": "coinsurance",
    "deductible": "deductible",
    "out_of_pocket": "out-of-pocket maximum",
}
APART = {
    "message": "by the payer's text",
    "place": "by place of service",
    "tier": "by network tier",
    "coverage_level": "by coverage level",
    "period": "by period",
    "quantity": "by a number of visits or days, or an age",
    "diagnosis": "by diagnosis",
    "procedure": "by procedure",
    "network": "by network",
}
PERIOD = {period.value: name.en for period, name in phrases.PERIOD.items()} | {
    "unknown": "; the payer does not say over what time"
}
BENEFIT_YEAR = {"calendar": "calendar year", "plan": "plan year", "unknown": "not stated"}
OUTCOME = {
    "answered": "yes, and it answered",
    "pending": "yes, its answer is still awaited",
    "unreachable": "tried, without an answer",
    "rejected": "yes, it did not accept the question",
    "not_asked": "no",
    "no_route": "no, there is no electronic way to ask it here",
}
"""Of an administrator: whether it was asked, and what came of it."""

RESPONSIBLE = {
    "member": "whoever has the member's details: compare them with the insurance card",
    "service": "the operator of this service",
    "provider": "the provider's office: its NPI, or its enrollment with the payer",
    "payer": "the payer",
    "clearinghouse": "the clearinghouse between us and the payer",
}
FINDING = {
    "unknown_code": "a code that is not known",
    "malformed_value": "a value that cannot be read",
    "contradiction": "lines that contradict each other",
    "truncated": "the reply is cut off",
    "wrong_count": "the reply counts itself wrong",
    "missing_trailer": "the end of the reply is missing",
    "undeclared_separator": "a separator that the reply did not declare",
    "pending": "something that the payer has not decided yet",
    "exclusion": "an exclusion of a part or of another service",
    "denied_phrase": "text that refuses or excepts a program",
    "condition_mismatch": "a line whose parts name different conditions",
    "authorization_differs": "lines that differ about authorization",
    "scale_read_as_percent": "a share that was written as a percentage",
    "no_limit_sentinel": "a figure that stands for no limit",
    "accumulators_disagree": "total, met and left that do not add up",
    "level_missing": "a figure without individual or family",
    "plan_dates": "plan dates that do not hold the service date",
    "terminated_message": "text that speaks of an ended or suspended plan",
    "no_status_line": "no line about the plan's status",
    "base_codes_only": "an answer about general service types only",
    "member_differs": "a member detail that differs from the one given",
    "message_not_understood": "text that is not understood, or that holds under a condition which is not met",
    "exhausted": "a benefit that is used up",
    "no_such_benefit": "a deductible or maximum of 0 where the plan has no benefit",
}
ORDER = {"primary": "pays first", "secondary": "pays second", "tertiary": "pays third", "unknown": "order not stated"}
EXCHANGE = {
    "answered": "answered",
    "rejected": "rejected",
    "unreachable": "not reached",
    "silent": "no answer",
    "busy": "busy",
    "unreadable": "not readable",
    "mismatched": "another member's",
}


def describe_finding(code: str) -> str:
    """Return a finding in words; a newer code than this list stands as it is."""
    return FINDING.get(code, code.replace("_", " "))


def describe_limit(one: Limit) -> str:
    """Return how much of the program the plan pays for, and what is left of it."""

    def amount(value: Decimal) -> str:
        return phrases.count_units(value, one.unit).en

    total = amount(one.quantity) if one.quantity is not None else f"a number of {one.unit.value} that is not stated"
    left = f"{amount(one.remaining)} left" if one.remaining is not None else "what is left is not stated"
    return f"{total}{PERIOD[one.period.value]}; {left}"


def format_day(value: date) -> str:
    """Return a date as it is written in the US: ``Nov 3, 2026``."""
    return f"{_MONTHS[value.month - 1]} {value.day}, {value.year}"


def format_instant(value: datetime) -> str:
    """Return an instant of UTC, to the second."""
    return f"{format_day(value.date())}, {value:%H:%M:%S} UTC"


_MONTHS = "Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec".split()
