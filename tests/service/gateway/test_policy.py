"""What the schedule and the retry budget promise."""

from datetime import UTC, datetime, timedelta

import pytest

from contracts import (
    DeadlinePassed,
    MemberRejected,
    PayerBusy,
    PayerError,
    PayerRefused,
    PayerSilent,
    PayerUnreachable,
    QuestionIncomplete,
    ReplyMismatched,
    ReplyUnreadable,
    Responsible,
)
from service.gateway.policy import RETRY_RULES, WAITING, Counts, GatewayPolicy, PolicyRow, Schedule, phase_of
from service.gateway.retry_budget import RetryBudget
from service.gateway.route_attempt import HeldBack

START = datetime(2026, 11, 23, 15, 0, tzinfo=UTC)


def after(seconds: float) -> datetime:
    return START + timedelta(seconds=seconds)


@pytest.mark.parametrize(
    ("gone", "step"), [(0, 90), (20, 90), (95, 180), (200, 420), (500, 720), (800, 2520), (2600, 4320)]
)
def test_the_steps_come_at_90_seconds_3_7_and_12_minutes_and_then_each_half_hour(gone: float, step: float) -> None:
    at = Schedule().next_at(first_sent=START, last_sent=START, now=after(gone), hint=None, dice=0.0)

    assert at == after(step)


def test_no_step_comes_sooner_than_90_seconds_after_the_last_send() -> None:
    at = Schedule().next_at(first_sent=START, last_sent=after(100), now=after(101), hint=None, dice=0.0)

    assert at == after(190)


def test_the_payers_own_later_hint_is_obeyed() -> None:
    at = Schedule().next_at(first_sent=START, last_sent=START, now=after(1), hint=after(600), dice=0.0)

    assert at == after(600)


def test_the_payers_own_earlier_hint_never_shortens_the_90_seconds() -> None:
    at = Schedule().next_at(first_sent=START, last_sent=START, now=after(1), hint=after(5), dice=0.0)

    assert at == after(90)


NOT_SENT = PayerBusy("kept_away")
NOT_SENT.sent = False


@pytest.mark.parametrize(
    ("error", "within_wait", "by_schedule", "counts"),
    [
        (PayerUnreachable("connect"), True, True, Counts.FAILED),
        (HeldBack("breaker_open"), False, True, Counts.NOTHING),
        (HeldBack("store_unavailable", responsible=Responsible.SERVICE), False, True, Counts.NOTHING),
        (NOT_SENT, False, True, Counts.NOTHING),
        (DeadlinePassed("none"), False, True, Counts.NOTHING),
        (PayerSilent("reset"), False, True, Counts.FAILED),
        (ReplyUnreadable("html"), False, True, Counts.FAILED),
        (ReplyMismatched("trace"), False, True, Counts.FAILED),
        (PayerBusy("http_503"), False, True, Counts.FAILED),
        (MemberRejected("72"), False, False, Counts.ANSWERED),
        (QuestionIncomplete("needs"), False, False, Counts.ANSWERED),
        (PayerRefused("http_401"), False, False, Counts.NOTHING),
        (PayerUnreachable("tls", responsible=Responsible.SERVICE), False, False, Counts.NOTHING),
        (PayerError("route_fault:KeyError"), False, False, Counts.NOTHING),
    ],
    ids=repr,
)
def test_what_follows_from_a_failure_stands_in_one_table(
    error: PayerError, within_wait: bool, by_schedule: bool, counts: Counts
) -> None:
    assert RETRY_RULES[phase_of(error)] == PolicyRow(within_wait, counts)
    assert (error.problem in WAITING) is by_schedule


def test_further_tries_are_a_tenth_of_the_calls() -> None:
    budget = RetryBudget(GatewayPolicy(), clock=lambda: 0.0)
    for _ in range(200):
        budget.count_call()

    allowed = sum(budget.take() for _ in range(100))

    assert allowed == 20


def test_few_calls_still_allow_six_further_tries_a_minute() -> None:
    budget = RetryBudget(GatewayPolicy(), clock=lambda: 0.0)
    budget.count_call()

    allowed = sum(budget.take() for _ in range(100))

    assert allowed == 6


def test_tries_of_more_than_a_minute_ago_are_forgotten() -> None:
    now = [0.0]
    budget = RetryBudget(GatewayPolicy(), clock=lambda: now[0])
    while budget.take():
        pass

    now[0] = 61.0

    assert budget.take()
