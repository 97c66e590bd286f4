"""What the reader of bytes promises: it reads what arrives, and raises only when no reply is in it."""

import gc
from collections.abc import Callable
from time import process_time

import pytest

from contracts import FindingCode, NoReplyAtAll
from payers.x12 import read_interchange
from payers.x12.segments import MAX_SEGMENT

Text = Callable[..., bytes]

LINES = ("EB*1**30*PR*OPEN CHOICE", "EB*1**MH^AI*********Y", "MSG*SOME WORDS", "EB*B*IND****7*35*****Y*HC:S9480")


def codes(raw: bytes) -> set[str]:
    return {noticed.code for person in read_interchange(raw).people for noticed in person.noticed}


def said(raw: bytes) -> list[tuple[object, ...]]:
    people = read_interchange(raw).people
    return [
        (line.information, line.service_types, line.procedure, tuple(message.text for message in line.messages))
        for person in people
        for line in person.lines
    ]


EXPECTED = [
    ("1", ("30",), "", ()),
    ("1", ("MH", "AI"), "", ("SOME WORDS",)),
    ("B", (), "S9480", ()),
]


CONTROLS = bytes.maketrans(b"*~:^", b"\x1d\x1c\x1f\x1e")
UNPADDED = b"ISA*00**00**ZZ*60054*ZZ*EXAMPLE*261123*1015*^*00501*000000301*0*P*:~"


@pytest.mark.parametrize(
    "change",
    [
        pytest.param(lambda raw: raw, id="plain"),
        pytest.param(lambda raw: b"\xef\xbb\xbf" + raw, id="byte order mark"),
        pytest.param(lambda raw: raw.decode().encode("utf-16"), id="utf-16"),
        pytest.param(lambda raw: raw + b"\r\n\x1a", id="trailing Ctrl-Z"),
        pytest.param(lambda raw: raw.replace(b"~", b"~\r\n"), id="CRLF after terminators"),
        pytest.param(lambda raw: raw.replace(b"~", b"~\n   "), id="indentation"),
        pytest.param(lambda raw: raw.replace(b"~", b"\n"), id="newline as terminator"),
        pytest.param(lambda raw: raw.replace(b"~", b"\r\n"), id="CRLF as terminator"),
        pytest.param(lambda raw: raw.replace(b"~", b"\x1d"), id="control character as terminator"),
        pytest.param(lambda raw: b"\n".join(raw[at : at + 80] for at in range(0, len(raw), 80)), id="wrapped lines"),
        pytest.param(
            lambda raw: raw.replace(b"*", b"|").replace(b"^", b"!").replace(b":", b">"), id="other separators"
        ),
        pytest.param(lambda raw: raw.translate(CONTROLS), id="control characters as separators"),
        pytest.param(lambda raw: raw.replace(b"*", b"\t"), id="tabs as separators"),
        pytest.param(lambda raw: raw.replace(b"~", b"\r"), id="carriage return as terminator"),
        pytest.param(lambda raw: raw.replace(b"~", b" ~ "), id="blanks around terminators"),
        pytest.param(lambda raw: UNPADDED + raw[106:], id="an ISA without its blanks"),
        pytest.param(lambda raw: raw.replace(b"*P*:~", b"*P*~", 1), id="no component sign"),
        pytest.param(lambda raw: b"POST / HTTP/1.1\r\nVISA*1\r\n\r\n" + raw, id="the head of a request before"),
        pytest.param(lambda raw: b"\r\n".join(raw[at : at + 72] for at in range(0, len(raw), 72)), id="wrapped, CRLF"),
        pytest.param(lambda raw: raw.replace(b"SOME WORDS", b"SOME\nWORDS"), id="a line end inside a message"),
        pytest.param(lambda raw: raw.replace(b"ST*271*0001*005010X279A1", b"ST*271*0001"), id="no version"),
        pytest.param(lambda raw: b"\n\n  " + raw, id="blank lines before"),
        pytest.param(lambda raw: raw + b"\r\n--boundary--\r\n", id="a boundary after the end"),
    ],
)
def test_any_form_of_the_same_reply_is_read_alike(text: Text, change: Callable[[bytes], bytes]) -> None:
    raw = change(text(LINES))

    assert said(raw) == EXPECTED
    assert not codes(raw)


def test_a_repetition_sign_that_was_not_declared_is_found_and_noticed(text: Text) -> None:
    raw = text(LINES).replace(b"*1015*^*", b"*1015*|*")

    assert said(raw) == EXPECTED
    assert codes(raw) == {FindingCode.UNDECLARED_SEPARATOR}


@pytest.mark.parametrize(
    ("change", "fault", "code"),
    [
        ((b"SE*17*0001", b"SE*18*0001"), "se01", FindingCode.WRONG_COUNT),
        ((b"SE*17*0001", b"SE*17*0002"), "se02", FindingCode.WRONG_COUNT),
        ((b"GE*1*301", b"GE*2*301"), "ge01", FindingCode.WRONG_COUNT),
        ((b"GE*1*301", b"GE*1*302"), "ge02", FindingCode.WRONG_COUNT),
        ((b"IEA*1*", b"IEA*2*"), "iea01", FindingCode.WRONG_COUNT),
        ((b"IEA*1*000000301", b"IEA*1*000000302"), "iea02", FindingCode.WRONG_COUNT),
        ((b"SE*17*0001~", b""), "se", FindingCode.MISSING_TRAILER),
        ((b"GE*1*301~", b""), "ge", FindingCode.MISSING_TRAILER),
        ((b"IEA*1*000000301~", b""), "iea", FindingCode.MISSING_TRAILER),
    ],
)
def test_a_broken_envelope_is_a_finding_and_a_fault_for_the_gate(
    text: Text, change: tuple[bytes, bytes], fault: str, code: FindingCode
) -> None:
    raw = text(LINES).replace(*change)

    reply = read_interchange(raw)

    assert said(raw) == EXPECTED
    assert reply.echo.faults == (fault,)
    assert codes(raw) == {code}


def test_a_reply_cut_off_loses_only_its_torn_segment(text: Text) -> None:
    whole = text(LINES)
    cut = whole[: whole.index(b"HC:S9480")]

    reply = read_interchange(cut)

    assert said(cut) == EXPECTED[:2]
    assert reply.people[0].truncated
    assert "truncated" in reply.echo.faults


def test_the_last_trailer_needs_no_terminator(text: Text) -> None:
    raw = text(LINES)[:-1]

    assert said(raw) == EXPECTED
    assert not codes(raw)


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ([(b"ST*271", b"ST*999"), (b"BHT*0022*11", b"AK1*HS*101~AK9*A")], ("999", True, "101")),
        ([(b"ST*271", b"ST*999"), (b"BHT*0022*11", b"AK1*HS*101~AK2*270*1~IK5*R*5~AK9*P")], ("999", False, "101")),
        ([(b"ST*271", b"ST*999"), (b"BHT*0022*11", b"AK1*HS*101~IK5*R")], ("999", False, "101")),
        ([(b"ST*271", b"ST*999"), (b"BHT*0022*11", b"AK1*HS*101")], ("999", False, "101")),
        ([(b"ST*271", b"ST*997"), (b"BHT*0022*11", b"AK1*HS*101~AK5*E~AK9*E")], ("999", True, "101")),
    ],
)
def test_an_acknowledgment_says_which_group_it_answers_and_whether_it_was_taken(
    text: Text, changes: list[tuple[bytes, bytes]], expected: tuple[str, bool, str]
) -> None:
    raw = text(())
    for change in changes:
        raw = raw.replace(*change)

    found = read_interchange(raw).people[0].acknowledgment

    assert found is not None
    assert (found.kind, found.accepted, found.answers) == expected


def test_a_reply_beside_an_acknowledgment_is_the_answer(text: Text) -> None:
    acknowledged = text(()).replace(b"ST*271", b"ST*999").replace(b"BHT*0022*11", b"AK1*HS*101~AK9*R")

    (person,) = read_interchange(acknowledged + text(LINES)).people

    assert person.acknowledgment is None
    assert len(person.lines) == 3


def test_an_acknowledgment_without_a_word_says_nothing(text: Text) -> None:
    (person,) = read_interchange(text(()).replace(b"ST*271", b"ST*999")).people

    assert person.acknowledgment is None
    assert not person.lines


@pytest.mark.parametrize(("trailer", "fault"), [(b"SE*17*0001~SE*17*0001", "st"), (b"GE*1*301~GE*1*301", "gs")])
def test_a_trailer_that_closes_nothing_is_noticed(text: Text, trailer: bytes, fault: str) -> None:
    raw = text(LINES).replace(trailer[: len(trailer) // 2], trailer)

    assert fault in read_interchange(raw).echo.faults
    assert said(raw) == EXPECTED


def test_an_interchange_inside_the_text_of_another_is_no_interchange(text: Text) -> None:
    raw = text(["EB*1**30", "MSG*SEE ISA*00*YOUR BOOKLET"])

    reply = read_interchange(raw)

    assert reply.echo.interchanges == 1
    assert reply.people[0].lines[0].messages[0].text == "SEE ISA*00*YOUR BOOKLET"


@pytest.mark.parametrize("cut", [b"IEA*1*0000", b"IEA*1*000000999"])
def test_an_unterminated_trailer_of_another_number_is_cut_off(text: Text, cut: bytes) -> None:
    raw = text(LINES)

    assert read_interchange(raw[: raw.index(b"IEA")] + cut).people[0].truncated


def test_a_cut_off_at_the_bound_of_bytes_is_said(text: Text) -> None:
    raw = text(["EB*1**30", *["MSG*" + "X" * 260] * 9_000])

    reply = read_interchange(raw)

    assert reply.people[0].truncated
    assert "truncated" in reply.echo.faults


def test_segments_are_numbered_from_the_isa_over_the_whole_text(text: Text) -> None:
    first, second = read_interchange(text(LINES) + text(LINES)).people

    assert [line.at for line in first.lines] == [15, 16, 18]
    assert [line.at for line in second.lines] == [36, 37, 39]
    assert first.lines[0].text == "EB*1**30*PR*OPEN CHOICE"


def test_what_stands_at_one_level_never_reaches_another(text: Text) -> None:
    head = ["HL*3*2*22*1", "NM1*IL*1*SPECIMEN*ADA****MI*W1", "AAA*N**72*C"]
    child = ["HL*4*3*23*0", "TRN*2*OURS*9TESTCASES", "NM1*03*1*SPECIMEN*BEN", "DMG*D8*20100101", "EB*1**30"]
    raw = text([*head, *child])

    holder, dependent = read_interchange(raw).people

    assert (holder.lines, len(holder.rejections)) == ((), 1)
    assert dependent.patient is not None
    assert (dependent.patient.first_name, dependent.patient.birth_date) == ("BEN", "20100101")
    assert len(dependent.lines) == 1
    assert [rejection.loop for rejection in dependent.rejections] == ["2100C"]
    assert [trace.number for trace in dependent.traces] == ["OURS"]


def test_a_second_member_without_a_level_of_its_own_is_given_none_of_the_firsts_lines(text: Text) -> None:
    raw = text(["EB*1**30", "NM1*IL*1*SPECIMEN*ADA****MI*W2", "EB*6**30"])

    first, second = read_interchange(raw).people

    assert [line.information for line in first.lines] == ["1"]
    assert [line.information for line in second.lines] == ["6"]


def test_entities_dates_limits_and_places_belong_to_their_line(text: Text) -> None:
    raw = text(
        [
            "EB*U**MH",
            "HSD*VS*30***22",
            "REF*N6*X*TIER ONE",
            "DTP*291*RD8*20260101-20261231",
            "III*ZZ*22",
            "LS*2120",
            "NM1*VN*2*VENDOR",
            "PER*IC**UR*WWW.EXAMPLE*TE*8005550111",
            "LE*2120",
            "MSG*AFTER THE LOOP",
        ]
    )

    (line,) = read_interchange(raw).people[0].lines

    assert (line.deliveries[0].quantity, line.places[0].text, line.messages[0].text) == ("30", "22", "AFTER THE LOOP")
    assert (line.references[0].name, line.dates[0].value) == ("TIER ONE", "20260101-20261231")
    assert (line.entities[0].name, line.entities[0].phones) == ("VENDOR", ("8005550111",))


@pytest.mark.parametrize(
    ("lines", "loop"),
    [(("HL*1**20*0", "AAA*Y**42*P"), "2000A"), (("HL*1**20*0", "NM1*PR*2*EXAMPLE", "AAA*Y**42*P"), "2100A")],
)
def test_a_rejection_by_the_payer_needs_no_member(text: Text, lines: tuple[str, ...], loop: str) -> None:
    head = (*text(()).decode().split("~")[:4],)

    (person,) = read_interchange(text(lines, head=head)).people

    assert person.patient is None
    assert [(rejection.loop, rejection.code) for rejection in person.rejections] == [(loop, "42")]


@pytest.mark.parametrize("raw", [b"", b"   ", b"<html>EB*6**30~ISA</html>", b"{}", b"ISA", b"\x00\xff\xfe"])
def test_what_holds_no_interchange_is_no_reply(raw: bytes) -> None:
    with pytest.raises(NoReplyAtAll):
        read_interchange(raw)


def test_an_inquiry_is_no_reply(text: Text) -> None:
    with pytest.raises(NoReplyAtAll, match="270"):
        read_interchange(text(()).replace(b"ST*271", b"ST*270"))


def test_work_is_bounded(text: Text) -> None:
    raw = text(["EB*1**MH"] * 30_000)

    (person,) = read_interchange(raw).people

    assert len(person.lines) < 20_000
    assert person.truncated


def test_a_segment_longer_than_any_is_cut_off_with_what_follows(text: Text) -> None:
    found = read_interchange(text(["EB*1**30", "MSG*" + "X" * MAX_SEGMENT, "EB*1**MH"]))

    assert [line.service_types for line in found.people[0].lines] == [("30",)]
    assert found.people[0].truncated
    assert "truncated" in found.echo.faults


@pytest.mark.parametrize(
    "lines",
    [
        lambda count: ["ISA"] * count,
        lambda count: ["ISA*"] * count,
        lambda count: [f"HL*{number}*1*21*1" for number in range(count)] + ["HL*7*1*22*0", "EB*1**30"] * (count // 2),
        lambda count: ["HL*1**20*1", *["AAA*N**42*C"] * count, *["HL*2*1*22*0", "EB*1**30"] * (count // 2)],
        lambda count: [f"X{number % 36 + 1:02d}" for number in range(count)] + ["HL*2*1*22*0", "EB*1**30"] * count,
    ],
)
def test_the_cost_of_bytes_grows_with_their_number_alone(text: Text, lines: Callable[[int], list[str]]) -> None:
    def cost(count: int) -> float:
        raw = text(lines(count))
        # The collector's rounds come when they come, and are no cost of this text's.
        gc.collect()
        gc.disable()
        started = process_time()
        read_interchange(raw)
        took = process_time() - started
        gc.enable()
        return took

    cost(100)
    small, large = min(cost(800) for _ in range(3)), min(cost(6_400) for _ in range(2))

    # Eight times the lines: a cost that grows with the square would be sixty-four times as much.
    assert large < 24 * small


def test_a_text_that_was_read_leaves_nothing_to_the_collector(text: Text) -> None:
    raw = text(["HL*1**20*1", "HL*2*1*21*1", "HL*3*2*22*0", "EB*1**30"])
    read_interchange(raw)
    gc.collect()
    gc.disable()
    try:
        read_interchange(raw)
        left = gc.collect()
    finally:
        gc.enable()

    assert left == 0


def test_what_a_level_has_no_place_for_is_said_to_be_left_out(text: Text) -> None:
    found = read_interchange(text(["AAA*N**72*C"] * 600)).people[0]

    assert len(found.rejections) == 500
    assert found.truncated
    assert FindingCode.TRUNCATED in {one.code for one in found.noticed}


def test_what_is_odd_in_one_transaction_is_no_finding_of_another_member(text: Text) -> None:
    plain, odd = text(LINES), text(["EB*1**MH>AI*********Y", "EB*1**30"]).replace(b"SE*", b"SE*9")
    head, tail = plain[: plain.index(b"ST*")], plain[plain.index(b"GE*") :].replace(b"GE*1", b"GE*2")
    both = [raw[raw.index(b"ST*") : raw.index(b"GE*")] for raw in (plain, odd)]

    first, second = read_interchange(head + both[0] + both[1] + tail).people

    assert first.noticed == ()
    assert {one.code for one in second.noticed} == {"undeclared_separator", "wrong_count"}


def test_what_is_odd_about_an_interchange_is_a_finding_of_all_its_members_and_no_others(text: Text) -> None:
    plain = text(LINES)
    torn = plain[: plain.index(b"GE*") + 4]

    first, second = read_interchange(plain + torn).people

    assert (first.truncated, first.noticed) == (False, ())
    assert second.truncated
    assert {"truncated", "missing_trailer"} <= {one.code for one in second.noticed}
    assert "truncated" in read_interchange(plain + torn).echo.faults


def test_a_reply_without_a_speaking_member_keeps_every_finding_once(text: Text) -> None:
    silent = text([]).replace(b"SE*", b"SE*9")

    (person,) = read_interchange(silent + silent[:-5]).people

    assert [one.code for one in person.noticed].count(FindingCode.WRONG_COUNT) == 1
    assert person.truncated


@pytest.mark.parametrize("sign", [b"~", b"~\n", b"\x1d", b"\n"])
@pytest.mark.parametrize("first", [b"GS*", b"ST*"])
def test_a_271_without_its_envelope_is_read_and_is_a_fault_for_the_gate(text: Text, first: bytes, sign: bytes) -> None:
    raw = text(LINES)
    bare = raw[raw.index(first) : raw.index(b"GE*" if first == b"ST*" else b"IEA*")].replace(b"~", sign)

    assert said(bare) == EXPECTED
    assert codes(bare) == {FindingCode.MALFORMED_VALUE, FindingCode.MISSING_TRAILER}
    assert "isa" in read_interchange(bare).echo.faults


@pytest.mark.parametrize(
    "raw", [b"ST*270*1~BHT*0022*13~SE*3*1~", b"ST. BHT*", b"STATUS*~BHT*", b"ST*271*0001~EB*1**30~"]
)
def test_what_only_looks_like_a_bare_271_is_no_reply(raw: bytes) -> None:
    with pytest.raises(NoReplyAtAll):
        read_interchange(raw)
