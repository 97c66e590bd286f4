"""The gateway of one job: what its adapter asks, was told, and need not ask again.

What leads from an inquiry to its reply, in this order: an announced outage and the routes in order
(``routes_in_order.py``), the guards of one attempt (``route_attempt.py``), one guarded exchange with the correlation
check (``exchange.py``).
"""

from collections.abc import Callable, Iterable, Sequence

from contracts import Answer, Benefits, Card, Inquiry, MemberRejected, PayerError
from service.gateway.authorization_check import AuthorizationCheck, check_authorization
from service.gateway.earlier_answers import AnsweredInquiry, is_answer, key_of, read_again
from service.gateway.exchange import MARGIN, without_frames
from service.gateway.first_attempts import FirstInquiry
from service.gateway.guards import Guards
from service.gateway.job_exchanges import AskingJob, JobExchanges
from service.gateway.kept_answers import answer_kept_for
from service.gateway.routes_in_order import ask_over_routes
from service.security.access import Role


class JobGateway:
    """What one job's adapter asks through: it counts the exchanges and knows whether one is under way."""

    def __init__(
        self,
        guards: Guards,
        job_id: str,
        role: Role,
        *,
        left: Callable[[], float] = lambda: 0.0,
        tell: Callable[["JobGateway", Answer], None] = lambda *_: None,
        replies: Iterable[AnsweredInquiry] = (),
        resumed: bool = False,
        first: FirstInquiry | None = None,
    ) -> None:
        """Start with nothing asked.

        ``left`` tells the seconds for which somebody still waits for the answer; ``tell`` takes this gateway
        and what is known so far; it holds no gateway itself, lest all that was brought wait for the collector.
        ``replies`` are those of the job's earlier runs: what they answered is not asked again. Of a ``resumed`` job,
        a run that its process did not live to settle may have left others in the store. ``first`` may hold the attempt
        of a new job's first inquiry.
        """
        self._guards = guards
        self.exchanges = JobExchanges(job_id)
        self._job = AskingJob(job_id, role, left, first, self.exchanges)
        self._tell = tell
        self._in_flight = 0
        self._idle_since = guards.clocks.clock()
        self._asks = 0
        self._earlier = {reply.key: reply for reply in replies}
        self.replies = dict(self._earlier)
        self._resumed = resumed
        self.brought: list[Benefits] = []
        """The replies that adapters were given; their answers rest on nothing else."""

    @property
    def cards(self) -> Sequence[Card]:
        """Every payer that there is."""
        return self._guards.cards

    @property
    def unused_attempt(self) -> str | None:
        """The id of the attempt that was opened with the job and under which nothing was sent."""
        return None if self._job.first is None else self._job.first.unused

    def idle_for(self) -> float:
        """Seconds since the adapter last asked anything or was last answered; 0 while an exchange is under way."""
        return 0.0 if self._in_flight else self._guards.clocks.clock() - self._idle_since

    def tell(self, answer: Answer) -> None:
        """Pass on what an adapter knows so far."""
        self._tell(self, answer)

    async def ask(self, card: Card, inquiry: Inquiry) -> Benefits:
        """Ask over the payer's routes in order; another route only when it is certain that nothing was sent.

        What an earlier run of the job was answered is read again instead.
        """
        key = key_of(inquiry)
        if self._resumed and key not in self._earlier:
            await self._look_for_answer(key, card, inquiry)
        if key in self._earlier:
            return self._read_again(self._earlier[key])
        self._asks += 1
        if self._asks > self._guards.policy.asks:
            raise PayerError("too_many_asks")
        self._in_flight += 1
        try:
            benefits = await ask_over_routes(self._guards, self._job, card, inquiry, key)
        except PayerError as failure:
            if isinstance(failure, MemberRejected) and failure.sent:
                self.replies[key] = AnsweredInquiry(key, wrong_fields=failure.fields)
            # What an adapter catches would else hold this gateway, and all that it brought, until the collector comes.
            raise without_frames(failure) from None
        finally:
            self._in_flight -= 1
            self._idle_since = self._guards.clocks.clock()
        self.brought.append(benefits)
        if is_answer(benefits):
            self.replies[key] = AnsweredInquiry(key, benefits)
        return benefits

    async def ask_authorization(self, card: Card, inquiry: Inquiry, procedures: Sequence[str]) -> Benefits | None:
        """Return what a route says that is asked about authorization alone; None when none does. Raises nothing.

        It is asked within what is left of the wait, once for the same procedures, and only over a route that brought
        none of the replies, since such a one has said what it knows.
        """
        if not self._guards.authorization_order(card):
            return None
        key = key_of(inquiry, procedures)
        if key in self._earlier:
            return self._read_again(self._earlier[key])
        policy, left = self._guards.policy, self._job.left()
        seconds, patience = policy.authorization_seconds, policy.queue_seconds
        if left > 0:
            # Whoever waits has an answer already: the check takes no place from an inquiry, and ends within the wait.
            seconds, patience = min(seconds, left - policy.reserve - MARGIN), 0.0
        self._asks += 1
        if seconds < policy.authorization_least or self._asks > policy.asks:
            return None
        check = AuthorizationCheck(self._job.id, self._job.role, card, inquiry, tuple(procedures), seconds, patience)
        known = self.exchanges.routes_that_answered(card.id)
        self._in_flight += 1
        try:
            found = await check_authorization(self._guards, check, known, self.exchanges.record)
        finally:
            self._in_flight -= 1
            self._idle_since = self._guards.clocks.clock()
        if found is not None:
            self.replies[key] = AnsweredInquiry(key, found)
            self.brought.append(found)
        return found

    async def _look_for_answer(self, key: str, card: Card, inquiry: Inquiry) -> None:
        """Take up what a run that was never settled was answered."""
        self._in_flight += 1
        try:
            benefits = await answer_kept_for(self._guards, self._job.id, card, inquiry)
        finally:
            self._in_flight -= 1
        if benefits is not None:
            self._earlier[key] = self.replies[key] = AnsweredInquiry(key, benefits)

    def _read_again(self, reply: AnsweredInquiry) -> Benefits:
        self._idle_since = self._guards.clocks.clock()
        benefits = read_again(reply)
        self.brought.append(benefits)
        return benefits
