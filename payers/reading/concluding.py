"""Benefits and a dialect in, the answer out: each part is concluded by its own module and put together here."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import NamedTuple

from contracts import (
    NOT_CHECKED,
    PROGRAMS,
    UNSAID,
    Accumulators,
    Alternative,
    Answer,
    AnsweredBy,
    Benefits,
    Card,
    Condition,
    Copay,
    CopayPer,
    Coverage,
    CoverageStatus,
    Delivery,
    Dialect,
    Figure,
    FindingCode,
    Grade,
    Inquiry,
    MemberMatch,
    OpenQuestionCode,
    Problem,
    Program,
    ProgramTerms,
    Rule,
    Side,
    State,
    Terms,
    Verdict,
    compare,
    restate,
)
from payers.reading import figures
from payers.reading.accumulators import accumulators
from payers.reading.administrators import Delegation, delegation
from payers.reading.asking import open_questions
from payers.reading.covering import coverage
from payers.reading.evidence import Book
from payers.reading.extent import within_bounds
from payers.reading.figures import Found, Value
from payers.reading.grounds import grounds
from payers.reading.ladder import Decision, Heard, Said, Voice, decide, naming, on_side
from payers.reading.limits import limits
from payers.reading.lines import Line, authorized_of, lines_of
from payers.reading.numbers import instant
from payers.reading.plans import Plan, in_force, plan_of
from payers.reading.rejected import Rejected, rejected, usable

_GRANTED = frozenset({Verdict.COVERED, Verdict.LIKELY})
_READ = frozenset({CoverageStatus.ACTIVE, CoverageStatus.UNCLEAR})
_WORST_FIRST = (MemberMatch.DIFFERS, MemberMatch.EXACT, MemberMatch.NOT_ECHOED)


class Asked(NamedTuple):
    """Against what the replies are read: the payer, the day, the inquiry (None for a file), all cards there are."""

    card: Card
    dialect: Dialect
    service_date: date
    as_of: datetime
    inquiry: Inquiry | None
    delivery: Delivery
    cards: Sequence[Card]


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
    """The answer that ``replies`` of one payer about one member come to.

    ``problems`` are those of inquiries that were not answered. ``inquiry`` is what was asked, None when a file is read:
    then nothing is compared with what was sent. Raises nothing.
    """
    asked = Asked(card, dialect, service_date, as_of, inquiry, delivery, cards)
    return _Conclusion(tuple(replies), asked, problems).answer()


class _Row(NamedTuple):
    """One program and condition, the lines that name it, and who runs it when that is not the payer."""

    program: Program
    condition: Condition
    heard: Heard
    by: tuple[str | None, tuple[str, ...]] | None


class _Conclusion:
    """One answer as it is concluded."""

    def __init__(self, replies: tuple[Benefits, ...], asked: Asked, problems: tuple[Problem, ...]) -> None:
        self.asked, self.book = asked, Book()
        self.replies = tuple(within_bounds(benefits) for benefits in replies)
        self.unread = any(read is not whole for read, whole in zip(self.replies, replies, strict=True))
        self.rejected: Rejected = rejected(self.replies, asked.as_of, self.book)
        self.problems = (*problems, *(one for one in self.rejected.problems if one not in problems))
        self.partly_asked = bool(problems) or not all(usable(benefits) for benefits in replies)
        self.lines: list[Line] = []
        self.authorized: list[Line] = []
        for number, benefits in enumerate(self.replies):
            for noticed in benefits.noticed:
                self.book.find(noticed.code, noticed.at, noticed.detail)
            if usable(benefits):
                self.lines += lines_of(number, benefits, asked.dialect, self.book)
                self.authorized += authorized_of(number, benefits, asked.dialect, self.book)
        self.extra: list[tuple[OpenQuestionCode, Program, Condition]] = []

    def answer(self) -> Answer:
        """Everything, put together."""
        covered = self._coverage()
        read = covered.status in _READ
        delegated = (
            delegation(self.lines, self.replies, self.asked.card, self.asked.cards, self.book) if read else Delegation()
        )
        programs = tuple(self._row(program, condition, covered, delegated) for program, condition in PROGRAMS)
        phone = self._phone()
        questions = open_questions(
            covered,
            programs,
            delegated.administrators,
            self.extra,
            delivery=self.asked.delivery,
            ask_payer=delegated.ask_payer,
            phone=phone,
        )
        state = State.PENDING if any(benefits.in_progress for benefits in self.replies) else State.FINAL
        step, summary = UNSAID
        answer = Answer(
            state=state,
            payer=self.asked.card.id or None,
            service_date=self.asked.service_date,
            as_of=self.asked.as_of,
            member_match=self._match(covered.status),
            coverage=covered,
            programs=programs,
            accumulators=accumulators(self.lines, self.asked.dialect, self.book) if read else Accumulators(),
            administrators=delegated.administrators,
            answered_by=tuple(self._answered_by(benefits) for benefits in self.replies),
            open_questions=questions,
            next_step=step,
            summary=summary,
            evidence=self.book.evidence,
            findings=self.book.findings,
            problems=self.problems,
            payer_phone=phone,
        )
        return restate(answer, state=state)

    def _coverage(self) -> Coverage:
        alone = self.rejected.status
        if alone not in {None, CoverageStatus.UNCLEAR}:
            return Coverage(status=alone or CoverageStatus.COULD_NOT_CHECK, evidence=self.rejected.evidence)
        plan: Plan = plan_of(self.lines, self.replies, self.asked.service_date, self.book)
        status = plan.status
        if alone is CoverageStatus.UNCLEAR:
            self.book.find(FindingCode.CONTRADICTION, None, "AAA beside EB")
            status = CoverageStatus.UNCLEAR
        if any(benefits.truncated for benefits in self.replies):
            status = CoverageStatus.UNCLEAR
        self.lines = in_force(self.lines, self.asked.service_date)
        found = coverage(plan, status, self.lines, self.replies, self.asked.service_date, self.book)
        return found.model_copy(update={"evidence": (*found.evidence, *self.rejected.evidence)})

    def _match(self, status: CoverageStatus) -> MemberMatch | None:
        if self.asked.inquiry is None:
            return None
        if status is CoverageStatus.NOT_FOUND:
            return MemberMatch.NOT_FOUND
        if not self.replies or status is CoverageStatus.COULD_NOT_CHECK:
            return None
        found = [
            self._compared(number, benefits, self.asked.inquiry)
            for number, benefits in enumerate(self.replies)
            if usable(benefits)
        ]
        return next((match for match in _WORST_FIRST if match in found), None)

    def _compared(self, number: int, benefits: Benefits, inquiry: Inquiry) -> MemberMatch:
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

    def _row(self, program: Program, condition: Condition, covered: Coverage, delegated: Delegation) -> ProgramTerms:
        if covered.status is CoverageStatus.INACTIVE:
            closed = Terms(
                verdict=Verdict.NOT_COVERED, grade=Grade.A, rule=Rule.PLAN_INACTIVE, evidence=covered.evidence
            )
            return ProgramTerms(program=program, condition=condition, in_network=closed, out_of_network=closed)
        if covered.status not in _READ:
            return ProgramTerms(program=program, condition=condition)
        heard = [(line, voice) for line in self.lines if (voice := naming(line, program, condition))]
        row = _Row(program, condition, heard, delegated.of(condition))
        decided = decide(self.lines, program, condition, delegated=row.by is not None, book=self.book)
        self.extra += [(code, program, condition) for decision in decided.values() for code in decision.open]
        sides = {side: self._terms(row, side, decision) for side, decision in decided.items()}
        if self.unread:
            sides = {side: _unread(terms) for side, terms in sides.items()}
        elif covered.status is CoverageStatus.UNCLEAR:
            sides = {side: _less_certain(terms) for side, terms in sides.items()}
        return ProgramTerms(
            program=program,
            condition=condition,
            in_network=sides[Side.IN_NETWORK],
            out_of_network=sides[Side.OUT_OF_NETWORK],
        )

    def _terms(self, row: _Row, side: Side, decision: Decision) -> Terms:
        speaking = [line for line, voice in on_side(row.heard, side) if Voice.SPEAKS in voice]
        set_apart = [line for line in speaking if line.office or line.virtual]
        # What is said of a procedure's authorization names the program itself: it is no borrowing from a broader line.
        certified = [
            line
            for line in self.authorized
            if line.procedure_of is row.program and row.condition in line.conditions and line.on(side, marked=False)
        ]
        terms = self._decided(row, decision, set_apart, certified)
        delivered, lines = figures.virtual(on_side([one for one in row.heard if one[0].virtual], side), self.book)
        if not lines:
            return terms
        evidence = tuple(dict.fromkeys((*terms.evidence, *figures.marks(lines, self.book))))
        return terms.model_copy(update={"virtual": delivered, "evidence": evidence})

    def _decided(self, row: _Row, decision: Decision, set_apart: Sequence[Line], certified: Sequence[Line]) -> Terms:
        """What the ladder decided, with the figures that its rung carries."""
        plain = Terms(verdict=decision.verdict, grade=decision.grade, rule=decision.rule)
        if decision.verdict is Verdict.DELEGATED and row.by is not None:
            return plain.model_copy(update={"administered_by": row.by[0], "evidence": row.by[1]})
        if decision.on is None:
            # Where an inquiry was not answered, silence is not yet the payer's.
            return NOT_CHECKED if self.partly_asked and decision.rule is Rule.SILENT else plain
        said = decision.on
        decisive = said.speaking if decision.verdict in _GRANTED else (*said.speaking, *said.closing, *said.stopping)
        evidence = figures.marks(decisive, self.book)
        evidence += grounds(decisive, decision.rule, row.program, self.asked.dialect.phrases, self.book)
        plain = plain.model_copy(update={"evidence": evidence})
        if decision.verdict not in _GRANTED:
            return plain.model_copy(update={"limits": limits(said.speaking, self.book)})
        return self._granted(said, decision.below, plain, row.program, set_apart, certified)

    def _granted(
        self,
        said: Said,
        below: tuple[Said, ...],
        plain: Terms,
        program: Program,
        set_apart: Sequence[Line],
        certified: Sequence[Line],
    ) -> Terms:
        own = figures.speaking(said)
        copay, share, borrowed, more = self._cost(own, below)
        applies = figures.deductible(own, self.book)
        kinds = {value.value > 0 for value in applies.values}
        if len(kinds) == 2:
            more += figures.alternatives(applies, self.book)
        authorized = figures.authorization((*said.speaking, *certified), program, self.book)
        costs = figures.marks((line for value in (copay, share) if value for line in value.lines), self.book)
        return Terms(
            verdict=plain.verdict,
            grade=plain.grade,
            rule=plain.rule,
            authorization=authorized.word,
            copay=Copay(amount=copay.value, per=copay.per or CopayPer.UNKNOWN) if copay else None,
            coinsurance=share.value if share else None,
            deductible_applies=kinds.pop() if len(kinds) == 1 else None,
            limits=limits(own, self.book),
            cost_rule=None if borrowed else figures.cost_rule(copay, share),
            alternatives=(*more, *figures.set_apart(set_apart, self.book)),
            assumed=borrowed,
            evidence=tuple(dict.fromkeys((*plain.evidence, *costs, *authorized.evidence))),
        )

    def _cost(
        self, own: Sequence[Line], below: Sequence[Said]
    ) -> tuple[Value | None, Value | None, tuple[Figure, ...], tuple[Alternative, ...]]:
        """Copay and coinsurance of the deciding rung, each borrowed from the next rung below where it has none."""
        values: list[Value | None] = []
        borrowed: list[Figure] = []
        more: tuple[Alternative, ...] = ()
        for read in (figures.copay, figures.coinsurance):
            found: Found = read(own, self.book)
            if not found.values:
                found = next(
                    (lower for said in below if (lower := read(figures.speaking(said), self.book)).values), found
                )
                if found.values:
                    borrowed.append(found.figure)
            values.append(found.single)
            if len(found.values) > 1:
                more += figures.alternatives(found, self.book)
        return values[0], values[1], tuple(borrowed), more


def _less_certain(terms: Terms) -> Terms:
    """The terms under a plan whose status is unclear: nothing is certain, nothing is refused."""
    if terms.verdict in _GRANTED:
        return terms.model_copy(update={"verdict": Verdict.LIKELY, "grade": Grade.C})
    if terms.verdict is Verdict.NOT_COVERED:
        return terms.model_copy(update={"verdict": Verdict.NOT_STATED, "grade": Grade.D})
    return terms


def _unread(terms: Terms) -> Terms:
    """The terms beside a line that was too long to be read: whatever the others say, it may say otherwise."""
    if terms.verdict not in {*_GRANTED, Verdict.NOT_COVERED}:
        return terms
    return Terms(verdict=Verdict.NOT_STATED, grade=Grade.D, rule=terms.rule, evidence=terms.evidence)
