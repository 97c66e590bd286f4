"""The verification of benefits as one record: each point with what the reply, the phone and we ourselves say of it."""

from enum import StrEnum

from contracts import Condition, Confidential, Frozen, Program, Side
from contracts.facts import Instant
from service.guidance.vob_points import AnswerKind, CallPart, PointGrade

NOT_KNOWN = "not_known"
"""The value of an answer by which a representative says that he does not know: the question stays open."""


class CoverageLevel(StrEnum):
    """Whose figure it is."""

    INDIVIDUAL = "individual"
    FAMILY = "family"


class Provenance(StrEnum):
    """Who says something: the payer's reply, a representative on the phone, or we ourselves."""

    PAYER = "payer"
    PHONE = "phone"
    OURS = "ours"


class VobStatement(Frozen):
    """What one source says of a point.

    ``value`` is in the form of the point's kind: ``yes`` or ``no``, dollars, a share, a number, a date, or words; or
    ``not_known``.
    ``evidence`` are the answer's marks where the payer says it; ``note`` is the number of the call note where a
    representative does.
    """

    provenance: Provenance
    value: str
    text: str
    evidence: tuple[str, ...] = ()
    note: int | None = None


class VobEntry(Frozen):
    """One point for one program, side or level, with everything that is said of it; nothing overwrites anything.

    ``id`` names it for call notes. ``ask`` is the question for a call; null where nobody is to be asked.
    ``contradicts`` says that two sources differ.
    """

    id: str
    point: int
    label: str
    grade: PointGrade
    part: CallPart
    kind: AnswerKind
    program: Program | None = None
    condition: Condition | None = None
    side: Side | None = None
    level: CoverageLevel | None = None
    statements: tuple[VobStatement, ...] = ()
    ask: str | None = None
    contradicts: bool = False

    @property
    def is_open(self) -> bool:
        """Whether nobody has said anything yet, and it can be asked."""
        return self.ask is not None and all(one.value == NOT_KNOWN for one in self.statements)


class CallAnswer(Frozen):
    """What a representative said to one question; ``remark`` holds whatever else was said."""

    entry: str
    value: str
    remark: str | None = None


class CallContent(Confidential):
    """What staff write down of a call: who said what, when, under which reference number."""

    called_at: Instant
    representative: str
    reference_number: str | None = None
    department: str | None = None
    phone: str | None = None
    answers: tuple[CallAnswer, ...] = ()
    remark: str | None = None


class CallNote(CallContent):
    """One call as it is kept. ``number`` counts the calls of a verification, ``recorded_by`` is a key's id."""

    number: int
    recorded_by: str
    recorded_at: Instant
