"""JSON that is kept is that of the very value that it was written of."""

from collections.abc import Iterator

import pytest

from contracts import Evidence, kept_json
from contracts.kept import Kept
from contracts.kept_json import forget_json, json_of, keep_json

LINE = Evidence(id="e1", segment=15, text="EB*1**MH", description="active")


@pytest.fixture(autouse=True)
def nothing_is_kept() -> Iterator[None]:
    forget_json()
    yield
    forget_json()


def hidden(line: Evidence) -> Evidence:
    """As a caller is shown it who may not read the payer's own words."""
    return line.model_copy(update={"text": None})


def test_what_is_kept_is_written_once() -> None:
    keep_json([LINE])

    assert json_of([LINE]) is json_of([LINE])
    assert json_of([LINE]).decode() == LINE.model_dump_json()


def test_a_copy_is_not_taken_for_what_is_kept() -> None:
    keep_json([LINE])

    assert json_of([hidden(LINE)]).decode() == hidden(LINE).model_dump_json()
    assert json_of([LINE.model_copy()]) is not json_of([LINE])


def test_what_is_kept_is_held_so_that_nothing_else_gets_its_identity() -> None:
    for number in range(1_000):
        keep_json([LINE.model_copy(update={"id": f"e{number}"})])
        other = hidden(LINE)
        assert json_of([other]).decode() == other.model_dump_json()


def test_when_too_much_is_kept_the_older_half_goes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kept_json, "_KEPT", Kept(4))
    lines = [LINE.model_copy() for _ in range(9)]
    held = []
    for line in lines:
        keep_json([line])
        held.append(len(kept_json._KEPT))

    assert held == [1, 2, 3, 4, 3, 4, 3, 4, 3]
    assert [*kept_json._KEPT] == [id(line) for line in lines[-3:]]
    assert [json_of([line]) for line in lines] == [json_of([LINE])] * 9
