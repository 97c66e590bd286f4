"""What the wording promises: money and telephone numbers as people in the US write them."""

from decimal import Decimal

import pytest

from contracts import format_money, format_phone


@pytest.mark.parametrize(
    ("amount", "written"),
    [("1500", "$1,500.00"), ("0", "$0.00"), ("40.5", "$40.50"), ("1234567.891", "$1,234,567.89"), ("-5", "-$5.00")],
)
def test_money_is_written_in_us_form(amount: str, written: str) -> None:
    assert format_money(Decimal(amount)) == written


@pytest.mark.parametrize(
    ("phone", "written"),
    [
        ("8005550100", "(800) 555-0100"),
        ("18005550100", "(800) 555-0100"),
        ("+1 800.555.0100", "(800) 555-0100"),
        ("(800)555-0100", "(800) 555-0100"),
        ("8005550100X12", "(800) 555-0100 ext. 12"),
        ("800-555-0100 ext. 12", "(800) 555-0100 ext. 12"),
        ("5550100", "5550100"),
        ("28005550100", "28005550100"),
        ("CALL US", "CALL US"),
        ("", ""),
    ],
)
def test_a_telephone_number_is_written_in_us_form_and_other_text_stays(phone: str, written: str) -> None:
    assert format_phone(phone) == written
