"""What reading remembers is found out once, and there is never more of it than was agreed."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from types import ModuleType

import pytest

from contracts import Answer
from contracts.kept import Kept
from payers.reading.coverage import lines_by_plan
from payers.reading.memory import Remembered, forget, remember, remember_apart
from payers.reading.terms import lines_in_force, repeated
from tests.payers.reading.expectations import BEHAVIORAL, PLAN

Read = Callable[..., Answer]


def test_what_a_function_of_one_argument_comes_to_is_found_out_once_until_all_is_forgotten() -> None:
    asked: list[int] = []

    @remember(8)
    def double(number: int) -> int:
        asked.append(number)
        return 2 * number

    assert [double(3), double(3), double(4)] == [6, 6, 8]
    assert asked == [3, 4]

    forget()
    assert double(3) == 6
    assert asked == [3, 4, 3]


def test_when_as_much_is_remembered_as_may_be_the_older_half_goes() -> None:
    asked: list[int] = []

    def double(number: int) -> int:
        asked.append(number)
        return 2 * number

    known = Remembered(double, 4)
    assert [known[number] for number in range(5)] == [0, 2, 4, 6, 8]

    assert set(known) == {2, 3, 4}


def test_what_is_kept_apart_is_forgotten_with_the_rest() -> None:
    kept = remember_apart(4)
    kept.keep("key", "found")

    forget()

    assert not kept


def test_several_threads_may_keep_things_at_once() -> None:
    kept = Kept(64)

    def keep_many(first: int) -> None:
        for number in range(first, first + 20_000):
            kept.keep(number, number)

    with ThreadPoolExecutor(4) as threads:
        list(threads.map(keep_many, range(0, 80_000, 20_000)))

    assert 0 < len(kept) <= 64 + 4


def kept_of(lines: int, read: Read, monkeypatch: pytest.MonkeyPatch) -> int:
    """How much is kept of parts and layouts when a reply with so many copays is read."""
    kept = Kept(8)
    for module, name in ((repeated, "_FOUND"), (lines_by_plan, "_LAYOUTS"), (lines_in_force, "_ROLES")):
        monkeypatch.setattr(module, name, kept)
    read(PLAN, BEHAVIORAL, *(f"EB*B*IND*MH***27*{number}*****Y" for number in range(lines)))
    return len(kept)


def test_a_long_reply_is_not_remembered_as_a_whole(read: Read, monkeypatch: pytest.MonkeyPatch) -> None:
    assert kept_of(lines_by_plan.MOST_LINES, read, monkeypatch) == 0


@pytest.mark.parametrize(
    ("module", "bound"),
    [
        (repeated, "MOST_LINES"),
        (repeated, "MOST_ENTERED"),
        (lines_by_plan, "MOST_LINES"),
        (lines_in_force, "MOST_LINES"),
    ],
)
def test_without_one_of_its_bounds_something_of_a_long_reply_is_kept(
    module: ModuleType, bound: str, read: Read, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, bound, 1_000_000)

    assert kept_of(lines_by_plan.MOST_LINES, read, monkeypatch) > 0
