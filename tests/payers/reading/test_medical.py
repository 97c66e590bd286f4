"""Rows about medical care: kept where they are plain, for staff alone, and no verdict or figure rests on them."""

from collections.abc import Callable
from decimal import Decimal

import pytest

from contracts import Answer, CopayPer, LimitPeriod, LimitUnit, Side
from payers.reading.terms.medical import MOST_ROWS

Read = Callable[..., Answer]

ACTIVE = "EB*1**30*PR*OPEN CHOICE"
IN, OUT = Side.IN_NETWORK, Side.OUT_OF_NETWORK


def test_a_copay_a_share_and_a_limit_are_kept_with_their_lines(read: Read) -> None:
    answer = read(
        ACTIVE,
        "EB*B*IND*98***27*25*****Y",
        "EB*A*IND*50*****.2****N",
        "EB*F*IND*33***23***VS*20**Y",
    )

    copay, share, limit = answer.medical_benefits
    assert copay.copay is not None
    assert (copay.service_types, copay.side, copay.copay.amount, copay.copay.per) == (
        ("98",),
        IN,
        Decimal("25.00"),
        CopayPer.VISIT,
    )
    assert (share.side, share.coinsurance) == (OUT, Decimal("0.20"))
    assert limit.limit is not None
    assert (limit.limit.quantity, limit.limit.unit, limit.limit.period) == (
        20,
        LimitUnit.VISITS,
        LimitPeriod.CALENDAR_YEAR,
    )
    texts = {one.id: one.text for one in answer.evidence}
    assert [texts[row.evidence[0]].split("*")[1] for row in answer.medical_benefits] == ["B", "A", "F"]


def test_a_row_without_a_mark_holds_for_both_sides(read: Read) -> None:
    assert [row.side for row in read(ACTIVE, "EB*A*IND*50*****.2").medical_benefits] == [IN, OUT]
    assert [row.side for row in read(ACTIVE, "EB*A*IND*50*****.2", "EB*A*IND*50*****.1****Y").medical_benefits] == [IN]


NOT_PLAIN = {
    "a behavioral type": ["EB*B*IND*MH***27*25*****Y"],
    "a behavioral type beside it": ["EB*B*IND*98^MH***27*25*****Y"],
    "another type": ["EB*B*IND*86***27*25*****Y"],
    "no type": ["EB*B*IND****27*25*****Y"],
    "a program by name": ["EB*B*IND*98***27*25*****Y", "MSG*INTENSIVE OUTPATIENT"],
    "words nobody understands": ["EB*B*IND*98***27*25*****Y", "MSG*FLOOFY VISITS"],
    "another service": ["EB*B*IND*98***27*0*****Y", "MSG*PREVENTIVE"],
    "a condition": ["EB*B*IND*98***27*25*****Y", "MSG*FIRST 3 VISITS"],
    "a procedure": ["EB*B*IND*98***27*25*****Y**HC|99213"],
    "telehealth": ["EB*B*IND*98***27*25*****Y", "III*ZZ*02"],
    "the emergency room": ["EB*B*IND*50***27*25*****Y", "III*ZZ*23"],
    "a number of visits": ["EB*B*IND*98***27*25**VS*5**Y"],
    "a malformed amount": ["EB*B*IND*98***27*TEN*****Y"],
    "what is left of a limit": ["EB*F*IND*33***29***VS*7**Y"],
    "a status": ["EB*1**98"],
    "a deductible": ["EB*C*IND*30***23*500*****Y"],
}


@pytest.mark.parametrize("name", NOT_PLAIN)
def test_a_row_that_is_not_plain_is_left_out(read: Read, name: str) -> None:
    assert read(ACTIVE, *NOT_PLAIN[name]).medical_benefits == ()


@pytest.mark.parametrize("words", ["PRIMARY CARE PHYSICIAN", "Specialist", "OFFICE VISIT", "OUTPATIENT HOSPITAL"])
def test_words_of_an_ordinary_visit_leave_a_row_plain(read: Read, words: str) -> None:
    assert len(read(ACTIVE, "EB*B*IND*98***27*25*****Y", f"MSG*{words}").medical_benefits) == 1


def test_no_row_changes_anything_else_of_the_answer(read: Read) -> None:
    lines = ["EB*1**MH*********Y", "EB*A*IND*MH*****.4****Y"]
    plain, beside = read(ACTIVE, *lines), read(ACTIVE, *lines, "EB*B*IND*98***27*25*****Y")

    apart = {"medical_benefits", "evidence"}
    assert beside.model_dump(exclude=apart) == plain.model_dump(exclude=apart)
    assert beside.evidence[: len(plain.evidence)] == plain.evidence


def test_an_oddity_of_a_medical_row_is_found_once_or_not_at_all(read: Read) -> None:
    assert read(ACTIVE, "EB*A*IND*50*****20****Y").findings == read(ACTIVE).findings


def test_rows_are_bounded(read: Read) -> None:
    many = [f"EB*B*IND*98***27*{number}*****Y" for number in range(1, 200)]

    assert len(read(ACTIVE, *many).medical_benefits) == MOST_ROWS


def test_a_plan_that_is_not_active_keeps_none(read: Read) -> None:
    assert read("EB*6**30", "EB*B*IND*98***27*25*****Y").medical_benefits == ()
