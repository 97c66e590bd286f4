"""The imaginary people: a whole table at five payers, in each payer's own hand."""

import asyncio
import re
from collections import Counter
from collections.abc import Callable
from datetime import UTC, date, datetime
from typing import Any

import pytest

from contracts import (
    Benefits,
    BirthDateDiffers,
    Card,
    Inquiry,
    Member,
    Provider,
    Question,
    Relationship,
    Reply,
    Subscriber,
)
from payers import aetna, cigna, florida_blue, optum, unitedhealthcare
from payers.simulator.payers import BY_ID, PAYERS, payer_called
from payers.simulator.people import PEOPLE, ImaginaryPerson
from payers.simulator.replies import reply_to
from payers.x12 import read_270, read_interchange
from service.gateway.correlation import SentInquiry, judge

ADAPTERS = {one.CARD.id: one.adapter for one in (aetna, cigna, florida_blue, optum, unitedhealthcare)}
SCENARIOS = frozenset(
    "covered_by_wording covered_by_bb likely_by_facility_line excluded_out_of_network_only inactive unknown_member"
    " wrong_birth_date silent_on_behavioral carve_out base_codes_only mh_active_no_cost dependent_at_2000D"
    " dependent_as_subscriber married_name new_member_id other_birth_date".split()
)
AT = datetime(2026, 11, 24, 14, 5, tzinfo=UTC)
PROVIDER = Provider(npi="1999999984", name="Example Center")


class AtTheSimulator:
    """A gateway without a network: what the simulated payer says is judged and read at once."""

    cards = ()

    def __init__(self, person: ImaginaryPerson, about: Callable[..., Any]) -> None:
        self._person, self._about = person, about

    async def ask(self, card: Card, inquiry: Inquiry) -> Benefits:
        asked = self._about(self._person.scenario, self._person.payer, *inquiry.service_types)
        people, echo = read_interchange(reply_to(read_270(asked.raw), BY_ID[card.id], AT))
        return judge(Reply(people, echo, b"", "application/edi-x12"), SentInquiry(inquiry, asked.numbers, card))


def question_about(person: ImaginaryPerson) -> Question:
    member = Member(
        first_name=person.first_name,
        last_name=person.last_name,
        birth_date=date.fromisoformat(person.birth_date),
        member_id=None if person.holder else person.member_id,
    )
    holder = None
    if person.holder:
        holder = Subscriber(
            first_name=person.holder,
            last_name=person.last_name,
            birth_date=date(1970, 1, 2),
            member_id=person.member_id,
            relationship=Relationship.CHILD,
        )
    return Question(payer=person.payer, member=member, subscriber=holder, provider=PROVIDER, service_date=AT.date())


@pytest.mark.parametrize("payer", PAYERS, ids=lambda payer: payer.id)
def test_every_payer_has_one_person_for_every_scenario(payer: Any) -> None:
    scenarios = Counter(person.scenario for person in PEOPLE if person.payer == payer.id)

    assert set(scenarios) >= SCENARIOS
    assert set(scenarios.values()) == {1}


def test_a_last_name_and_a_payer_are_one_person() -> None:
    assert len({(person.payer, person.last_name) for person in PEOPLE}) == len(PEOPLE)
    assert len({person.member_id for person in PEOPLE}) == len(PEOPLE)


@pytest.mark.parametrize("adapter", ADAPTERS.values(), ids=list(ADAPTERS))
def test_the_simulated_payer_is_the_payer_of_the_card(adapter: Any) -> None:
    entry = adapter.card.on("core_mime")

    assert payer_called(entry.payer_id) is BY_ID[adapter.card.id]
    ids = [person.member_id for person in PEOPLE if person.payer == adapter.card.id]
    assert all(re.fullmatch(adapter.card.member_id.pattern, member_id) for member_id in ids)


@pytest.mark.parametrize("payer", PAYERS, ids=lambda payer: payer.id)
def test_no_phone_of_a_simulated_payer_is_anybodys(payer: Any) -> None:
    phones = [*re.findall(r"TE\*(\d+)", " ".join(payer.vendor)), payer.phone]

    assert all(re.fullmatch(r"80055501\d\d", phone) for phone in phones)


@pytest.mark.parametrize("person", PEOPLE, ids=lambda person: f"{person.payer}-{person.scenario}")
def test_every_person_has_the_answer_that_the_table_promises(person: ImaginaryPerson, about: Any) -> None:
    try:
        answer = asyncio.run(ADAPTERS[person.payer].verify(question_about(person), AtTheSimulator(person, about)))
        said = [answer.coverage.status, *(row.in_network.verdict for row in answer.programs)]
    except BirthDateDiffers:
        said = ["could_not_check"] * 5

    assert said == list(person.expected)


@pytest.mark.parametrize("payer", PAYERS, ids=lambda payer: payer.id)
@pytest.mark.parametrize("scenario", ["covered_by_wording", "dependent_at_2000D", "dependent_as_subscriber"])
def test_a_reply_is_whole_and_carries_the_numbers_of_its_inquiry(payer: Any, scenario: str, about: Any) -> None:
    asked = about(scenario, payer.id)

    (people, echo) = read_interchange(reply_to(read_270(asked.raw), payer, AT))

    assert (echo.faults, echo.transaction) == ((), asked.numbers.transaction)
    assert (echo.sender, echo.receiver) == (payer.payer_id, "BENEFITS")
    (benefits,) = people
    ours = [(trace.number, trace.originator) for trace in benefits.traces if trace.kind == "2"]
    assert ours == [(asked.numbers.trace, asked.numbers.originator)]
    assert benefits.patient.last_name == asked.person.last_name


@pytest.mark.parametrize("payer", PAYERS, ids=lambda payer: payer.id)
@pytest.mark.parametrize(("scenario", "role"), [("dependent_at_2000D", "03"), ("dependent_as_subscriber", "IL")])
def test_a_dependent_comes_back_in_the_form_of_the_scenario(payer: Any, scenario: str, role: str, about: Any) -> None:
    reply = read_interchange(reply_to(read_270(about(scenario, payer.id).raw), payer, AT))

    assert reply.people[0].patient.role == role


@pytest.mark.parametrize("payer", PAYERS, ids=lambda payer: payer.id)
@pytest.mark.parametrize(("details", "code"), [({"birth_date": "1951-01-01"}, "71"), ({"member_id": "W1"}, "72")])
def test_details_that_do_not_match_are_rejected_and_say_nothing_of_the_plan(
    payer: Any, details: dict[str, str], code: str, about: Any
) -> None:
    asked = about("covered_by_wording", payer.id, **details)

    benefits = read_interchange(reply_to(read_270(asked.raw), payer, AT)).people[0]

    assert [rejection.code for rejection in benefits.rejections] == [code]
    assert benefits.lines == ()


@pytest.mark.parametrize(("code", "loop"), [("42", "2100A"), ("51", "2100B"), ("75", "2100C")])
def test_a_rejection_stands_at_the_level_that_it_belongs_to(code: str, loop: str, about: Any) -> None:
    reply = reply_to(read_270(about("covered_by_wording").raw), BY_ID["aetna"], AT, code)

    (rejection,) = read_interchange(reply).people[0].rejections
    assert (rejection.code, rejection.loop) == (code, loop)


def test_a_type_that_a_payer_does_not_answer_gets_the_base_codes(about: Any) -> None:
    reply = reply_to(read_270(about("base_codes_only", "unitedhealthcare", "BB").raw), BY_ID["unitedhealthcare"], AT)

    lists = [line.service_types for line in read_interchange(reply).people[0].lines]
    assert ("1", "33", "47", "86", "88", "98", "AL", "MH", "UC") in lists
    assert not any("BB" in codes for codes in lists)
