"""JSON of any shape is read or refused: no reply of a gateway's, however broken, ends in anything else."""

import json
from datetime import UTC, date, datetime
from typing import Any

import pytest
from hypothesis import given, settings, strategies as st

from contracts import Card, Dialect, InquiryPlan, NoReplyAtAll
from payers.reading import conclude
from payers.routes.shared.json_replies.tree import MAX_TEXT, MAX_VALUES
from payers.routes.stored import read_stored

V3: dict[str, Any] = {
    "meta": {"outboundTraceId": "T"},
    "controlNumber": "000000105",
    "tradingPartnerServiceId": "87726",
    "subscriber": {"memberId": "9", "lastName": "SPECIMEN", "dateOfBirth": "19900412", "aaaErrors": [{"code": "72"}]},
    "dependents": [{"firstName": "NELL"}],
    "payer": {"name": "EXAMPLE", "contactInformation": {"contacts": [{"communicationMode": "Telephone"}]}},
    "planInformation": {"groupNumber": "1"},
    "planDateInformation": {"planBegin": "20260101"},
    "planStatus": [{"statusCode": "1", "serviceTypeCodes": ["30"]}],
    "subscriberTraceNumbers": [{"traceTypeCode": "2", "referenceIdentification": "T"}],
    "benefitsInformation": [
        {
            "code": "A",
            "serviceTypeCodes": ["MH"],
            "benefitPercent": ".2",
            "benefitAmount": "5",
            "benefitsServiceDelivery": [{"quantity": "3"}],
            "benefitsDateInformation": {"benefit": {"startDate": "20260101"}},
            "compositeMedicalProcedureIdentifier": {"procedureCode": "S9480", "procedureModifiers": ["HF"]},
            "eligibilityAdditionalInformationList": [{"industryCode": "11"}],
            "benefitsRelatedEntities": [{"entityName": "VENDOR"}],
            "additionalInformation": [{"description": "WORDS"}],
            "aaaErrors": [{"code": "70"}],
        }
    ],
    "errors": [{"field": "AAA", "code": "75", "location": "Loop 2100C"}],
}
STEDI: dict[str, Any] = {
    "id": "ec_1",
    "payerId": "62308",
    "payer": {"name": {"organization": "EXAMPLE"}, "contacts": [{"phoneNumbers": ["8005550100"]}]},
    "subscriber": {"name": {"person": {"lastName": "SPECIMEN"}}, "dates": {"plan": {"start": "2026-01-01"}}},
    "dependent": {"name": {"person": {"firstName": "NELL"}}},
    "meta": {"subscriberTraceNumbers": [{"referenceIdentification": "T"}]},
    "plans": [
        {
            "name": "PLAN",
            "benefits": {
                "statuses": [{"status": "ACTIVE_COVERAGE", "service": {"value": "30", "system": "STC"}}],
                "limitations": [{"serviceLimits": [{"delivery": {"quantity": {"value": "3"}}}], "messages": ["W"]}],
                "contactFollowingEntityForInformation": [{"relatedEntities": [{"type": "VENDOR", "name": {}}]}],
                "invalidEntries": {"deductible": [{"amount": "x"}]},
            },
        }
    ],
    "errors": [{"code": "72", "location": "SUBSCRIBER"}],
    "x12": "ISA*00*...~",
}
ODD = st.sampled_from(
    [None, True, 0, -1, 1e308, "", " ", "x" * 500, [], {}, [[]], [None], {"": {}}, "\ud800", [{"code": []}], "1e309"]
)
CARD = Card(id="example", name="Example", routes=(), plan=InquiryPlan(source="test"))


def places(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """Every place of a tree."""
    below = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [path, *(place for key, one in below for place in places(one, (*path, key)))]


def changed(body: Any, path: tuple[Any, ...], odd: Any) -> Any:
    """``body`` with something else at ``path``."""
    if not path:
        return odd
    copy = json.loads(json.dumps(body))
    node = copy
    for key in path[:-1]:
        node = node[key]
    node[path[-1]] = odd
    return copy


@pytest.mark.parametrize("body", [V3, STEDI], ids=["v3", "stedi"])
@given(data=st.data())
@settings(max_examples=150, deadline=None)
def test_a_reply_with_anything_anywhere_is_read_or_refused(body: Any, data: st.DataObject) -> None:
    odd = changed(body, data.draw(st.sampled_from(places(body))), data.draw(ODD))
    odd = changed(odd, data.draw(st.sampled_from(places(odd))), data.draw(ODD))

    try:
        people = read_stored(json.dumps(odd).encode())
    except NoReplyAtAll:
        return
    for one in people:
        conclude(
            (one,),
            card=CARD,
            dialect=Dialect(),
            service_date=date(2026, 11, 24),
            as_of=datetime(2026, 11, 24, tzinfo=UTC),
        ).model_dump_json()


@pytest.mark.parametrize(
    "raw",
    [
        *(b"", b"null", b"{}", b"[]", b"[{}]", b'"x"', b"12", b"true", b"{", b"NaN", b"\xff\xfe{\0}\0"),
        *(b"[" * 100_000, b'{"plans":' * 100_000, b'{"benefitsInformation": null, "planStatus": {}}'),
        *(b'{"errors": [{"code": {}}]}', b'{"x12": {}}', b'{"payerId": "1", "plans": "x"}'),
        b'{"controlNumber": ' + b"9" * 5000 + b"}",
    ],
)
def test_what_is_no_reply_is_refused_by_its_own_error(raw: bytes) -> None:
    try:
        people = read_stored(raw)
    except NoReplyAtAll:
        return
    assert not any(one.lines or one.rejections for one in people)


def of_one_line(**more: object) -> dict[str, object]:
    return {"benefitsInformation": [{"code": "1", "serviceTypeCodes": ["30"], **more}]}


LINE = json.dumps(of_one_line()).encode()


@pytest.mark.parametrize(
    ("raw", "why"),
    [
        (LINE[:-1] + b',"benefitsInformation":[]}', "not_json"),
        (LINE[:-1] + b',"amount":' + b"9" * 41 + b"}", "not_json"),
        (json.dumps(of_one_line(more=[0] * MAX_VALUES)).encode(), "too_many_values"),
        (json.dumps(of_one_line(more=[0] * MAX_VALUES)).encode("utf-16"), "too_many_values"),
        (
            json.dumps(of_one_line(additionalInformation=[{"description": "X" * (MAX_TEXT + 1)}])).encode(),
            "long_text",
        ),
        (json.dumps(of_one_line() | {"subscriber": {"lastName": "X" * (MAX_TEXT + 1)}}).encode(), "long_text"),
    ],
)
def test_what_is_more_than_a_reply_is_refused_before_it_is_read(raw: bytes, why: str) -> None:
    with pytest.raises(NoReplyAtAll, match=why):
        read_stored(raw)


def test_a_thousand_lines_and_a_long_text_that_nobody_reads_are_within_bounds() -> None:
    line = {f"field{number}": {"value": "x"} for number in range(15)} | {"code": "1", "serviceTypeCodes": ["MH", "30"]}
    body = {"benefitsInformation": [line] * 1_000, "image": "x" * 500_000}

    assert len(read_stored(json.dumps(body).encode())[0].lines) == 1_000
