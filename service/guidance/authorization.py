"""Whether authorization is needed for each program, and who says so. Source: ``contracts.authorization``."""

from collections.abc import Iterator, Sequence
from datetime import date
from typing import NamedTuple

from contracts import (
    AUTHORIZATION_ALONE,
    Answer,
    Authorization,
    AuthorizationDecider,
    AuthorizationNeed,
    AuthorizationRule,
    Card,
    Condition,
    Frozen,
    Program,
    ProgramTerms,
    Side,
    Verdict,
)
from contracts.facts import Instant
from contracts.report import Page
from contracts.report.terms import marks
from contracts.report.words import CONDITION, format_day
from service.guidance.network_status import running_payer
from service.settings.contract_roster import PayerRule, Roster


class AuthorizationDecision(Frozen):
    """Whether authorization is needed for a program, and who says so.

    ``when`` says on what a conditional need depends. ``rule`` and ``source`` name the payer's rule that decided, and
    ``valid_until`` the last day on which it holds. ``evidence`` are the answer's marks where the reply decided.
    ``is_stale`` says that nobody has read the rule's source for half a year.
    """

    program: Program
    condition: Condition
    needed: AuthorizationNeed
    decided_by: AuthorizationDecider
    when: str | None = None
    rule: str | None = None
    source: str | None = None
    as_of: Instant
    valid_until: date | None = None
    is_stale: bool = False
    evidence: tuple[str, ...] = ()


class AuthorizationAnswer(Frozen):
    """The decision for each program of a verification."""

    verification_id: str | None
    decisions: tuple[AuthorizationDecision, ...]


class RuleBook(NamedTuple):
    """Every rule there is: the operator's, which go before those of the cards."""

    settings: Sequence[PayerRule] = ()
    cards: Sequence[Card] = ()

    def rules_of(self, payer: str | None) -> Iterator[AuthorizationRule]:
        """Yield the rules of one payer in the order in which they are believed."""
        yield from sorted((one for one in self.settings if one.payer == payer), key=_newest_first)
        for card in self.cards:
            if card.id == payer:
                yield from sorted(card.authorization_rules, key=_newest_first)


def _newest_first(rule: AuthorizationRule) -> int:
    return -rule.valid_from.toordinal()


def authorizations_of(answer: Answer, book: RuleBook, today: date) -> AuthorizationAnswer:
    """Return for each program whether authorization is needed, in network, on the day that the answer is for."""
    return AuthorizationAnswer(
        verification_id=answer.verification_id,
        decisions=tuple(_decide(answer, row, book, today) for row in answer.programs),
    )


_NEEDED = {Authorization.REQUIRED: AuthorizationNeed.YES, Authorization.NOT_REQUIRED: AuthorizationNeed.NO}


def _decide(answer: Answer, row: ProgramTerms, book: RuleBook, today: date) -> AuthorizationDecision:
    terms = row.on(Side.IN_NETWORK)
    nobody = AuthorizationDecision(
        program=row.program,
        condition=row.condition,
        needed=AuthorizationNeed.UNKNOWN,
        decided_by=AuthorizationDecider.NOBODY,
        as_of=answer.as_of,
    )
    # What was said of this member goes before every rule, whatever the rule says.
    if terms.authorization in _NEEDED:
        said = {
            "needed": _NEEDED[terms.authorization],
            "decided_by": _decider_of(answer, terms.evidence),
            "evidence": terms.evidence,
        }
        return nobody.model_copy(update=said)
    if terms.verdict is Verdict.NOT_COVERED:
        return nobody
    rules = book.rules_of(running_payer(answer, row.condition))
    rule = next((one for one in rules if one.holds(row.program, row.condition, answer.service_date)), None)
    return nobody if rule is None else nobody.model_copy(update=_by_rule(rule, today))


def _by_rule(rule: AuthorizationRule, today: date) -> dict[str, object]:
    return {
        "needed": rule.needed,
        "decided_by": AuthorizationDecider.RULE,
        "when": rule.when,
        "rule": rule.id,
        "source": rule.source,
        "valid_until": rule.valid_to,
        "is_stale": rule.is_stale(today),
    }


def _decider_of(answer: Answer, evidence: Sequence[str]) -> AuthorizationDecider:
    """Return whether a line of the reply decided, or a route that was asked about authorization alone."""
    lines = [one for one in answer.evidence if one.id in evidence]
    alone = [one for one in lines if one.description.startswith(AUTHORIZATION_ALONE)]
    return AuthorizationDecider.ROUTE if alone else AuthorizationDecider.LINE


def stale_rules(book: RuleBook, today: date) -> Iterator[str]:
    """Yield a line for each rule whose source nobody has read for half a year, or that holds no more."""
    named = [(one.payer, one) for one in book.settings]
    named += [(card.id, one) for card in book.cards for one in card.authorization_rules]  # type: ignore[misc]
    for payer, rule in named:
        if rule.valid_to is not None and rule.valid_to < today:
            yield f"{payer}: the authorization rule {rule.id} held until {rule.valid_to}: see what holds now"
        elif rule.is_stale(today):
            yield f"{payer}: the source of the authorization rule {rule.id} was last read on {rule.checked_on}"


def rule_book(roster: Roster, cards: Sequence[Card]) -> RuleBook:
    """Return every rule of the settings and of the cards."""
    return RuleBook(roster.rules, cards)


def write_authorizations(found: AuthorizationAnswer) -> str:
    """Return the decisions as lines of at most 80 columns."""
    page = Page()
    page.heading(f"Authorization of {found.verification_id}")
    for one in found.decisions:
        name = f"{one.program.value.upper()}, {CONDITION[one.condition.value]}"
        when = f", {one.when}" if one.when else ""
        page.item(f"{name}: {one.needed.value}{when} ({decider_words(one)}){marks(one.evidence)}")
    return str(page)


def decider_words(one: AuthorizationDecision) -> str:
    """Return who says what ``one`` says, and until when it holds."""
    match one.decided_by:
        case AuthorizationDecider.LINE:
            return "the reply says so"
        case AuthorizationDecider.ROUTE:
            return "the payer's authorization check says so"
        case AuthorizationDecider.NOBODY:
            return "nobody says"
        case AuthorizationDecider.RULE:
            until = f", until {format_day(one.valid_until)}" if one.valid_until else ""
            stale = "; its source was not read for half a year" if one.is_stale else ""
            return f"the payer's rule {one.rule}: {one.source}{until}{stale}"
