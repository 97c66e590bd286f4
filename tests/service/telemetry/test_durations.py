"""What durations promise: counted once, within every bound that they did not exceed."""

from service.telemetry.durations import BOUNDS, Durations


def test_a_duration_counts_within_every_bound_that_it_did_not_exceed() -> None:
    durations = Durations()

    for seconds in (0.01, 1.0, 1.001, 100.0):
        durations.add(("staff",), seconds)

    (found,) = durations
    within = dict(zip((*BOUNDS, None), found.within, strict=True))
    assert (within[0.025], within[0.5], within[1.0], within[2.0], within[60.0], within[None]) == (1, 1, 2, 3, 3, 4)
    assert round(found.seconds, 3) == 102.011


def test_each_kind_is_counted_alone() -> None:
    durations = Durations()

    durations.add(("b",), 1.0)
    durations.add(("a",), 2.0)

    assert [(one.kind, one.within[-1], one.seconds) for one in durations] == [(("a",), 1, 2.0), (("b",), 1, 1.0)]
