"""What the queue for starts promises: one start in a turn, none in long turns, and an honest word about the delay."""

import asyncio

import pytest

from service.web.start_queue import BETWEEN_STARTS, SHORT_TURN, WEIGHT, StartQueue
from tests.service.staging import until


class Turns:
    """A clock, and what was started when."""

    def __init__(self) -> None:
        self.now = 0.0
        self.started: list[int] = []
        self.is_busy = False
        self.queue = StartQueue(lambda: self.is_busy, lambda: self.now)

    def add(self, number: int, *, is_there: bool = True) -> None:
        def start() -> bool:
            if is_there:
                self.started.append(number)
            return is_there

        self.queue.add(start)

    async def turn(self, seconds: float = 0.0) -> None:
        """One turn of the loop, so long."""
        self.now += seconds
        await asyncio.sleep(0)


@pytest.fixture
def turns() -> Turns:
    return Turns()


async def test_one_request_is_started_in_a_turn_first_come_first_served(turns: Turns) -> None:
    for number in range(3):
        turns.add(number)

    seen = []
    for _ in range(3):
        await turns.turn()
        seen.append(list(turns.started))

    assert seen == [[0], [0, 1], [0, 1, 2]]
    assert len(turns.queue) == 0


async def test_nothing_is_started_after_a_long_turn_until_the_pause_is_long_enough(turns: Turns) -> None:
    for number in range(3):
        turns.add(number)
    await turns.turn()

    await turns.turn(2 * SHORT_TURN)
    after_a_long_turn = list(turns.started)
    await turns.turn(BETWEEN_STARTS)
    after_a_long_pause = list(turns.started)
    await turns.turn()

    assert (after_a_long_turn, after_a_long_pause, turns.started) == ([0], [0, 1], [0, 1, 2])


async def test_nothing_is_started_while_work_beside_the_loop_piles_up(turns: Turns) -> None:
    turns.is_busy = True
    turns.add(0)
    await turns.turn()
    meanwhile = list(turns.started)
    turns.is_busy = False
    await until(lambda: bool(turns.started))

    assert (meanwhile, turns.started) == ([], [0])


async def test_who_has_left_takes_no_turn(turns: Turns) -> None:
    turns.add(0, is_there=False)
    turns.add(1)
    await turns.turn()

    assert turns.started == [1]


async def test_the_delay_is_as_long_as_starts_take_for_all_who_wait(turns: Turns) -> None:
    for number in range(11):
        turns.add(number)
    at_first = turns.queue.delay()
    await turns.turn(BETWEEN_STARTS)

    assert at_first == 0.0
    assert turns.queue.delay() == pytest.approx(10 * WEIGHT * BETWEEN_STARTS)


async def test_those_who_are_about_to_come_count_where_others_wait(turns: Turns) -> None:
    for number in range(2):
        turns.add(number)
    await turns.turn(BETWEEN_STARTS)
    one = turns.queue.delay()
    with_two_more = turns.queue.delay(2)
    await turns.turn(BETWEEN_STARTS)

    assert (with_two_more, turns.queue.delay(2)) == (pytest.approx(3 * one), 0.0)


async def test_a_queue_that_was_empty_knows_of_no_delay_any_more(turns: Turns) -> None:
    turns.add(0)
    await turns.turn(BETWEEN_STARTS)
    turns.add(1)

    assert turns.queue.delay() == 0.0


async def test_a_start_that_fails_stops_no_other(turns: Turns) -> None:
    def fail() -> bool:
        raise KeyError("imaginary")

    failures: list[object] = []
    asyncio.get_running_loop().set_exception_handler(lambda _, context: failures.append(context["exception"]))
    turns.queue.add(fail)
    turns.add(1)
    await turns.turn()
    await turns.turn()

    assert turns.started == [1]
    assert [type(failure) for failure in failures] == [KeyError]


async def test_a_start_may_add_another_one(turns: Turns) -> None:
    def start() -> bool:
        turns.add(1)
        return True

    turns.queue.add(start)
    await turns.turn()
    await turns.turn()

    assert turns.started == [1]
