"""What reading costs, to the JSON of the answer: as a ratio to a bare split of the same text, and for each byte of it.

Every figure is a ratio of two costs in one run, so that the machine counts for nothing. Other readers stand beside
ours for scale. A reader whose cost grows with the square is caught by the same bounds.
"""

import logging
from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime
from io import StringIO
from time import process_time

import pytest
from pyx12.x12file import X12Reader
from x12sdk.io import X12SegmentReader

from contracts import Answer, Benefit, Card, Dialect, InquiryPlan
from payers.reading import conclude
from payers.reading.lines import line
from payers.reading.memory import forget
from payers.reading.text import Lexicon, read_text
from payers.reading.text.lexicon import Term
from payers.reading.text.tokens import Token
from payers.x12 import benefit_segments, read_interchange

Text = Callable[..., bytes]

CARD = Card(id="example", name="Example", routes=(), plan=InquiryPlan(source="benchmark"))
LIMIT = 6.0
MOST_SPLITS = {0: 140, 8: 60, 46: 42, 136: 40, 850: 40}
"""By the number of plans in a reply, how many bare splits the JSON of its answer may cost: half as many again as it
does."""

MOST_SPLITS_ANEW = {0: 210, 8: 90, 46: 50, 136: 42, 850: 42}
"""The same of a reply none of whose codes, words and figures were read before."""

LINEAR = 1.8
"""How much more a byte of a long text may cost than one of a short one; between them lie two to a hundred times."""

# A plan as payers send it: status, figures by level and side, and now and then a message, a place, a date, a vendor.
PLAN = (
    "EB*1**30*PR*OPEN CHOICE",
    "EB*1**1^33^47^86^88^98^MH^AI^UC*********W",
    "EB*C*IND*30***23*2000*****Y",
    "EB*C*IND*30***29*1650*****Y",
    "EB*C*FAM*30***23*4000*****Y",
    "EB*C*FAM*30***29*3650*****Y",
    "EB*G*IND*30***23*6000*****Y",
    "EB*G*IND*30***29*5650*****Y",
    "EB*B*IND*98***27*25*****Y",
    "MSG*SPECIALIST OFFICE VISIT",
    "EB*A*IND*MH*****.2****Y",
    "EB*A*IND*A4^A8*****.2***Y*Y",
    "EB*B*IND*MH***27*25*****Y",
    "III*ZZ*11",
    "EB*F*IND*BB***23***DY*30**Y",
    "DTP*291*RD8*20260101-20261231",
    "EB*U**MH",
    "LS*2120",
    "NM1*VN*2*OPTUM BEHAVIORAL HEALTH",
    "LE*2120",
)
SHORTEST = (
    "EB*1**30*PR*OPEN CHOICE",
    "EB*C*IND*30***23*2000*****Y",
    "EB*C*IND*30***29*1650*****Y",
    "EB*1**MH*********W",
    "EB*A*IND*MH*****.2****Y",
    "EB*B*IND*MH***27*25*****Y",
    "MSG*INTENSIVE OUTPATIENT PROGRAM IS COVERED",
    "EB*F*IND*MH***23***DY*30**Y",
    "DTP*291*RD8*20260101-20261231",
)
MANY = 100
"""Plans from which on a reply is so long that a few rounds tell its cost."""


def bare(raw: bytes) -> list[list[str]]:
    return [segment.split("*") for segment in raw.decode().split("~")]


def sdk(raw: bytes) -> int:
    with X12SegmentReader(raw.decode()) as reader:
        return sum(1 for _ in reader.segments())


def pyx12(raw: bytes) -> int:
    return sum(1 for _ in X12Reader(StringIO(raw.decode())))


def cost_of(read: Callable[[bytes], object], raw: bytes, rounds: int = 5) -> float:
    """Seconds of the processor at the least: what else the machine does is no cost of reading."""

    def once() -> float:
        started = process_time()
        read(raw)
        return process_time() - started

    return min(once() for _ in range(rounds))


def ratio(ours: Callable[[bytes], object], theirs: Callable[[bytes], object], raw: bytes, rounds: int) -> float:
    """How many times as much ``ours`` costs. The two are timed in turn: what disturbs the machine disturbs both."""
    costs = [(cost_of(ours, raw, rounds=1), cost_of(theirs, raw, rounds=1)) for _ in range(rounds)]
    return min(our for our, _ in costs) / min(their for _, their in costs)


def test_reading_costs_at_most_six_times_a_bare_split(text: Text) -> None:
    raw = text(PLAN * 850)
    assert len(read_interchange(raw).people[0].lines) == 850 * 14

    found = ratio(read_interchange, bare, raw, rounds=9)

    print(f"reading / bare split: {found:.1f} over {len(raw)} bytes")
    assert found <= LIMIT


@pytest.mark.parametrize("other", [sdk, pyx12])
def test_other_readers_for_scale(text: Text, other: Callable[[bytes], int]) -> None:
    logging.getLogger("pyx12").setLevel(logging.CRITICAL)

    found = ratio(other, read_interchange, text(PLAN * 40), rounds=3)

    print(f"{other.__name__} / ours: {found:.1f}")
    assert found > 0


def growth(read: Callable[[bytes], object], small: bytes, large: bytes) -> float:
    """How much more a byte of ``large`` costs than one of ``small``: 1 where cost is linear, n where it is a square."""
    return (cost_of(read, large) / len(large)) / (cost_of(read, small, rounds=15) / len(small))


def answered(raw: bytes) -> Answer:
    return conclude(
        read_interchange(raw).people,
        card=CARD,
        dialect=Dialect(),
        service_date=date(2026, 11, 23),
        as_of=datetime(2026, 11, 23, tzinfo=UTC),
    )


def answered_anew(raw: bytes) -> Answer:
    """Answer as if nothing of it had been read before."""
    forget()
    benefit_segments.forget()
    read_text.cache_clear()
    return answered(raw)


def written(raw: bytes) -> str:
    return answered(raw).model_dump_json()


def written_anew(raw: bytes) -> str:
    return answered_anew(raw).model_dump_json()


def any_plans(text: Text, many: int) -> bytes:
    """A reply of ``many`` plans; for none, the shortest that answers."""
    return plans(text, many) if many else text(SHORTEST)


def plans(text: Text, many: int) -> bytes:
    return text(["EB*1**30", *PLAN * many])


def one_message(text: Text, signs: int) -> bytes:
    words = "PHP IS NOT COVERED FOR ADULTS AFTER 20 VISITS PER CALENDAR YEAR. " * signs
    return text(["EB*1**30", "EB*1**MH*********Y", "MSG*" + words[:signs]])


def many_messages(text: Text, many: int) -> bytes:
    lines = [
        ("EB*B*IND*MH***27*25*****Y", f"MSG*IOP TIER {number} COPAY WAIVED. PHP NOT COVERED") for number in range(many)
    ]
    return text(["EB*1**30", *(segment for pair in lines for segment in pair)])


@pytest.mark.parametrize("many", MOST_SPLITS)
def test_a_reply_becomes_the_json_of_its_answer_at_the_cost_of_a_few_bare_splits(text: Text, many: int) -> None:
    raw = any_plans(text, many)
    rounds = 5 if many > MANY else 60

    seen, anew = ratio(written, bare, raw, rounds), ratio(written_anew, bare, raw, rounds)

    print(f"reply to JSON / bare split over {len(raw)} bytes: {seen:.0f}, and {anew:.0f} where nothing was read before")
    assert seen <= MOST_SPLITS[many]
    assert anew <= MOST_SPLITS_ANEW[many]


def test_a_reader_that_writes_its_answer_three_times_is_caught(text: Text) -> None:
    raw = any_plans(text, 8)

    found = ratio(lambda raw: [written(raw) for _ in range(3)], bare, raw, rounds=60)

    assert found > MOST_SPLITS[8]


@pytest.mark.parametrize(("few", "many"), [(8, 80), (80, 850)])
def test_a_byte_of_a_long_reply_costs_no_more_than_one_of_a_short_reply(text: Text, few: int, many: int) -> None:
    found = growth(answered, plans(text, few), plans(text, many))

    print(f"a byte of {len(plans(text, many))} costs {found:.2f} times one of {len(plans(text, few))}")
    assert found < LINEAR


@pytest.mark.parametrize("signs", [1400, 5600])
def test_a_byte_of_a_long_message_costs_no_more_than_one_of_a_short_message(text: Text, signs: int) -> None:
    found = growth(answered_anew, one_message(text, 700), one_message(text, signs))

    print(f"a byte of a message of {signs} signs costs {found:.2f} times one of 700")
    assert found < LINEAR


def test_a_byte_of_many_messages_costs_no_more_than_one_of_few(text: Text) -> None:
    found = growth(answered_anew, many_messages(text, 100), many_messages(text, 800))

    print(f"a byte of 800 messages costs {found:.2f} times one of 100")
    assert found < LINEAR


def test_a_reader_whose_lines_look_at_all_lines_before_them_is_caught(
    text: Text, monkeypatch: pytest.MonkeyPatch
) -> None:
    def look_back(benefit: Benefit, seen: list[Benefit]) -> tuple[()]:
        seen.append(benefit)
        assert sum(one.information == benefit.information for one in seen)
        return ()

    def read(raw: bytes) -> object:
        seen: list[Benefit] = []
        monkeypatch.setattr(line, "oddities_of", lambda _: "all")
        monkeypatch.setattr(line, "findings_of", lambda _, benefit: look_back(benefit, seen))
        return answered_anew(raw)

    assert growth(read, plans(text, 8), plans(text, 200)) > LINEAR


def test_a_reader_that_walks_a_message_for_each_of_its_words_is_caught(
    text: Text, monkeypatch: pytest.MonkeyPatch
) -> None:
    find = Lexicon.terms

    def walk(self: Lexicon, tokens: Sequence[Token]) -> list[Term]:
        return [term for at, term in enumerate(find(self, tokens)) if find(self, tokens[: at + 1])]

    monkeypatch.setattr(Lexicon, "terms", walk)

    assert growth(answered_anew, one_message(text, 350), one_message(text, 2800)) > LINEAR
