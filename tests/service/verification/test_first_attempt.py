"""The first inquiry of a question takes the attempt that was committed with the question, or opens its own."""

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from contracts import AttemptNumbers, Condition, PayerSilent, Question, State
from contracts.card import Window
from service.gateway import Guards, first_attempts
from service.gateway.first_attempts import FirstAttempts, FirstInquiry, Reserved
from service.security.access import Role
from service.store.attempts import NewAttempt
from service.store.rows import FirstAttempt
from tests.service.kept import rows_of
from tests.service.staging import MEMBER, QUESTION, START, Office, ScriptedRoute, Time, card, opened

OTHER = QUESTION.model_copy(update={"member": MEMBER.model_copy(update={"member_id": "ZZ900000002"})})
EXPECTED = FirstAttempt("first", ("30",))


class Opening:
    """Counts the transactions that open an attempt alone."""

    def __init__(self, office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
        self.count = 0
        self._open = office.store.open_attempt
        monkeypatch.setattr(office.store, "open_attempt", self._opened)

    async def _opened(self, *given: Any) -> Any:
        self.count += 1
        return await self._open(*given)


async def attempts(office: Office) -> list[Any]:
    return await rows_of(office.store, "attempts ORDER BY sent_at, interchange")


async def test_from_the_second_question_on_the_first_attempt_is_committed_with_the_question(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with opened(tmp_path) as office:
        opening = Opening(office, monkeypatch)
        await office.ask()
        first = opening.count
        answer = await office.ask(OTHER)
        rows = await attempts(office)

    assert (first, opening.count, answer.state) == (1, 1, State.FINAL)
    assert [numbers.interchange for numbers in office.routes[0].sent] == [row["interchange"] for row in rows]
    assert [(row["outcome"], row["sent"]) for row in rows] == [("answered", 1), ("answered", 1)]


async def test_an_inquiry_that_was_not_expected_opens_an_attempt_of_its_own(tmp_path: Path) -> None:
    async with opened(tmp_path) as office:
        office.guards.first_attempts.note(QUESTION, FirstAttempt("first", ("98",)))
        answer = await office.ask()
        rows = await attempts(office)

    assert answer.state is State.FINAL
    assert {(row["service_types"], row["outcome"], row["sent"]) for row in rows} == {
        ("98", "unreachable", 0),
        ("30", "answered", 1),
    }
    assert len(office.routes[0].sent) == 1
    assert office.guards.first_attempts.of(QUESTION) == EXPECTED


async def last_sent_after_a_wait(office: Office, monkeypatch: pytest.MonkeyPatch) -> timedelta:
    """How long after its question the only sending of it stands in the record; the payer's pace took a second."""
    office.guards.first_attempts.note(QUESTION, EXPECTED)

    async def waits(_: Role) -> None:
        office.time.gone += 1.0

    monkeypatch.setattr(office.guards.pace(office.card), "acquire", waits)
    pending = await office.ask()
    (job,) = await rows_of(office.store, "jobs")
    kept = await office.store.job(job["id"])
    assert pending.state is State.PENDING
    assert kept is not None
    assert kept.last_sent_at is not None
    assert len(office.routes[0].sent) == 1
    return kept.last_sent_at - START


async def test_after_a_wait_the_time_to_the_next_sending_counts_from_the_sending(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with opened(tmp_path, ScriptedRoute(PayerSilent("imaginary"))) as office:
        assert await last_sent_after_a_wait(office, monkeypatch) == timedelta(seconds=1)
        assert sorted((row["outcome"], row["sent"]) for row in await attempts(office)) == [
            ("silent", 1),
            ("unreachable", 0),
        ]


async def test_an_attempt_that_is_used_however_late_is_found_out(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(first_attempts, "USED_WITHIN", 60.0)
    async with opened(tmp_path, ScriptedRoute(PayerSilent("imaginary"))) as office:
        assert await last_sent_after_a_wait(office, monkeypatch) == timedelta(0)


async def test_a_question_that_is_not_asked_after_all_leaves_no_attempt_as_sent(tmp_path: Path) -> None:
    class Silent:
        """An adapter that asks nothing and fails."""

        def __init__(self) -> None:
            self.card = card("first")

        async def verify(self, question: Question, gateway: object) -> Any:
            raise LookupError

    async with opened(tmp_path, adapter=Silent()) as office:
        office.guards.first_attempts.note(QUESTION, EXPECTED)
        await office.ask()
        rows = await attempts(office)

    assert [(row["outcome"], row["sent"]) for row in rows] == [("unreachable", 0)]


async def test_a_later_run_says_nothing_about_what_is_asked_first(tmp_path: Path) -> None:
    async with opened(tmp_path, ScriptedRoute(PayerSilent("imaginary"))) as office:
        await office.ask()
        other = FirstAttempt("first", ("98",))
        office.guards.first_attempts.note(QUESTION, other)
        await office.at_the_next_step()

    assert len(office.routes[0].sent) == 2
    assert office.guards.first_attempts.of(QUESTION) == other


def break_circuit(guards: Guards) -> None:
    for _ in range(8):
        permission = guards.breaker("acme", "first").enter()
        assert permission is not None
        permission.record_failure()


def keep_away(guards: Guards) -> None:
    guards.close_until("acme", "first", START + timedelta(minutes=1))


def take_places(guards: Guards) -> None:
    guards.bulkhead("acme")._taken[Role.STAFF] = guards.policy.slots


WELCOME = card("first")
OUT = card("first", outages=(Window(weekday=0, begins="09:00", ends="11:00", source="test"),))


@pytest.mark.parametrize(
    ("change", "asked", "role"),
    [
        (break_circuit, WELCOME, Role.STAFF),
        (keep_away, WELCOME, Role.STAFF),
        (take_places, WELCOME, Role.STAFF),
        (lambda _: None, OUT, Role.STAFF),
        (lambda _: None, WELCOME, Role.BATCH),
    ],
    ids=["breaker open", "kept away", "places taken", "outage", "batch"],
)
def test_no_attempt_is_opened_with_a_question_that_may_not_go_at_once(
    change: Callable[[Guards], None], asked: Any, role: Role
) -> None:
    guards = Guards(routes={"first": ScriptedRoute()}, cards=(asked,), store=None, clocks=Time().clocks())  # type: ignore[arg-type]
    guards.first_attempts.note(QUESTION, EXPECTED)
    before = guards.first_attempt(QUESTION, WELCOME, Role.STAFF)

    change(guards)

    assert before == EXPECTED
    assert guards.first_attempt(QUESTION, asked, role) is None


def test_what_is_asked_first_is_known_by_the_conditions_that_are_wanted() -> None:
    known = first_attempts.FirstAttempts()
    one, both = (
        QUESTION.model_copy(update={"conditions": wanted}) for wanted in (tuple(Condition)[:1], tuple(Condition))
    )

    known.note(both, EXPECTED)

    assert (known.of(both), known.of(one)) == (EXPECTED, None)
    assert known.of(both.model_copy(update={"conditions": tuple(reversed(Condition))})) == EXPECTED


def test_a_later_inquiry_leaves_the_attempt_that_was_opened_first_alone() -> None:
    numbers = AttemptNumbers(
        interchange="000000001", group="1", trace="T", originator="O", transaction="X", envelope_id="E"
    )
    reserved = Reserved(EXPECTED, "att_1", numbers, opened_at=0.0)
    inquiry = FirstInquiry(QUESTION, FirstAttempts(), reserved, lambda: 0.0)
    other = NewAttempt("job_1", QUESTION.payer, "first", ("98",))

    taken = [inquiry.take(new) for new in (other, other._replace(service_types=EXPECTED.service_types))]

    assert (taken, inquiry.unused) == ([None, None], "att_1")
