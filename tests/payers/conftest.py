"""Replies for tests: the benefit lines are given, the rest of a 271 about an imaginary person stands around them."""

from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, date, datetime

import pytest

from contracts import Answer, Benefits, Card, Dialect, InquiryPlan, RouteEntry
from payers.reading import conclude
from payers.reading.memory import forget
from payers.reading.text import read_text
from payers.x12 import benefit_segments, read_interchange

DAY = date(2026, 11, 23)

HEAD = (
    "ISA*00*          *00*          *ZZ*60054          *ZZ*EXAMPLERECOVERY*261123*1015*^*00501*000000301*0*P*:",
    "GS*HB*60054*EXAMPLERECOVERY*20261123*1015*301*X*005010X279A1",
    "ST*271*0001*005010X279A1",
    "BHT*0022*11*TEST301*20261123*1015",
    "HL*1**20*1",
    "NM1*PR*2*EXAMPLE PAYER*****PI*60054",
    "PER*IC*PROVIDER LINE*TE*8005550199",
    "HL*2*1*21*1",
    "NM1*1P*2*EXAMPLE RECOVERY CENTER*****XX*1999999984",
    "HL*3*2*22*0",
    "TRN*2*TEST3010*9TESTCASES",
    "NM1*IL*1*SPECIMEN*OTIS****MI*W900000011",
    "DMG*D8*19900412*F",
    "DTP*346*D8*20260101",
)


def _text(lines: Sequence[str], head: Sequence[str] = HEAD) -> bytes:
    body = [*head, *lines]
    count = len(body) - 1
    return ("~".join([*body, f"SE*{count}*0001", "GE*1*301", "IEA*1*000000301"]) + "~").encode()


@pytest.fixture
def text() -> Callable[..., bytes]:
    """The bytes of a 271 with the given segments after its member's level; ``head`` replaces what stands before."""
    return _text


@pytest.fixture
def card() -> Card:
    """An imaginary payer with an arm of its own."""
    return Card(
        id="example",
        name="Example Payer",
        routes=(RouteEntry(route="core_mime", payer_id="60054", source="test"),),
        own_arms=("Example Behavioral",),
        plan=InquiryPlan(source="test"),
        phone="8005550100",
    )


@pytest.fixture
def read(card: Card) -> Callable[..., Answer]:
    """The answer to a reply of the given segments (or of given ``people``), for a day of November 2026."""

    def answer(*lines: str, people: Sequence[Benefits] | None = None, **more: object) -> Answer:
        said = people if people is not None else read_interchange(_text(lines)).people
        around: dict[str, object] = {"card": card, "dialect": Dialect(), "service_date": DAY}
        around |= {"as_of": datetime(2026, 11, 23, 15, 4, tzinfo=UTC), **more}
        return conclude(said, **around)  # type: ignore[arg-type] - the arguments are the test's

    return answer


@pytest.fixture
def as_born(read: Callable[..., Answer]) -> Callable[..., Answer]:
    """The answer to a reply of the given segments about somebody who was born on a day (CCYYMMDD)."""

    def answer(born: str, *lines: str) -> Answer:
        head = tuple(one.replace("19900412", born) for one in HEAD)
        return read(people=read_interchange(_text(lines, head)).people)

    return answer


def forget_everything() -> None:
    """Let reading remember nothing, as if the process had just begun."""
    forget()
    read_text.cache_clear()
    benefit_segments.forget()


@pytest.fixture
def nothing_is_remembered() -> Iterator[None]:
    """Whatever is read is read anew, by the test and by those after it."""
    forget_everything()
    yield
    forget_everything()
