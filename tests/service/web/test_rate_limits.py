"""What an allowance promises: so much at once, so much a second, and a memory that is bounded."""

from service.web.rate_limits import TokenBuckets


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


def test_a_burst_is_used_up_and_comes_back_by_the_second() -> None:
    clock = Clock()
    allowances = TokenBuckets(rate=2.0, burst=3, clock=clock)
    found = []
    for _ in range(4):
        found.append(allowances.seconds_until("a"))
        allowances.use("a")
    clock.now = 0.5
    found.append(allowances.seconds_until("a"))
    clock.now = 100.0
    for _ in range(3):
        found.append(allowances.seconds_until("a"))
        allowances.use("a")
    found.append(allowances.seconds_until("a"))

    assert found == [0.0, 0.0, 0.0, 0.5, 0.0, 0.0, 0.0, 0.0, 0.5]


def test_what_was_given_back_may_be_used_again() -> None:
    allowances = TokenBuckets(rate=1.0, burst=1, clock=Clock())
    allowances.use("a")
    allowances.give_back("a")

    assert allowances.seconds_until("a") == 0.0


def test_one_name_uses_up_nothing_of_another_one() -> None:
    allowances = TokenBuckets(rate=1.0, burst=1, clock=Clock())
    allowances.use("a")

    assert (allowances.seconds_until("a"), allowances.seconds_until("b")) == (1.0, 0.0)


def test_names_beyond_the_bound_are_forgotten_the_oldest_first() -> None:
    allowances = TokenBuckets(rate=1.0, burst=1, clock=Clock(), most=2)
    for name in "abac":
        allowances.use(name)

    assert len(allowances) == 2
    assert [allowances.seconds_until(name) for name in "abc"] == [1.0, 0.0, 1.0]
