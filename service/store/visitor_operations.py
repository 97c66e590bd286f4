"""What the store does for visitors and with their requests: each method is one transaction, as everywhere in it."""

from base64 import b32encode
from collections.abc import Sequence
from datetime import timedelta

from service.security.access import Caller
from service.security.encryption import SealBroken
from service.store import intents, visitor_drafts, visitor_requests
from service.store.identifiers import stamp, unguessable
from service.store.lifecycle import StoreLifecycle
from service.store.visitor_values import RequestChange, RequestRow, RequestState, Submission, Submitted


class VisitorOperations(StoreLifecycle):
    """The operations of the store that are about visitors."""

    async def start_draft(self, content: bytes, kept: timedelta) -> str:
        """Keep what a visitor has typed (JSON that the store does not read) for a time.

        Returns the reference, which is for nobody else.
        """
        reference, now = unguessable(), self._now()
        await self._have_data_keys(1)
        ends = stamp(self._tuning.clock() + kept)
        row = self._with_keys(lambda: visitor_drafts.prepare(self._sealer, reference, content, now, ends))
        await self._write(visitor_drafts.add, self._sealer, row, now)
        return reference

    async def change_draft(self, reference: str, content: bytes, kept: timedelta) -> bool:
        """Replace what a draft holds, which is kept for longer then; false when there is none, or its time is over."""
        its_id, now = self._with_keys(lambda: visitor_drafts.draft_id(self._sealer, reference)), self._now()
        ends = stamp(self._tuning.clock() + kept)
        return await self._write(visitor_drafts.change, self._sealer, its_id, content, now, ends)

    async def draft(self, reference: str) -> bytes | None:
        """What a draft holds; None when there is none of that reference, or its time is over."""
        its_id, now = self._with_keys(lambda: visitor_drafts.draft_id(self._sealer, reference)), self._now()
        return await self._read(visitor_drafts.read, self._sealer, its_id, now)

    def reference_after(self, reference: str) -> str:
        """The reference of the request that the draft of ``reference`` becomes: it opens nothing that was typed."""
        made = self._with_keys(lambda: self._sealer.blind("visitor_reference", reference))
        return b32encode(made[:16]).decode("ascii").rstrip("=")

    def visitor_token(self, purpose: str, reference: str) -> str:
        """A token that only this service makes, for one ``purpose`` and one draft; nothing is kept of it."""
        return self._with_keys(lambda: self._sealer.blind("visitor_token", purpose, reference)).hex()

    def derived_key(self, purpose: str) -> bytes:
        """A key for one ``purpose``, made of the index key, which the sealing keys open; every process has the same."""
        return self._with_keys(lambda: self._sealer.blind("key", purpose))

    async def submit_request(self, submission: Submission, *, then: intents.ThenOfJob | None = None) -> Submitted:
        """Make a request in one commit with its question and the counts of its identity; once a reference.

        ``then`` is called in the same transaction when a job was made. Raises ``NotReady`` and ``StoreUnavailable``;
        then nothing was recorded.
        """
        await self._have_data_keys(2)
        ready = self._with_keys(lambda: self._prepare(submission, then))
        return await self._write(visitor_requests.submit, self._sealer, ready)

    def _prepare(self, submission: Submission, then: intents.ThenOfJob | None) -> visitor_requests.PreparedRequest:
        now, intent = self._now(), None
        if submission.intent is not None:
            intent = intents.prepare(self._sealer, submission.intent, self.process, now)._replace(then=then)
        return visitor_requests.prepare(self._sealer, submission, intent, now)

    async def request_of(self, reference: str) -> RequestRow | None:
        """The request of that reference, for the visitor who has it; None when there is none."""
        key = self._with_keys(lambda: visitor_requests.reference_key(self._sealer, reference))
        return await self._read(visitor_requests.of_reference, self._sealer, key)

    async def visitor_requests(
        self,
        caller: Caller,
        states: Sequence[RequestState] = (RequestState.OPEN, RequestState.CLAIMED),
        most: int = 500,
        *,
        broken: list[SealBroken] | None = None,
    ) -> list[RequestRow]:
        """Requests in ``states``, in each what was promised first first, once the audit says that they were shown.

        One whose record is broken is left out, and what is wrong is added to ``broken`` and to the audit.
        """
        shown, wrong = await self._write(visitor_requests.show_list, self._sealer, states, most, caller, self._now())
        await self._audit_each(wrong)
        if broken is not None:
            broken += wrong
        return shown

    async def visitor_request_counts(self) -> dict[RequestState, int]:
        """How many requests are in each state that leaves work to do."""
        return await self._read(visitor_requests.count)

    async def change_visitor_request(
        self, request_id: str, change: RequestChange, caller: Caller, *, assignee: str | None = None
    ) -> bool | None:
        """Claim, assign, release, close or reopen a request, with a line of the audit.

        A claimed one is the caller's, an assigned one ``assignee``'s. False, and nothing changed, in a state that
        ``change`` does not allow: somebody else was faster. None when there is no such request.
        """
        changing = visitor_requests.Changing(request_id, change, assignee, caller, self._now())
        return await self._write(visitor_requests.change_state, self._sealer, changing)
