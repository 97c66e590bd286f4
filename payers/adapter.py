"""``DataAdapter``: a payer whose business is ordinary, made of a card and a dialect alone."""

import asyncio
from collections.abc import Callable, Sequence
from datetime import UTC, datetime

from contracts import (
    PROGRAMS,
    Answer,
    Benefits,
    Card,
    Dialect,
    Inquiry,
    MemberRejected,
    PayerError,
    Question,
    QuestionIncomplete,
    Side,
    Verdict,
    Wire,
    problem_of,
)
from payers.reading import conclude


def now() -> datetime:
    """The present instant, in UTC."""
    return datetime.now(UTC)


class DataAdapter:
    """Asks what the card plans, in its order, and reads the replies with the dialect."""

    def __init__(
        self,
        card: Card,
        dialect: Dialect | None = None,
        *,
        cards: Sequence[Card] = (),
        clock: Callable[[], datetime] = now,
    ) -> None:
        """Take the payer as data; ``cards`` are other payers of ours that its replies may name."""
        self.card = card
        self.dialect = dialect or Dialect()
        self._cards = tuple(cards)
        self._clock = clock

    async def verify(self, question: Question, wire: Wire) -> Answer:
        """Ask and conclude.

        Raises ``QuestionIncomplete`` before anything is asked when a field is missing, and what the wire raised when
        no inquiry was answered; an inquiry that failed beside one that was answered is a problem of the answer.
        """
        missing = self.card.missing(question)
        if missing:
            raise QuestionIncomplete("needs", fields=missing)
        replies, failures = await self._ask_all(wire, self._inquiries(question, self.card.plan.first))
        if not replies:
            raise _first(failures)
        answer = self._conclude(question, replies, failures)
        for service_type in self.card.plan.then:
            if failures or not _leaves_open(answer) or _answered(service_type, replies):
                continue
            more, failures = await self._ask_all(wire, self._inquiries(question, (service_type,)))
            replies = (*replies, *more)
            answer = self._conclude(question, replies, failures)
        return answer

    def _inquiries(self, question: Question, service_types: tuple[str, ...]) -> list[Inquiry]:
        """One inquiry for each service type, or one for all where the payer is known to answer several."""
        groups = [service_types] if self.card.plan.several else [(code,) for code in service_types]
        return [
            Inquiry(
                payer=self.card.id,
                member=question.member,
                subscriber=question.subscriber,
                provider=question.provider,
                service_date=question.service_date,
                service_types=group,
            )
            for group in groups
        ]

    async def _ask_all(
        self, wire: Wire, inquiries: Sequence[Inquiry]
    ) -> tuple[tuple[Benefits, ...], tuple[PayerError, ...]]:
        """Ask side by side; the replies and the errors, each in the order of the inquiries."""

        async def ask(inquiry: Inquiry) -> Benefits | PayerError:
            try:
                return await wire.ask(self.card, inquiry)
            except PayerError as error:
                return error

        async with asyncio.TaskGroup() as group:
            tasks = [group.create_task(ask(inquiry)) for inquiry in inquiries]
        said = [task.result() for task in tasks]
        replies = tuple(one for one in said if not isinstance(one, PayerError))
        return replies, tuple(one for one in said if isinstance(one, PayerError))

    def _conclude(self, question: Question, replies: tuple[Benefits, ...], failures: tuple[PayerError, ...]) -> Answer:
        asked = self._inquiries(question, self.card.plan.first)[0]
        return conclude(
            replies,
            card=self.card,
            dialect=self.dialect,
            service_date=question.service_date,
            as_of=self._clock(),
            inquiry=asked,
            delivery=question.delivery,
            problems=tuple(dict.fromkeys(problem_of(failure) for failure in failures)),
            cards=self._cards,
        )


def _first(failures: Sequence[PayerError]) -> PayerError:
    """The error to let through: the member's details before anything else, since waiting mends nothing there."""
    return next((one for one in failures if isinstance(one, MemberRejected)), failures[0])


_DECIDED = frozenset({Verdict.COVERED, Verdict.NOT_COVERED, Verdict.COULD_NOT_CHECK})


def _leaves_open(answer: Answer) -> bool:
    """Whether another service type could still say something about a program in network."""
    return any(answer.terms(*row, Side.IN_NETWORK).verdict not in _DECIDED for row in PROGRAMS)


def _answered(service_type: str, replies: Sequence[Benefits]) -> bool:
    """Whether some reply already speaks of ``service_type``: payers answer more than they were asked."""
    return any(service_type in line.service_types for benefits in replies for line in benefits.lines)
