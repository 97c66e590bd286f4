"""One run of a job: ask, conclude, settle, and say when it is asked again. No caller's leaving ends it.

Whatever goes wrong in between, the record ends in a state that ``ANSWER.md`` 6 names: a failure of ours that
nobody foresaw reads ``adapter_fault``, a store that fails leaves the question to the schedule.
"""

import asyncio
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import NamedTuple

import structlog

from contracts import (
    Answer,
    Deadline,
    PayerError,
    PayerSilent,
    Question,
    QuestionIncomplete,
    State,
    answer_without_reply,
    problem_of,
)
from service.errors import ServiceRefusal
from service.gateway import WAITING, Guards, JobGateway, Schedule
from service.gateway.earlier_answers import AnsweredInquiries, replies_of
from service.gateway.isolation import place_of
from service.plugins.loading import Directory
from service.scheduler import Durable
from service.security.access import Role
from service.store import JobRow, Store
from service.verification.adapter_call import AdapterFault, answer_fault, call_adapter
from service.verification.carve_out import FAULT_OF_OURS, with_administrators
from service.verification.lifetimes import Lives
from service.verification.live_jobs import LiveJob
from service.verification.settlement import (
    has_unknown_rejection,
    keep_what_was_known,
    knows_nothing,
    make_final,
    make_pending,
    timing_of,
)

log = structlog.get_logger()

STEP = "finish"
"""The name of the durable step; it never changes, since waiting rows carry it."""

KEEP_TRYING = 60.0
"""Seconds that an answer is held in memory while the store cannot take it."""

AGAIN = 0.5
"""Seconds between two tries to write down an answer."""

ENGINE_PAUSE = 5.0
"""Seconds between two tries to hand a step to the durable engine."""

ENDING = timedelta(seconds=1)
"""A step that comes this close to the end of a life ends it: a timer may fire a little early."""


class RunLimits(NamedTuple):
    """How long things live, by role, in seconds; ``fresh`` is how old a final answer may be to serve again."""

    life: Mapping[Role, float]
    fresh: float = 0.0
    schedule: Schedule = Schedule()


class Runs:
    """Works on jobs, one run at a time for each, and keeps their schedule."""

    def __init__(
        self,
        *,
        directory: Directory,
        guards: Guards,
        store: Store,
        durable: Durable,
        terms: RunLimits,
    ) -> None:
        """Take the parts below; clocks, dice and sleep are those of ``guards``."""
        self._directory = directory
        self._guards = guards
        self._store = store
        self._durable = durable
        self._terms = terms
        self._clocks = guards.clocks
        self._lives = Lives(guards.clocks)

    async def run(self, job: JobRow, live: LiveJob) -> None:
        """Ask unless the question left us too short a time ago, and settle what comes of it."""
        began = self._clocks.now()
        gateway = JobGateway(
            self._guards,
            job.id,
            job.role,
            left=live.seconds_left,
            tell=lambda gateway, known: self._known_so_far(job, live, gateway, known),
            replies=await asyncio.to_thread(replies_of, job.replies),
        )
        if self.too_soon(job):
            answer = job.answer or self._without_reply(job.question, PayerSilent("sent_already"))
        else:
            answer = keep_what_was_known(job.answer, await self._ask(job, live, gateway))
        answer = answer.model_copy(update={"timing": timing_of(job, gateway.exchanges, self._clocks.now())})
        # A run that sent nothing used its claim all the same: no other one may begin before the claim lapses.
        await self._settle(job, live, answer, gateway, gateway.last_sent_at or began)

    async def end(self, job: JobRow, live: LiveJob) -> None:
        """End the question with its life: what is known is the final answer."""
        answer = job.answer or self._without_reply(job.question, PayerSilent("life_ended"))
        await self._keep(job, live, make_final(answer), None)

    def over(self, job: JobRow) -> bool:
        """Whether the life of ``job`` has ended."""
        return self._lives.seconds_left(job) <= ENDING.total_seconds()

    def overdue(self, job: JobRow) -> bool:
        """Whether nobody works on ``job`` although it is time: its worker is gone, or its step was lost."""
        late = timedelta(seconds=self._terms.schedule.resend_after)
        due = job.next_step_at or job.created_at
        return self.over(job) or self._clocks.now() > due + late

    async def again(self, job: JobRow, why: str) -> None:
        """Schedule a step for ``job``, unless it has one to come already or somebody works on it."""
        at = max(self._clocks.now() + ENDING, self.next_at(job))
        if await self._store.postpone(job.id, at, believed=self._ends_at(job)):
            await self.schedule(job, why, at)

    async def resume(self, job: JobRow) -> None:
        """Schedule a step for a ``job`` nobody works on; one still to come keeps its name and runs once.

        One that would come after the question's life is of a clock that was wrong, and is not waited for.
        """
        now = self._clocks.now()
        if job.next_step_at is not None and now < job.next_step_at <= self._ends_at(job):
            await self.schedule(job, "resumed", job.next_step_at)
        else:
            await self.again(job, "resumed")

    async def schedule(self, job: JobRow, why: str, at: datetime | None = None) -> None:
        """Have the next step taken at ``at``, or when the schedule says; tried until the durable engine takes it."""
        at = at or self.next_at(job)
        while True:
            try:
                await self._durable.schedule(f"{job.id}:{round(at.timestamp())}", STEP, job.id, at)
            except Exception as failure:  # noqa: BLE001 - a worker's loop: whatever the engine's database raises
                log.error("verifier.not_scheduled", job_id=job.id, error=type(failure).__name__)
                await self._clocks.sleep(ENGINE_PAUSE)
            else:
                log.info("verifier.scheduled", job_id=job.id, why=why)
                return

    def next_at(self, job: JobRow, hint: datetime | None = None, sent: datetime | None = None) -> datetime:
        """When the next step comes: by the schedule and the payer's ``hint``, at the end of its life at the latest."""
        now, since = self._clocks.now(), self._lives.since_sent(job)
        sends = [sent, None if since is None else now - timedelta(seconds=since)]
        at = self._terms.schedule.next_at(
            first_sent=min(job.created_at, now),
            last_sent=max((one for one in sends if one is not None), default=None),
            now=now,
            hint=hint,
            dice=self._clocks.dice(),
        )
        return min(self._ends_at(job), at)

    def too_soon(self, job: JobRow) -> bool:
        """Whether the question, or an earlier twin of it, left us without a verdict within the 90 seconds."""
        since = self._lives.since_sent(job)
        return since is not None and since < self._terms.schedule.resend_after

    def _ends_at(self, job: JobRow) -> datetime:
        """When the life of ``job`` ends, by the time of day that it is now."""
        return self._clocks.now() + timedelta(seconds=self._lives.seconds_left(job))

    async def _ask(self, job: JobRow, live: LiveJob, gateway: JobGateway) -> Answer:
        question = job.question
        try:
            answer = await call_adapter(self._directory.adapter(question.payer), question, gateway, self._guards.leaked)
            return await self._ask_administrators(job, live, answer, gateway)
        except QuestionIncomplete as error:
            live.publish_failure(error)
            return self._without_reply(question, error)
        except PayerError as error:
            return self._without_reply(question, error)
        except AdapterFault as fault:
            what, place = fault.detail, fault.place
        except Exception as failure:  # noqa: BLE001 - the worker's loop: a record must not be left without an end
            what, place = type(failure).__name__, place_of(failure)
        log.error("verifier.adapter_fault", job_id=job.id, payer=question.payer, detail=what, function=place)
        return self._without_reply(question, PayerError(what))

    def _known_so_far(self, job: JobRow, live: LiveJob, gateway: JobGateway, known: Answer) -> None:
        """Let those whose wait ends read what the payer said already, unless an earlier run knew as much.

        An administrator's adapter tells too; its answer is only a part of this one, and is merged when it is whole.
        """
        if answer_fault(known, job.question, gateway) is not None:
            return
        if knows_nothing(job.answer):
            timing = timing_of(job, gateway.exchanges, self._clocks.now())
            live.publish_answer(known.model_copy(update={"timing": timing, "state": State.PENDING}), None)

    async def _ask_administrators(self, job: JobRow, live: LiveJob, answer: Answer, gateway: JobGateway) -> Answer:
        """``answer`` with what its administrators say; a failure of ours there costs nothing of the first answer."""
        registries = (self._directory, self._guards)
        try:
            return await with_administrators(
                answer, job.question, gateway, registries, lambda known: self._known_so_far(job, live, gateway, known)
            )
        except Exception as failure:  # noqa: BLE001 - the worker's loop, as above
            log.error("verifier.second_leg_failed", job_id=job.id, error=type(failure).__name__)
            return answer.model_copy(update={"problems": (*answer.problems, FAULT_OF_OURS)})

    async def _settle(self, job: JobRow, live: LiveJob, answer: Answer, gateway: JobGateway, sent: datetime) -> None:
        waiting = [problem for problem in answer.problems if problem.code in WAITING]
        next_at = None
        if waiting:
            # What one inquiry was told counts also where the answer speaks of another one's failure.
            hints = [at for at in (gateway.put_off_until, *(problem.retry_at for problem in waiting)) if at is not None]
            next_at = self.next_at(job, max(hints, default=None), sent)
            if has_unknown_rejection(answer) and job.answer is not None and has_unknown_rejection(job.answer):
                # Asked once more and told the same that nobody understands: only the end of its life comes now.
                next_at = self._ends_at(job)
            answer = make_pending(answer, next_at, self._ends_at(job))
        await self._keep(job, live, answer, next_at, await _write_replies(gateway) if waiting else None)

    async def _keep(
        self, job: JobRow, live: LiveJob, answer: Answer, next_at: datetime | None, replies: bytes | None = None
    ) -> None:
        """Write the answer down, and only then tell it: callers read "pending" while the store cannot take it.

        ``replies`` are kept beside it for the next run.
        """
        ends, told = Deadline(KEEP_TRYING, self._clocks.clock), False
        while True:
            try:
                kept = await self._store.settle(job.id, answer, state=answer.state, next_at=next_at, replies=replies)
                break
            except ServiceRefusal:
                if not told:
                    log.error("verifier.answer_held", job_id=job.id)
                told = True
                if ends.seconds_left() <= 0:
                    at = next_at or self.next_at(job)
                    await self.schedule(job, "not_kept", max(self._clocks.now() + ENDING, at))
                    return
                await self._clocks.sleep(AGAIN)
        if not kept:
            # Another process made it final meanwhile, and a record never goes back.
            known = await self._store.job(job.id)
            if known is not None and known.answer is not None:
                live.publish_answer(known.answer, None)
            return
        live.publish_answer(answer, next_at)
        if next_at is not None:
            await self.schedule(job, "step", next_at)
        else:
            self._lives.forget(job.id)

    def _without_reply(self, question: Question, error: PayerError) -> Answer:
        return answer_without_reply(
            payer=question.payer,
            service_date=question.service_date,
            as_of=self._clocks.now(),
            problems=(problem_of(error),),
            phone=self._directory.adapter(question.payer).card.phone,
        )


async def _write_replies(gateway: JobGateway) -> bytes | None:
    """The replies that the next run need not ask for again; they may be long, and are written beside the loop."""
    replies = AnsweredInquiries.of(gateway.replies.values())
    return (await asyncio.to_thread(replies.model_dump_json)).encode() if replies.replies else None
