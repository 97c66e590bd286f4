"""How the entries of a verification of benefits are made: a point, its subject, what is said, what is asked."""

from typing import NamedTuple

from contracts import Answer, Condition, Program, ProgramTerms, Question, Side, Terms, Verdict
from contracts.report.words import CONDITION
from service.guidance.cost_rows import NO_PRICES, Prices
from service.guidance.cost_values import EpisodeCost
from service.guidance.network_values import NetworkStanding, NetworkStatus
from service.guidance.vob_points import POINT, AnswerKind
from service.guidance.vob_values import CoverageLevel, Provenance, VobEntry, VobStatement
from service.security.consent import Consent

GRANTED = frozenset({Verdict.COVERED, Verdict.LIKELY})


class RecordSource(NamedTuple):
    """What a record is made from. ``side`` is the side of the network that a caller asks about.

    ``prices`` are what a day costs by our contracts, ``estimates`` what a stay may cost, for each condition, and
    ``consent`` what the member agreed to.
    """

    answer: Answer
    question: Question
    side: Side
    network: tuple[NetworkStatus, ...]
    prices: Prices = NO_PRICES
    estimates: tuple[EpisodeCost, ...] = ()
    consent: Consent | None = None

    @property
    def is_out(self) -> bool:
        """Whether terms out of network matter: where we are, or may be, out of network."""
        return any(one.standing is not NetworkStanding.IN for one in self.network) or not self.network

    def terms(self, row: ProgramTerms) -> Terms:
        """Return the terms of a row on the side that a caller asks about."""
        return row.on(self.side)


class EntryAbout(NamedTuple):
    """What an entry is about: a program for a condition, a side and a level of the plan; None where it is not."""

    program: Program | None = None
    condition: Condition | None = None
    side: Side | None = None
    level: CoverageLevel | None = None


OF_ALL = EntryAbout()


def entry(
    number: int,
    *statements: VobStatement | None,
    about: EntryAbout = OF_ALL,
    ask: str | None = None,
    part: str = "",
    kind: AnswerKind | None = None,
) -> VobEntry:
    """Return an entry of the point ``number``; a statement that is None was not made.

    ``part`` tells several entries of one point and subject apart, such as ``total`` and ``left``. ``kind`` is the
    point's own when not given.
    """
    point = POINT[number]
    words = (f"p{number}", part, *(one.value for one in about if one is not None))
    return VobEntry(
        id=".".join(word for word in words if word),
        point=number,
        label=f"{point.label}, {part}" if part else point.label,
        grade=point.grade,
        part=point.part,
        kind=kind or point.kind,
        program=about.program,
        condition=about.condition,
        side=about.side,
        level=about.level,
        statements=tuple(one for one in statements if one is not None),
        ask=ask,
    )


def by_payer(value: str | None, text: str, evidence: tuple[str, ...]) -> VobStatement | None:
    """Return what the reply says; None where ``value`` is None or rests on nothing."""
    if value is None or not evidence:
        return None
    return VobStatement(provenance=Provenance.PAYER, value=value, text=text, evidence=evidence)


def by_us(value: str | None, text: str | None = None) -> VobStatement | None:
    """Return what we know ourselves; None where ``value`` is None."""
    return None if value is None else VobStatement(provenance=Provenance.OURS, value=value, text=text or value)


def name_of(program: Program, condition: Condition) -> str:
    """Return a program in words for a call: ``IOP for mental health``."""
    return f"{program.value.upper()} for {CONDITION[condition.value]}"


def yes_or_no(*, value: bool) -> str:
    """Return ``yes`` or ``no``."""
    return "yes" if value else "no"
