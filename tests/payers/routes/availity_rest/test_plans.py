"""Availity's benefits: each says what the EB of a 271 would say, element by element."""

import json
import re
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings, strategies as st

from contracts import NoReplyAtAll, Side
from tests.payers.routes.availity_rest.coverages import (
    IOP,
    PHP,
    Json,
    Read,
    amounts,
    benefit,
    coverage,
    detail,
    lines,
    plan,
    said,
)

# --- Benefits ---


@pytest.mark.parametrize(
    ("side", "network"), [("inNetwork", "Y"), ("outOfNetwork", "N"), ("notApplicableNetwork", "W"), ("noNetwork", "")]
)
@pytest.mark.parametrize(
    ("kind", "information"), [("coInsurance", "A"), ("coPayment", "B"), ("deductibles", "C"), ("outOfPocket", "G")]
)
def test_kind_and_side_are_keys(kind: str, information: str, side: str, network: str) -> None:
    (line,) = lines(benefit("MH", **amounts(kind, {"amount": "5"}, side=side)))

    assert (line.information, line.network, line.service_types, line.plan) == (information, network, ("MH",), "GOLD")
    assert line.at == f"$.plans[0].benefits[0].amounts.{kind}.{side}[0]"


@pytest.mark.parametrize(
    ("kind", "information"),
    [
        *(("limitations", "F"), ("nonCovered", "I"), ("exclusions", "E"), ("benefitDescriptions", "D")),
        *(("coverageBasis", "CB"), ("costContainment", "J"), ("reserve", "K"), ("preexistingConditions", "M")),
    ],
)
def test_a_detail_of_a_benefit_is_a_line_of_its_kind(kind: str, information: str) -> None:
    (line,) = lines(benefit("MH", **{kind: {"inNetwork": [{"payerNotes": ["NOTE"]}]}}))

    assert (line.information, [one.text for one in line.messages]) == (information, ["NOTE"])


def test_a_detail_may_be_a_plain_list() -> None:
    (line,) = lines(benefit("MH", limitations=[{"quantity": "30", "quantityQualifierCode": "VS"}]))

    assert (line.information, line.network, line.quantity) == ("F", "", "30")


def test_a_status_detail_brings_its_own_code_or_words() -> None:
    details = {"inNetwork": [{"statusCode": "CB"}], "outOfNetwork": [{"status": "Non-Covered"}]}

    assert [line.information for line in lines(benefit("MH", statusDetails=details))] == ["CB", "I"]


@pytest.mark.parametrize(
    ("flags", "said"),
    [
        ({"authorizationRequired": True}, "Y"),
        ({"authorizationRequired": False}, "N"),
        ({"authorizationRequiredUnknown": True}, "U"),
        ({"authorizationRequired": False, "authorizationRequiredUnknown": True}, "U"),
        ({"authorizationRequired": "true"}, "Y"),
        ({}, ""),
    ],
)
def test_two_flags_are_one_authorization(flags: Json, said: str) -> None:
    assert detail(amount="5", **flags).authorization == said


@pytest.mark.parametrize(
    ("element", "amount", "share", "period"),
    [
        ({"amount": "25", "units": "USD", "amountTimePeriodCode": "27"}, "25", "", "27"),
        ({"amount": "1,500.00", "units": "Dollars", "amountTimePeriod": "Calendar Year"}, "1500.00", "", "23"),
        ({"amount": "$25.00"}, "25.00", "", ""),
        ({"amount": 25, "amountTimePeriodCode": "7"}, "25", "", "7"),
        ({"amount": "20", "units": "Percentage"}, "", "20", ""),
        ({"amount": "20%"}, "", "20", ""),
        ({"amount": ".2", "units": "Percent"}, "", ".2", ""),
        ({"amount": "0", "units": "Percentage"}, "", "0", ""),
        ({"total": "900", "totalTimePeriodCode": "23"}, "900", "", "23"),
        ({"remaining": "900"}, "900", "", "29"),
        ({"remaining": "900", "remainingTimePeriodCode": "32"}, "900", "", "33"),
    ],
)
def test_a_figure_stands_where_its_units_say(element: Json, amount: str, share: str, period: str) -> None:
    line = detail(**element)

    assert (line.amount, line.share, line.period) == (amount, share, period)


def test_one_hundredth_is_never_taken_for_all_of_it(read: Read) -> None:
    body = coverage(
        plan(benefit("MH", statusCode="1", **amounts("coInsurance", {"amount": "1", "units": "Percentage"})))
    )

    assert read(people=said(body)).terms(*IOP, Side.IN_NETWORK).coinsurance is None


def test_total_and_remaining_of_one_element_are_two_lines(read: Read) -> None:
    element = {
        "amount": "900",
        "amountTimePeriodCode": "29",
        "remaining": "900",
        "total": "1500",
        "totalTimePeriodCode": "23",
        "levelCode": "IND",
    }
    family = {"total": "3000", "remaining": "3000", "totalTimePeriodCode": "23", "level": "Family"}

    found = read(people=said(coverage(plan(benefit("30", **amounts("deductibles", element, family))))))

    own, shared = found.accumulators.in_network.individual.deductible, found.accumulators.in_network.family.deductible
    assert (own.total, own.met, own.remaining) == (Decimal("1500.00"), Decimal("600.00"), Decimal("900.00"))
    assert (shared.total, shared.met, shared.remaining) == (Decimal("3000.00"), Decimal("0.00"), Decimal("3000.00"))
    assert {"$.plans[0].benefits[0].amounts.deductibles.inNetwork[0].total"} <= {one.path for one in found.evidence}


@pytest.mark.parametrize(
    "element",
    [
        {"quantity": "30", "quantityQualifierCode": "VS", "amountTimePeriodCode": "23"},
        {"quantity": "30", "quantityQualifier": "Visits", "timePeriod": "Calendar Year"},
        {"total": "30", "units": "Visits", "totalTimePeriodCode": "23"},
        {"deliveryInformation": [{"quantity": "30", "quantityQualifierCode": "VS", "timePeriodCode": "23"}]},
    ],
)
def test_a_limit_is_read_in_each_of_its_forms(read: Read, element: Json) -> None:
    body = coverage(plan(benefit("CH", statusCode="1", limitations={"inNetwork": [element]})))

    (limit,) = read(people=said(body)).terms(*IOP, Side.IN_NETWORK).limits

    assert (limit.quantity, limit.unit, limit.period) == (Decimal(30), "visits", "calendar_year")


def test_a_place_decides_what_is_read(read: Read) -> None:
    office = {"amount": "25", "amountTimePeriodCode": "27", "placeOfServiceCode": "11"}
    hospital = {"amount": "40", "amountTimePeriodCode": "7", "placeOfService": "On Campus-Outpatient Hospital"}

    found = read(people=said(coverage(plan(benefit("MH", **amounts("coPayment", office, hospital))))))

    terms = found.terms(*IOP, Side.IN_NETWORK)
    assert (terms.verdict, terms.rule) == ("likely", "place")
    assert terms.copay is not None
    assert (terms.copay.amount, terms.copay.per) == (Decimal("40.00"), "day")


NOTES: tuple[Json, ...] = (
    {"payerNotes": ["PARTIAL HOSPITALIZATION - PRECERTIFICATION REQUIRED"]},
    {"payerNotes": [{"payerNote": "PARTIAL HOSPITALIZATION - PRECERTIFICATION REQUIRED"}]},
    {"payerNotes": "PARTIAL HOSPITALIZATION - PRECERTIFICATION REQUIRED"},
    {"description": "PARTIAL HOSPITALIZATION - PRECERTIFICATION REQUIRED"},
)


@pytest.mark.parametrize("notes", NOTES)
def test_a_note_that_names_the_program_is_the_payers_own_word(read: Read, notes: Json) -> None:
    element = {"amount": "75", "amountTimePeriodCode": "7", **notes}

    terms = read(people=said(coverage(plan(benefit("MH", **amounts("coPayment", element)))))).terms(
        *PHP, Side.IN_NETWORK
    )

    assert (terms.verdict, terms.rule, terms.authorization) == ("covered", "phrase", "required")


def test_an_exclusion_of_one_side_leaves_the_other_alone(read: Read) -> None:
    body = benefit("MH", statusDetails={"inNetwork": [{"statusCode": "1"}]}, nonCovered={"outOfNetwork": [{}]})

    answer = read(people=said(coverage(plan(body))))

    assert answer.terms(*IOP, Side.IN_NETWORK).verdict == "likely"
    assert answer.terms(*IOP, Side.OUT_OF_NETWORK).verdict == "not_covered"


def test_every_piece_of_evidence_stands_where_it_says(read: Read) -> None:
    hospital = {"amount": "40", "placeOfService": "Outpatient Hospital", "payerNotes": [{"message": "WITH A NOTE"}]}
    figures = {"total": "1500", "remaining": "900", "totalTimePeriod": "Calendar Year", "level": "Individual"}
    body = coverage(
        plan(
            benefit("30", **amounts("deductibles", figures)),
            benefit(
                "MH", status="Active", **amounts("coPayment", hospital), limitations={"inNetwork": [{"quantity": "9"}]}
            ),
            groupNumber="B0900",
            eligibilityStartDate="2026-01-01",
        ),
        validationMessages=[{"field": "serviceType", "code": "53"}],
    )

    evidence = read(people=said(body)).evidence

    assert len(evidence) >= 8
    for one in evidence:
        found: Any = body
        for name, number in re.findall(r"\.(\w+)|\[(\d+)\]", one.path or ""):
            found = found[name] if name else found[int(number)]
        sent = json.dumps(found, separators=(",", ":"))
        # Of a whole plan or benefit only its own fields are shown, and not what stands below it.
        assert one.text in sent or set(json.loads(one.text)) <= set(found)


# --- Whatever else comes ---


@pytest.mark.parametrize(
    "body",
    [
        coverage(plans=None),
        coverage(plans={}),
        coverage(plans=[None, 5, "x", [], {}]),
        coverage({"benefits": {"type": "MH", "amounts": 5}}),
        coverage(plan({"type": {}, "amounts": {"coPayment": {"inNetwork": [5, {"amount": {}}]}}})),
        coverage(plan(benefit("MH", additionalPayers=[5], contacts="x", payerNotes={"a": 1}))),
        coverage(patient=5, subscriber=[], payer="x", validationMessages="x"),
        coverage(statusCode=4.5, validationMessages=[{"code": {}}]),
        {"coverages": [coverage(), 5, None]},
    ],
)
def test_no_shape_of_json_is_an_exception(read: Read, body: Json) -> None:
    for one in said(body):
        answer = read(people=(one,))
        assert answer.terms(*IOP, Side.IN_NETWORK).verdict in {"not_stated", "could_not_check", "likely"}


@pytest.mark.parametrize("body", [{}, [], {"coverages": []}, {"id": "1"}, {"status": "Complete"}, {"plans": 5}])
def test_what_is_no_coverage_is_no_reply(body: object) -> None:
    with pytest.raises(NoReplyAtAll):
        said(body)


KEYS = (
    "coverages plans benefits amounts coPayment deductibles statusDetails inNetwork noNetwork amount units total"
    " remaining statusCode status type patient subscriber payer memberId lastName birthDate validationMessages field"
    " code errors additionalPayers contacts phone payerNotes deliveryInformation placeOfServiceCode id asOfDate"
).split()
TREES = st.recursive(
    st.one_of(
        st.none(), st.booleans(), st.integers(), st.text(max_size=3), st.sampled_from(["1", "MH", "U", "19", ".2"])
    ),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(KEYS), inner, max_size=5),
    max_leaves=25,
)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(tree=TREES, plans=TREES)
def test_no_tree_of_json_is_an_exception(read: Read, tree: object, plans: object) -> None:
    for body in (tree, coverage() | (tree if isinstance(tree, dict) else {}), coverage(plans=plans)):
        try:
            people = said(body)
        except NoReplyAtAll:
            continue
        assert all(one.path for one in read(people=people[:1]).evidence)
