"""What admission promises: batches are shed first, the public second, staff last, and it recovers by itself."""

import asyncio
from contextlib import ExitStack, suppress

import pytest

from contracts import Deadline
from service.errors import Draining, Overloaded
from service.security.access import Caller, Role
from service.verification.admission import Admission


def filled(admission: Admission, role: Role) -> ExitStack:
    """Requests of ``role`` until one more would be shed."""
    inside = ExitStack()
    while True:
        try:
            inside.enter_context(admission.enter(role, Deadline(10)))
        except Overloaded:
            return inside


@pytest.mark.parametrize(("role", "most"), [(Role.BATCH, 5), (Role.PUBLIC, 8), (Role.STAFF, 10)])
def test_each_role_is_shed_at_its_own_measure(role: Role, most: int) -> None:
    admission = Admission(10)

    with filled(admission, role):
        assert len(admission) == most


@pytest.mark.parametrize(
    ("load", "let_in"),
    [
        (Role.BATCH, {Role.PUBLIC, Role.STAFF}),
        (Role.PUBLIC, {Role.STAFF}),
        (Role.STAFF, set()),
    ],
)
def test_batches_are_shed_first_the_public_second_and_staff_last(load: Role, let_in: set[Role]) -> None:
    admission = Admission(10)
    found: set[Role] = set()

    with filled(admission, load):
        for role in Role:
            with suppress(Overloaded):
                admission.refuse(role)
                found.add(role)

    assert found == let_in


@pytest.mark.parametrize("load", list(Role))
def test_it_is_full_for_a_role_when_and_only_when_that_role_is_refused(load: Role) -> None:
    admission = Admission(10)

    with filled(admission, load):
        refused = set()
        for role in Role:
            with suppress(Overloaded):
                admission.refuse(role)
                continue
            refused.add(role)
        assert {role for role in Role if admission.is_full(role)} == refused
        admission.drain(0)
        assert not any(map(admission.is_full, Role))


def test_who_is_about_to_be_let_in_takes_a_place() -> None:
    admission = Admission(10)

    assert not admission.is_full(Role.BATCH, 4)
    assert admission.is_full(Role.BATCH, 5)
    assert not admission.is_full(Role.STAFF, 9)
    assert admission.is_full(Role.STAFF, 10)


def test_who_is_shed_hears_of_it_and_the_next_one_is_let_in_when_there_is_room() -> None:
    admission = Admission(10)

    with filled(admission, Role.STAFF), pytest.raises(Overloaded):
        admission.refuse(Role.STAFF)
    admission.refuse(Role.BATCH)

    assert len(admission) == 0


def test_who_waits_for_an_earlier_question_takes_no_place_of_a_questions() -> None:
    admission = Admission(10)

    with ExitStack() as waiting:
        for number in range(20):
            caller = Caller(id=str(number), role=Role.STAFF)
            waiting.enter_context(admission.enter_waiting(caller, Deadline(60)))
        admission.refuse(Role.BATCH)
        with filled(admission, Role.STAFF):
            assert len(admission) == 20


def test_one_key_waits_in_half_of_the_places_and_is_answered_at_once_beyond() -> None:
    admission = Admission(10)
    greedy, other = Caller(id="greedy", role=Role.STAFF), Caller(id="other", role=Role.BATCH)

    with ExitStack() as waiting:
        let_in = [waiting.enter_context(admission.enter_waiting(greedy, Deadline(60))) for _ in range(100)]
        others = [waiting.enter_context(admission.enter_waiting(other, Deadline(60))) for _ in range(100)]
    with admission.enter_waiting(greedy, Deadline(60)) as again:
        assert again

    assert (sum(let_in), sum(others)) == (5, 5)


async def test_a_drain_ends_every_wait_for_an_earlier_question() -> None:
    admission, patient = Admission(10), Deadline(60)
    caller = Caller(id="a", role=Role.STAFF)

    with admission.enter_waiting(caller, patient):
        admission.drain(0.5)
        with admission.enter_waiting(caller, Deadline(60)) as later:
            assert not later
        assert patient.seconds_left() <= 0.5
        assert len(admission) == 1


async def test_a_drain_shortens_every_wait_and_lets_nobody_in() -> None:
    admission, patient = Admission(10), Deadline(60)

    with admission.enter(Role.STAFF, patient):
        admission.drain(0.5)
        with pytest.raises(Draining):
            admission.refuse(Role.STAFF)
        assert patient.seconds_left() <= 0.5


async def test_the_drained_are_waited_for_until_the_last_is_out_or_the_time_is_up() -> None:
    admission = Admission(10)
    inside = ExitStack()
    inside.enter_context(admission.enter(Role.STAFF, Deadline(60)))

    await admission.empty(Deadline(0.01))
    still = len(admission)
    emptied = asyncio.create_task(admission.empty(Deadline(60)))
    await asyncio.sleep(0)
    inside.close()
    await emptied

    assert (still, len(admission)) == (1, 0)
