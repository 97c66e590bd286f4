"""A call sheet: whom to call, what to read out, and what was said on the phone beside the reply."""

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest

from contracts import (
    Administrator,
    Alternative,
    Answer,
    Authorization,
    Condition,
    Copay,
    CostRule,
    CoverageStatus,
    Delivery,
    Figure,
    Member,
    Provider,
    Question,
    Terms,
    Verdict,
    VirtualDelivery,
)
from payers.florida_blue import CARD as FLORIDA_BLUE
from service.guidance.call_page import write_call_sheet
from service.guidance.call_sheet import CallSheet, Looking
from service.guidance.calls import note_of, sheet_of, wrong_answers
from service.guidance.vob_points import CallPart
from service.guidance.vob_values import CallAnswer, CallContent, CallNote, Provenance, VobEntry
from service.settings.contract_roster import PayerContract, Roster
from tests.service.guidance.staging import accumulators, answer, figure, limit, terms

MEMBER = Member(first_name="Ada", last_name="Imaginary", birth_date=date(1990, 4, 12), member_id="ZZ12345")
QUESTION = Question(
    payer="acme",
    member=MEMBER,
    provider=Provider(npi="1999999984", name="IMAGINARY RECOVERY CENTER", tax_id="900000001"),
    service_date=date(2026, 6, 1),
)
AUTHORIZATION = "p41.iop.mental_health.in_network"
GIVEN = answer(terms(copay="40.00", authorization=Authorization.REQUIRED, limits=(limit(30),)), plan_name="GOLD PPO")


def sheet(of: Answer = GIVEN, *notes: CallNote, question: Question = QUESTION, **more: Any) -> CallSheet:
    return sheet_of(Looking("ver_A", of, question, more.get("card"), more.get("roster", Roster()), notes))


def said_in(number: int, *answers: CallAnswer) -> CallNote:
    content = CallContent(called_at=datetime(2026, 6, 1, 16, tzinfo=UTC), representative="Pat", answers=answers)
    return note_of(number, "clerk-1", datetime(2026, 6, 1, 17, tzinfo=UTC), content.model_dump_json().encode())


def asked(found: CallSheet) -> list[str]:
    return [one.entry for call in found.calls for one in call.questions]


def entry(found: CallSheet, entry_id: str) -> VobEntry:
    return next(one for one in found.record if one.id == entry_id)


STATED: dict[str, object] = {
    "verdict": Verdict.LIKELY,
    "authorization": Authorization.REQUIRED,
    "copay": Copay(amount=Decimal("75.00")),
    "coinsurance": Decimal("0.50"),
    "deductible_applies": True,
    "limits": (limit(30),),
    "virtual": VirtualDelivery.COVERED,
    "cost_rule": CostRule.GREATER_OF,
    "alternatives": (Alternative(figure=Figure.COPAY, value=Decimal("90.00")),),
    "assumed": (Figure.COPAY,),
    "evidence": ("e2",),
}
SAID_ELSEWHERE = {"grade", "rule", "administered_by"}
"""Why a verdict is what it is, and whom to ask instead of the payer: no fact of the benefit."""


@pytest.mark.parametrize("field", sorted(set(Terms.model_fields) - SAID_ELSEWHERE))
def test_whatever_the_terms_of_a_program_state_is_in_the_record(field: str) -> None:
    plain = terms(copay="40.00", coinsurance="0.20")
    other = plain.model_copy(update={field: STATED[field]})

    assert sheet(answer(other)).record != sheet(answer(plain)).record


def test_what_the_reply_states_is_not_asked() -> None:
    found = asked(sheet())

    assert AUTHORIZATION not in found
    assert "p38.iop.mental_health.in_network" not in found
    assert "p43.left.iop.mental_health.in_network" in found


def test_questions_stand_in_a_callers_order() -> None:
    parts = [one.part for call in sheet().calls for one in call.questions]

    assert parts == sorted(parts, key=list(CallPart).index)
    assert asked(sheet())[0] == "p20"
    assert asked(sheet())[-1] == "p57"


def test_a_call_goes_to_the_administrator_first_and_about_the_plan_to_the_payer() -> None:
    running = Administrator(name="OPTUM", payer="optum", phone="8005550133", evidence=("e2",))
    given = answer(terms(Verdict.DELEGATED)).model_copy(update={"administrators": (running,)})

    behavioral, of_plan = sheet(given, card=FLORIDA_BLUE).calls

    assert [(one.name, one.phone, one.evidence) for one in behavioral.phones] == [
        ("OPTUM", "8005550133", ("e2",)),
        ("Florida Blue", "8005550100", ()),
    ]
    assert [one.phone for one in of_plan.phones] == ["8005550100"]
    assert {one.part for one in of_plan.questions} == {CallPart.PLAN, CallPart.MONEY}
    assert AUTHORIZATION in [one.entry for one in behavioral.questions]


def test_identifiers_are_read_out() -> None:
    found = sheet().identifiers

    assert (found.member_id, found.birth_date, found.our_npi, found.our_tax_id) == (
        "ZZ12345",
        date(1990, 4, 12),
        "1999999984",
        "900000001",
    )
    assert "ZZ12345" not in repr(found)


def test_the_codes_are_this_payers_where_its_card_names_them() -> None:
    general, own = sheet().codes, sheet(card=FLORIDA_BLUE).codes

    assert [one.revenue_codes for one in general] == [("0905", "0906")] * 2 + [("0912", "0913")] * 2
    assert [one.procedures for one in general][:2] == [("S9480",), ("H0015",)]
    of_php = {one.condition: one.revenue_codes for one in own if one.program.value == "php"}
    assert of_php == {Condition.MENTAL_HEALTH: ("0913",), Condition.SUBSTANCE_USE: ("0912",)}


@pytest.mark.parametrize(
    ("delivery", "places"),
    [(Delivery.IN_PERSON, ("22", "53")), (Delivery.VIRTUAL, ("02", "10")), (Delivery.EITHER, ("22", "53", "02", "10"))],
)
def test_the_place_of_service_follows_the_delivery(delivery: Delivery, places: tuple[str, ...]) -> None:
    found = sheet(question=QUESTION.model_copy(update={"delivery": delivery}))

    assert found.codes[0].places_of_service == places
    assert ("p49.iop.mental_health.in_network" in asked(found)) is (delivery is not Delivery.IN_PERSON)


def test_where_we_are_in_network_nothing_is_asked_about_payment_out_of_network() -> None:
    ours = Roster((PayerContract(payer="acme", source="contract 1"),))

    assert {"p34", "p35", "p54", "p55"} <= set(asked(sheet()))
    assert not {"p34", "p35", "p54", "p55"} & set(asked(sheet(roster=ours)))
    assert entry(sheet(roster=ours), "p52").statements[0].provenance is Provenance.OURS


def test_where_we_are_out_of_network_the_other_side_is_asked_about() -> None:
    out = Roster((PayerContract(payer="acme", in_network=False, source="contract 1"),))

    found = asked(sheet(roster=out))

    assert "p41.iop.mental_health.out_of_network" in found
    assert not [one for one in found if one.endswith("in_network") and not one.endswith("out_of_network")]


@pytest.mark.parametrize("status", [CoverageStatus.INACTIVE, CoverageStatus.NOT_FOUND])
def test_without_a_plan_nothing_is_asked(status: CoverageStatus) -> None:
    found = sheet(answer(terms(Verdict.NOT_COVERED), status=status))

    assert found.calls == ()
    assert found.why_nothing is not None


def test_a_program_that_is_refused_is_asked_no_terms() -> None:
    found = asked(sheet(answer(terms(Verdict.NOT_COVERED))))

    assert not [one for one in found if ".iop." in one]


def test_what_was_said_on_the_phone_is_not_asked_again() -> None:
    answered = said_in(1, CallAnswer(entry="p25", value="no"), CallAnswer(entry="p15", value="self-funded"))

    found = sheet(GIVEN, answered)

    assert not {"p25", "p15"} & set(asked(found))
    [statement] = entry(found, "p25").statements
    assert (statement.provenance, statement.value, statement.note) == (Provenance.PHONE, "no", 1)
    assert found.version == 1


def test_who_does_not_know_leaves_the_question_open() -> None:
    found = sheet(GIVEN, said_in(1, CallAnswer(entry="p25", value="not_known")))

    assert "p25" in asked(found)
    assert entry(found, "p25").statements[0].value == "not_known"


def test_phone_and_reply_stand_side_by_side_when_they_contradict() -> None:
    found = sheet(GIVEN, said_in(1, CallAnswer(entry=AUTHORIZATION, value="no")))

    it = entry(found, AUTHORIZATION)
    assert it.contradicts
    assert [(one.provenance, one.value) for one in it.statements] == [
        (Provenance.PAYER, "yes"),
        (Provenance.PHONE, "no"),
    ]
    assert it.statements[0].evidence
    assert "Phone and reply contradict each other" in write_call_sheet(found)


def test_a_later_call_stands_beside_the_earlier_one() -> None:
    calls = [said_in(number, CallAnswer(entry="p25", value=value)) for number, value in ((1, "no"), (2, "yes"))]

    it = entry(sheet(GIVEN, *calls), "p25")

    assert [one.value for one in it.statements] == ["no", "yes"]
    assert it.contradicts


def test_the_same_figure_in_another_form_is_no_contradiction() -> None:
    found = sheet(GIVEN, said_in(1, CallAnswer(entry="p38.iop.mental_health.in_network", value="40")))

    assert not entry(found, "p38.iop.mental_health.in_network").contradicts


@pytest.mark.parametrize(
    ("entry_id", "value", "is_right"),
    [
        ("p25", "yes", True),
        ("p25", "maybe", False),
        ("p25", "not_known", True),
        ("p38.iop.mental_health.in_network", "40.00", True),
        ("p38.iop.mental_health.in_network", "forty", False),
        ("p38.iop.mental_health.in_network", "NaN", False),
        ("p38.iop.mental_health.in_network", "1E-999999999", False),
        ("p39.iop.mental_health.in_network", "0.2", True),
        ("p39.iop.mental_health.in_network", "20", False),
        ("p14", "2027-01-01", True),
        ("p14", "January", False),
        ("p15", "self-funded", True),
        ("p99", "yes", False),
    ],
)
def test_an_answer_has_the_form_of_its_question(entry_id: str, value: str, *, is_right: bool) -> None:
    content = said_in(1, CallAnswer(entry=entry_id, value=value))

    assert (wrong_answers(content, sheet().record) == []) is is_right


def test_a_sheet_is_a_page_for_people() -> None:
    given = answer(terms(copay="40.00"), accumulators(figure("0.00", "1500.00")), plan_name="GOLD \x1b[31mPPO")

    page = write_call_sheet(sheet(given, card=FLORIDA_BLUE))

    assert "Call Florida Blue: (800) 555-0100" in page
    assert "Is authorization required for IOP for mental health" in page
    assert "revenue 0913" in page
    assert "\x1b" not in page
    assert all(len(line) <= 80 for line in page.splitlines())


@pytest.mark.parametrize(
    ("ends_on", "by"), [(None, "2026-07-01"), (date(2026, 6, 20), "2026-06-20"), (date(2026, 8, 1), "2026-07-01")]
)
def test_a_verification_is_made_again_by_the_next_month_or_an_earlier_end(ends_on: date | None, by: str) -> None:
    found = sheet(answer(terms(copay="40.00"), ends_on=ends_on))

    assert entry(found, "p61").statements[0].value == by
