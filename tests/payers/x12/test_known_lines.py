"""Lines that were sent before are not read again, and come to what they come to when nothing was read before."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from random import Random
from typing import Any

import pytest

from contracts import Benefits
from payers.x12 import known_lines, read_interchange
from payers.x12.benefit_segments import forget, segments_of
from payers.x12.known_lines import KnownLines, Stretch
from payers.x12.separators import Separators
from tests.payers.conftest import HEAD

Text = Callable[..., bytes]

SIGNS = Separators("*", "^", ":", "~", (), 0)
ONES = (
    ("EB*1**30*PR*OPEN CHOICE",),
    ("EB*1**MH*********W",),
    ("EB*B*IND*98***27*25*****Y", "MSG*SPECIALIST OFFICE VISIT"),
    ("EB*B*IND*98***27*25*****Y", "MSG*SPECIALIST OFFICE VISIT", "MSG*AFTER DEDUCTIBLE"),
    ("EB*B*IND*98***27*25*****Y", "MSG*PRIMARY CARE VISIT"),
    ("EB*F*IND*33***23***VS*20**N*Y", "DTP*291*RD8*20260101-20261231"),
    ("EB*1**MH*********Y", "HSD*VS*30***23*1", "III*ZZ*11"),
    ("EB*1**1^33>MH*********W",),
    ("EB*1**MH", "REF*18*77001"),
    ("EB*1**MH", "LS*2120", "NM1*X3*2*EXAMPLE BEHAVIORAL", "PER*IC**TE*8005550123", "LE*2120"),
    ("EB*1**MH", "AAA*N**42*C"),
    ("EB*1**MH", "XX*1"),
    ("EB*1**MH", "LS*2120"),
    ("EB*1**MH", "LE*2120"),
    ("EB*1**MH", "TRN*2*1"),
    ("EB*1**MH", "HL*4*3*23*0", "NM1*03*1*SPECIMEN*IDA"),
    ("NM1*IL*1*SPECIMEN*IDA",),
    ("MSG*EVERYTHING*ELSE",),
)


@pytest.fixture(autouse=True)
def _nothing_is_remembered() -> Iterator[None]:
    forget()
    yield
    forget()


def lines_of(text: Text, *lines: str) -> Sequence[object]:
    return read_interchange(text(lines)).people[0].lines


def people_of(raw: bytes) -> Sequence[Benefits]:
    reply = read_interchange(raw)
    return *reply.people, reply.echo  # type: ignore[return-value]


def some_replies(text: Text) -> Iterator[bytes]:
    """Replies that are alike in much: what ten products say of members who have used up something else."""
    dice = Random(5)
    products = [dice.choices(ONES, k=dice.randint(2, 9)) for _ in range(10)]
    for number in range(600):
        lines = [*dice.choice(products)]
        if dice.random() < 0.5:
            lines[dice.randrange(len(lines))] = dice.choice(ONES)
        lines.insert(dice.randrange(len(lines)), (f"EB*C*IND*30***29*{number % 200}.10*****Y",))
        raw = text([segment for line in lines for segment in line])
        yield raw.replace(b"*", b"|").replace(b"^", b"*") if dice.random() < 0.1 else raw


def assert_read_as_alone(text: Text) -> None:
    replies = list(some_replies(text))
    in_a_row = [people_of(raw) for raw in (*replies, *replies)]
    for number, raw in enumerate(replies):
        forget()
        alone = people_of(raw)
        assert in_a_row[number] == in_a_row[number + len(replies)] == alone


def test_a_reply_says_the_same_whatever_was_read_before(text: Text) -> None:
    assert_read_as_alone(text)


def find_by_the_first_segment(self: KnownLines, at: int, segments: Sequence[str], place: int) -> Stretch | None:
    found: Stretch | None = self._stretches.get((at, segments[place]))
    return found


def find_wherever_it_stood(self: KnownLines, at: int, segments: Sequence[str], place: int) -> Stretch | None:
    for (_, text), found in self._stretches.items():
        end = place + len(found.segments)
        if text == segments[place] and segments[place:end] == found.segments and self._ends_before(end, segments):
            return found
    return None


@pytest.mark.parametrize(
    ("name", "change"),
    [
        ("find", find_by_the_first_segment),
        ("find", find_wherever_it_stood),
        ("_ends_before", lambda _self, end, segments: end < len(segments)),
    ],
    ids=["by its first segment alone", "wherever it stood", "whatever comes after it"],
)
def test_a_reader_that_takes_lines_for_known_by_less_is_caught(
    name: str, change: Callable[..., object], monkeypatch: pytest.MonkeyPatch, text: Text
) -> None:
    monkeypatch.setattr(KnownLines, name, change)

    with pytest.raises(AssertionError):
        assert_read_as_alone(text)


def test_a_line_that_comes_again_is_the_same_object_from_then_on(text: Text) -> None:
    lines = (*ONES[0], *ONES[1], *ONES[2], *ONES[5], *ONES[6], "EB*1**98")
    first, second, third, fourth = (lines_of(text, *lines) for _ in range(4))

    assert [one is other for one, other in zip(first, second, strict=True)] == [False] * 6
    assert [one is other for one, other in zip(third, fourth, strict=True)] == [True] * 6


def test_lines_of_two_plans_that_begin_alike_are_known_of_both(text: Text) -> None:
    shared = ["EB*1**30*PR*OPEN CHOICE", "EB*1**MH*********W", "EB*1**98"]
    plans = [[*shared, "EB*A*IND*98*****.2****Y", "EB*1**UC"], [*shared, "EB*A*IND*98*****.3****Y", "EB*1**86"]]
    for plan in plans * 3:
        lines_of(text, *plan)

    before, after = ([lines_of(text, *plan) for plan in plans] for _ in range(2))

    assert [one is other for pair in zip(before, after, strict=True) for one, other in zip(*pair, strict=True)] == (
        [True] * 10
    )
    assert [one is other for one, other in zip(*after, strict=True)] == [True, True, True, False, False]


@pytest.mark.parametrize(
    "below",
    [
        ("REF*18*77001",),
        ("LS*2120", "NM1*X3*1*SPECIMEN*OTIS", "LE*2120"),
        ("NM1*X3*1*SPECIMEN*OTIS",),
        ("PER*IC*SPECIMEN*TE*8005550123",),
        ("AAA*N**42*C",),
        ("MSG*" + "WELCOME " * 50,),
        ("XX*1",),
    ],
)
def test_a_line_below_which_somebody_may_be_named_is_read_each_time(below: Sequence[str], text: Text) -> None:
    one, other, third = (lines_of(text, "EB*1**MH", *below, "EB*1**98") for _ in range(3))

    assert one[0] == other[0] == third[0]
    assert one[0] is not other[0] is not third[0]


def known() -> KnownLines:
    return segments_of(SIGNS).lines


def test_what_came_once_leaves_no_text(text: Text) -> None:
    for _ in range(2):
        lines_of(text, "EB*1**MH", "EB*1**98")
    lines_of(text, "EB*1**MH", "MSG*WORDS TO ONE MEMBER", "EB*C*IND*30***29*777.13*****Y", "EB*1**98")

    assert not [one for one in known()._stretches.values() if len(one.segments) > 1]
    assert all(type(mark) is int for mark in known()._seen)


def test_lines_are_known_behind_one_that_differs_below_its_first_segment(text: Text) -> None:
    lines = ["EB*A*IND*98*****.2****Y", "EB*1**UC", "EB*1**86"]
    for plan in "AB":
        for _ in range(4):
            lines_of(text, "EB*1**MH", f"MSG*PLAN {plan}", *lines)

    before, after = (lines_of(text, "EB*1**MH", "MSG*PLAN B", *lines) for _ in range(2))

    assert [one is other for one, other in zip(before, after, strict=True)] == [False, True, True, True]


def test_of_many_interchanges_each_is_learned_by_itself(text: Text) -> None:
    one = text(["EB*1**98", "EB*1**98", "LS*2120"])
    learned = list[int]()

    class Counting(KnownLines):
        def learn(self, missed: Any, segments: Any, first: int, people: Iterable[Benefits]) -> None:
            people = [*people]
            learned.append(len(people))
            super().learn(missed, segments, first, people)

    segments_of(SIGNS).lines = Counting("*")
    for _ in range(3):
        read_interchange(one * 50)

    assert max(learned) == 1


def test_what_is_known_has_a_bound(text: Text) -> None:
    def send(many: int, cut: int | None = None) -> None:
        amounts = [f"{number}.10" for number in range(300)]
        if cut is not None:
            amounts[cut::16] = [f"{number}.{cut}" for number in range(cut, 300, 16)]
        # Each reply has its lines at places of their own.
        head = [*HEAD, *(f"REF*18*{number}" for number in range(many))]
        read_interchange(text([f"EB*C*IND*30***23*{amount}" for amount in amounts], head))

    for many in range(60):
        for _ in range(3):
            send(many)
    # Stretches are parted again and again.
    for cut in range(15, 0, -1):
        for many in range(60):
            send(many, cut)

    stretches = known()._stretches.values()
    assert 0 < len(stretches) <= known_lines._MOST_STRETCHES
    assert max(len(one.benefits) for one in stretches) <= known_lines._MOST_LINES
    assert len(known()._seen) <= known_lines._MOST_SEEN + known_lines.MOST_SEGMENTS


def test_of_a_long_reply_no_line_is_kept(text: Text) -> None:
    for _ in range(3):
        lines_of(text, *(f"EB*C*IND*30***23*{number}" for number in range(known_lines.MOST_SEGMENTS)))

    assert (len(known()._stretches), len(known()._seen)) == (0, 0)
