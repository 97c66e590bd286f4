"""Points 36 to 51 of a verification of benefits: each level of care for each condition."""

from collections.abc import Iterator

from contracts import (
    Authorization,
    Copay,
    Delivery,
    Figure,
    Grade,
    Limit,
    ProgramTerms,
    Terms,
    Verdict,
    VirtualDelivery,
)
from contracts.report.terms import alternative_words
from contracts.report.words import AUTHORIZATION, COST_RULE, PER, VERDICT, VIRTUAL, describe_limit
from contracts.wording import format_money, format_share
from service.guidance.vob_entries import GRANTED, EntryAbout, RecordSource, by_payer, entry, name_of, yes_or_no
from service.guidance.vob_values import VobEntry, VobStatement


def level_entries(known: RecordSource) -> Iterator[VobEntry]:
    """Yield the points of every level of care, then those that are asked once for all."""
    for row in known.answer.programs:
        terms = known.terms(row)
        yield from _of_row(row, terms, known)
    may_be_due = any(
        known.terms(row).authorization is not Authorization.NOT_REQUIRED
        and known.terms(row).verdict is not Verdict.NOT_COVERED
        for row in known.answer.programs
    )
    is_refused = all(known.terms(row).verdict is Verdict.NOT_COVERED for row in known.answer.programs)
    for number, ask in _ONCE.items():
        yield entry(number, ask=None if is_refused or (number in {42, 47} and not may_be_due) else ask)


_ONCE = {
    37: "Is a freestanding facility, not a hospital, accepted for IOP and PHP?",
    42: "What is the penalty without authorization, and can one be had afterwards, within which time?",
    45: "How many hours a day and days a week make an IOP, and a PHP?",
    46: "On which form and with which codes are IOP and PHP billed? Read out ours.",
    47: "Which criteria of medical necessity are used?",
    48: "Which accreditation or license is required?",
    50: "Are family therapy, psychiatric visits and laboratory tests billed apart?",
    51: "Is a referral needed?",
}


def _of_row(row: ProgramTerms, terms: Terms, known: RecordSource) -> Iterator[VobEntry]:
    about = EntryAbout(row.program, row.condition, known.side)
    named = name_of(row.program, row.condition)
    is_decided = terms.verdict is Verdict.NOT_COVERED or (terms.verdict is Verdict.COVERED and terms.grade is Grade.A)
    covered = yes_or_no(value=terms.verdict is Verdict.COVERED) if is_decided else None
    asks = terms.verdict is not Verdict.NOT_COVERED
    yield entry(
        36,
        by_payer(covered, VERDICT[terms.verdict.value], terms.evidence),
        about=about,
        ask=f"Is {named} a covered benefit?",
    )
    yield from _costs(terms, about, named, asks=asks)
    yield _authorization(terms, about, named, asks=asks)
    yield from _limits(terms, about, named, asks=asks)
    virtual = None
    if terms.virtual is not VirtualDelivery.NOT_STATED:
        virtual = yes_or_no(value=terms.virtual is VirtualDelivery.COVERED)
    wanted = asks and known.question.delivery is not Delivery.IN_PERSON
    yield entry(
        49,
        by_payer(virtual, VIRTUAL[terms.virtual.value], terms.evidence),
        about=about,
        ask=f"Is {named} covered by telehealth, and under which place of service?" if wanted else None,
    )


def _costs(terms: Terms, about: EntryAbout, named: str, *, asks: bool) -> Iterator[VobEntry]:
    copay = by_payer(_copay(terms.copay), _copay_words(terms.copay), terms.evidence)
    share = None
    if terms.coinsurance is not None:
        together = "" if terms.cost_rule is None else f"; {COST_RULE[terms.cost_rule.value]}"
        share = by_payer(str(terms.coinsurance), f"{format_share(terms.coinsurance)}{together}", terms.evidence)
    several = {
        figure: [
            by_payer(str(one.value), alternative_words(one), one.evidence)
            for one in terms.alternatives
            if one.figure is figure
        ]
        for figure in (Figure.COPAY, Figure.COINSURANCE)
    }
    nothing = terms.copay is None and terms.coinsurance is None
    borrowed = bool(terms.assumed)
    # One of the two is all that is due, where the reply states it for the program itself.
    yield entry(38, copay, about=about, ask=_ask_cost("copay", named) if asks and nothing else None)
    yield entry(39, share, about=about, ask=_ask_cost("share", named) if asks and nothing else None)
    for number, figure in ((38, Figure.COPAY), (39, Figure.COINSURANCE)):
        if several[figure]:
            yield entry(number, *several[figure], about=about, part="other cases")
    if asks and (borrowed or any(several.values())):
        ask = f"Which copay or share holds for {named} itself?"
        yield entry(38, about=about, part="own figure", ask=ask)
    applies = None if terms.deductible_applies is None else yes_or_no(value=terms.deductible_applies)
    words = "the deductible applies" if terms.deductible_applies else "the deductible does not apply"
    yield entry(
        40,
        by_payer(applies, words, terms.evidence),
        about=about,
        ask=f"Does the deductible apply to {named}?" if asks else None,
    )


def _ask_cost(figure: str, named: str) -> str:
    if figure == "copay":
        return f"Is there a copay for {named}, per day, visit or admission?"
    return f"Which share does the patient pay for {named}?"


def _copay(copay: Copay | None) -> str | None:
    return None if copay is None else str(copay.amount)


def _copay_words(copay: Copay | None) -> str:
    return "" if copay is None else f"{format_money(copay.amount)}{PER[copay.per.value]}"


def _authorization(terms: Terms, about: EntryAbout, named: str, *, asks: bool) -> VobEntry:
    word = terms.authorization
    value = None if word is Authorization.UNKNOWN else yes_or_no(value=word is Authorization.REQUIRED)
    ask = (
        f"Is authorization required for {named}, and from which visit on? If one is on file: number, days and dates?"
        if asks
        else None
    )
    return entry(41, by_payer(value, AUTHORIZATION[word.value], terms.evidence), about=about, ask=ask)


def _limits(terms: Terms, about: EntryAbout, named: str, *, asks: bool) -> Iterator[VobEntry]:
    said = [_limit(one) for one in terms.limits]
    yield entry(
        43,
        *said,
        about=about,
        ask=f"How many days or visits of {named} are allowed, and how many are left?" if asks else None,
    )
    if asks and terms.limits and all(one.remaining is None for one in terms.limits):
        yield entry(43, about=about, part="left", ask=f"How many days or visits of {named} are left?")
    shared = f"Is the limit of {named} shared with other care?" if asks and terms.verdict in GRANTED and said else None
    yield entry(44, about=about, ask=shared)


def _limit(one: Limit) -> VobStatement | None:
    value = one.quantity if one.quantity is not None else one.remaining
    return by_payer(None if value is None else f"{value.normalize():f}", describe_limit(one), one.evidence)
