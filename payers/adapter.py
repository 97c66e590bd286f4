"""``DataAdapter``: a payer whose business is ordinary, made of a card and a dialect alone."""

import asyncio
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from functools import lru_cache, partial
from typing import NamedTuple, Self, cast

from contracts import (
    Answer,
    Authorizing,
    Benefits,
    Card,
    CoverageStatus,
    Dialect,
    Gateway,
    Grade,
    Inquiry,
    MemberRejected,
    PayerError,
    Problem,
    ProblemCode,
    Question,
    QuestionIncomplete,
    Repair,
    ReplyUnreadable,
    Rule,
    State,
    Telling,
    Terms,
    Verdict,
    problem_of,
)
from contracts.readings import READINGS
from payers.asking import InquiryPlanner, Types
from payers.reading import Extent, Reading, redefined_codes
from payers.reading.follow_up import open_procedures
from payers.repairing import repairs

_ON_THE_LOOP = Extent(parts=600, words=4_000)
"""What replies may hold together to be read on the event loop: so much costs it fifteen milliseconds."""

_MOST = Extent(parts=6_000, signs=600_000)
_MOST_LINES = 1_200
"""The bounds of one reply. A payer's longest known has some hundreds of lines; what has more is no answer, and the
answer to it would be written out in one call that costs everybody their turn.
"""


def now() -> datetime:
    """Return the present instant, in UTC."""
    return datetime.now(UTC)


class Outcomes(NamedTuple):
    """What came of some inquiries: the replies and the errors, each in the order of asking."""

    replies: tuple[Benefits, ...] = ()
    failures: tuple[PayerError, ...] = ()


class DataAdapter:
    """Asks what the card plans, in its order, and reads the replies with the dialect."""

    def __init__(self, card: Card, dialect: Dialect | None = None, *, clock: Callable[[], datetime] = now) -> None:
        """Take the payer as data. Raises ``ValueError`` when the dialect gives another meaning to a shared code."""
        self.card = card
        self.dialect = dialect or Dialect()
        redefined = redefined_codes(dialect) if isinstance(dialect, Dialect) else ()
        if redefined:
            raise ValueError(f"{card.id}: a dialect adds codes; {', '.join(redefined)} mean the same for every payer")
        self._clock = clock
        self._planner = InquiryPlanner(card.plan)

    def with_card(self, card: Card) -> Self:
        """Return an adapter that follows ``card``, another one of the same payer, and knows nothing yet."""
        return type(self)(card, self.dialect, clock=self._clock)

    async def verify(self, question: Question, gateway: Gateway) -> Answer:
        """Ask and conclude.

        Raises ``QuestionIncomplete`` before anything is asked when a field is missing, and what the gateway raised when
        every inquiry failed alike. Otherwise each inquiry that failed is a problem of the answer.
        """
        missing = self.card.missing(question)
        if missing:
            raise QuestionIncomplete("needs", fields=missing)
        asked, repair, reading = question, None, self._reading(question, gateway)
        planned = self._planner.at_once(question.conditions)
        outcomes = await self._ask(gateway, reading, question, planned)
        wrong = await self._wrong_fields(outcomes, reading)
        for way, mended in repairs(question, self.card, wrong):
            again = await self._ask(gateway, reading, mended, planned[:1], way)
            if again.failures and not _is_rejection(again):
                outcomes = outcomes._replace(failures=(*outcomes.failures, *again.failures))
                break
            if not await self._wrong_fields(again, reading):
                rest = await self._ask(gateway, reading, mended, planned[1:], way)
                asked, repair = mended, way
                outcomes = Outcomes((*again.replies, *rest.replies), rest.failures)
                break
        if not outcomes.replies and len(_problems_of(outcomes.failures)) == 1:
            raise max(outcomes.failures, key=lambda one: 0.0 if one.retry_at is None else one.retry_at.timestamp())
        answer = await self._conclude(outcomes, reading)
        more = self._planner.follow_up(answer, outcomes.replies, self.dialect, question.conditions)
        if more and not outcomes.failures:
            if isinstance(gateway, Telling):
                gateway.tell(_so_far(answer))
            later = await self._ask(gateway, reading, asked, more, repair)
            self._planner.learn(outcomes.replies, later.replies)
            outcomes = Outcomes((*outcomes.replies, *later.replies), later.failures)
            answer = await self._conclude(outcomes, reading)
        procedures = open_procedures(answer, self.dialect, question.conditions)
        if not procedures or not _may_authorize(type(gateway)):
            return answer
        inquiry = self._inquiry(asked, self.card.plan.first, repair)
        said = await cast("Authorizing", gateway).ask_authorization(self.card, inquiry, procedures)
        return answer if said is None else await self._conclude(Outcomes((*outcomes.replies, said)), reading)

    async def _ask(
        self,
        gateway: Gateway,
        reading: Reading,
        question: Question,
        groups: tuple[Types, ...],
        repair: Repair | None = None,
    ) -> Outcomes:
        """Ask side by side; the gateway's limits for this payer decide how much of that is at once."""

        async def ask(inquiry: Inquiry) -> Benefits | PayerError:
            try:
                benefits = await gateway.ask(self.card, inquiry)
            except PayerError as error:
                return error
            return ReplyUnreadable("too_many_lines") if _is_too_long(benefits, reading) else benefits

        inquiries = [self._inquiry(question, one, repair) for one in groups]
        if len(inquiries) == 1:
            results = [await ask(inquiries[0])]
        else:
            async with asyncio.TaskGroup() as group:
                tasks = [group.create_task(ask(one)) for one in inquiries]
            results = [task.result() for task in tasks]
        replies = tuple(one for one in results if not isinstance(one, PayerError))
        return Outcomes(replies, tuple(one for one in results if isinstance(one, PayerError)))

    def _inquiry(self, question: Question, service_types: Types, repair: Repair | None = None) -> Inquiry:
        return Inquiry(
            payer=self.card.id,
            member=question.member,
            subscriber=question.subscriber,
            provider=question.provider,
            service_date=question.service_date,
            service_types=service_types,
            repair=repair,
        )

    async def _wrong_fields(self, outcomes: Outcomes, reading: Reading) -> frozenset[str]:
        """Return the fields that every reply calls wrong; none when one of them answers, or an inquiry got no reply."""
        if not outcomes.failures and not any(_rejects(benefits) for benefits in outcomes.replies):
            return frozenset()
        if outcomes.failures and not _is_rejection(outcomes):
            return frozenset()
        problems: list[Problem] = [problem_of(error) for error in outcomes.failures]
        if outcomes.replies:
            answer = await self._conclude(Outcomes(outcomes.replies), reading)
            if answer.coverage.status not in {CoverageStatus.NOT_FOUND, CoverageStatus.COULD_NOT_CHECK}:
                return frozenset()
            problems += answer.problems
        if any(problem.code is not ProblemCode.MEMBER_REJECTED for problem in problems):
            return frozenset()
        return frozenset(field for problem in problems for field in problem.fields)

    def _reading(self, question: Question, gateway: Gateway) -> Reading:
        return Reading(
            self.card,
            self.dialect,
            question.service_date,
            inquiry=self._inquiry(question, self.card.plan.first),
            delivery=question.delivery,
            cards=gateway.cards,
        )

    async def _conclude(self, outcomes: Outcomes, reading: Reading) -> Answer:
        """Return the answer of the replies; many lines are read in a thread, so that the event loop keeps running."""
        problems = _problems_of(outcomes.failures)
        answer = partial(reading.answer, outcomes.replies, as_of=self._clock(), problems=problems)
        where = READINGS.beside_the_loop if _is_long(outcomes.replies, reading) else READINGS.on_the_loop
        return await where(answer)


@lru_cache(maxsize=16)
def _may_authorize(kind: type[Gateway]) -> bool:
    """Whether gateways of ``kind`` ask about authorization. To look at a protocol in every question takes long."""
    return issubclass(kind, Authorizing)


def _problems_of(failures: Sequence[PayerError]) -> tuple[Problem, ...]:
    """Return one problem of each kind; of several instants to ask again, the latest."""
    found: dict[Problem, Problem] = {}
    for problem in map(problem_of, failures):
        known = found.setdefault(problem.model_copy(update={"retry_at": None}), problem)
        if problem.retry_at is not None and (known.retry_at is None or known.retry_at < problem.retry_at):
            found[problem.model_copy(update={"retry_at": None})] = problem
    return tuple(found.values())


def _is_long(replies: Sequence[Benefits], reading: Reading) -> bool:
    """Whether replies are read beside the event loop."""
    if sum(len(benefits.lines) for benefits in replies) > _ON_THE_LOOP.parts:
        return True
    held = [reading.extent_of(benefits) for benefits in replies]
    return sum(one.parts for one in held) > _ON_THE_LOOP.parts or sum(one.words for one in held) > _ON_THE_LOOP.words


def _is_too_long(benefits: Benefits, reading: Reading) -> bool:
    if len(benefits.lines) > _MOST_LINES:
        return True
    extent = reading.extent_of(benefits)
    return extent.parts > _MOST.parts or extent.signs > _MOST.signs


def _so_far(answer: Answer) -> Answer:
    """``answer`` while more is being asked: of what no reply spoke yet nothing is known, rather than not stated."""
    unchecked = Terms(verdict=Verdict.COULD_NOT_CHECK, grade=Grade.D, rule=Rule.NOT_CHECKED)

    def mask_silent(terms: Terms) -> Terms:
        return unchecked if terms.rule is Rule.SILENT else terms

    rows = tuple(
        row.model_copy(
            update={"in_network": mask_silent(row.in_network), "out_of_network": mask_silent(row.out_of_network)}
        )
        for row in answer.programs
    )
    return answer.model_copy(update={"programs": rows, "state": State.PENDING})


def _rejects(benefits: Benefits) -> bool:
    return bool(benefits.rejections or benefits.rejections_below)


def _is_rejection(outcomes: Outcomes) -> bool:
    """Whether all that failed is that the payer, having been asked, called the member's details wrong."""
    return all(isinstance(error, MemberRejected) and error.sent for error in outcomes.failures)
