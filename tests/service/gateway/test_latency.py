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


def test_a_share_of_them_is_what_it_says_and_null_until_there_are_some() -> None:
    measured = Measured(256)
    assert measured.within(0.9) is None

    for one in range(1, 11):
        measured.took(float(one))

    assert measured.within(0.9) == 9.0
