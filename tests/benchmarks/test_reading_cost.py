"""What reading costs, as a ratio to a bare split of the same text; other readers stand beside it for scale."""

import logging
from collections.abc import Callable
from datetime import UTC, date, datetime
from io import StringIO
from time import perf_counter, process_time

import pytest
from pyx12.x12file import X12Reader
from x12sdk.io import X12SegmentReader

from contracts import Card, Dialect, InquiryPlan
from payers.reading import conclude
from payers.x12 import read_interchange

CARD = Card(id="example", name="Example", routes=(), plan=InquiryPlan(source="benchmark"))
LIMIT = 6.0
ROUNDS = 9

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


def bare(raw: bytes) -> list[list[str]]:
    return [segment.split("*") for segment in raw.decode().split("~")]


def sdk(raw: bytes) -> int:
    with X12SegmentReader(raw.decode()) as reader:
        return sum(1 for _ in reader.segments())


def pyx12(raw: bytes) -> int:
    return sum(1 for _ in X12Reader(StringIO(raw.decode())))


def seconds(read: Callable[[bytes], object], raw: bytes) -> float:
    started = perf_counter()
    read(raw)
    return perf_counter() - started


def test_reading_costs_at_most_six_times_a_bare_split(text: Callable[..., bytes]) -> None:
    raw = text(PLAN * 850)
    assert len(read_interchange(raw).people[0].lines) == 850 * 14

    # The two are timed in turn, and the best of each is compared: what disturbs the machine disturbs both.
    times = [(seconds(read_interchange, raw), seconds(bare, raw)) for _ in range(ROUNDS)]
    ratio = min(ours for ours, _ in times) / min(theirs for _, theirs in times)

    print(f"reading / bare split: {ratio:.1f} over {len(raw)} bytes")
    assert ratio <= LIMIT


@pytest.mark.parametrize("other", [sdk, pyx12])
def test_other_readers_for_scale(text: Callable[..., bytes], other: Callable[[bytes], int]) -> None:
    logging.getLogger("pyx12").setLevel(logging.CRITICAL)
    raw = text(PLAN * 40)

    ours = min(seconds(read_interchange, raw) for _ in range(ROUNDS))
    theirs = min(seconds(other, raw) for _ in range(3))

    print(f"{other.__name__} / ours: {theirs / ours:.1f}")
    assert theirs > 0


def cost_of(read: Callable[[bytes], object], raw: bytes) -> float:
    """Seconds of the processor at the least: what else the machine does is no cost of reading."""

    def once() -> float:
        started = process_time()
        read(raw)
        return process_time() - started

    return min(once() for _ in range(7))


def answered(raw: bytes) -> object:
    return conclude(
        read_interchange(raw).people,
        card=CARD,
        dialect=Dialect(),
        service_date=date(2026, 11, 23),
        as_of=datetime(2026, 11, 23, tzinfo=UTC),
    )


def test_twice_the_lines_cost_about_twice_as_much(text: Callable[..., bytes]) -> None:
    small, large = (cost_of(answered, text(["EB*1**30", *PLAN * many])) for many in (30, 60))

    print(f"an answer of twice the lines: {large / small:.2f} times the cost ({1000 * large:.1f} ms for 840 lines)")
    assert large < 3 * small


def test_a_message_of_twice_the_length_costs_about_twice_as_much(text: Callable[..., bytes]) -> None:
    def repeated(times: int) -> bytes:
        return text(["EB*1**30", "EB*1**MH*********Y", "MSG*" + "PHP EXCLUDED BUT IOP " * times])

    small, large = (cost_of(answered, repeated(times)) for times in (180, 360))

    print(f"a message of twice the length: {large / small:.2f} times the cost ({1000 * large:.1f} ms for 7,560 signs)")
    assert large < 3 * small
