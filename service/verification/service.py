"""One question, one answer in time: deduplicates identical questions and keeps late answers.

Two clocks. The caller's deadline decides when we answer; the attempt has its route's own cap and goes on as a task of
its own. What it brings is settled in the store, and whoever still waits, or looks later, finds it there.
"""

import asyncio
from collections import Counter
from collections.abc import Coroutine
from contextlib import ExitStack, suppress
from datetime import datetime
from typing import TypeVar

import structlog
from structlog.contextvars import bind_contextvars

from contracts import Answer, Card, Deadline, Question, QuestionIncomplete, State, spell
from service.errors import ServiceRefusal
from service.gateway import Guards
from service.gateway.first_attempts import Reserved
from service.plugins.loading import Directory
from service.scheduler import Scheduler, StepBlocked
from service.security.access import Caller, Role
from service.security.consent import Consent, ConsentRule
from service.store import HistoryPage, HistoryRequest, Intended, Intent, JobRow, Store, StoreUnavailable
from service.store.intents import ThenOfJob
from service.store.lifecycle import PATIENCE
from service.store.rows import FirstAttempt
from service.verification.admission import Admission
from service.verification.batch_lanes import BatchLanes
from service.verification.live_jobs import LiveJob, LiveJobs
from service.verification.run import RunLimits, Runs
from service.verification.shown_answer import About, Looked, card_of, view
from service.verification.step_timeouts import share

__all__ = ["RunLimits", "Verifier"]

log = structlog.get_logger()

STORE_PAUSE = 5.0
"""Seconds between two tries of a step that the store did not let through."""

SEAL_BROKEN = "seal:"
"""What the detail of a refusal begins with when a row does not open."""

Result = TypeVar("Result")


class Verifier:
    """One question, one budget, one answer."""

    def __init__(
        self,
        *,
        directory: Directory,
        guards: Guards,
        store: Store,
        scheduler: Scheduler,
        terms: RunLimits,
        admission: Admission,
    ) -> None:
        """Take the parts below; nothing but the runs of its jobs is built here."""
        self._directory = directory
        self._guards = guards
        self._store = store
        self._terms = terms
        self._runs = Runs(directory=directory, guards=guards, store=store, scheduler=scheduler, terms=terms)
        self.admission = admission
        self.jobs = LiveJobs(guards.clocks.now)
        self._clocks = guards.clocks
        self._scheduler = scheduler
        self.lanes = BatchLanes(guards)
        scheduler.register(self.finish, self.finish_unsettled)

    @property
    def answers(self) -> Counter[tuple[str, str, str]]:
        """How many answers became final in this process, by payer, role and status of the coverage."""
        return self._runs.answers

    async def start(self) -> None:
        """Give a step to what an earlier version of this service left pending: it kept its steps elsewhere."""
        times, enqueue = self._runs.times, self._scheduler.enqueue
        given = await self._store.give_steps(lambda connection, job: enqueue(connection, times.given_step(*job)))
        if given:
            log.info("verifier.steps_given", count=given)

    async def stop(self, grace: float) -> None:
        """Answer everybody who waits, then let the work under way end, within ``grace`` seconds."""
        self.admission.drain(min(1.0, grace / 4))
        self.jobs.wake()
        ends = Deadline(grace)
        await self.admission.empty(ends)
        left = await self.jobs.end(ends.seconds_left())
        log.info("verifier.stopped", unfinished=left)

    async def verify(
        self,
        question: Question,
        *,
        caller: Caller,
        deadline: Deadline,
        idempotency_key: str | None = None,
        retries: str | None = None,
        consent: Consent | None = None,
    ) -> Answer:
        """The final answer, or the pending one when the wait ends first; ``retries`` is the verification it mends.

        ``consent`` is what the member agreed to; it is kept before anything is sent.

        Raises ``QuestionIncomplete`` when a field that the payer needs is missing, and a ``ServiceRefusal`` when the
        question was not accepted; nothing was sent in either case.
        """
        intent = self.prepare(question, caller=caller, consent=consent)
        intent = intent._replace(idempotency_key=idempotency_key, retries=retries)
        card, question = self._directory.adapter(intent.question.payer).card, intent.question
        with self.admission.enter(caller.role, deadline), self._lane_of(intent, card) as lane:
            first, opened_at = self._guards.first_attempt(question, card, caller.role), self._clocks.clock()
            intent = intent._replace(first=first)
            intended = await _in_time(
                self._store.intend(intent, then=self.first_step(queued=intent.queued)),
                deadline,
            )
            bind_contextvars(verification_id=intended.verification_id, job_id=intended.job_id)
            if intended.created_job and not intent.queued:
                self._begin_first(intended, lane, _reserved_for(first, intended, opened_at))
            answer = await self._wait(intended.job, deadline, verification_id=intended.verification_id)
            about = self._about(question, intended.verification_id, intended.job)
            return view(answer, about, deadline)

    def prepare(self, question: Question, *, caller: Caller, consent: Consent | None = None) -> Intent:
        """The intent of ``question``, spelled and checked. Raises ``QuestionIncomplete``, or for its consent."""
        self._terms.consent.check(caller.role, consent, self._clocks.now())
        card = self._directory.adapter(question.payer).card
        # From here on there is one form of it: for the indexes of the store, for twins, and for every payer.
        question = spell(question, card)
        missing = card.missing(question)
        if missing:
            raise QuestionIncomplete("needs", fields=missing)
        return Intent(
            question=question,
            caller=caller,
            consent=consent,
            life_seconds=self._terms.life[caller.role],
            fresh_seconds=self._terms.fresh,
            # It waits as a row for its turn, which the scheduler gives it, when too many are under way.
            queued=caller.role is Role.BATCH and not self.lanes.free_capacity(card),
        )

    @property
    def consent_rule(self) -> ConsentRule:
        """Whose questions need the member's consent, and the texts that count."""
        return self._terms.consent

    def life(self, role: Role) -> float:
        """Return for how many seconds a question of ``role`` is tried."""
        return self._terms.life[role]

    @property
    def freshness(self) -> float:
        """For how many seconds a final answer is given again in place of asking."""
        return self._terms.fresh

    def first_step(self, *, queued: bool = False) -> ThenOfJob:
        """Return what enqueues the first step of a new job, in the transaction that makes it."""
        first, enqueue = self._runs.times.first_step, self._scheduler.enqueue
        return lambda connection, job: enqueue(connection, first(job, queued=queued))

    def begin_item(self, intended: Intended, card: Card) -> None:
        """Begin to work on the new job of a batch's item; it goes on by itself."""
        with ExitStack() as lane:
            self.lanes.enter(card)
            lane.callback(self.lanes.leave, card)
            self._begin_first(intended, lane)

    def begin(self, intended: Intended) -> None:
        """Begin to work on a question that nobody waits for; it goes on by itself."""
        if intended.created_job:
            with ExitStack() as lane:
                self._begin_first(intended, lane)

    def _lane_of(self, intent: Intent, card: Card) -> ExitStack:
        """Count a question of a batch that begins at once, until it has ended; other questions are not counted."""
        lane = ExitStack()
        if intent.caller.role is Role.BATCH and not intent.queued:
            self.lanes.enter(card)
            lane.callback(self.lanes.leave, card)
        return lane

    def _begin_first(self, intended: Intended, lane: ExitStack, reserved: Reserved | None = None) -> None:
        """Work on a new job in a task of its own, which leaves ``lane`` when it ends."""
        job = intended.job
        live = self.jobs.job(job.id)
        live.add_verifications(intended.verification_id)
        task = self.jobs.spawn(live, lambda: self._runs.run(job, live, reserved))
        if task is not None:
            held = lane.pop_all()
            task.add_done_callback(lambda _: held.close())

    async def look(self, verification_id: str, *, caller: Caller, deadline: Deadline) -> Answer | None:
        """The answer of an earlier verification, waiting for a pending one; None when the caller may not see it."""
        found = await self.look_whole(verification_id, caller=caller, deadline=deadline)
        return None if found is None else found.answer

    async def look_whole(self, verification_id: str, *, caller: Caller, deadline: Deadline) -> Looked | None:
        """The answer as ``look`` gives it, with the question that it answers; it holds what was sent of the member."""
        fetched = await _in_time(self._store.fetch(verification_id, caller), deadline)
        if fetched is None:
            return None
        bind_contextvars(verification_id=verification_id, job_id=fetched.job.id)
        answer = fetched.job.answer
        # While draining nobody waits any more; what is known is still told.
        if fetched.job.state is State.PENDING and not self.admission.draining:
            with self.admission.enter_waiting(caller, deadline) as may_wait:
                if not may_wait:
                    deadline.shorten(0.0)
                answer = await self._wait(fetched.job, deadline, verification_id=verification_id)
        about = self._about(fetched.question, verification_id, fetched.job)
        return Looked(view(answer, about, deadline), about)

    async def history(self, wanted: HistoryRequest, *, caller: Caller, deadline: Deadline) -> HistoryPage | None:
        """One page of the history of a verification's member; None when the caller may not see that verification."""
        return await _in_time(self._store.history(wanted, caller), deadline)

    async def finish(self, job_id: str, at: datetime | None = None) -> None:
        """Take one step of the schedule: ask again when the time has come, or end the question with its life.

        ``at`` is the instant for which the step was planned. When this returns the question is final or has a later
        step, and a store that fails delays that.
        """
        while True:
            try:
                if await self._step(job_id, at):
                    return
            except ServiceRefusal as refusal:
                self._log_delay(job_id, refusal.code)
                if isinstance(refusal, StoreUnavailable) and refusal.detail.startswith(SEAL_BROKEN):
                    raise StepBlocked from None
            except Exception as failure:  # noqa: BLE001 - a worker's loop: a question must not be left without a step
                self._log_delay(job_id, type(failure).__name__)
            await self._clocks.sleep(STORE_PAUSE)

    async def finish_unsettled(self, since: datetime, until: datetime) -> None:
        """Give a step to each question made from ``since`` until before ``until`` that is pending without one.

        A store that fails delays that.
        """
        times, enqueue = self._runs.times, self._scheduler.enqueue
        while True:
            try:
                given = await self._store.give_steps_between(
                    since, until, lambda connection, job: enqueue(connection, times.due_step(*job[:3]))
                )
            except ServiceRefusal as refusal:
                log.error("verifier.step_delayed", code=refusal.code)
                await self._clocks.sleep(STORE_PAUSE)
                continue
            if given:
                log.info("verifier.steps_given", count=given)
            return

    def _log_delay(self, job_id: str, code: str) -> None:
        with self.jobs.bind_log_context(job_id):
            log.error("verifier.step_delayed", code=code)

    async def _step(self, job_id: str, at: datetime | None) -> bool:
        """Whether nothing is left to do."""
        job = await self._store.job(job_id)
        if job is None or job.state is State.FINAL:
            return True
        if self._runs.times.is_to_come(job):
            # A step of another time gave way to the one that the row names; that one may come early by our clock.
            if at == job.next_step_at:
                await self._runs.look_later(job, at)
            return True
        verification_ids = await self._store.verifications_of(job_id)
        live = self.jobs.job(job_id)
        live.add_verifications(*verification_ids)
        with self.jobs.bind_log_context(job_id):
            work = await self._begin(job, live)
            if work is not None:
                return await work
            if self.jobs.works_on(job_id):
                await self._runs.look_later(job)
            else:
                await self._runs.postpone(job)
            return True

    async def _begin(self, job: JobRow, live: LiveJob) -> "asyncio.Task[bool] | None":
        """Ask again, or end the question; None when neither may be done now."""
        if self.jobs.works_on(job.id):
            return None
        work, times = None, self._runs.times
        with self.jobs.begin(job.id):
            if times.is_over(job):
                work = self.jobs.spawn(live, lambda: self._runs.end(job, live))
            elif not times.is_too_soon(job) and await self._store.claim_send(
                job.id, self._clocks.now(), times.resend_after
            ):
                work = self.jobs.spawn(live, lambda: self._runs.run(job, live))
        if work is None:
            self.jobs.forget(live)
        return work

    async def _begin_early(self, job: JobRow, live: LiveJob) -> bool:
        """Do what an overdue step would do: a caller who waits does not stand behind it in the queue."""
        with suppress(ServiceRefusal):
            await self._begin(job, live)
        return True

    async def _wait(self, job: JobRow, deadline: Deadline, *, verification_id: str) -> Answer | None:
        if job.state is State.FINAL:
            return job.answer
        live = self.jobs.job(job.id)
        live.add_verifications(verification_id)
        if not live.running:
            live.answer, live.next_at = job.answer, job.next_step_at
            if self._runs.times.is_overdue(job):
                self.jobs.adopt(self._begin_early(job, live), job.id)

        async def reread() -> None:
            known = await self._store.job(job.id)
            if known is not None and not live.running:
                live.answer, live.next_at = known.answer, known.next_step_at

        try:
            return await live.wait(deadline, reread)
        finally:
            self.jobs.forget(live)

    def _about(self, question: Question, verification_id: str, job: JobRow) -> About:
        card = card_of(question, self._directory)
        return About(question, verification_id, card, self._clocks.now(), job.life_ends_at)


def _reserved_for(first: FirstAttempt | None, intended: Intended, opened_at: float) -> Reserved | None:
    """The attempt that was opened with a new job."""
    return None if first is None or intended.attempt is None else Reserved(first, *intended.attempt, opened_at)


async def _in_time(coroutine: Coroutine[object, object, Result], deadline: Deadline) -> Result:
    """What the store does for a caller, within his wait; a store that is slower is unavailable to him."""
    try:
        async with asyncio.timeout(share(deadline, PATIENCE)):
            return await coroutine
    except TimeoutError:
        raise StoreUnavailable("too_late") from None
