"""The store: every promise that outlives a request, sealed, on SQLite or PostgreSQL.

Each method is one transaction. A failure of the database is ``StoreUnavailable`` within the patience, and then nothing
of the operation stands, but for a commit that hung or lost its connection; a missing sealing key is ``NotReady``.
"""

import asyncio
from collections.abc import Callable
from datetime import datetime

from sqlalchemy import Connection

from contracts import Answer, AttemptNumbers, State
from service.security.access import Caller
from service.security.consent import Consent
from service.security.encryption import Sealer
from service.store import attempts, audit, audit_marks, call_notes, consents, history, intents, jobs, processes
from service.store.batch_operations import BatchOperations
from service.store.callers import MOST_DISTANT, CallerStore
from service.store.errors import StoreUnavailable
from service.store.history import EarlierAnswer
from service.store.identifiers import new_id, stamp
from service.store.lifecycle import Backend, Tuning
from service.store.refused_callers import Refusal
from service.store.rows import AuditEntry, Fetched, Intended, Intent, JobRow
from service.store.upkeep import StoreUpkeep
from service.store.visitor_operations import VisitorOperations
from service.store.work_operations import WorkOperations

SECOND = 1_000_000

AHEAD_SECONDS = 600
"""An instant that is further ahead than this is of a clock that was wrong; clocks of machines differ by less."""


class Store(BatchOperations, CallerStore, VisitorOperations, WorkOperations, StoreUpkeep):
    """Everything that is kept. Made by ``open_store``."""

    def __init__(self, backend: Backend, sealer: Sealer, tuning: Tuning) -> None:
        """Prepare; nothing is touched before ``start``."""
        super().__init__(backend, sealer, tuning)
        self._heartbeats = processes.Heartbeats(tuning.seconds)
        self._in_doubt: set[str] = set()

    async def intend(self, intent: Intent, *, then: intents.ThenOfJob | None = None) -> Intended:
        """Record, in one commit, who asks what, under a verification of the caller's own, and join or make its job.

        ``then`` is called in the same transaction when a job was made, with the connection and the job.
        Raises ``IdempotencyConflict``, ``NotReady``, ``StoreUnavailable``; then nothing was recorded.
        """
        await self._have_data_keys(1)
        ready = self._with_keys(lambda: intents.prepare(self._sealer, intent, self.process, self._now()))
        ready = ready._replace(then=then, originator=self._tuning.originator)
        return await self._write(intents.intend, self._sealer, ready)

    async def fetch(self, verification_id: str, caller: Caller) -> Fetched | None:
        """The verification of that id with its job, as ``caller`` may see it; None, and counted, when he may not.

        The line of the audit that says so is committed when this returns.
        """
        now = self._now()
        shown = await self._write(jobs.show, self._sealer, verification_id, caller, now)
        if shown is None:
            self._refuse_look(caller, now)
            return None
        # Opening takes longer than writing, and the writing lane is everybody's.
        return await self._read(lambda _: jobs.open_verification(self._sealer, shown))

    async def history(self, wanted: history.HistoryRequest, caller: Caller) -> history.HistoryPage | None:
        """One page of the history of a verification's member, as ``caller`` may see it; None, and counted, when not.

        Each verification on it is fetched, and so stands in the audit, as ``fetch`` says.
        """
        page = await self._read(history.find_page, self._sealer, wanted, caller)
        if page is None:
            self._refuse_look(caller, self._now())
            return None
        searches = [
            [
                history.HistoryEntry(fetched, page.retries.get(one))
                for one in search
                if (fetched := await self.fetch(one, caller)) is not None
            ]
            for search in page.searches
        ]
        return history.HistoryPage(searches, page.after)

    def _refuse_look(self, caller: Caller, now: int) -> None:
        self._refusals.add(Refusal("verification.refused", caller.id, caller.role_name, None, "not_found"), now)

    async def add_call_note(self, verification_id: str, content: bytes, *, seen: int, caller: Caller) -> int | None:
        """Keep what was said in a call, as the note after the ``seen`` ones; returns its number.

        None when ``caller`` may not see the verification. Raises ``CallNotesChanged``, ``CallNotesFull``, ``NotReady``
        and ``StoreUnavailable``; then nothing was kept.
        """
        note_id, now = new_id("note"), self._now()
        sealed = self._with_keys(lambda: self._sealer.seal(content, call_notes.note_place(note_id)))
        adding = call_notes.Adding(note_id, verification_id, sealed, seen, now)
        return await self._write(call_notes.add, self._sealer, adding, caller)

    async def call_notes_of(self, verification_id: str) -> list[call_notes.KeptNote]:
        """Every call note of a verification, oldest first. Whether the caller may see it is the reader's to know."""
        return await self._read(call_notes.notes_of, self._sealer, verification_id)

    async def consent_of(self, verification_id: str) -> Consent | None:
        """The consent under which a verification was asked. Whether the caller may see it is the reader's to know."""
        return await self._read(consents.consent_of, self._sealer, verification_id)

    async def job(self, job_id: str) -> JobRow | None:
        """The job of that id, or None."""
        return await self._read(jobs.read_job, self._sealer, job_id)

    async def final_jobs(self, after: str, since: datetime, most: int) -> list[str]:
        """The ids of final jobs that were made from ``since`` on: the ``most`` next ones after the id ``after``."""
        return await self._read(jobs.final_jobs, after, stamp(since), most)

    async def earlier_answer(self, verification_id: str, caller: Caller) -> EarlierAnswer | None:
        """The last usable answer about a verification's member before it, as ``caller`` may see it; None without one.

        The audit says that it was read.
        """
        found = await self._read(history.find_earlier, self._sealer, verification_id, caller)
        if found is not None:
            entry = AuditEntry(caller.id, caller.role.value, "earlier.read", verification_id=found.verification_id)
            await self._write(audit.append, self._sealer, entry, self._now())
        return found

    async def kept_replies(self, job_id: str, caller: Caller) -> list[attempts.KeptReply]:
        """The replies that a job's answer rests on, as they came; a line of the audit says who read them."""

        def read(connection: Connection) -> list[attempts.KeptReply]:
            entry = AuditEntry(caller.id, caller.role.value, "replies.read", job_id=job_id)
            audit.append(connection, self._sealer, entry, self._now())
            return attempts.kept_replies(connection, self._sealer, job_id)

        return await self._write(read)

    async def verifications_of(self, job_id: str) -> list[str]:
        """The ids of the verifications that a job answers, oldest first."""
        return await self._read(jobs.verifications_of, job_id)

    async def give_steps(self, enqueue: Callable[[Connection, jobs.OwedStep], None]) -> int:
        """Have ``enqueue`` called, in one transaction, for every job that an earlier version left without a step.

        Returns how many there were. It happens once in the life of a database.
        """
        if not await self._read(lambda connection: connection.scalar(jobs.OWED)):
            return 0
        return await asyncio.to_thread(self._give_steps, enqueue)

    def _give_steps(self, enqueue: Callable[[Connection, jobs.OwedStep], None]) -> int:
        with self._write_by_itself("steps") as connection:
            owed = jobs.owed_steps(connection)
            for one in owed:
                enqueue(connection, one)
        return len(owed)

    async def give_steps_between(
        self, since: datetime, until: datetime, enqueue: Callable[[Connection, jobs.OwedStep], None]
    ) -> int:
        """Have ``enqueue`` called, in one transaction, for every job made in between that is pending without a step.

        Returns how many there were. ``since`` is the first instant that counts, ``until`` the first that does not.
        """
        made = {"since": stamp(since), "until": stamp(until)}

        def give(connection: Connection) -> int:
            owed = jobs.unsettled(connection, made)
            for one in owed:
                enqueue(connection, one)
            return len(owed)

        return await self._write(give)

    async def transact(self, work: jobs.Then) -> None:
        """Do ``work`` on a connection, in a transaction of its own."""
        await self._write(work)

    async def postpone(
        self, job_id: str, at: datetime, *, believed: datetime | None = None, then: jobs.Then | None = None
    ) -> bool:
        """Note that the job's next step is at ``at``; false when one to come is noted, or somebody works on it.

        One that is noted for after ``believed`` is of a clock that was wrong, and gives way. ``then`` is called in the
        same transaction when the step was noted.
        """
        asking, latest = self._asking(self._now()), MOST_DISTANT if believed is None else stamp(believed)
        later = jobs.Postponing(stamp(at), latest, then)
        return await self._write(jobs.postpone, job_id, later, asking)

    async def claim_send(self, job_id: str, now: datetime, not_before_seconds: float) -> bool:
        """Whether the pending job may be sent now: nobody sent it, or claimed to, within that many seconds.

        The claim is given back by an attempt that sent nothing, or lapses after as many seconds. One process of several
        gets it, and none while another one that lives works on the job. What is still open of the job is closed as
        silent.
        """
        asking = self._asking(stamp(now))
        before = asking.now - round(not_before_seconds * SECOND)
        return await self._write(jobs.claim, self._sealer, job_id, before, asking)

    async def settle(
        self,
        job_id: str,
        answer: Answer,
        *,
        state: State,
        next_at: datetime | None,
        replies: bytes | None = None,
        then: jobs.Then | None = None,
        unused: str | None = None,
    ) -> bool:
        """Store what is known now; false, and nothing changed, when the job was final already.

        ``unused`` is the attempt that was opened with the job and under which nothing was sent; it is closed as such.

        ``replies`` (one line, JSON) are kept with a pending answer for the next run of the job, and ``then`` is called
        in the transaction of a pending answer: it enqueues that run.
        """
        kept = replies if state is State.PENDING else None
        settling = self._with_keys(
            lambda: jobs.Settling(
                answer=answer,
                replies=kept,
                state=state,
                next_at=None if next_at is None else stamp(next_at),
                at=self._now(),
                then=then,
                unused=unused,
            )
        )
        return await self._write(jobs.settle, self._sealer, job_id, settling)

    async def open_attempt(self, new: attempts.NewAttempt) -> tuple[str, AttemptNumbers]:
        """Fresh numbers for one exchange, committed with its attempt: a byte may leave only when this returns."""
        return await self._write(attempts.open_attempt, self._sealer, new, self._tuning.originator, self._now())

    async def close_attempt(self, closing: attempts.Closing) -> bool:
        """Record how an exchange ended, with its raw reply sealed (a quarantined one apart).

        False, and nothing recorded but a line of the audit, when the attempt is closed already, or when its body was
        accepted for another member. What raised ``StoreUnavailable`` may be tried again as it was, and is true also
        when it stood after all.
        """
        self._require_keys()
        closing = closing._replace(again=closing.attempt_id in self._in_doubt)
        try:
            closed = await self._write(attempts.close_attempt, self._sealer, closing, self._now())
        except StoreUnavailable:
            self._in_doubt.add(closing.attempt_id)
            raise
        if closed:
            self._in_doubt.discard(closing.attempt_id)
        return closed

    async def reply_to(self, job_id: str, inquiry_key: str) -> attempts.KeptAnswer | None:
        """The last reply that a job accepted to the inquiry of that key; None when there is none."""
        return await self._read(attempts.reply_to, self._sealer, job_id, inquiry_key)

    async def heartbeat(self) -> None:
        """Note that this process lives, and where the audit ends."""
        await self._write(self._heartbeat, self._now())

    def _heartbeat(self, connection: Connection, now: int) -> None:
        processes.note_heartbeat(connection, self.process, now)
        if self._sealer.ready:
            audit_marks.note_ends(connection, self._sealer, now)

    async def leave(self) -> None:
        """Note that this process ends, so that another one resumes what it leaves without waiting."""
        await self._write(processes.leave, self.process)

    async def silent_processes(self) -> list[str]:
        """Return the processes that left, or gave no heartbeat for a minute."""
        asking = self._asking(self._now())
        left = await self._read(processes.silent, asking.alive_since)
        ahead = await self._read(processes.ahead_of_us, asking.ahead)
        return left + self._heartbeats.find_unchanged(ahead, self._tuning.silence)

    async def known_processes(self) -> list[str]:
        """Return the processes that gave a heartbeat and were not forgotten since."""
        return await self._read(processes.list_names)

    async def remove_process(self, process: str) -> bool:
        """Forget a silent process, whose steps were resumed before; true for one caller alone."""
        asking = self._asking(self._now())
        return await self._write(processes.remove, process, asking.alive_since, asking.ahead)

    async def retire_sealing_key(self, key_id: str, *, lost: bool = False) -> int:
        """Let the settings do without a sealing key; returns how many values it still sealed.

        Only a ``lost`` one goes while there are any. Raises ``SealingKeyNeeded``.
        """
        return await self._retire(key_id, lost=lost)

    def _asking(self, now: int) -> jobs.Asking:
        alive_since = now - round(self._tuning.silence * SECOND)
        return jobs.Asking(self.process, now, alive_since, now + AHEAD_SECONDS * SECOND)
