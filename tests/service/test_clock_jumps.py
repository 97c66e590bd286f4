"""A time of day that jumps, by days and either way, closes no payer, strands no question and sends none too soon."""

from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from contracts import PayerBusy, PayerSilent, ProblemCode, State
from service.gateway import Guards
from service.verification.step_times import StepTimes
from tests.service.staging import START, Office, ScriptedRoute, opened

DAYS = [timedelta(days=3), timedelta(days=-3), timedelta(hours=2), timedelta(hours=-2)]
BY = [f"{days.total_seconds() / 3600:+.0f} hours" for days in DAYS]


@pytest.fixture(params=DAYS, ids=BY)
async def silent(tmp_path: Path, request: pytest.FixtureRequest) -> AsyncIterator[Office]:
    """A payer that answers nothing, asked once; then the time of day is set anew."""
    async with opened(tmp_path, ScriptedRoute(PayerSilent("cap"))) as office:
        await office.ask()
        office.time.jumped = request.param
        yield office


def soon(office: Office, at: datetime) -> float:
    """Seconds until ``at``, by the time of day that it is now."""
    return (at - office.time.now()).total_seconds()


@pytest.mark.parametrize("days", DAYS, ids=BY)
async def test_a_payers_pause_lasts_as_long_as_it_said(tmp_path: Path, days: timedelta) -> None:
    async with opened(tmp_path) as office:
        guards, payer = office.guards, office.card.id
        office.time.jumped = days
        guards.close_until(payer, "first", office.time.now() + timedelta(seconds=60))
        office.time.jumped = timedelta()

        until = guards.closed_until(payer, "first")
        assert until is not None
        assert soon(office, until) == pytest.approx(60)
        office.time.gone += 61
        assert guards.closed_until(payer, "first") is None


@pytest.mark.parametrize("days", DAYS, ids=BY)
async def test_a_pause_that_an_odd_clock_makes_long_is_bounded(tmp_path: Path, days: timedelta) -> None:
    async with opened(tmp_path, ScriptedRoute(PayerBusy("http_503", retry_at=START + abs(days)))) as office:
        answer = await office.ask()

        (problem,) = answer.problems
        assert problem.code is ProblemCode.PAYER_BUSY
        assert problem.retry_at is not None
        assert soon(office, problem.retry_at) <= 900


async def test_a_question_is_asked_again_after_ninety_seconds_and_not_before(silent: Office) -> None:
    (job_id, _), time = silent.scheduler.steps[-1], silent.time

    time.gone += 30
    await silent.verifier.finish(job_id)
    await silent.quiet()
    assert len(silent.routes[0].sent) == 1

    time.gone += 90
    await silent.verifier.finish(job_id)
    await silent.quiet()
    assert len(silent.routes[0].sent) == 2
    _, at = silent.scheduler.steps[-1]
    assert 0 < soon(silent, at) <= 900


async def test_somebody_who_looks_sends_nothing_sooner(silent: Office) -> None:
    silent.time.gone += 10

    answer = await silent.ask(wait=0.2)
    await silent.quiet()

    assert answer.state is State.PENDING
    assert len(silent.routes[0].sent) == 1


async def test_a_question_ends_with_its_life(silent: Office) -> None:
    (job_id, _), time = silent.scheduler.steps[-1], silent.time
    time.gone += 500
    await silent.verifier.finish(job_id)
    await silent.quiet()
    job = await silent.store.job(job_id)
    assert job is not None
    assert job.state is State.PENDING

    time.gone += 401
    await silent.verifier.finish(job_id)
    await silent.quiet()

    job = await silent.store.job(job_id)
    assert job is not None
    assert job.state is State.FINAL


async def test_a_process_that_starts_after_a_wrong_clock_was_mended_strands_nothing(tmp_path: Path) -> None:
    async with opened(tmp_path, ScriptedRoute(PayerSilent("cap"))) as wrong:
        wrong.time.jumped = timedelta(days=3)
        await wrong.ask()
    async with opened(tmp_path, ScriptedRoute(PayerSilent("cap"))) as office:
        await office.verifier.finish(*wrong.scheduler.steps[-1])
        job_id, at = office.scheduler.steps[-1]
        # Nobody knows how long ago it was sent: ninety seconds from now it cannot be too soon any more.
        assert 90 <= soon(office, at) <= 900

        office.time.gone += soon(office, at)
        await office.verifier.finish(job_id)
        await office.quiet()
        assert len(office.routes[0].sent) == 1

        office.time.gone += 900
        await office.verifier.finish(job_id)
        await office.quiet()
        job = await office.store.job(job_id)
        assert job is not None
        assert job.state is State.FINAL


async def test_an_answer_of_a_wrong_clock_is_not_served_as_a_fresh_one(tmp_path: Path) -> None:
    async with opened(tmp_path) as office:
        office.time.jumped = timedelta(days=3)
        first = await office.ask()
        office.time.jumped = timedelta()

        again = await office.ask()

        assert (first.state, again.state) == (State.FINAL, State.FINAL)
        assert len(office.routes[0].sent) == 2


async def test_a_pause_by_the_time_of_day_is_found_out(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    kept: dict[str, datetime] = {}

    def close_until(_: Guards, payer: str, route: str, until: datetime) -> datetime:
        return kept.setdefault(payer + route, until)

    def closed_until(guards: Guards, payer: str, route: str) -> datetime | None:
        until = kept[payer + route]
        return until if until > guards.clocks.now() else None

    monkeypatch.setattr(Guards, "close_until", close_until)
    monkeypatch.setattr(Guards, "closed_until", closed_until)

    with pytest.raises(AssertionError):
        await test_a_payers_pause_lasts_as_long_as_it_said(tmp_path, DAYS[0])


async def test_a_life_by_the_time_of_day_is_found_out(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(StepTimes, "is_over", lambda times, job: times._clocks.now() >= job.life_ends_at)

    with pytest.raises(AssertionError):
        await test_a_process_that_starts_after_a_wrong_clock_was_mended_strands_nothing(tmp_path)
