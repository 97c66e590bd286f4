"""What a clerk copies is split into the fields of the form, whatever it was copied from."""

from datetime import date

import pytest

from service.web.pages.desk.paste import split_paste

TODAY = date(2026, 11, 23)
ADA = {
    "payer": "Aetna",
    "first_name": "Ada",
    "last_name": "Sample",
    "birth_date": "04/12/1990",
    "member_id": "W900000101",
}
COPIED = [
    "Patient: Sample, Ada\nDOB: 4/12/1990\nMember ID: W900000101\nInsurance: Aetna",
    "Patient Name: Ada Sample  DOB: 04/12/1990  Member ID: W900000101  Payer: Aetna",
    "First name: Ada\nLast name: Sample\nDate of birth: 1990-04-12\nInsurance company: Aetna\nMember #: W9000-00101",
    "First Name\tLast Name\tDOB\tMember ID\tInsurance\nAda\tSample\t4/12/1990\tW900000101\tAetna",
    "last_name,first_name,birth_date,member_id,payer\nSample,Ada,1990-04-12,W900000101,Aetna",
    "Sample, Ada, 04/12/1990, W900000101, Aetna",
    "Sample,Ada,1990-04-12,W900000101,Aetna",
    "Ada Sample 4/12/1990 W900000101 Aetna",
    "Ada Sample\nApril 12, 1990\nAetna\nW900 000 101",
    "Member name\nAda Sample\nDate of birth\n04/12/1990\nMember ID\nW900-000-101\nPayer\nAetna",
    "Name: SAMPLE, ADA M\nBirth date: Apr 12, 1990\nSubscriber ID: W900000101\nPlan: Aetna",
    "Pt: Ada Sample, DOB: 04-12-1990, Ins: Aetna, ID number: W900000101",
    "Ada Sample DOB: 4/12/1990; member id = W900000101; payer = Aetna",
    "Ada Sample DOB 4/12/1990 ID W900000101 Aetna",
    "Patient Ada Sample DOB 4/12/1990 Member ID W900000101 Insurance Aetna",
    "Name: Ada Sample DOB 4/12/1990 ID# W900000101 Payer: Aetna",
    "Ada Sample born April 12, 1990\nMember ID W900-000-101\nAetna\nPhone 305-555-0100",
    "Ada Sample\nEffective 01/01/2026\nDOB 4/12/1990\nMRN 12345\nMember # W900000101\nInsurance Aetna",
    "Sample, Ada, Sex F, DOB 4/12/1990, Policy W900000101, Aetna, SSN 123-45-6789",
    "DOB 4/12/1990\nEff date: 01/01/2026\nID W900000101\nPt Ada Sample\nAetna",
]


def knows(text: str) -> bool:
    return text.strip().lower() in {"aetna", "cigna"}


@pytest.mark.parametrize("text", COPIED, ids=range(len(COPIED)))
def test_what_is_copied_becomes_the_same_fields(text: str) -> None:
    found = split_paste(text, knows, TODAY).fields
    found.pop("reference", None)
    plain = {name: value if name != "member_id" else value.replace("-", "") for name, value in found.items()}

    assert {name: value.upper() for name, value in plain.items()} == {name: one.upper() for name, one in ADA.items()}


def test_what_fits_nowhere_is_given_back() -> None:
    found = split_paste("Ada Sample\nlikes the piano, plays 2 hours\nDOB: 4/12/1990", knows, TODAY)

    assert "likes the piano" in found.unplaced
    assert "plays 2 hours" in found.unplaced
    assert found.fields["first_name"] == "Ada"


LABELS = ["DOB", "Date of birth", "Member ID", "ID", "MRN", "Group", "Phone", "Sex", "SSN", "Insurance ID", "Effective"]


@pytest.mark.parametrize("label", LABELS)
@pytest.mark.parametrize("value", ["", "13/45/1990", "unknown", "n/a", "none on file"])
def test_a_word_that_is_a_label_is_never_a_name(label: str, value: str) -> None:
    found = split_paste(f"{label} {value}", knows, TODAY)
    alone = split_paste(f"Ada Sample\n{label} {value}", knows, TODAY)

    assert not {"first_name", "last_name"} & found.fields.keys()
    assert (alone.fields["first_name"], alone.fields["last_name"]) == ("Ada", "Sample")
    assert value.split("/", maxsplit=1)[0] in " ".join((*found.fields.values(), *found.unplaced))


def test_a_date_that_is_none_stays_in_its_field_to_be_named() -> None:
    assert split_paste("Ada Sample DOB 13/45/1990", knows, TODAY).fields == {
        "first_name": "Ada",
        "last_name": "Sample",
        "birth_date": "13/45/1990",
    }


@pytest.mark.parametrize(
    ("text", "value"),
    [("MRN 12345", "reference"), ("Group 00123", "group_number"), ("Service date 12/01/2026", "service_date")],
)
def test_what_stands_behind_a_label_is_read_as_nothing_else(text: str, value: str) -> None:
    assert split_paste(text, knows, TODAY).fields.keys() == {value}


@pytest.mark.parametrize("text", ["SSN 123-45-6789", "Effective date: 01/01/2026", "Phone (305) 555-0100", "Zip 33101"])
def test_what_the_form_has_no_field_for_is_given_back_whole(text: str) -> None:
    assert split_paste(text, knows, TODAY) == ({}, (text,))


@pytest.mark.parametrize("name", ["Ada Key", "Ada Carrier", "Ada Day", "Mark Given", "April Sample"])
def test_a_name_that_sounds_like_a_label_stays_a_name(name: str) -> None:
    found = split_paste(f"{name} 4/12/1990 W900000101 Aetna", knows, TODAY).fields

    assert f"{found['first_name']} {found['last_name']}" == name


def test_a_date_that_could_be_two_stays_as_it_was_copied() -> None:
    assert split_paste("DOB: 04/12/09", knows, TODAY).fields["birth_date"] in {"04/12/09", "04/12/2009"}


def test_a_dependent_and_the_main_person_are_told_apart() -> None:
    text = "Patient: Kid Sample\nDOB: 1/2/2012\nSubscriber: Sample, Ada\nSubscriber DOB: 4/12/1990\nRelationship: Child"
    found = split_paste(text, knows, TODAY).fields

    assert (found["first_name"], found["subscriber_first_name"], found["relationship"]) == ("Kid", "Ada", "child")
    assert found["subscriber_birth_date"] == "04/12/1990"


@pytest.mark.parametrize("text", ["", "\n\n", ":::", "\t\t", '"', "a" * 20_000, ",,,,", "DOB:", "=1+1"])
def test_nothing_that_is_pasted_breaks_it(text: str) -> None:
    split_paste(text, knows, TODAY)
