"""The raw reply inside a gateway's JSON: the better evidence when it is whole, and never a trap when it is not."""

import json
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest

from contracts import NoReplyAtAll
from payers.routes.stored import read_stored
from payers.x12 import InterchangeEnvelope, write_999

V3 = {"controlNumber": "1", "tradingPartnerServiceId": "87726", "benefitsInformation": [{"code": "6"}]}
STEDI = {"id": "ec_1", "payerId": "62308", "plans": [{"benefits": {"statuses": [{"status": "INACTIVE"}]}}]}


@pytest.fixture
def raw(text: Callable[..., bytes]) -> str:
    return text(["EB*1**30**PLAN"]).decode()


@pytest.mark.parametrize("body", [V3, STEDI, {}, {"id": "ec_1"}], ids=["v3", "stedi", "alone", "with an id"])
def test_a_whole_raw_reply_is_the_better_evidence(body: Any, raw: str) -> None:
    (benefits,) = read_stored(json.dumps({**body, "x12": raw}).encode())

    assert [one.information for one in benefits.lines] == ["1"]
    assert isinstance(benefits.lines[0].at, int)


def test_a_raw_reply_under_the_name_of_the_enhanced_api_is_read_with_the_day_it_was_given(raw: str) -> None:
    enhanced = {"sourceType": "duplicate", "processedDate": "2026-03-02T14:05:04Z", "status": {"value": "eligible"}}

    (benefits,) = read_stored(json.dumps({**enhanced, **V3, "x12-271": raw}).encode())

    assert (benefits.lines[0].information, benefits.answered_at) == ("1", "2026-03-02T14:05:04Z")


@pytest.mark.parametrize("body", [V3, STEDI], ids=["v3", "stedi"])
@pytest.mark.parametrize(
    "change",
    [
        lambda raw: raw[: len(raw) * 2 // 3],
        lambda raw: raw * 2,
        lambda raw: "ISA*00*...~",
        lambda raw: raw[: raw.index("GS*")],
        lambda raw: "",
        lambda raw: raw.replace("SE*", "SE*9"),
        lambda raw: raw.replace("EB*1**30**PLAN~", ""),
        lambda raw: 5,
        lambda raw: {"ISA": raw},
    ],
)
def test_a_raw_reply_that_is_not_whole_gives_way_to_the_json(body: Any, raw: str, change: Callable[[str], Any]) -> None:
    (benefits,) = read_stored(json.dumps({**body, "x12": change(raw)}).encode())

    assert [one.information for one in benefits.lines] == ["6"]
    assert str(benefits.lines[0].at).startswith("$.")


def test_a_raw_reply_that_is_cut_off_is_read_where_nothing_else_speaks(raw: str) -> None:
    (benefits,) = read_stored(json.dumps({"id": "ec_1", "payerId": "1", "x12": raw[: raw.index("~SE") + 1]}).encode())

    assert (benefits.lines[0].information, bool(benefits.noticed)) == ("1", True)


def test_an_acknowledgment_inside_is_one() -> None:
    envelope = InterchangeEnvelope("STEDI", "US", "000000009", "9", datetime(2026, 11, 24, 10, 0, tzinfo=UTC))
    raw = write_999(envelope, accepted=False, group="7").decode()

    (benefits,) = read_stored(json.dumps({"id": "ec_1", "payerId": "1", "errors": [], "x12": raw}).encode())

    assert benefits.acknowledgment is not None
    assert not benefits.acknowledgment.accepted


def test_an_inquiry_inside_is_no_reply() -> None:
    with pytest.raises(NoReplyAtAll):
        read_stored(json.dumps({"x12": "ISA*00*...~", "status": "ERROR"}).encode())
