"""What the writer promises: what it writes reads back, others read it too, and no value can add a segment."""

import logging
from datetime import UTC, date, datetime
from io import StringIO

import pytest
from hypothesis import given, strategies as st
from pyx12.x12file import X12Reader
from x12sdk.io import X12ModelReader

from contracts import AttemptNumbers, Inquiry, Member, NoReplyAtAll, Provider, Relationship, Subscriber, basic
from payers.x12 import (
    Components,
    Delimiters,
    InterchangeEnvelope,
    Repetitions,
    Segment,
    read_270,
    read_interchange,
    write_270,
    write_271,
    write_999,
    write_ta1,
)

AT = datetime(2026, 11, 24, 14, 5, tzinfo=UTC)
NUMBERS = AttemptNumbers(
    interchange="000000101",
    group="101",
    trace="BV20261124000101",
    originator="9123456789",
    transaction="BV20261124000101",
    envelope_id="f81d4fae-7dec-41d0-a765-00a0c91e6bf6",
)


def inquiry(**changes: object) -> Inquiry:
    fields: dict[str, object] = {
        "payer": "cigna",
        "payer_id": "62308",
        "payer_name": "CIGNA",
        "member": Member(first_name="Otis", last_name="Specimen", birth_date=date(1990, 4, 12), member_id="U9000066"),
        "provider": Provider(npi="1999999984", name="Example Recovery Center"),
        "service_date": date(2026, 11, 24),
        "service_types": ("30",),
    }
    return Inquiry.model_validate(fields | changes)


DEPENDENT = inquiry(
    member=Member(first_name="Jordan", last_name="Specimen", birth_date=date(2006, 7, 14)),
    subscriber=Subscriber(
        first_name="Otis",
        last_name="Specimen",
        birth_date=date(1970, 1, 2),
        member_id="U9000066",
        relationship=Relationship.CHILD,
    ),
)


def write(asked: Inquiry) -> bytes:
    return write_270(asked, NUMBERS, sender_id="BHPROVIDER01", receiver_id="62308", at=AT)


def test_what_is_written_reads_back() -> None:
    asked = read_270(write(inquiry(service_types=("30", "MH"))))

    assert (asked.subscriber.last_name, asked.subscriber.member_id) == ("SPECIMEN", "U9000066")
    assert (asked.trace, asked.originator, asked.transaction) == (
        NUMBERS.trace,
        NUMBERS.originator,
        NUMBERS.transaction,
    )
    assert (asked.service_types, asked.service_date) == (("30", "MH"), "20261124")
    assert (asked.payer_id, asked.provider_npi, asked.dependent) == ("62308", "1999999984", None)


def test_a_dependents_trace_and_question_stand_at_the_dependents_level() -> None:
    text = write(DEPENDENT).decode()

    tags = [segment.split("*")[0] for segment in text.split("~")]
    level = text.split("~")[tags.index("HL", tags.index("HL", tags.index("HL", tags.index("HL") + 1) + 1) + 1) :]

    assert level[0] == "HL*4*3*23*0"
    assert level[1].startswith("TRN*1*")
    assert "INS*N*19" in level


def test_an_accented_name_is_written_in_letters_that_payers_take() -> None:
    asked = read_270(write(inquiry(member=Member(first_name="Zoë", last_name="Núñez-Łoś", birth_date=None))))

    assert (asked.subscriber.last_name, asked.subscriber.first_name) == ("NUNEZ-LOS", "ZOE")


@pytest.mark.parametrize("name", ["AB~CD", "AB*CD", "AB:CD", "AB^CD", "AB\nCD", "名前", "X" * 61])
def test_a_name_that_cannot_be_written_is_refused_by_its_field(name: str) -> None:
    with pytest.raises(ValueError, match=r"^last_name: ") as refusal:
        write(inquiry(member=Member(last_name=name)))

    assert name not in str(refusal.value)


@given(st.text(max_size=70), st.text(max_size=40))
def test_no_name_adds_a_segment(last: str, first: str) -> None:
    plain = write(inquiry()).count(b"~")

    try:
        raw = write(inquiry(member=Member(last_name=last, first_name=first, birth_date=date(1990, 4, 12))))
    except ValueError:
        return

    assert raw.count(b"~") == plain
    assert raw.isascii()


@given(
    last=st.text(min_size=1, max_size=60),
    first=st.text(max_size=35),
    member_id=st.text(alphabet="ABCXYZ0123456789 -", min_size=2, max_size=20),
    types=st.lists(st.sampled_from(["30", "MH", "BB", "AI"]), min_size=1, max_size=4, unique=True),
    born=st.dates(min_value=date(1900, 1, 1)),
)
def test_whatever_is_written_reads_back_in_the_letters_of_the_wire(
    last: str, first: str, member_id: str, types: list[str], born: date
) -> None:
    member = Member(last_name=last, first_name=first, member_id=member_id, birth_date=born)
    try:
        raw = write(inquiry(member=member, service_types=tuple(types)))
    except ValueError:
        return

    asked = read_270(raw)

    assert asked.subscriber.last_name == basic(last).strip().upper()
    assert asked.subscriber.first_name == basic(first).strip().upper()
    assert asked.subscriber.member_id == basic(member_id).strip().upper()
    assert (asked.service_types, asked.subscriber.birth_date) == (tuple(types), born.strftime("%Y%m%d"))


def test_a_group_number_is_written_where_it_is_given() -> None:
    raw = write(inquiry(member=Member(last_name="Specimen", group_number="G 77")))

    assert b"REF*6P*G 77~" in raw


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"member": Member(last_name="Specimen", member_id="A" * 81)}, "member_id: length"),
        ({"payer_name": "名前"}, "payer: characters"),
        ({"provider": Provider(npi="1999999984", name="診療所")}, "provider: characters"),
    ],
)
def test_what_cannot_be_written_is_named_by_its_field(changes: dict[str, object], field: str) -> None:
    with pytest.raises(ValueError, match=f"^{field}$"):
        write(inquiry(**changes))


@pytest.mark.parametrize("raw", [b"", b"ISA*00*", b"<html>"])
def test_what_holds_no_inquiry_is_none(raw: bytes) -> None:
    with pytest.raises(NoReplyAtAll):
        read_270(raw)


def test_a_reply_is_no_inquiry() -> None:
    with pytest.raises(NoReplyAtAll, match="no_inquiry"):
        read_270(
            write_271(
                [("HL", "1", "", "20", "1")], InterchangeEnvelope("A", "B", "000000007", "7", AT), transaction="T"
            )
        )


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ([("NM1", "PR", "2", "A~B")], "NM103: separator"),
        ([("MSG", "X" * 265)], "MSG01: length"),
        ([("MSG", "é")], "MSG01: characters"),
        ([("EB", "1", "", Repetitions(("MH", "A^B")))], "EB03: separator"),
    ],
)
def test_an_element_that_cannot_be_written_is_named_and_never_shown(body: list[Segment], words: str) -> None:
    with pytest.raises(ValueError, match=f"^{words}$"):
        write_271(body, InterchangeEnvelope("A", "B", "000000007", "7", AT), transaction="T")


@pytest.mark.parametrize("number", ["7", "00000000A", "0000000070"])
def test_a_control_number_has_nine_digits(number: str) -> None:
    with pytest.raises(ValueError, match="ISA13"):
        write_ta1(InterchangeEnvelope("A", "B", number, "7", AT), accepted=True, interchange="000000101")


def test_a_segment_has_a_tag() -> None:
    with pytest.raises(TypeError, match="tag"):
        write_271([(Repetitions(("A",)), "1")], InterchangeEnvelope("A", "B", "000000007", "7", AT), transaction="T")


@pytest.mark.parametrize("asked", [inquiry(), DEPENDENT, inquiry(service_types=("30", "MH"))])
def test_another_reader_finds_no_fault_in_the_envelope(asked: Inquiry) -> None:
    logging.getLogger("pyx12").setLevel(logging.CRITICAL)
    reader = X12Reader(StringIO(write(asked).decode()))

    segments = list(reader)
    reader.cleanup()

    assert len(segments) == write(asked).count(b"~")
    assert not reader.pop_errors()


@pytest.mark.parametrize("asked", [inquiry(), DEPENDENT])
def test_a_typed_model_of_the_guide_accepts_the_inquiry(asked: Inquiry) -> None:
    with X12ModelReader(write(asked).decode()) as reader:
        (model,) = list(reader.models())

    assert model.header.st_segment.transaction_set_identifier_code == "270"


def test_other_delimiters_are_written_and_read() -> None:
    signs = Delimiters(element="|", component=">", repetition="!", segment="\x1d", line_end="")
    envelope = InterchangeEnvelope("62308", "EXAMPLE", "000000007", "7", AT, delimiters=signs)
    body = [
        ("HL", "1", "", "20", "1"),
        ("NM1", "PR", "2", "CIGNA", "", "", "", "", "PI", "62308"),
        ("HL", "2", "1", "22", "0"),
        ("NM1", "IL", "1", "SPECIMEN", "OTIS"),
        ("EB", "1", "", Repetitions(("MH", "AI")), *([""] * 9), Components(("HC", "S9480"))),
    ]

    (person,) = read_interchange(write_271(body, envelope, transaction="T1")).people

    assert person.lines[0].service_types == ("MH", "AI")
    assert person.lines[0].procedure == "S9480"


@pytest.mark.parametrize("accepted", [True, False])
def test_acknowledgments_read_back(accepted: bool) -> None:
    envelope = InterchangeEnvelope("62308", "EXAMPLE", "000000007", "7", AT)

    group = read_interchange(write_999(envelope, accepted=accepted, group="101")).people[0].acknowledgment
    whole = read_interchange(write_ta1(envelope, accepted=accepted, interchange="000000101")).people[0].acknowledgment

    assert group is not None
    assert whole is not None
    assert (group.kind, group.accepted, group.answers) == ("999", accepted, "101")
    assert (whole.kind, whole.accepted, whole.answers) == ("TA1", accepted, "000000101")
