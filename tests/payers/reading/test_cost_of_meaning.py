"""What the cost of meaning promises: twice the lines cost about twice as much, whatever they say."""

from collections.abc import Callable
from time import process_time

import pytest

from contracts import Answer
from payers.x12 import read_interchange
from tests.payers.conftest import forget_everything

Read = Callable[..., Answer]
Text = Callable[..., bytes]


def copays(count: int) -> list[str]:
    return [f"EB*B*IND*MH***7*{number}*****Y" for number in range(count)]


def limits(count: int) -> list[str]:
    halves = range(count // 2)
    return [f"EB*F*IND*MH***{period}***DY*{number}**Y" for period in ("23", "29") for number in halves]


def closings(count: int) -> list[str]:
    pairs = [(f"EB*{'I' if number % 2 else '1'}**MH*********Y", f"MSG*TEST {number}") for number in range(count // 2)]
    return [segment for pair in pairs for segment in pair]


def places(count: int) -> list[str]:
    pairs = [("EB*1**MH*********Y", f"III*ZZ*{number % 99:02d}") for number in range(count // 2)]
    return [segment for pair in pairs for segment in pair]


def cpu_seconds(read: Read, text: Text, lines: list[str]) -> float:
    people = read_interchange(text(["EB*1**30", *lines])).people
    forget_everything()
    started = process_time()
    read(people=people)
    return process_time() - started


@pytest.mark.parametrize("words", ["IOP ", "IOP;", "PHP EXCLUDED BUT IOP ", "rev ", "an office or ", "9"])
def test_the_cost_of_a_message_grows_with_its_length_alone(read: Read, text: Text, words: str) -> None:
    def cost(length: int) -> float:
        return cpu_seconds(read, text, ["EB*1**MH*********Y", "MSG*" + (words * length)[:length]])

    cost(100)
    small, large = min(cost(900) for _ in range(5)), min(cost(7200) for _ in range(3))

    # Eight times the length: a cost that grows with the square would be sixty-four times as much.
    assert large < 24 * small, large / small


def test_a_thousand_places_and_messages_of_one_line_cost_no_more_than_other_lines(read: Read, text: Text) -> None:
    many = [f"III*ZZ*{number % 99:02d}" for number in range(4000)] + ["MSG*IOP COVERED"] * 4000

    assert cpu_seconds(read, text, ["EB*1**MH*********Y", *many]) < 5 * cpu_seconds(read, text, copays(1000))


@pytest.mark.parametrize("lines", [copays, limits, closings, places])
def test_the_cost_of_a_reply_grows_with_its_lines_alone(
    read: Read, text: Text, lines: Callable[[int], list[str]]
) -> None:
    def cost(count: int) -> float:
        return cpu_seconds(read, text, lines(count))

    cost(100)
    small, large = (min(cost(count) for _ in range(3)) for count in (500, 4000))

    # Eight times the lines: a cost that grows with the square would be sixty-four times as much.
    assert large < 24 * small, large / small
