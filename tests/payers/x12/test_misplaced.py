"""What the walk promises about what is out of place: kept where it can be, noticed, and never another member's."""

from collections.abc import Callable

import pytest

from contracts import Benefits
from payers.x12 import read_interchange

Text = Callable[..., bytes]


def one(raw: bytes) -> Benefits:
    (person,) = read_interchange(raw).people
    return person


def details(person: Benefits) -> set[str]:
    return {noticed.detail for noticed in person.noticed}


@pytest.mark.parametrize(
    ("lines", "detail"),
    [
        (["MSG*WORDS BEFORE ANY LINE", "EB*1**30"], "MSG out of place"),
        (["III*ZZ*22", "EB*1**30"], "III out of place"),
        (["HSD*VS*30", "EB*1**30"], "HSD out of place"),
        (["EB*1**30", "TRN*2*LATE*9TESTCASES"], "TRN out of place"),
        (["NM1*74*1*OLD*NAME", "EB*1**30"], "NM1 out of place"),
        (["EB*1**30", "K3*X"], "K3"),
        (["EB*1**30", "not a segment*X"], "segment"),
        (["EB*1**30***********X*1*Y"], "EB past EB14"),
    ],
)
def test_what_is_out_of_place_is_noticed_and_the_rest_is_read(text: Text, lines: list[str], detail: str) -> None:
    person = one(text(lines))

    assert details(person) == {detail}
    assert [line.information for line in person.lines] == ["1"]
    assert person.patient is not None
    assert person.patient.last_name == "SPECIMEN"


@pytest.mark.parametrize(
    "tag", ["N3*1 ROUTE", "N4*TOWN*FL", "PRV*BI", "HI*BK:1", "MPI*A", "LS*2120", "LE*2120", "AMT*R"]
)
def test_what_says_nothing_of_benefits_is_passed_over(text: Text, tag: str) -> None:
    person = one(text(["EB*1**30", tag, "EB*1**MH"]))

    assert not details(person)
    assert len(person.lines) == 2


def test_a_benefit_before_any_member_stands_at_a_level_of_its_own(text: Text) -> None:
    person = one(text(["EB*1**30"], head=text(()).decode().split("~")[:9]))

    assert details(person) == {"EB out of place"}
    assert (person.patient, len(person.lines)) == (None, 1)


def test_a_name_before_any_level_opens_the_level_that_it_is_of(text: Text) -> None:
    head = [*text(()).decode().split("~")[:4], "NM1*PR*2*EXAMPLE PAYER", "NM1*IL*1*SPECIMEN*ADA****MI*W1"]

    person = one(text(["EB*1**30"], head=head))

    assert person.payer is not None
    assert person.patient is not None
    assert (person.payer.name, person.patient.first_name) == ("EXAMPLE PAYER", "ADA")


def test_a_level_of_an_unknown_kind_is_noticed(text: Text) -> None:
    assert details(one(text(["EB*1**30", "HL*9*1*99*0"]))) == {"HL03"}


def test_a_number_without_its_entity_is_kept_under_its_own_name(text: Text) -> None:
    person = one(text(["EB*U**MH", "LS*2120", "PER*IC*CARE LINE*TE*8005550123*WP*8005550124", "LE*2120"]))

    (entity,) = person.lines[0].entities
    assert (entity.name, entity.phones) == ("CARE LINE", ("8005550123", "8005550124"))


def test_several_entities_of_one_loop_keep_their_own_numbers(text: Text) -> None:
    person = one(
        text(["EB*U**MH", "LS*2120", "NM1*PR*2*ONE", "NM1*X3*2*TWO", "PER*IC**WP*2*TE*1", "LE*2120", "LS*2120"])
    )

    assert [(entity.name, entity.phones) for entity in person.lines[0].entities] == [("ONE", ()), ("TWO", ("1", "2"))]


def test_what_stands_below_a_line_changes_nothing_of_its_member(text: Text) -> None:
    lines = ["EB*1**30", "DMG*D8*19000101*M", "INS*N*19", "REF*6P*G1", "DTP*291*D8*20260101", "AAA*N**33*N"]

    person = one(text(lines))

    assert person.patient is not None
    assert (person.patient.birth_date, person.patient.relationship, person.rejections) == ("19900412", "", ())
    line = person.lines[0]
    assert (line.references[0].value, line.dates[0].kind, line.rejections[0].loop) == ("G1", "291", "2110C")


def test_a_declared_change_of_our_data_is_kept(text: Text) -> None:
    person = one(text(["INS*Y*18*001*25", "EB*1**30"]))

    assert person.patient is not None
    assert person.patient.changed


@pytest.mark.parametrize(
    ("element", "expected"),
    [
        ("HC:S9480:HE:GT", ("HC", "S9480", ("HE", "GT"))),
        ("HC>S9480", ("HC", "S9480", ())),
        ("S9480", ("", "S9480", ())),
        ("HC:s9480", ("HC", "S9480", ())),
    ],
)
def test_a_procedure_is_read_with_or_without_its_qualifier(
    text: Text, element: str, expected: tuple[str, str, tuple[str, ...]]
) -> None:
    (line,) = one(text([f"EB*1***********Y*{element}"])).lines

    assert (line.procedure_kind, line.procedure, line.modifiers) == expected


@pytest.mark.parametrize("sign", ["^", ">", "|", ":", "!"])
def test_every_repetition_sign_that_payers_use_is_found(text: Text, sign: str) -> None:
    person = one(text([f"EB*1**MH{sign}AI{sign}BB"]).replace(b"*1015*^*", b"*1015*+*"))

    assert person.lines[0].service_types == ("MH", "AI", "BB")
    assert details(person) == {"EB03"}


def test_codes_that_nobody_knows_are_kept_as_they_were_sent(text: Text) -> None:
    assert one(text(["EB*1**MH^Z9^LONG"])).lines[0].service_types == ("MH", "Z9", "LONG")


def test_a_place_that_is_no_place_of_service_is_a_message_where_it_has_words(text: Text) -> None:
    (line,) = one(text(["EB*1**MH", "III*ZZ*22", "III***44*A HOSPITAL", "III*GR*12"])).lines

    assert [place.text for place in line.places] == ["22"]
    assert [message.text for message in line.messages] == ["A HOSPITAL"]


def test_an_element_sign_inside_a_message_splits_no_words(text: Text) -> None:
    assert one(text(["EB*1**MH", "MSG*TWO*PARTS"])).lines[0].messages[0].text == "TWO*PARTS"


def test_each_member_has_the_payer_and_the_provider_above_it_alone(text: Text) -> None:
    second = ["HL*4**20*1", "NM1*PR*2*SECOND PAYER", "AAA*Y**42*R", "HL*5*4*21*1", "NM1*1P*2*SECOND CENTER"]

    first, other = read_interchange(
        text(["EB*1**30", *second, "HL*6*5*22*0", "NM1*IL*1*SPECIMEN*ADA", "EB*1**30"])
    ).people

    assert [person.payer and person.payer.name for person in (first, other)] == ["EXAMPLE PAYER", "SECOND PAYER"]
    assert [person.provider and person.provider.name for person in (first, other)] == [
        "EXAMPLE RECOVERY CENTER",
        "SECOND CENTER",
    ]
    assert (first.rejections, [rejection.code for rejection in other.rejections]) == ((), ["42"])


def test_a_dependent_stands_below_the_subscriber_that_its_level_names(text: Text) -> None:
    lines = ["HL*5*2*22*1", "NM1*IL*1*OTHER*EVE****MI*W2", "HL*6*3*23*0", "NM1*03*1*SPECIMEN*BEN", "EB*1**30"]

    person = one(text(lines))

    assert person.subscriber is not None
    assert person.subscriber.last_name == "SPECIMEN"


def test_every_rejection_above_the_members_counts_when_no_member_speaks(text: Text) -> None:
    head = [*text(()).decode().split("~")[:4], "AAA*Y**79*C", "HL*1**20*1", "NM1*PR*2*EXAMPLE", "AAA*Y**42*R"]

    assert [(one_.loop, one_.code) for one_ in one(text((), head=head)).rejections] == [
        ("2000A", "79"),
        ("2100A", "42"),
    ]


def test_a_reply_whose_transaction_has_no_header_is_read_with_a_finding(text: Text) -> None:
    raw = text(["EB*1**30"]).replace(b"ST*271*0001*005010X279A1~", b"")

    person = one(raw)

    assert len(person.lines) == 1
    assert "ST" in details(person)


def test_many_levels_cost_no_more_than_their_number(text: Text) -> None:
    levels = [part for number in range(9_000) for part in (f"HL*{number}*2*22*0", "EB*1**30")]

    assert len(read_interchange(text(levels)).people) == 9_000
