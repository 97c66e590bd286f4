import pytest

from service.web.dependencies import wait_of


@pytest.mark.parametrize(
    ("prefer", "seconds"),
    [
        ([], 8.0),
        (["wait=3"], 3.0),
        (["wait=0"], 0.0),
        (["wait=600"], 60.0),
        (["wait=-1"], 0.0),
        (["wait=soon"], 8.0),
        (["wait=1.5"], 8.0),
        (["wait"], 8.0),
        (["respond-async, Wait = 4 ; x=1"], 4.0),
        (["respond-async", "wait=5", "wait=6"], 5.0),
    ],
)
def test_a_wait_is_whole_seconds_within_bounds_or_the_default(prefer: list[str], seconds: float) -> None:
    assert wait_of(prefer, 8.0) == seconds
