"""Benefits and a dialect in, the answer out: each part is concluded by its own module and put together here."""

from collections.abc import Callable, Sequence
from datetime import date, datetime
from functools import partial
from typing import NamedTuple

from contracts import (
    NOT_CHECKED,
    PROGRAMS,
    Accumulators,
    Answer,
    AnsweredBy,
    Benefits,
    Card,
    Coverage,
    CoverageStatus,
    Delivery,
    Dialect,
    FindingCode,
    Grade,
    Inquiry,
    MemberMatch,
    OpenQuestionCode,
    PlanType,
    Problem,
    Program,
    ProgramTerms,
    Rule,
    State,
    Terms,
    Verdict,
    compare,
)
from payers.reading.coverage.accumulators import accumulators
from payers.reading.coverage.administrators import Delegation, delegation_of
from payers.reading.coverage.asked_payer import asked_payer
from payers.reading.coverage.companies import company_names
from payers.reading.coverage.coverage import coverage, other_payers
from payers.reading.coverage.lines_by_plan import LinesByPlan
from payers.reading.coverage.plan_facts import is_on_plan
from payers.reading.coverage.plans import Plan, plan_of
from payers.reading.coverage.rejections import Rejected, read_rejections, usable
from payers.reading.evidence import Book
from payers.reading.extent import Extent
from payers.reading.lines import codes
from payers.reading.lines.facts import Reader
from payers.reading.lines.line import Line
from payers.reading.lines.read_replies import ReadReplies
from payers.reading.lines.statements import Patient
from payers.reading.memory import remember
from payers.reading.numbers import day, instant
from payers.reading.open_questions import open_questions
from payers.reading.terms.lines_in_force import LinesInForce, sort_lines
from payers.reading.terms.medical import medical_benefits
from payers.reading.terms.program_terms import ProgramReader, ReadPrograms, ReadRow
from payers.reading.text import Lexicon, lexicon_of

CONCLUDED = frozenset({CoverageStatus.ACTIVE, CoverageStatus.UNCLEAR})
"""Statuses of a plan of which terms are read."""

_GRANTED = frozenset({Verdict.COVERED, Verdict.LIKELY})
_WORST_FIRST = (MemberMatch.DIFFERS, MemberMatch.EXACT, MemberMatch.NOT_ECHOED)
_COVERED = {Program.IOP: OpenQuestionCode.IOP_COVERED, Program.PHP: OpenQuestionCode.PHP_COVERED}
_CLOSED_NETWORKS = frozenset({PlanType.HMO, PlanType.EPO})


class Asked(NamedTuple):
    """Against what the replies are read: the payer, the day, the inquiry (None for a file), all cards there are."""

    card: Card
    dialect: Dialect
    service_date: date
    as_of: datetime
    inquiry: Inquiry | None
    delivery: Delivery
    cards: Sequence[Card]


class Reading:
    """What is read of the replies to one question: an answer is concluded as they come, and each is read once."""

    def __init__(
        self,
        card: Card,
        dialect: Dialect,
        service_date: date,
        *,
        inquiry: Inquiry | None = None,
        delivery: Delivery = Delivery.EITHER,
        cards: Sequence[Card] = (),
    ) -> None:
        """Take the payer, the day, all cards there are, and what was asked.

        ``inquiry`` is None when a file is read: then nothing is compared with what was sent.
        """
        self._ask = partial(Asked, card, dialect, service_date, inquiry=inquiry, delivery=delivery, cards=cards)
        self._read = ReadReplies()

    def extent_of(self, benefits: Benefits) -> Extent:
        """Return how much a reply holds; it is found once."""
        return self._read.extent_of(benefits)

    def answer(self, replies: Sequence[Benefits], *, as_of: datetime, problems: tuple[Problem, ...] = ()) -> Answer:
        """Return the answer that ``replies`` of one payer about one member come to.

        ``problems`` are those of inquiries that were not answered. Raises nothing.
        """
        return Conclusion(tuple(replies), self._ask(as_of=as_of), problems, self._read).answer()


def conclude(
    replies: Sequence[Benefits],
    *,
    card: Card,
    dialect: Dialect,
    service_date: date,
    as_of: datetime,
    inquiry: Inquiry | None = None,
    delivery: Delivery = Delivery.EITHER,
    problems: tuple[Problem, ...] = (),
    cards: Sequence[Card] = (),
) -> Answer:
    """Return the answer that ``replies`` come to, as ``Reading`` does, where no more of them will come."""
    reading = Reading(card, dialect, service_date, inquiry=inquiry, delivery=delivery, cards=cards)
    return reading.answer(replies, as_of=as_of, problems=problems)


class Conclusion:
    """One answer as it is concluded: lines are read once, each part is concluded by its own module."""

    def __init__(
        self, replies: tuple[Benefits, ...], asked: Asked, problems: tuple[Problem, ...], read: ReadReplies
    ) -> None:
        """Read every line of ``replies`` that is not in ``read`` yet."""
        self.asked, self.book = asked, Book()
        self.replies = tuple(read.within_bounds(benefits) for benefits in replies)
        self.is_cut = any(one is not whole for one, whole in zip(self.replies, replies, strict=True))
        self.rejected: Rejected = read_rejections(self.replies, asked.as_of, self.book)
        self.problems = (*problems, *(one for one in self.rejected.problems if one not in problems))
        # A reply that is cut was an answer as it came.
        are_usable = map(usable, replies) if self.is_cut else self.rejected.usable
        self.partly_asked = bool(problems) or not all(are_usable)
        self.patient = self._patient()
        self.lines: list[Line] = []
        self.authorized: list[Line] = []
        lexicon = _lexicon(asked.card, asked.dialect, tuple(asked.cards))
        for number, benefits in enumerate(self.replies):
            reader = Reader(asked.dialect, lexicon, self.patient, Book())
            found = read.read(number, benefits, reader, is_usable=self.rejected.usable[number])
            self.book.include(found.book)
            self.lines += found.lines
            self.authorized += found.authorized
        self.whole = LinesByPlan(self.lines, asked.service_date)
        self.in_force: LinesInForce
        self.delegated = Delegation()

    def answer(self) -> Answer:
        """Return everything, put together."""
        covered = self._coverage()
        asked, read = self.asked, covered.status in CONCLUDED
        payer = asked_payer(self.replies, asked.card, asked.cards)
        delegated = (
            delegation_of(self.whole.may_point(), self.replies, payer, self.patient, self.book)
            if read
            else Delegation()
        )
        self.delegated = delegated
        others = other_payers(self.whole.lines, delegated, asked.service_date, self.book)
        if others:
            covered = covered.model_copy(update={"other_payers": others})
        programs = self._program_reader(self.book).read_all() if read else ReadPrograms((), ())
        rows = self._rows(covered, programs)
        phone = self._phone()
        questions = open_questions(
            covered,
            rows,
            delegated.administrators,
            programs.left_open,
            delivery=self.asked.delivery,
            ask_payer=delegated.ask_payer,
            ask_who=delegated.ask_who,
            phone=phone,
        )
        totals = self._accumulators(covered) if read else Accumulators()
        state = State.PENDING if any(benefits.in_progress for benefits in self.replies) else State.FINAL
        return Answer(
            state=state,
            payer=self.asked.card.id or None,
            service_date=self.asked.service_date,
            as_of=self.asked.as_of,
            member_match=self._match(covered.status),
            coverage=covered,
            programs=rows,
            accumulators=totals,
            administrators=delegated.administrators,
            answered_by=tuple(self._answered_by(benefits) for benefits in self.replies),
            open_questions=questions,
            # After all that verdicts and figures rest on, whose evidence keeps its numbers.
            medical_benefits=medical_benefits(self.in_force.medical, self.book) if read else (),
            evidence=self.book.evidence,
            findings=self.book.findings,
            problems=self.problems,
            payer_phone=phone,
        )

    def walked_rows(self) -> list[ReadRow]:
        """Return how each row was read, with lines of these very replies: what is remembered may have another's.

        Raises nothing after ``answer``, where the status is one of ``CONCLUDED``.
        """
        reader = self._program_reader(Book())
        return [reader.read(*one) for one in PROGRAMS]

    def _program_reader(self, book: Book) -> ProgramReader:
        return ProgramReader(self.in_force, self.patient, self.delegated, book, partly_asked=self.partly_asked)

    def _patient(self) -> Patient:
        """The patient's age on the day of service, by the reply's own birth date, else by that of the inquiry."""
        on = self.asked.service_date
        echoed = (benefits.patient for benefits in self.replies if benefits.patient is not None)
        born = next((found for person in echoed if (found := day(person.birth_date))), None)
        if born is None and self.asked.inquiry is not None:
            born = self.asked.inquiry.member.birth_date
        if born is None or born > on:
            return Patient(None, on)
        return Patient(on.year - born.year - ((on.month, on.day) < (born.month, born.day)), on)

    def _coverage(self) -> Coverage:
        alone = self.rejected.status
        if alone not in {None, CoverageStatus.UNCLEAR}:
            self.in_force = sort_lines((), self.authorized)
            return Coverage(status=alone or CoverageStatus.COULD_NOT_CHECK, evidence=self.rejected.evidence)
        plan: Plan = plan_of(self.whole, self.replies, self.book)
        status = plan.status
        if alone is CoverageStatus.UNCLEAR:
            self.book.find(FindingCode.CONTRADICTION, None, "AAA beside EB")
            status = CoverageStatus.UNCLEAR
        if any(benefits.truncated for benefits in self.replies):
            status = CoverageStatus.UNCLEAR
        self.lines = self.whole.in_force()
        self.in_force = sort_lines(self.lines, self.authorized)
        found = coverage(plan, status, self.in_force.totals, self.replies, self.asked.service_date, self.book)
        if not self.rejected.evidence:
            return found
        return found.model_copy(update={"evidence": (*found.evidence, *self.rejected.evidence)})

    def _match(self, status: CoverageStatus) -> MemberMatch | None:
        if self.asked.inquiry is None:
            return None
        if status is CoverageStatus.NOT_FOUND:
            return MemberMatch.NOT_FOUND
        if not self.replies or status is CoverageStatus.COULD_NOT_CHECK:
            return None
        found = [
            self._compare_member(number, benefits, self.asked.inquiry)
            for number, benefits in enumerate(self.replies)
            if self.rejected.usable[number]
        ]
        return next((match for match in _WORST_FIRST if match in found), None)

    def _compare_member(self, number: int, benefits: Benefits, inquiry: Inquiry) -> MemberMatch:
        """How the member of one reply compares; what differs is a finding, with the payer's own line as evidence."""
        comparison = compare(inquiry, benefits, self.asked.card)
        if not comparison.differs:
            return comparison.match
        echoed = [one for one in dict.fromkeys((benefits.subscriber, benefits.patient)) if one is not None]
        said = benefits.patient or echoed[0]
        fields = " ".join(comparison.differs)
        for one in echoed:
            self.book.mark(number, one.at, one.text, f"the member as the payer knows them; differs: {fields}")
        self.book.find(FindingCode.MEMBER_DIFFERS, said.at, fields)
        return comparison.match

    def _phone(self) -> str | None:
        said = (benefits.payer for benefits in self.replies if benefits.payer is not None)
        return next((phone for payer in said for phone in payer.phones), None) or self.asked.card.phone

    def _answered_by(self, benefits: Benefits) -> AnsweredBy:
        return AnsweredBy(
            payer=self.asked.card.id or None,
            route=benefits.route,
            trace=benefits.trace or None,
            answered_at=instant(benefits.answered_at),
        )

    def _rows(self, covered: Coverage, programs: ReadPrograms) -> tuple[ProgramTerms, ...]:
        """The four rows, as the status of the plan leaves them."""
        if covered.status is CoverageStatus.INACTIVE:
            closed = Terms(
                verdict=Verdict.NOT_COVERED, grade=Grade.A, rule=Rule.PLAN_INACTIVE, evidence=covered.evidence
            )
            return _rows_of(closed)
        if covered.status not in CONCLUDED:
            return _rows_of(NOT_CHECKED)
        if self.is_cut:
            return _with_terms(programs.rows, _without_figures)
        return _with_terms(programs.rows, _less_certain) if covered.status is CoverageStatus.UNCLEAR else programs.rows

    def _accumulators(self, covered: Coverage) -> Accumulators:
        return accumulators(
            self.in_force,
            self.asked.dialect,
            has_no_benefit_outside=partial(self._has_no_benefit_outside, covered),
            book=self.book,
        )

    def _has_no_benefit_outside(self, covered: Coverage) -> bool:
        """Whether there is no benefit out of network: closed there, or an HMO or EPO without a word of it ([F14])."""
        outside = self.in_force.outside
        if any(line.benefit.information == "I" and is_on_plan(line.benefit) for line in outside):
            return True
        behavioral = [line for line in outside if line.facts.types & codes.BEHAVIORAL_TYPES]
        if behavioral and all(line.benefit.information in codes.CLOSING for line in behavioral):
            return True
        return covered.plan_type in _CLOSED_NETWORKS and not self.in_force.speaks_outside()


@remember(64)
def _lexicon(card: Card, dialect: Dialect, cards: tuple[Card, ...]) -> Lexicon:
    names = [name for one in (card, *cards) for name in (one.name, *one.legal_names)]
    return lexicon_of(dialect.phrases, (*company_names(card), *names, *card.own_arms), dialect.notices)


def _rows_of(terms: Terms) -> tuple[ProgramTerms, ...]:
    """Return the rows of a plan of which the same holds for every program and side."""
    return tuple(
        [
            ProgramTerms(program=program, condition=condition, in_network=terms, out_of_network=terms)
            for program, condition in PROGRAMS
        ]
    )


def _with_terms(rows: Sequence[ProgramTerms], change: Callable[[Terms], Terms]) -> tuple[ProgramTerms, ...]:
    return tuple(
        [
            row.model_copy(update={"in_network": change(row.in_network), "out_of_network": change(row.out_of_network)})
            for row in rows
        ]
    )


def _less_certain(terms: Terms) -> Terms:
    """The terms under a plan whose status is unclear: nothing is certain, nothing is refused ([L8])."""
    if terms.verdict in _GRANTED:
        return terms.model_copy(update={"verdict": Verdict.LIKELY, "grade": Grade.C})
    if terms.verdict is Verdict.NOT_COVERED:
        return terms.model_copy(update={"verdict": Verdict.NOT_STATED, "grade": Grade.D})
    return terms


def _without_figures(terms: Terms) -> Terms:
    """The terms beside a line that was too long to be read: whatever the others say, it may say otherwise."""
    if terms.verdict not in {*_GRANTED, Verdict.NOT_COVERED}:
        return terms
    return Terms(verdict=Verdict.NOT_STATED, grade=Grade.D, rule=terms.rule, evidence=terms.evidence)
