"""One form of each name and id, whatever it was copied from; and what does not look like an id of its payer is said."""

from datetime import date
from importlib.metadata import entry_points

import pytest
from hypothesis import given, strategies as st

from contracts import Member, Provider, Question, Subscriber, doubts, spell

CARDS = {entry.name: entry.load().card for entry in entry_points(group="benefit_verification.payers")}
PROVIDER = Provider(npi="1999999984", name="Example Center")

WRITTEN = [
    ("aetna", "W 9000 00101", "W900000101"),
    ("aetna", "W9000-00101", "W900000101"),
    ("aetna", "w900000101", "W900000101"),
    ("aetna", "W9000\u2011\u200900101", "W900000101"),
    ("aetna", "W9000\u00a000101", "W900000101"),
    ("aetna", "\uff37\uff19\uff10\uff10\uff10\uff10\uff10\uff11\uff10\uff11", "W900000101"),
    ("aetna", "W9000\u200b00101", "W900000101"),
    ("aetna", "W900000101-01", "W90000010101"),
    ("cigna", "U90000123 01", "U9000012301"),
    ("cigna", "U90000123\u201301", "U9000012301"),
    ("florida_blue", "XJQ H9000-0101", "XJQH90000101"),
    ("unitedhealthcare", "900 000 101", "900000101"),
    ("optum", "900-000-101", "900000101"),
]


def question(payer: str, **member: object) -> Question:
    return Question(payer=payer, member=Member(**member), provider=PROVIDER, service_date=date(2026, 11, 24))


@pytest.mark.parametrize(("payer", "written", "meant"), WRITTEN)
def test_an_id_is_asked_about_in_one_form_however_it_is_written(payer: str, written: str, meant: str) -> None:
    asked = question(payer, member_id=written)
    of_holder = asked.model_copy(update={"member": Member(), "subscriber": Subscriber(member_id=written)})

    assert spell(asked, CARDS[payer]).member.member_id == meant
    spelled = spell(of_holder, CARDS[payer]).subscriber
    assert spelled is not None
    assert spelled.member_id == meant
    assert doubts(spell(asked, CARDS[payer]), CARDS[payer]) == ()


@pytest.mark.parametrize(
    ("payer", "written", "kept"),
    [
        ("aetna", "X-12 34", "X-1234"),
        ("cigna", "U9000-0123-012-3", "U9000-0123-012-3"),
        ("unitedhealthcare", "UHC-202649", "UHC-202649"),
    ],
)
def test_an_id_that_fits_no_pattern_keeps_its_signs(payer: str, written: str, kept: str) -> None:
    assert spell(question(payer, member_id=written), CARDS[payer]).member.member_id == kept


@pytest.mark.parametrize(
    ("payer", "written", "detail"),
    [
        ("aetna", "W9OO000101", "member_id: a letter stands where a digit belongs"),
        ("unitedhealthcare", "O0000010I", "member_id: a letter stands where a digit belongs"),
        ("aetna", "XJQH90000101", "member_id: not as this payer's ids are"),
        ("unitedhealthcare", "12345", "member_id: not as this payer's ids are"),
    ],
)
def test_an_id_that_is_not_its_payers_is_pointed_out_and_never_mended(payer: str, written: str, detail: str) -> None:
    spelled = spell(question(payer, member_id=written), CARDS[payer])

    (doubt,) = doubts(spelled, CARDS[payer])
    assert (doubt.code, doubt.detail) == ("malformed_value", detail)
    assert spelled.member.member_id == written


def test_a_payer_that_says_nothing_of_its_ids_doubts_none() -> None:
    card = CARDS["aetna"].model_copy(update={"member_id": None})

    assert doubts(question("aetna", member_id="?"), card) == ()


def test_names_and_groups_have_one_form_and_keep_their_accents() -> None:
    spelled = spell(
        question(
            "aetna",
            first_name=" Mar\u00eda \u00a0 Jos\u00e9 ",
            last_name="O\u2019Bri\u00aden\u2013Smith",
            group_number=" ab  1 ",
        ),
        CARDS["aetna"],
    ).member

    assert (spelled.first_name, spelled.last_name, spelled.group_number) == (
        "Mar\u00eda Jos\u00e9",
        "O'Brien-Smith",
        "AB 1",
    )


def test_what_holds_nothing_visible_is_not_given() -> None:
    assert spell(question("aetna", member_id="\u200b ", last_name="\u00a0"), CARDS["aetna"]).member == Member()


@given(payer=st.sampled_from(sorted(CARDS)), value=st.text(max_size=30))
def test_spelling_again_changes_nothing(payer: str, value: str) -> None:
    once = spell(question(payer, member_id=value, last_name=value, group_number=value), CARDS[payer])

    assert spell(once, CARDS[payer]) == once
