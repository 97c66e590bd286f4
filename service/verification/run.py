"""One run of a job: ask, conclude, settle, and say when it is asked again. No caller's leaving ends it.

Whatever goes wrong in between, the record ends in a state that ``ANSWER.md`` 6 names: a failure of ours that
nobody foresaw reads ``adapter_fault``, a store that fails leaves the question to the schedule.
"""

from collections import Counter
from collections.abc import Mapping
from datetime import datetime
from functools import partial
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
from contracts.readings import READINGS
from service.errors import ServiceRefusal
from service.gateway import WAITING, Guards, JobGateway, Schedule
from service.gateway.earlier_answers import AnsweredInquiries, AnsweredInquiry, replies_of
from service.gateway.first_attempts import FirstInquiry, Reserved
from service.gateway.isolation import place_of
from service.plugins.loading import Directory
from service.scheduler import Scheduler
from service.security.access import Role
from service.security.consent import ConsentRule
from service.store import JobRow, Store
from service.verification.adapter_call import AdapterFault, answer_fault, call_adapter
from service.verification.carve_out import FAULT_OF_OURS, with_administrators
from service.verification.live_jobs import LiveJob
from service.verification.settlement import (
    has_unknown_rejection,
    keep_what_was_known,
    knows_nothing,
    make_final,
    make_pending,
    timing_of,
)
from service.verification.step_times import StepTimes

log = structlog.get_logger()

KEEP_TRYING = 60.0
"""Seconds that an answer is held in memory while the store cannot take it."""

AGAIN = 0.5
"""Seconds between two tries to write down an answer."""


class RunLimits(NamedTuple):
    """How long things live, by role, in seconds; ``fresh`` is how old a final answer may be to serve again.

    ``consent`` says whose questions need one.
    """

    life: Mapping[Role, float]
    fresh: float = 0.0
    schedule: Schedule = Schedule()
    consent: ConsentRule = ConsentRule()


class Runs:
    """Works on jobs, one run at a time for each."""

    def __init__(
        self,
        *,
        directory: Directory,
        guards: Guards,
        store: Store,
        scheduler: Scheduler,
        terms: RunLimits,
    ) -> None:
        """Take the parts below; clocks, dice and sleep are those of ``guards``."""
        self._directory = directory
        self._guards = guards
        self._store = store
        self._scheduler = scheduler
        self._clocks = guards.clocks
        self.times = StepTimes(guards.clocks, terms.schedule)
        self.answers: Counter[tuple[str, str, str]] = Counter()
        """Answers that became final, by payer, role and status of the coverage."""

    async def run(self, job: JobRow, live: LiveJob, reserved: Reserved | None = None) -> bool:
        """Ask unless the question left us too short a time ago, and settle what comes of it.

        ``reserved`` is the attempt that was opened with a new job.

        False when the store could not take it: then a later step is still owed.
        """
        began = self._clocks.now()
        known = self._guards.first_attempts
        gateway = JobGateway(
            self._guards,
            job.id,
            job.role,
            left=live.seconds_left,
            tell=lambda gateway, known: self._known_so_far(job, live, gateway, known),
            replies=await _read_replies(job.replies),
            resumed=job.attempts > 0,
            first=None if job.attempts else FirstInquiry(job.question, known, reserved, self._clocks.clock),
        )
        if self.times.is_too_soon(job):
            answer = job.answer or self._without_reply(job.question, PayerSilent("sent_already"))
        else:
            answer = keep_what_was_known(job.answer, await self._ask(job, live, gateway))
        answer = answer.model_copy(update={"timing": timing_of(job, gateway.exchanges.listed, self._clocks.now())})
        # A run that sent nothing used its claim all the same: no other one may begin before the claim lapses.
        return await self._settle(job, live, answer, gateway, gateway.exchanges.last_sent_at or began)

    async def end(self, job: JobRow, live: LiveJob) -> bool:
        """End the question with its life: what is known is the final answer. False as in ``run``."""
        answer = job.answer or self._without_reply(job.question, PayerSilent("life_ended"))
        return await self._keep(job, live, make_final(answer), None)

    async def postpone(self, job: JobRow) -> None:
        """Commit a later step for a ``job`` that can't be asked about now: too soon, or somebody else works on it."""
        at = self.times.soonest_next_at(job)
        step = partial(self._scheduler.enqueue, step=self.times.step(job, at))
        if await self._store.postpone(job.id, at, believed=self.times.ends_at(job), then=step):
            log.info("verifier.postponed", job_id=job.id)
        else:
            await self.look_later(job)

    async def look_later(self, job: JobRow, at: datetime | None = None) -> None:
        """Commit one more step for ``job``, at ``at`` or when whoever works on it should have settled it."""
        await self._store.transact(partial(self._scheduler.enqueue, step=self.times.step(job, at)))

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
            timing = timing_of(job, gateway.exchanges.listed, self._clocks.now())
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

    async def _settle(self, job: JobRow, live: LiveJob, answer: Answer, gateway: JobGateway, sent: datetime) -> bool:
        waiting = [problem for problem in answer.problems if problem.code in WAITING]
        next_at = None
        if waiting:
            # What one inquiry was told counts also where the answer speaks of another one's failure.
            hints = [
                at
                for at in (gateway.exchanges.put_off_until, *(problem.retry_at for problem in waiting))
                if at is not None
            ]
            next_at = self.times.next_at(job, max(hints, default=None), sent)
            if has_unknown_rejection(answer) and job.answer is not None and has_unknown_rejection(job.answer):
                # Asked once more and told the same that nobody understands: only the end of its life comes now.
                next_at = self.times.ends_at(job)
            answer = make_pending(answer, next_at, self.times.ends_at(job))
        elif answer.state is State.PENDING:
            # An adapter may call it so; without anything to wait for there is no step that would end it.
            answer = make_final(answer)
        return await self._keep(job, live, answer, next_at, gateway)

    async def _keep(
        self, job: JobRow, live: LiveJob, answer: Answer, next_at: datetime | None, gateway: JobGateway | None = None
    ) -> bool:
        """Write the answer down with its next step, and only then tell it; false when the store could not take it.

        Callers read "pending" meanwhile. The replies of ``gateway`` are kept beside a pending answer for the next run.
        """
        replies = None if gateway is None or next_at is None else await _write_replies(gateway)
        unused = None if gateway is None else gateway.unused_attempt
        ends, is_logged = Deadline(KEEP_TRYING, self._clocks.clock), False
        while True:
            step = None if next_at is None else partial(self._scheduler.enqueue, step=self.times.step(job, next_at))
            try:
                kept = await self._store.settle(
                    job.id, answer, state=answer.state, next_at=next_at, replies=replies, then=step, unused=unused
                )
                break
            except ServiceRefusal:
                if not is_logged:
                    log.error("verifier.answer_held", job_id=job.id)
                is_logged = True
                if ends.seconds_left() <= 0:
                    return False
                await self._clocks.sleep(AGAIN)
        if not kept:
            # Another process made it final meanwhile, and a record never goes back.
            known = await self._store.job(job.id)
            if known is not None and known.answer is not None:
                live.publish_answer(known.answer, None)
            return True
        live.publish_answer(answer, next_at)
        if next_at is None:
            self.answers[job.question.payer, job.role.value, answer.coverage.status.value] += 1
            self.times.forget(job.id)
        return True

    def _without_reply(self, question: Question, error: PayerError) -> Answer:
        # A payer may have been uninstalled since the question was asked, which has its end all the same.
        known = question.payer in self._directory
        return answer_without_reply(
            payer=question.payer,
            service_date=question.service_date,
            as_of=self._clocks.now(),
            problems=(problem_of(error),),
            phone=self._directory.adapter(question.payer).card.phone if known else None,
        )


async def _read_replies(kept: bytes | None) -> tuple[AnsweredInquiry, ...]:
    """Return what earlier runs were answered; it may be long, and is read beside the loop."""
    return () if kept is None else await READINGS.beside_the_loop(lambda: replies_of(kept))


async def _write_replies(gateway: JobGateway) -> bytes | None:
    """The replies that the next run need not ask for again; they may be long, and are written beside the loop."""
    replies = AnsweredInquiries.of(gateway.replies.values())
    return (await READINGS.beside_the_loop(replies.model_dump_json)).encode() if replies.replies else None
