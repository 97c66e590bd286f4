"""What is remembered of EB segments: a text that was read before comes to what it comes to when nothing was."""

from collections.abc import Callable, Iterator

import pytest

from payers.x12 import read_interchange, reading
from payers.x12.benefit_segments import BenefitSegments, forget, segments_of
from payers.x12.separators import Separators

Text = Callable[..., bytes]

SIGNS = Separators("*", "^", ":", "~", (), 0)
LINES = (
    "EB*1**30*PR*OPEN CHOICE",
    "EB*1**1^33^MH*********W*HC:S9480:HF",
    "EB*1**MH>AI*********Y",
    "EB*F**MH***********1:2*MORE",
    "EB*1**MH|AI",
    "EB*1***********ID>A0015>>HF",
    "EB",
)


@pytest.fixture(autouse=True)
def _nothing_is_remembered() -> Iterator[None]:
    forget()
    yield
    forget()


def replies(text: Text) -> list[bytes]:
    """The same lines in replies with several separators."""
    plain = text(LINES)
    return [
        plain.replace(b"*^*00501", b"*%c*00501" % repetition).replace(b"*P*:", b"*P*%c" % component)
        for repetition in b"^|"
        for component in b":>"
    ]


def people_of(raw: bytes) -> list[tuple[object, ...]]:
    return [tuple(person) for person in read_interchange(raw).people]


@pytest.fixture
def by_itself(text: Text, monkeypatch: pytest.MonkeyPatch) -> list[list[tuple[object, ...]]]:
    """What each reply says where nothing is remembered."""
    with monkeypatch.context() as forgetful:
        forgetful.setattr(reading, "segments_of", BenefitSegments)
        return [people_of(raw) for raw in replies(text)]


def test_a_text_comes_to_the_same_whatever_was_read_before(
    text: Text, by_itself: list[list[tuple[object, ...]]]
) -> None:
    for _ in range(2):
        assert [people_of(raw) for raw in replies(text)] == by_itself


def test_a_reader_that_remembers_texts_whatever_the_separators_is_caught(
    text: Text, monkeypatch: pytest.MonkeyPatch, by_itself: list[list[tuple[object, ...]]]
) -> None:
    monkeypatch.setattr(reading, "segments_of", lambda _: segments_of(SIGNS))

    assert [people_of(raw) for raw in replies(text)] != by_itself


def test_blanks_beside_an_element_are_none_of_it_wherever_they_stand() -> None:
    line = b"EB* B **MH**** 25 ****Y ~"
    head = b"ST*271*1~BHT*0022*11~HL*1**22*0~"

    people = [
        *read_interchange(head + line).people,
        *read_interchange(head + b"REF*18*" + b"X" * 80 + b"~" + line).people,
    ]

    assert {(one.lines[0].information, one.lines[0].amount) for one in people} == {("B", "25")}


def test_what_is_remembered_has_a_bound(text: Text) -> None:
    words = "EB*1**30**" + "WORDS " * 20
    read_interchange(text([words, *(f"EB*C*IND*30***29*{number}" for number in range(5_000))]))

    known = segments_of(SIGNS).known
    assert len(known) <= 2048
    assert words not in known
