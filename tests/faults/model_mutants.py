"""What is broken for F20, and a history in which each mutant shows."""

import asyncio
from collections.abc import Callable
from datetime import datetime
from secrets import token_bytes
from typing import Any

import pytest

from contracts import (
    Answer,
    CoverageStatus,
    Deadline,
    answer_without_reply,
)
from service.gateway import exchange as exchanging
from service.store import Intended, Intent, Store, attempts, intents
from service.store.attempts import Closing
from service.verification import run as runs
from service.verification.live_jobs import LiveJob
from service.verification.step_times import StepTimes
from tests.faults.model import CALLERS, Service
from tests.faults.world import Clockwork


def gate_off(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(exchanging, "judge", lambda reply, asked: reply.people[0])


def send_lock_off(patch: pytest.MonkeyPatch) -> None:
    async def always(self: Store, job_id: str, now: datetime, not_before_seconds: float) -> bool:
        return True

    patch.setattr(Store, "claim_send", always)
    patch.setattr(StepTimes, "is_too_soon", lambda self, job: False)


def single_flight_off(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(intents, "twin_key", lambda sealer, question: token_bytes(32))


def recovery_off(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(Clockwork, "enqueue", lambda self, connection, step: None)


def enqueued_after_commit(patch: pytest.MonkeyPatch) -> None:
    intend, settle = Store.intend, Store.settle

    async def intended(self: Store, intent: Intent, *, then: Any) -> Intended:
        made = await intend(self, intent)
        if made.created_job:
            await self.transact(lambda connection: then(connection, made.job))
        return made

    async def settled(self: Store, *of: Any, then: Any, **how: Any) -> bool:
        kept = await settle(self, *of, **how)
        if kept and then is not None:
            await self.transact(then)
        return kept

    patch.setattr(Store, "intend", intended)
    patch.setattr(Store, "settle", settled)


def life_without_end(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(StepTimes, "is_over", lambda self, job: False)


def sends_unrecorded(patch: pytest.MonkeyPatch) -> None:
    close = Store.close_attempt

    async def closed(self: Store, closing: Closing) -> bool:
        return await close(self, closing._replace(sent=False))

    patch.setattr(Store, "close_attempt", closed)


def failures_read_inactive(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(
        runs, "answer_without_reply", lambda **said: answer_without_reply(**said, status=CoverageStatus.INACTIVE)
    )


def waits_unbounded(patch: pytest.MonkeyPatch) -> None:
    wait = LiveJob.wait

    async def longer(self: LiveJob, deadline: Deadline, reread: Any) -> Answer | None:
        await asyncio.sleep(30.0)
        return await wait(self, deadline, reread)

    patch.setattr(LiveJob, "wait", longer)


def gaps_left(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(attempts, "give_up", lambda *_: 0)


def swapped(one: Service) -> None:
    one.create("ALDER", CALLERS[0], 5.0, None)
    one.payer_wrong(0, 1, stale=False)
    one.payer_wrong(0, 1, stale=False)


def asked_again_after_a_fault(one: Service) -> None:
    one.create("ALDER", CALLERS[0], 5.0, None)
    one.payer_fails(0, "fault")
    one.payer_fails(0, "fault")
    one.create("ALDER", CALLERS[0], 5.0, None)


def twins(one: Service) -> None:
    one.create("ALDER", CALLERS[0], 5.0, None)
    one.create("ALDER", CALLERS[1], 0.0, None)


def killed_while_asking(one: Service) -> None:
    one.create("ALDER", CALLERS[0], 5.0, None)
    one.kill_and_start()
    one.time_passes(900.0)


def killed_at_the_commit(one: Service) -> None:
    one.kill_in_the_midst("ALDER", 1, committed=True)
    one.time_passes(900.0)


def nobody_answers(one: Service) -> None:
    one.create("ALDER", CALLERS[0], 20.0, None)
    one.time_passes(29.0)
    one.time_passes(900.0)


MUTANTS: dict[Callable[[pytest.MonkeyPatch], None], tuple[Callable[[Service], None], str]] = {
    gate_off: (swapped, "crossed"),
    send_lock_off: (asked_again_after_a_fault, "sent again"),
    single_flight_off: (twins, "sent again"),
    recovery_off: (killed_while_asking, "forgotten"),
    enqueued_after_commit: (killed_at_the_commit, "forgotten"),
    life_without_end: (nobody_answers, "never became final"),
    sends_unrecorded: (asked_again_after_a_fault, "sent again"),
    failures_read_inactive: (nobody_answers, "no coverage"),
    waits_unbounded: (nobody_answers, "beyond its end"),
    gaps_left: (killed_while_asking, "a gap in the record"),
}
"""What is broken, a history in which it shows, and what the invariants then say."""
