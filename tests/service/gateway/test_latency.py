"""What the percentiles promise."""

import pytest

from service.gateway.latency import Measured


@pytest.mark.parametrize(
    ("seconds", "expected"),
    [
        ([], (None, None)),
        ([2.0], (2.0, 2.0)),
        ([3.0, 1.0], (1.0, 3.0)),
        ([float(number) for number in range(1, 101)], (50.0, 95.0)),
        ([9.0] * 500 + [1.0] * 256, (1.0, 1.0)),
    ],
)
def test_they_are_those_of_the_last_answers_and_null_until_there_are_some(
    seconds: list[float], expected: tuple[float | None, float | None]
) -> None:
    measured = Measured(256)

    for one in seconds:
        measured.took(one)

    assert measured.percentiles() == expected
