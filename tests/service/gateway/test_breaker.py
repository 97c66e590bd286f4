"""What the breaker promises."""

from collections import deque
from typing import NoReturn

import pytest

from service.gateway.breaker import Breaker, BreakerState
from service.gateway.policy import GatewayPolicy


class Clock:
    """A clock that is moved by hand."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def breaker(clock: Clock) -> Breaker:
    return Breaker(GatewayPolicy(), clock, dice=lambda: 0.5)


def fail(breaker: Breaker, times: int) -> None:
    for _ in range(times):
        permission = breaker.enter()
        assert permission is not None
        permission.record_failure()


def opened(breaker: Breaker) -> None:
    fail(breaker, 8)
    assert breaker.state is BreakerState.OPEN


def test_seven_failures_are_too_few_to_open(breaker: Breaker) -> None:
    fail(breaker, 7)

    assert breaker.state is BreakerState.CLOSED


def test_eight_failures_in_a_minute_open_it(breaker: Breaker) -> None:
    fail(breaker, 8)

    assert breaker.enter() is None


def test_failures_older_than_a_minute_are_forgotten(breaker: Breaker, clock: Clock) -> None:
    fail(breaker, 7)

    clock.now = 61.0
    fail(breaker, 1)

    assert breaker.state is BreakerState.CLOSED


def test_fewer_failures_than_half_leave_it_closed(breaker: Breaker) -> None:
    for _ in range(12):
        permission = breaker.enter()
        assert permission is not None
        permission.record_success(1.0)
    fail(breaker, 8)

    assert breaker.state is BreakerState.CLOSED


def test_answers_that_are_nearly_all_slow_open_it(breaker: Breaker) -> None:
    for _ in range(8):
        permission = breaker.enter()
        assert permission is not None
        permission.record_success(25.0)

    assert breaker.state is BreakerState.OPEN


def test_one_probe_of_twenty_passes_when_the_time_is_up(breaker: Breaker, clock: Clock) -> None:
    opened(breaker)

    clock.now = 15.1
    passed = [breaker.enter() for _ in range(20)]

    assert sum(permission is not None for permission in passed) == 1


def test_a_probe_that_is_answered_closes_it(breaker: Breaker, clock: Clock) -> None:
    opened(breaker)
    clock.now = 15.1
    probe = breaker.enter()
    assert probe is not None

    probe.record_success(1.0)

    assert breaker.state is BreakerState.CLOSED


def test_a_probe_that_fails_keeps_it_open_for_longer(breaker: Breaker, clock: Clock) -> None:
    opened(breaker)
    clock.now = 15.1
    probe = breaker.enter()
    assert probe is not None

    probe.record_failure()

    assert breaker.state is BreakerState.OPEN
    clock.now += 29.9
    assert breaker.state is BreakerState.OPEN
    clock.now += 0.2
    assert breaker.state is BreakerState.PROBING


def test_a_probe_that_was_given_up_leaves_room_for_another(breaker: Breaker, clock: Clock) -> None:
    opened(breaker)
    clock.now = 15.1
    probe = breaker.enter()
    assert probe is not None

    probe.neutral()

    assert breaker.enter() is not None


def test_a_straggler_from_before_it_opened_counts_for_nothing(breaker: Breaker, clock: Clock) -> None:
    straggler = breaker.enter()
    assert straggler is not None
    opened(breaker)

    straggler.record_success(1.0)

    assert breaker.state is BreakerState.OPEN


def test_a_permission_counts_once(breaker: Breaker) -> None:
    fail(breaker, 6)
    permission = breaker.enter()
    assert permission is not None

    permission.record_failure()
    permission.record_failure()
    permission.neutral()

    assert breaker.state is BreakerState.CLOSED


def test_its_sums_are_those_of_the_calls_in_the_window(clock: Clock) -> None:
    breaker = Breaker(GatewayPolicy(breaker_failures=1.1, breaker_slow=1.1), clock)
    spoken: list[tuple[float, bool, bool]] = []
    for number in range(600):
        clock.now += 0.7 + number % 3
        failed, slow = number % 5 == 0, number % 7 == 0
        breaker.count(0, probe=False, failed=failed, slow=slow)
        spoken.append((clock.now, failed, slow))

    window = [call for call in spoken if call[0] >= clock.now - GatewayPolicy().breaker_window]
    assert (breaker.failed, breaker.slow) == (sum(call[1] for call in window), sum(call[2] for call in window))
    assert breaker.failed > 0


def test_what_a_call_costs_does_not_grow_with_the_window(breaker: Breaker, monkeypatch: pytest.MonkeyPatch) -> None:
    class Unwalked(deque[tuple[float, bool, bool]]):
        """Calls that nobody may walk through."""

        def __iter__(self) -> NoReturn:
            raise AssertionError("every call of the window was looked at")

    monkeypatch.setattr(breaker, "_calls", Unwalked())

    fail(breaker, 8)

    assert breaker.state is BreakerState.OPEN


def test_an_open_breaker_says_since_when_and_a_closed_one_nothing() -> None:
    now = [100.0]
    breaker = Breaker(GatewayPolicy(), clock=lambda: now[0], dice=lambda: 0.5)
    assert breaker.failing_seconds is None
    for _ in range(breaker.policy.breaker_least_calls):
        admitted = breaker.enter()
        assert admitted is not None
        admitted.record_failure()
    now[0] += 3_600
    probe = breaker.enter()
    assert probe is not None
    probe.record_failure()
    now[0] += 3_600

    assert breaker.failing_seconds == 7_200
    probe = breaker.enter()
    assert probe is not None
    probe.record_success(0.1)
    assert breaker.failing_seconds is None
