"""What places for connections promise: new ones get in, one address never has all, health always has one."""

import resource

import pytest

from service.web.connections import LEAST, OTHER_FILES, Connections, files_for, network_of


class Line:
    """A connection that notes how it ended."""

    def __init__(self) -> None:
        self.given_up = False
        self.asked = False

    def give_up(self) -> bool:
        self.given_up = not self.asked
        return self.given_up


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


def entered(places: Connections, times: int, address: str = "192.0.2.1") -> list[Line]:
    lines = [Line() for _ in range(times)]
    assert all(places.enter(line, address) for line in lines)
    return lines


def places_of(**given: float) -> tuple[Connections, Clock]:
    clock = Clock()
    return Connections(most=10, per_peer=6, spare=2, clock=clock, fair=given.get("fair", 0.5)), clock


def test_who_had_time_to_ask_and_did_not_gives_way_to_a_new_one() -> None:
    places, clock = places_of()
    lines = entered(places, 6)
    early = places.enter(Line(), "192.0.2.1")
    clock.now = 0.5
    late = places.enter(Line(), "192.0.2.1")

    assert (early, late) == (False, True)
    assert [line.given_up for line in lines] == [True] + [False] * 5
    assert len(places) == 6


def test_who_asked_meanwhile_gives_way_to_nobody() -> None:
    places, clock = places_of()
    lines = entered(places, 6)
    lines[0].asked = True
    clock.now = 10.0
    first = places.enter(Line(), "192.0.2.1")
    for line in lines:
        line.asked = True
    later = places.enter(Line(), "192.0.2.1")

    assert (first, later) == (True, False)
    assert [line.given_up for line in lines] == [False, True] + [False] * 4
    assert len(places) == 6


def test_who_was_answered_gives_way_before_who_still_asks() -> None:
    places, clock = places_of()
    lines = entered(places, 6)
    for line in lines[3:]:
        assert places.serve(line)
    for line in (lines[5], lines[3]):
        places.wait(line)
    clock.now = 10.0
    entered(places, 2)

    assert [line.given_up for line in lines] == [False, False, False, True, False, True]


def test_who_is_being_answered_never_gives_way() -> None:
    places, clock = places_of()
    lines = entered(places, 6)
    for line in lines:
        places.check(line)
    clock.now = 10.0

    assert not places.enter(Line(), "192.0.2.1")
    assert not any(line.given_up for line in lines)


def test_one_address_leaves_places_to_the_others() -> None:
    places, _ = places_of()
    entered(places, 6)

    assert not places.enter(Line(), "192.0.2.1")
    assert places.enter(Line(), "192.0.2.2")


def test_a_request_finds_no_place_where_those_for_health_checks_begin() -> None:
    places, _ = places_of()
    lines = entered(places, 6)
    served = [places.serve(line) for line in lines[:5]]
    places.check(lines[5])
    places.wait(lines[0])

    assert served == [True] * 4 + [False]
    assert [line.given_up for line in lines] == [False] * 6
    assert not places.serve(Line())


def test_all_together_have_places_too() -> None:
    places, _ = places_of()
    lines = [line for number in range(5) for line in entered(places, 2, f"192.0.2.{number}")]

    assert [places.serve(line) for line in lines] == [True] * 8 + [False] * 2
    assert not places.enter(Line(), "192.0.2.9")


def test_a_place_that_was_left_is_free_and_nothing_is_kept_of_it() -> None:
    places, _ = places_of()
    lines = entered(places, 6)
    for line in lines:
        places.serve(line)
        places.wait(line)
        places.leave(line)
        places.leave(line)

    assert len(places) == 0
    assert not places._by_peer
    assert len(entered(places, 6)) == 6


@pytest.mark.parametrize(
    ("address", "network"),
    [
        ("192.0.2.1", "192.0.2.1"),
        ("::ffff:192.0.2.1", "192.0.2.1"),
        ("2001:db8:1:2:3:4:5:6", "2001:0db8:0001:0002"),
        ("2001:db8:1:2::9", "2001:0db8:0001:0002"),
        ("", ""),
    ],
)
def test_a_network_is_what_one_caller_may_have(address: str, network: str) -> None:
    assert network_of(address) == network


def test_a_process_with_few_files_has_fewer_connections(monkeypatch: pytest.MonkeyPatch) -> None:
    limits, raised = [(512, 4096)], []
    monkeypatch.setattr(resource, "getrlimit", lambda _: limits[0])
    monkeypatch.setattr(resource, "setrlimit", lambda _, wanted: raised.append(wanted))
    enough = files_for(2_000)
    limits[0] = (512, 1024)
    fewer = files_for(2_000)
    limits[0] = (64, 64)

    assert (enough, fewer, files_for(2_000)) == (2_000, 1024 - OTHER_FILES, LEAST)
    assert raised == [(2_000 + OTHER_FILES, 4096), (1024, 1024), (64, 64)]
