"""F20's machine: callers, a payer, crashes and time around one service, with the invariants that always hold."""

import asyncio
import tempfile
from collections.abc import Iterator
from contextlib import suppress
from datetime import timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any, ClassVar, NamedTuple

import pytest
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from contracts import (
    Answer,
    CoverageStatus,
    MemberRejected,
    PayerBusy,
    PayerSilent,
    PayerUnreachable,
    ReplyUnreadable,
    State,
    Verdict,
)
from service.errors import ServiceRefusal
from service.security.access import Caller, Role
from service.store.engine import Worker
from tests.faults.turned import Trap, TurnedLoop, counting
from tests.faults.world import CAP, LIFE, Sent, World, reply_about
from tests.service.staging import pending_jobs

RESEND_AFTER = 90.0

SUBJECTS = ("ALDER", "BIRCH", "CEDAR")

CALLERS = (Caller(id="k_staff", role=Role.STAFF), Caller(id="k_batch", role=Role.BATCH))

MOMENT = 0.05
"""Seconds that every deed takes: inquiries to one payer leave a hundredth of a second apart."""

UNDECIDED = frozenset({None, "silent", "unreadable", "mismatched"})
"""Ends of an inquiry that brought no verdict: it may not be sent again before its time."""


class TooSoon(NamedTuple):
    """One inquiry that followed another before it might."""

    earlier: Sent
    later: Sent
    why: str

    def __repr__(self) -> str:
        return f"{self.earlier.subject} {self.earlier.asked}: {self.why}"


class Asking:
    """One request that is under way."""

    def __init__(self, subject: str, ends: float, task: asyncio.Task[Answer]) -> None:
        self.subject, self.ends, self.task = subject, ends, task


class Service(RuleBasedStateMachine):
    """Callers, a payer, crashes and time, around one service."""

    steps: ClassVar[int] = 0
    blank: ClassVar[Path | None] = None

    def __init__(self) -> None:
        super().__init__()
        self.loop = TurnedLoop()
        asyncio.set_event_loop(self.loop)
        self.patches = pytest.MonkeyPatch()
        self.patches.setattr(Worker, "do", counting(self.loop))
        self.home = tempfile.TemporaryDirectory()
        self.world = World(self.loop, Path(self.home.name), type(self).blank)
        self.asking: list[Asking] = []
        self.accepted: dict[str, tuple[str, Caller]] = {}
        self.finals: dict[str, Any] = {}
        self.seen: list[tuple[str, Answer]] = []
        self.broken = False
        self.run(self.world.start())
        self.up = True

    def run(self, doing: Any) -> Any:
        type(self).steps += 1
        return self.loop.run_until_complete(doing)

    # What callers do.

    @rule(
        subject=st.sampled_from(SUBJECTS),
        caller=st.sampled_from(CALLERS),
        wait=st.sampled_from([0.0, 5.0, 20.0]),
        key=st.sampled_from([None, None, "k1"]),
    )
    def create(self, subject: str, caller: Caller, wait: float, key: str | None) -> None:
        self.run(self._create(subject, caller, wait, key))

    async def _create(self, subject: str, caller: Caller, wait: float, key: str | None) -> None:
        self._ask(subject, caller, wait, key)
        await self.loop.turn(MOMENT)

    def _ask(self, subject: str, caller: Caller, wait: float, key: str | None) -> None:
        task = asyncio.ensure_future(self.world.verify(subject, caller, wait, key))
        task.add_done_callback(lambda done: self._told(subject, caller, done))
        self.asking.append(Asking(subject, self.loop.now + wait, task))

    def _told(self, subject: str, caller: Caller, done: asyncio.Future[Answer]) -> None:
        if done.cancelled():
            return
        if isinstance(done.exception(), ServiceRefusal):
            return
        answer = done.result()
        assert answer.verification_id is not None
        self.accepted[answer.verification_id] = (subject, caller)
        self.seen.append((subject, answer))

    @rule(which=st.integers(0, 30))
    def leave(self, which: int) -> None:
        if self.asking:
            self.asking[which % len(self.asking)].task.cancel()
            self.run(self.loop.calm())

    @rule(which=st.integers(0, 30))
    def poll(self, which: int) -> None:
        if self.accepted:
            self.run(self._poll(list(self.accepted)[which % len(self.accepted)]))

    async def _poll(self, verification_id: str) -> None:
        subject, caller = self.accepted[verification_id]
        answer = await self.world.look(verification_id, caller)
        assert answer is not None, "lost: what was accepted is not there"
        self.seen.append((subject, answer))
        await self.loop.calm()

    # What the payer does.

    @rule(which=st.integers(0, 9))
    def payer_answers(self, which: int) -> None:
        if (sent := self._open(which)) is not None:
            self._end(sent, "answered", reply_about(sent.subject, sent.numbers))

    @rule(which=st.integers(0, 9), other=st.integers(0, 2), stale=st.booleans())
    def payer_wrong(self, which: int, other: int, stale: bool) -> None:
        """Another member's reply, or an older one of the same member's."""
        if (sent := self._open(which)) is None:
            return
        if stale:
            older = next(
                (one for one in self.world.route.sent if one.subject == sent.subject and one is not sent), sent
            )
            if older is sent:
                return
            self._end(sent, "mismatched", reply_about(sent.subject, older.numbers))
        else:
            wrong = next(name for name in SUBJECTS[other:] + SUBJECTS if name != sent.subject)
            self._end(sent, "mismatched", reply_about(wrong, sent.numbers))

    @rule(which=st.integers(0, 9), how=st.sampled_from(["silent", "unreadable", "unsent", "rejected", "fault"]))
    def payer_fails(self, which: int, how: str) -> None:
        errors = {
            "silent": PayerSilent("reset"),
            "unreadable": ReplyUnreadable("html"),
            "unsent": PayerUnreachable("connect"),
            "rejected": MemberRejected("72", fields=("member_id",)),
            "fault": RuntimeError(),
        }
        if (sent := self._open(which)) is not None:
            self._end(sent, "unreadable" if how == "fault" else how, errors[how])

    @rule(which=st.integers(0, 9), seconds=st.sampled_from([30, 150, 1000]))
    def payer_busy(self, which: int, seconds: int) -> None:
        if (sent := self._open(which)) is None or sent.description.done():
            return
        sent.come_back = self.loop.now + seconds
        self._end(sent, "busy", PayerBusy("429", retry_at=self.loop.wall() + timedelta(seconds=seconds)))

    @rule(which=st.integers(0, 9), after=st.sampled_from([1.0, 40.0]))
    def payer_late(self, which: int, after: float) -> None:
        """The reply comes when the cap has passed and nobody listens any more."""
        if (sent := self._open(which)) is None:
            return
        sent.stubborn = True
        self.run(self.loop.turn(max(0.0, sent.at + CAP + 1.0 - self.loop.now) + after))
        if not sent.description.done() and sent in self.world.route.open:
            sent.description.set_result(reply_about(sent.subject, sent.numbers))
        self.run(self.loop.calm())

    def _open(self, which: int) -> Sent | None:
        found = self.world.route.open
        return found[which % len(found)] if found else None

    def _end(self, sent: Sent, ended: str, says: Any) -> None:
        if sent.description.done():
            return
        sent.ended = sent.ended or ended
        sent.description.set_exception(says) if isinstance(says, Exception) else sent.description.set_result(says)
        self.run(self.loop.turn(MOMENT))

    # What happens to us.

    @rule(seconds=st.sampled_from([0.5, 5.0, 29.0, 61.0, 89.0, 91.0, 240.0, 900.0, 1900.0]))
    def time_passes(self, seconds: float) -> None:
        self.run(self.loop.turn(seconds))
        for one in self.world.route.sent:
            if one.ended is None and one.life == self.world.route.life and one not in self.world.route.open:
                one.ended = "silent"

    @rule()
    def kill_and_start(self) -> None:
        self.run(self._restart())

    @rule(subject=st.sampled_from(SUBJECTS), at=st.integers(1, 12), committed=st.booleans())
    def kill_in_the_midst(self, subject: str, at: int, committed: bool) -> None:
        """Stop dead at a commit while a question is asked, sent, answered and settled, then start again."""
        self.run(self._killed_at(subject, Trap(at, committed)))

    async def _killed_at(self, subject: str, trap: Trap) -> None:
        self.loop.set_trap(trap)
        self._ask(subject, CALLERS[0], 5.0, None)
        await self.loop.turn(MOMENT)
        for sent in list(self.world.route.open):
            if sent.subject == subject and not sent.description.done():
                sent.description.set_result(reply_about(subject, sent.numbers))
        await self.loop.turn(MOMENT)
        self.loop.set_trap(None)
        await self._restart()
        pending = {job.question.member.last_name for job in await pending_jobs(self.world.store)}
        for sent in self.world.route.sent:
            if sent.subject == subject and sent.description.done() and sent.ended is None and subject not in pending:
                sent.ended = "answered"

    async def _restart(self) -> None:
        # When a payer wants to be asked again is known after a crash if the run to which it said so was settled.
        pending, live = await pending_jobs(self.world.store), self.world.verifier.jobs
        unsettled = {job.question.member.last_name for job in pending if live.job(job.id).running}
        for sent in self.world.route.sent:
            if sent.subject in unsettled:
                sent.come_back = None
        await self.world.kill()
        self.asking.clear()
        await self.world.start()
        await self.loop.calm()

    # What must always hold.

    @invariant()
    def every_promise_holds(self) -> None:
        self.broken = True
        self.nobody_is_told_of_another_member()
        self.no_failure_reads_as_no_coverage()
        self.a_final_answer_stays()
        self.nothing_is_sent_again_too_soon()
        self.no_number_is_used_twice()
        self.everybody_is_answered_within_their_wait()
        if self.up:
            self.run(self._nothing_is_forgotten())
        self.broken = False

    def nobody_is_told_of_another_member(self) -> None:
        for subject, answer in self.seen:
            assert answer.coverage.plan_name in {None, f"PLAN OF {subject}"}, "crossed"

    def no_failure_reads_as_no_coverage(self) -> None:
        for _, answer in self.seen:
            assert answer.coverage.status is not CoverageStatus.INACTIVE, "a failure reads as no coverage"
            verdicts = {terms.verdict for row in answer.programs for terms in (row.in_network, row.out_of_network)}
            assert Verdict.NOT_COVERED not in verdicts, "a failure reads as not covered"

    def a_final_answer_stays(self) -> None:
        for subject, answer in self.seen:
            name = answer.verification_id or subject
            if name in self.finals:
                assert answer.state is State.FINAL, "went back from final"
                assert _meaning(answer) == self.finals[name], "a final answer changed"
            elif answer.state is State.FINAL:
                self.finals[name] = _meaning(answer)
        self.seen.clear()

    def nothing_is_sent_again_too_soon(self) -> None:
        found = [fault for fault in sent_too_soon(self.world.route.sent) if not self._unknown_after_a_crash(fault)]
        assert not found, found

    def _unknown_after_a_crash(self, fault: TooSoon) -> bool:
        """A payer's pause is told to everybody in one process; after a crash its own question alone remembers it."""
        if not fault.why.startswith("asked") or fault.earlier.life == fault.later.life:
            return False
        jobs = [self.run(self.world.job_of(sent.numbers.trace)) for sent in (fault.earlier, fault.later)]
        return bool(jobs[0] != jobs[1])

    def no_number_is_used_twice(self) -> None:
        numbers = [sent.numbers for sent in self.world.route.sent]
        for field in ("interchange", "trace", "transaction", "envelope_id"):
            used = [getattr(one, field) for one in numbers]
            assert len(used) == len(set(used)), f"{field} used twice"

    def everybody_is_answered_within_their_wait(self) -> None:
        self.asking = [one for one in self.asking if not one.task.done()]
        assert all(one.ends >= self.loop.now for one in self.asking), "waits beyond its end"

    async def _nothing_is_forgotten(self) -> None:
        steps = {row["job_id"] for row in await self.world.scheduler.rows()}
        for job in await pending_jobs(self.world.store):
            assert job.id in steps, "forgotten: it has no step"

    def teardown(self) -> None:
        try:
            if not self.broken:
                self.run(self._end_of_all_life())
                self.every_promise_holds()
        finally:
            self.up = False
            with suppress(Exception):
                self.loop.run_until_complete(self.world.kill())
            self.patches.undo()
            self.loop.run_until_complete(self.loop.shutdown_default_executor())
            self.loop.close()
            asyncio.set_event_loop(None)
            self.home.cleanup()

    async def _end_of_all_life(self) -> None:
        """Whatever the payer does not answer ends with its life."""
        await self.loop.turn(max(LIFE.values()) + 2 * RESEND_AFTER)
        assert not await pending_jobs(self.world.store), "lost: it never became final"
        left_open = await self.world.open_attempts()
        assert not left_open, f"a gap in the record: {left_open} attempts never closed"
        for verification_id in self.accepted:
            await self._poll(verification_id)


def _meaning(answer: Answer) -> Any:
    return answer.model_dump(exclude={"timing", "verification_id", "reference"})


def sent_too_soon(sent: list[Sent]) -> Iterator[TooSoon]:
    """Inquiries that followed one without a verdict, or one that was put off, within the time in which none may."""
    by_question: dict[tuple[str, tuple[str, ...]], list[Sent]] = {}
    for one in sent:
        by_question.setdefault((one.subject, one.asked), []).append(one)
    for times in by_question.values():
        for earlier, later in pairwise(times):
            gone = later.at - earlier.at
            if earlier.ended in UNDECIDED and gone < RESEND_AFTER - 0.01:
                yield TooSoon(earlier, later, f"sent again after {gone:.1f} s")
            if earlier.come_back is not None and later.at < earlier.come_back - 0.01:
                yield TooSoon(earlier, later, f"asked {earlier.come_back - later.at:.1f} s before the payer said")
