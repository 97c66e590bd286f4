"""What a row of a roster becomes: a question, or every reason why it can't be asked."""

from datetime import date

import pytest

from contracts import Condition, Provider
from service.batches.rows import RefusedRow, RosterRow, RosterTerms, row_of
from service.plugins.loading import load_payers

TODAY = date(2026, 11, 29)
TERMS = RosterTerms(load_payers(), Provider(npi="1234567893", name="Imaginary Recovery"), TODAY)
ADA = {
    "payer": "Aetna",
    "first_name": "Ada",
    "last_name": "Imaginary",
    "birth_date": "1990-04-12",
    "member_id": "W0001",
}


def refused(**changed: str) -> list[tuple[str, str]]:
    row = row_of(1, {**ADA, **changed}, TERMS, {"member_id": "Subscriber #"})
    assert isinstance(row, RefusedRow)
    assert all(one.mend for one in row.faults)
    return [(one.column, one.code) for one in row.faults]


def test_a_row_is_the_question_that_it_asks() -> None:
    row = row_of(7, {**ADA, "conditions": "Substance_Use", "reference": "R-1", "subscriber_member_id": "0042"}, TERMS)

    assert isinstance(row, RosterRow)
    assert (row.number, row.question.payer, row.question.service_date) == (7, "aetna", TODAY)
    assert row.question.conditions == (Condition.SUBSTANCE_USE,)
    assert row.question.subscriber is not None
    assert (row.question.member.member_id, row.question.subscriber.member_id) == ("W0001", "0042")
    assert "Imaginary" not in repr(row)


@pytest.mark.parametrize(
    ("changed", "faults"),
    [
        ({"payer": "Nobody"}, [("payer", "unknown")]),
        ({"payer": " "}, [("payer", "missing")]),
        ({"birth_date": "12/04/90"}, [("birth_date", "not_a_date")]),
        ({"birth_date": "2990-04-12"}, [("birth_date", "in_the_future")]),
        ({"service_date": "0026-12-15"}, [("service_date", "far_from_today")]),
        ({"member_id": ""}, [("Subscriber #", "missing")]),
        (
            {"member_id": "W\x07001", "conditions": "teeth"},
            [("Subscriber #", "bad_value"), ("conditions", "not_one_of")],
        ),
        ({"last_name": "x" * 61}, [("last_name", "too_long")]),
    ],
)
def test_a_row_is_refused_with_column_code_and_how_to_mend(
    changed: dict[str, str], faults: list[tuple[str, str]]
) -> None:
    assert refused(**changed) == faults
