"""What a clerk must not miss stands on the watch list, the most harmful first, each with its lines."""

from collections.abc import Sequence
from datetime import date
from typing import Any

import pytest

from contracts import (
    Administrator,
    AdministratorOutcome,
    Answer,
    Authorization,
    Evidence,
    Finding,
    FindingCode,
    OtherPayer,
    PayerOrder,
    PlanType,
    Verdict,
)
from service.guidance.watch_list import WatchCode, WatchItem, watch_list_of
from service.guidance.watch_page import write_watch_list
from service.settings.contract_roster import PayerContract, Roster
from tests.service.guidance.cast import cast
from tests.service.guidance.staging import answer, limit, terms

FREE = terms(copay="40.00", authorization=Authorization.NOT_REQUIRED)
NO_ROSTER = Roster()


def items(of: Answer, roster: Roster = NO_ROSTER) -> Sequence[WatchItem]:
    return watch_list_of(of, roster).items


def codes(of: Answer, roster: Roster = NO_ROSTER) -> list[WatchCode]:
    return list(dict.fromkeys(one.code for one in items(of, roster)))


def with_finding(code: FindingCode) -> Answer:
    return answer(FREE).model_copy(update={"findings": (Finding(code=code, segment=2, detail="MSG"),)})


def changed(**update: Any) -> Answer:
    return answer(FREE).model_copy(update=update)


EAP = Evidence(id="e9", segment=9, text="MSG*USE YOUR EAP VISITS FIRST", description="words")
ELSEWHERE = Administrator(
    name="OPTUM", covers=("mental_health", "substance_use"), outcome=AdministratorOutcome.NO_ROUTE, evidence=("e1",)
)
CASES: dict[str, tuple[Answer, list[WatchCode]]] = {
    "nothing": (answer(FREE), []),
    "it ends within 90 days": (answer(FREE, ends_on=date(2026, 8, 30)), [WatchCode.ENDS_SOON]),
    "it ends later": (answer(FREE, ends_on=date(2026, 8, 31)), []),
    "words about an end": (with_finding(FindingCode.TERMINATED_MESSAGE), [WatchCode.ENDS_SOON]),
    "used up": (answer(FREE.model_copy(update={"limits": (limit(30, left=0),)})), [WatchCode.EXHAUSTED]),
    "words about that": (with_finding(FindingCode.EXHAUSTED), [WatchCode.EXHAUSTED]),
    "a quarter left": (answer(FREE.model_copy(update={"limits": (limit(40, left=10),)})), [WatchCode.NEARLY_EXHAUSTED]),
    "more than a quarter left": (answer(FREE.model_copy(update={"limits": (limit(40, left=11),)})), []),
    "out of network only": (answer(terms(Verdict.NOT_COVERED), out=FREE), [WatchCode.OUT_OF_NETWORK_ONLY]),
    "an exclusion": (with_finding(FindingCode.EXCLUSION), [WatchCode.EXCLUSION]),
    "another payer first": (
        answer(FREE, other_payers=(OtherPayer(name="MEDICARE", order=PayerOrder.PRIMARY, evidence=("e1",)),)),
        [WatchCode.OTHER_COVERAGE_FIRST],
    ),
    "another payer second": (
        answer(FREE, other_payers=(OtherPayer(name="MEDICARE", order=PayerOrder.SECONDARY, evidence=("e1",)),)),
        [],
    ),
    "Medicare Advantage": (answer(FREE, plan_type=PlanType.MEDICARE_ADVANTAGE), [WatchCode.MEDICARE_ADVANTAGE]),
    "an EAP": (changed(evidence=(*answer(FREE).evidence, EAP)), [WatchCode.EAP_FIRST]),
    "an administrator that was not asked": (
        answer(terms(Verdict.DELEGATED)).model_copy(update={"administrators": (ELSEWHERE,)}),
        [WatchCode.ADMINISTRATOR_NOT_ASKED],
    ),
    "words not understood": (with_finding(FindingCode.MESSAGE_NOT_UNDERSTOOD), [WatchCode.MESSAGE_NOT_UNDERSTOOD]),
    "an authorization": (
        answer(terms(copay="40.00", authorization=Authorization.REQUIRED)),
        [WatchCode.AUTHORIZATION_NOT_ON_FILE],
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_what_must_not_be_missed_is_on_the_list(name: str) -> None:
    given, expected = CASES[name]

    assert codes(given) == expected
    assert all(one.evidence for one in items(given))


def test_terms_in_network_are_watched_where_we_are_out() -> None:
    out = Roster((PayerContract(payer="acme", in_network=False, source="contract 1"),))

    assert codes(answer(FREE, out=FREE), out) == [WatchCode.OUT_OF_NETWORK_ONLY]


def test_the_most_harmful_stands_first() -> None:
    given = answer(
        terms(copay="40.00", authorization=Authorization.REQUIRED, limits=(limit(30, left=0),)),
        ends_on=date(2026, 6, 30),
        plan_type=PlanType.MEDICARE_ADVANTAGE,
    )

    assert codes(given) == [
        WatchCode.ENDS_SOON,
        WatchCode.EXHAUSTED,
        WatchCode.MEDICARE_ADVANTAGE,
        WatchCode.AUTHORIZATION_NOT_ON_FILE,
    ]


def test_an_item_repeats_none_of_the_payers_words() -> None:
    given = changed(
        findings=(Finding(code=FindingCode.MESSAGE_NOT_UNDERSTOOD, segment=2, detail="ZQCANARY"),),
        evidence=(*answer(FREE).evidence, EAP),
    )

    watched = watch_list_of(given, NO_ROSTER)

    assert "ZQCANARY" not in watched.model_dump_json()
    assert "EAP VISITS" not in watched.model_dump_json()


def test_everything_on_the_list_of_the_cast_points_at_lines_that_are_there() -> None:
    seen = set()
    for actor in cast():
        known = {one.id for one in actor.answer.evidence}
        for one in items(actor.answer):
            assert known.issuperset(one.evidence), actor
            seen.add(one.code)

    assert len(seen) >= 6


def test_a_watch_list_is_a_page_for_people() -> None:
    page = write_watch_list(watch_list_of(answer(FREE, ends_on=date(2026, 6, 30)), NO_ROSTER))

    assert "- The coverage ends on Jun 30, 2026. [e1]" in page
    assert "not known" in page
