"""Whether authorization is needed: a line goes before a rule, a rule before nothing, and old rules are told."""

from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from pydantic import ValidationError

from contracts import (
    AUTHORIZATION_ALONE,
    Administrator,
    Answer,
    Authorization,
    AuthorizationDecider,
    AuthorizationNeed,
    AuthorizationRule,
    Card,
    Condition,
    Evidence,
    InquiryPlan,
    Program,
    Side,
    Verdict,
)
from service.cli.main import main
from service.guidance.authorization import (
    AuthorizationDecision,
    RuleBook,
    authorizations_of,
    stale_rules,
    write_authorizations,
)
from service.settings.contract_roster import PayerRule
from tests.service.guidance.cast import cast
from tests.service.guidance.staging import answer, terms

TODAY = date(2026, 6, 1)
SILENT = answer(terms(copay="40.00"))
LINE, ROUTE, RULE, NOBODY = AuthorizationDecider


def rule(**more: Any) -> dict[str, Any]:
    return {
        "id": "iop_list",
        "program": Program.IOP,
        "needed": AuthorizationNeed.YES,
        "valid_from": date(2026, 1, 1),
        "source": "the payer's list of 2026",
        "checked_on": date(2026, 5, 1),
        **more,
    }


def card(**more: Any) -> Card:
    own = AuthorizationRule(**rule(**more))
    return Card(id="acme", name="ACME", routes=(), plan=InquiryPlan(source="test"), authorization_rules=(own,))


def settings(**more: Any) -> PayerRule:
    return PayerRule(**{"payer": "acme", **rule(**more)})


def decide(
    of: Answer, *rules: PayerRule, cards: tuple[Card, ...] = (), program: Program = Program.IOP
) -> AuthorizationDecision:
    found = authorizations_of(of, RuleBook(rules, cards), TODAY).decisions
    return next(one for one in found if (one.program, one.condition) == (program, Condition.MENTAL_HEALTH))


def test_nobody_says_is_not_known() -> None:
    found = decide(SILENT)

    assert (found.needed, found.decided_by) == (AuthorizationNeed.UNKNOWN, NOBODY)


@pytest.mark.parametrize(
    ("word", "needed"),
    [(Authorization.REQUIRED, AuthorizationNeed.YES), (Authorization.NOT_REQUIRED, AuthorizationNeed.NO)],
)
def test_a_rule_never_overrides_a_line(word: Authorization, needed: AuthorizationNeed) -> None:
    other = AuthorizationNeed.NO if needed is AuthorizationNeed.YES else AuthorizationNeed.YES

    found = decide(
        answer(terms(copay="40.00", authorization=word)), settings(needed=other), cards=(card(needed=other),)
    )

    assert (found.needed, found.decided_by, found.evidence, found.rule) == (needed, LINE, ("e1",), None)


def test_a_route_that_was_asked_alone_is_named() -> None:
    checked = Evidence(id="e1", path="$.x", text="{}", description=f"{AUTHORIZATION_ALONE}procedure S9480")
    given = answer(terms(copay="40.00", authorization=Authorization.REQUIRED))

    assert decide(given.model_copy(update={"evidence": (checked,)})).decided_by is ROUTE


def test_a_rule_of_the_card_speaks_where_the_reply_does_not() -> None:
    found = decide(SILENT, cards=(card(valid_to=date(2026, 12, 31)),))

    assert (found.needed, found.decided_by, found.rule) == (AuthorizationNeed.YES, RULE, "iop_list")
    assert (found.source, found.valid_until) == ("the payer's list of 2026", date(2026, 12, 31))
    assert found.evidence == ()


def test_a_rule_of_the_settings_goes_before_that_of_the_card() -> None:
    found = decide(SILENT, settings(needed=AuthorizationNeed.NO, id="ours"), cards=(card(),))

    assert (found.needed, found.rule) == (AuthorizationNeed.NO, "ours")


def test_the_newest_rule_in_force_holds() -> None:
    older, newer = settings(id="older"), settings(id="newer", valid_from=date(2026, 5, 1))

    assert decide(SILENT, older, newer).rule == "newer"


def test_a_conditional_rule_says_when() -> None:
    found = decide(SILENT, settings(needed=AuthorizationNeed.CONDITIONAL, when="after visit 15"))

    assert (found.needed, found.when) == (AuthorizationNeed.CONDITIONAL, "after visit 15")


OUTSIDE: dict[str, dict[str, Any]] = {
    "it is not in force yet": {"valid_from": date(2026, 6, 2)},
    "it is in force no more": {"valid_to": date(2026, 5, 31)},
    "it is about the other program": {"program": Program.PHP},
    "it is about the other condition": {"condition": Condition.SUBSTANCE_USE},
    "it is another payer's": {"payer": "other"},
}


@pytest.mark.parametrize("name", OUTSIDE)
def test_a_rule_that_does_not_hold_says_nothing(name: str) -> None:
    assert decide(SILENT, settings(**OUTSIDE[name])).decided_by is NOBODY


def test_the_rule_is_that_of_whoever_runs_the_benefit() -> None:
    running = Administrator(name="OPTUM", payer="optum", evidence=("e1",))
    given = answer(terms(copay="40.00", administered_by="OPTUM")).model_copy(update={"administrators": (running,)})

    assert decide(given, settings()).decided_by is NOBODY
    assert decide(given, settings(payer="optum")).decided_by is RULE


def test_a_program_that_is_not_covered_needs_no_rule() -> None:
    assert decide(answer(terms(Verdict.NOT_COVERED)), settings()).decided_by is NOBODY


@pytest.mark.parametrize(("days", "is_stale"), [(180, False), (181, True)])
def test_a_rule_that_nobody_read_for_half_a_year_is_told(days: int, *, is_stale: bool) -> None:
    old = settings(checked_on=TODAY - timedelta(days=days))

    assert decide(SILENT, old).is_stale is is_stale
    assert bool(list(stale_rules(RuleBook((old,)), TODAY))) is is_stale


def test_a_rule_that_has_ended_is_told() -> None:
    [line] = stale_rules(RuleBook((), (card(valid_to=date(2026, 5, 31)),)), TODAY)

    assert "iop_list held until 2026-05-31" in line


WRONG: dict[str, dict[str, Any]] = {
    "it ends before it begins": {"valid_to": date(2025, 1, 1)},
    "it does not know": {"needed": AuthorizationNeed.UNKNOWN},
    "it does not say when": {"needed": AuthorizationNeed.CONDITIONAL},
    "it says when without a condition": {"when": "after visit 15"},
}


@pytest.mark.parametrize("name", WRONG)
def test_what_is_no_rule_is_refused(name: str) -> None:
    with pytest.raises(ValidationError):
        settings(**WRONG[name])


def test_no_line_of_the_cast_is_overridden() -> None:
    said = 0
    rules = tuple(
        settings(payer=payer, program=program, needed=needed, id=f"{program.value}_{needed.value}")
        for payer in sorted({actor.person.payer for actor in cast()} | {"optum"})
        for program in Program
        for needed in (AuthorizationNeed.NO, AuthorizationNeed.YES)
    )
    for actor in cast():
        for one in authorizations_of(actor.answer, RuleBook(rules), TODAY).decisions:
            word = actor.answer.terms(one.program, one.condition, Side.IN_NETWORK).authorization
            if word is Authorization.UNKNOWN:
                assert one.decided_by in {RULE, NOBODY}
            else:
                said += 1
                expected = AuthorizationNeed.YES if word is Authorization.REQUIRED else AuthorizationNeed.NO
                assert (one.needed, one.decided_by) == (expected, LINE)
    assert said > 20


def test_decisions_are_a_page_for_people() -> None:
    page = write_authorizations(authorizations_of(SILENT, RuleBook((settings(),)), TODAY))

    assert "IOP, mental health: yes (the payer's rule iop_list: the payer's list of 2026)" in " ".join(page.split())
    assert "PHP, mental health: unknown (nobody says)" in page


def test_the_doctor_warns_of_a_rule_that_nobody_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    old = settings(checked_on=date(2020, 1, 1), payer="aetna")
    monkeypatch.setenv("BENEFITS_AUTHORIZATION_RULES", f"[{old.model_dump_json(exclude_none=True)}]")

    found = CliRunner().invoke(main, ["doctor"])

    assert "aetna: the source of the authorization rule iop_list was last read on 2020-01-01" in " ".join(
        found.output.split()
    )
