"""One question, one answer in time: coalesces twins, lets late answers land, asks the administrator too.

Two clocks. The caller's deadline decides when we answer; the attempt has its road's own cap and goes on as a task of
its own. What it brings is settled in the store, and whoever still waits, or looks later, finds it there.
"""

import asyncio
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from random import random
from typing import NamedTuple

import structlog

from contracts import (
    Answer,
    Deadline,
    PayerAdapter,
    PayerError,
    PayerSilent,
    Question,
    QuestionIncomplete,
    State,
    Timing,
    problem_of,
    restated,
    unanswered,
)
from service.access import Caller, Role, may_see
from service.admission import Admission
from service.driven import AdapterFault, driven
from service.durable import Durable
from service.jobs import LiveJob, LiveJobs
from service.plugins import Directory
from service.second_leg import with_administrators
from service.store import Intent, JobRow, Store, StoreUnavailable
from service.wire import WAITING, JobWire, Schedule, WireRoom

log = structlog.get_logger()

STEP = "finish"
"""The name of the durable step; it never changes, since waiting rows carry it."""

KEEP_TRYING = 60.0
"""Seconds that an answer is held in memory while the store cannot take it."""


class Terms(NamedTuple):
    """How long things live, by role, in seconds; ``fresh`` is how old a final answer may be to serve again."""

    life: Mapping[Role, float]
    fresh: float = 0.0
    schedule: Schedule = Schedule()


class Verifier:
    """One question, one budget, one answer."""

    def __init__(
        self,
        *,
        directory: Directory,
        room: WireRoom,
        store: Store,
        durable: Durable,
        terms: Terms,
        admission: Admission,
        dice: Callable[[], float] = random,
    ) -> None:
        """Take the rooms below; nothing is built here."""
        self._directory = directory
        self._room = room
        self._store = store
        self._durable = durable
        self._terms = terms
        self._dice = dice
        self.admission = admission
        self.jobs = LiveJobs()
        durable.register(STEP, self.finish)

    async def start(self) -> None:
        """Take up what an earlier process left unfinished: each is asked again by the schedule, never too soon."""
        for job in await self._store.pending_jobs():
            await self._schedule(job, self._next_at(job, None), "resumed")

    async def stop(self, grace: float) -> None:
        """Answer everybody who waits, then let the work under way end, within ``grace`` seconds."""
        self.admission.drain(min(1.0, grace / 4))
        ends = Deadline(grace)
        await self.admission.empty(ends)
        left = await self.jobs.end(ends.left())
        log.info("verifier.stopped", unfinished=left)

    async def verify(
        self, question: Question, *, caller: Caller, deadline: Deadline, idempotency_key: str | None = None
    ) -> Answer:
        """The final answer, or the pending one when the wait ends first.

        Raises ``QuestionIncomplete`` when a field that the payer needs is missing, and a ``ServiceRefusal`` when the
        question was not accepted; nothing was sent in either case.
        """
        adapter = self._directory.adapter(question.payer)
        missing = adapter.card.missing(question)
        if missing:
            raise QuestionIncomplete("needs", fields=missing)
        with self.admission.enter(caller.role, deadline):
            intended = await self._store.intend(
                Intent(
                    question=question,
                    caller=caller,
                    idempotency_key=idempotency_key,
                    life_seconds=self._terms.life[caller.role],
                    fresh_seconds=self._terms.fresh,
                )
            )
            job = intended.job
            answer = job.answer if job.state is State.FINAL else await self._wait(job, deadline, intended.created_job)
            return self._view(answer, question, intended.verification_id, deadline)

    async def look(self, verification_id: str, *, caller: Caller, deadline: Deadline) -> Answer | None:
        """The answer of an earlier verification, waiting for a pending one; None when the caller may not see it."""
        fetched = await self._store.fetch(verification_id)
        if fetched is None or not may_see(caller, fetched):
            return None
        answer = fetched.job.answer
        if fetched.job.state is State.PENDING:
            with self.admission.enter(caller.role, deadline):
                answer = await self._wait(fetched.job, deadline, created=False) or answer
        return self._view(answer, fetched.question, verification_id, deadline)

    async def finish(self, job_id: str) -> None:
        """Take one step of the schedule: ask again when the time has come, or end the question with its life."""
        job = await self._store.job(job_id)
        if job is None or job.state is State.FINAL:
            return
        now = datetime.now(UTC)
        live = self.jobs.job(job_id)
        if live.running:
            return
        if now >= job.life_ends_at:
            await self._end_of_life(job, live)
            return
        if not await self._store.claim_send(job_id, now, self._terms.schedule.resend_after):
            await self._schedule(job, self._next_at(job, None), "too_soon")
            return
        self.jobs.spawn(live, lambda: self._work(job, live))

    async def _wait(self, job: JobRow, deadline: Deadline, created: bool) -> Answer | None:  # noqa: FBT001 - private
        live = self.jobs.job(job.id)
        if created:
            self.jobs.spawn(live, lambda: self._work(job, live))

        async def reread() -> None:
            known = await self._store.job(job.id)
            if known is not None and not live.running and known.answer is not None:
                live.answer, live.next_at = known.answer, known.next_step_at

        try:
            return await live.wait(deadline, reread)
        finally:
            self.jobs.forget(live)

    async def _work(self, job: JobRow, live: LiveJob) -> None:
        """Ask, conclude, settle: one run of a job, which no caller's leaving ends."""
        wire = self._room.for_job(job.id, job.role)
        started = datetime.now(UTC)
        try:
            answer = await self._asked(job.question, wire, live)
        except QuestionIncomplete as error:
            live.failed(error)
            answer = self._without_reply(job.question, error, started)
        except PayerError as error:
            answer = self._without_reply(job.question, error, started)
        except AdapterFault as fault:
            log.error("verifier.adapter_fault", job_id=job.id, payer=job.question.payer, detail=fault.detail)
            answer = self._without_reply(job.question, PayerError(fault.detail), started)
        answer = answer.model_copy(update={"timing": self._timing(job, wire)})
        await self._settle(job, live, answer, wire)

    async def _asked(self, question: Question, wire: JobWire, live: LiveJob) -> Answer:
        adapter: PayerAdapter = self._directory.adapter(question.payer)
        answer = await driven(adapter, question, wire, self._room.leaked)
        return await with_administrators(
            answer, question, wire, (self._directory, self._room), lambda known: live.settled(known, None)
        )

    async def _settle(self, job: JobRow, live: LiveJob, answer: Answer, wire: JobWire) -> None:
        waiting = [problem for problem in answer.problems if problem.code in WAITING]
        next_at = None
        if waiting:
            hints = [problem.retry_at for problem in waiting if problem.retry_at]
            next_at = self._next_at(job, max(hints, default=None), wire.last_sent_at)
            next_at = min(job.life_ends_at, next_at)
            answer = _pending(answer, next_at)
        ends = Deadline(KEEP_TRYING)
        while True:
            try:
                await self._store.settle(job.id, answer, state=answer.state, next_at=next_at)
                break
            except StoreUnavailable:
                # The payer has answered and the store cannot take it: callers read "pending" until it can.
                log.error("verifier.answer_held", job_id=job.id)
                if ends.left() <= 0:
                    return
                await asyncio.sleep(0.5)
        if next_at is not None:
            await self._schedule(job, next_at, "step")
        live.settled(answer, next_at)

    async def _end_of_life(self, job: JobRow, live: LiveJob) -> None:
        answer = job.answer or unanswered(
            payer=job.question.payer,
            service_date=job.question.service_date,
            as_of=datetime.now(UTC),
            problems=(problem_of(PayerSilent("life_ended")),),
        )
        answer = _final(answer)
        await self._store.settle(job.id, answer, state=State.FINAL, next_at=None)
        live.settled(answer, None)

    async def _schedule(self, job: JobRow, at: datetime, why: str) -> None:
        log.info("verifier.scheduled", job_id=job.id, why=why)
        await self._durable.schedule(f"{job.id}:{round(at.timestamp())}", STEP, job.id, at)

    def _next_at(self, job: JobRow, hint: datetime | None, sent: datetime | None = None) -> datetime:
        return self._terms.schedule.next_at(
            first_sent=job.created_at,
            last_sent=sent or job.last_sent_at,
            now=datetime.now(UTC),
            hint=hint,
            dice=self._dice(),
        )

    def _without_reply(self, question: Question, error: PayerError, as_of: datetime) -> Answer:
        card = self._directory.adapter(question.payer).card
        return unanswered(
            payer=question.payer,
            service_date=question.service_date,
            as_of=as_of,
            problems=(problem_of(error),),
            phone=card.phone,
        )

    def _timing(self, job: JobRow, wire: JobWire) -> Timing:
        earlier = job.answer.timing.exchanges if job.answer and job.answer.timing else ()
        spent = datetime.now(UTC) - job.created_at
        exchanges = [
            exchange.model_copy(update={"attempt": number})
            for number, exchange in enumerate((*earlier, *wire.exchanges), start=1)
        ]
        return Timing(budget_ms=0, elapsed_ms=round(spent / timedelta(milliseconds=1)), exchanges=tuple(exchanges))

    def _view(self, answer: Answer | None, question: Question, verification_id: str, deadline: Deadline) -> Answer:
        if answer is None:
            answer = unanswered(
                payer=question.payer,
                service_date=question.service_date,
                as_of=datetime.now(UTC),
                problems=(),
                state=State.PENDING,
            )
        exchanges = answer.timing.exchanges if answer.timing else ()
        timing = Timing(
            budget_ms=round(deadline.budget * 1000),
            elapsed_ms=round(deadline.elapsed() * 1000),
            exchanges=exchanges,
        )
        return answer.model_copy(
            update={"verification_id": verification_id, "reference": question.reference, "timing": timing}
        )


def _pending(answer: Answer, next_at: datetime) -> Answer:
    """The same answer, to which more may still come at ``next_at``."""
    problems = tuple(
        problem.model_copy(update={"retry_at": next_at}) if problem.code in WAITING else problem
        for problem in answer.problems
    )
    return restated(answer, state=State.PENDING, problems=problems)


def _final(answer: Answer) -> Answer:
    """The same answer, to which nothing more will come."""
    problems = tuple(problem.model_copy(update={"retry_at": None}) for problem in answer.problems)
    return restated(answer, state=State.FINAL, problems=problems)
