"""What an answer states: every field of it but the two texts that ``contracts.answer`` computes from them.

Money is dollars with two decimals, a share is the patient's, between 0 and 1; both are decimal strings in JSON. A date
is ISO, an instant is UTC with ``Z``. What is not known is ``None``, never 0 and never ``""``.

A new field of the answer is added here. Its type carries a mark of ``contracts.marks`` when it is a string, or when it
holds ids of evidence; who may see it and how it is merged follow from that.
"""

from collections.abc import Callable
from datetime import UTC, date, datetime
from decimal import Decimal
from functools import partial
from operator import is_
from typing import Annotated, Any, Self, cast

from pydantic import AfterValidator, Field, GetJsonSchemaHandler, model_serializer
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema

from contracts.marks import EvidenceIds, ForEveryCaller, OfAskedPayer, PatientPays, PayerWords, PlainText, SentOfMember
from contracts.vocabulary import (
    AdministratorOutcome,
    Authorization,
    BenefitYearKind,
    Condition,
    CopayPer,
    CostRule,
    CoverageStatus,
    DistinguishedBy,
    ExchangeOutcome,
    Figure,
    FindingCode,
    Frozen,
    Grade,
    LimitPeriod,
    LimitUnit,
    MemberMatch,
    NextStepCode,
    OpenQuestionCode,
    PayerOrder,
    PlanType,
    ProblemCode,
    Program,
    Responsible,
    Rule,
    Side,
    State,
    Verdict,
    VirtualDelivery,
)

_CENT = Decimal("0.01")


def _cents(value: Decimal) -> Decimal:
    return value.quantize(_CENT)


def _share(value: Decimal) -> Decimal:
    """Two decimals, and more only where they say something."""
    short = value.quantize(_CENT)
    return short if short == value else value.normalize()


def _to_the_second(value: datetime) -> datetime:
    return value.astimezone(UTC).replace(microsecond=0)


Money = Annotated[Decimal, AfterValidator(_cents)]
Share = Annotated[Decimal, AfterValidator(_share)]
Instant = Annotated[datetime, AfterValidator(_to_the_second)]


_is_none = partial(is_, None)
"""Asked of two fields of every line of evidence that is written, so it is no function of Python's."""


class _Located(Frozen):
    """Points into a reply: a segment of X12, or a path of JSON, never both. The other one is not written."""

    segment: int | None = Field(default=None, exclude_if=_is_none)
    path: PlainText | None = Field(default=None, exclude_if=_is_none)


class Evidence(_Located):
    """A line of a reply that a claim rests on. ``description`` is our reading of it in a few words.

    ``text`` is as sent, and None in the view of a caller who may not read the payer's own words.
    """

    id: PlainText
    answered_by: int = 0
    text: Annotated[str | None, PayerWords()]
    description: Annotated[str, ForEveryCaller(), PatientPays(instead="hidden")]


def _quotes(finding: "Finding") -> bool:
    return finding.code is FindingCode.MESSAGE_NOT_UNDERSTOOD


class Finding(_Located):
    """Something in a reply that was seen and not understood, or that contradicts.

    ``detail`` holds codes; that of ``message_not_understood`` holds the payer's own words that no table knows.
    """

    # Where a finding is about the whole reply it is written as null.
    segment: int | None = None
    code: FindingCode
    # Of several marks the first counts that a caller may not see.
    detail: Annotated[str, PatientPays(instead="hidden"), PayerWords(instead="MSG", when=_quotes)]

    @model_serializer(mode="wrap")
    def _one_pointer(self, handler: Callable[[Self], dict[str, Any]]) -> dict[str, Any]:
        fields = handler(self)
        if self.path is not None:
            del fields["segment"]
        return fields

    @classmethod
    def __get_pydantic_json_schema__(cls, schema: CoreSchema, handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        """Describe the fields themselves: of a serializer's result pydantic knows only that it is an object."""
        fields_alone = cast("CoreSchema", {key: value for key, value in schema.items() if key != "serialization"})
        described = super().__get_pydantic_json_schema__(fields_alone, handler)
        fields = handler.resolve_ref_schema(described)
        fields["required"] = [name for name in fields["required"] if name not in _Located.model_fields]
        return described


class Problem(Frozen):
    """Why an answer is missing or incomplete, and who can mend it. ``fields`` are names of the request's body."""

    code: ProblemCode
    responsible: Responsible
    fields: tuple[PlainText, ...] = ()
    retry_at: Instant | None = None


class BenefitYear(Frozen):
    """The year over which deductible and limits run."""

    kind: BenefitYearKind = BenefitYearKind.UNKNOWN
    resets_on: date | None = None


class OtherPayer(Frozen):
    """Another payer that the reply names."""

    name: PlainText
    order: PayerOrder = PayerOrder.UNKNOWN
    evidence: EvidenceIds = ()


class Coverage(Frozen):
    """The plan that carries the behavioral benefit."""

    status: CoverageStatus
    plan_name: PlainText | None = None
    plan_type: PlanType | None = None
    group_number: PlainText | None = None
    group_name: PlainText | None = None
    begins_on: date | None = None
    ends_on: date | None = None
    benefit_year: BenefitYear = BenefitYear()
    other_payers: tuple[OtherPayer, ...] = ()
    evidence: EvidenceIds = ()


class Copay(Frozen):
    """A fixed amount, and what one of it pays for."""

    amount: Money
    per: CopayPer = CopayPer.UNKNOWN


class Limit(Frozen):
    """How much of the program the plan pays for. ``remaining`` is in the same unit."""

    quantity: Decimal | None = None
    unit: LimitUnit
    period: LimitPeriod = LimitPeriod.UNKNOWN
    remaining: Decimal | None = None
    evidence: EvidenceIds = ()


class Alternative(Frozen):
    """One of several values of a figure, none of which was chosen."""

    figure: Figure
    value: Decimal
    per: CopayPer | None = None
    distinguished_by: DistinguishedBy | None = None
    text: Annotated[str | None, PayerWords()] = None
    evidence: EvidenceIds = ()


class Terms(Frozen):
    """What holds for one program, condition and network side."""

    verdict: Verdict
    grade: Grade
    rule: Rule
    authorization: Authorization = Authorization.UNKNOWN
    copay: Annotated[Copay | None, PatientPays()] = None
    coinsurance: Annotated[Share | None, PatientPays()] = None
    deductible_applies: Annotated[bool | None, PatientPays()] = None
    limits: tuple[Limit, ...] = ()
    virtual: VirtualDelivery = VirtualDelivery.NOT_STATED
    cost_rule: Annotated[CostRule | None, PatientPays()] = None
    alternatives: Annotated[tuple[Alternative, ...], PatientPays()] = ()
    assumed: tuple[Figure, ...] = ()
    administered_by: PlainText | None = None
    evidence: EvidenceIds = ()


NOT_CHECKED = Terms(verdict=Verdict.COULD_NOT_CHECK, grade=Grade.D, rule=Rule.NOT_CHECKED)
"""The terms of whatever no usable reply has spoken of."""


class ProgramTerms(Frozen):
    """One program for one condition, on both sides of the network."""

    program: Program
    condition: Condition
    in_network: Terms = NOT_CHECKED
    out_of_network: Terms = NOT_CHECKED

    def on(self, side: Side) -> Terms:
        """Return the terms on ``side``."""
        return self.in_network if side is Side.IN_NETWORK else self.out_of_network


PROGRAMS = tuple((program, condition) for program in Program for condition in Condition)
"""The four rows of every answer, in their order."""


class MedicalBenefit(Frozen):
    """A row of a reply about medical care, on one network side: a copay, a share or a limit. No verdict rests on it."""

    service_types: tuple[PlainText, ...]
    side: Side
    copay: Copay | None = None
    coinsurance: Share | None = None
    limit: Limit | None = None
    evidence: EvidenceIds = ()


class Accumulator(Frozen):
    """A plan-level figure with what is met and what remains of it, in dollars."""

    total: Annotated[Money | None, PatientPays()] = None
    met: Annotated[Money | None, PatientPays()] = None
    remaining: Annotated[Money | None, PatientPays()] = None
    alternatives: Annotated[tuple[Alternative, ...], PatientPays()] = ()
    evidence: EvidenceIds = ()


class AccumulatorLevel(Frozen):
    """The accumulators of one coverage level."""

    deductible: Accumulator = Accumulator()
    out_of_pocket: Accumulator = Accumulator()


class AccumulatorSide(Frozen):
    """The accumulators of one network side."""

    individual: AccumulatorLevel = AccumulatorLevel()
    family: AccumulatorLevel = AccumulatorLevel()


class Accumulators(Frozen):
    """Plan-level deductible and out-of-pocket figures, never a service's own."""

    in_network: AccumulatorSide = AccumulatorSide()
    out_of_network: AccumulatorSide = AccumulatorSide()

    def on(self, side: Side) -> AccumulatorSide:
        """Return the accumulators of ``side``."""
        return self.in_network if side is Side.IN_NETWORK else self.out_of_network


class Administrator(Frozen):
    """Who runs the behavioral benefit, when it is not the payer that was asked (or is its own arm).

    ``payer`` is the id of our card for it, if there is one. ``member_id_differs`` compares the id that the reply gives
    for this entity with the reply's own. ``member_id`` is that id when it differs: it serves to ask the administrator
    within this process, and is never written out.
    """

    name: PlainText
    payer: PlainText | None = None
    phone: PlainText | None = None
    member_id_differs: bool = False
    member_id: Annotated[str | None, SentOfMember()] = Field(default=None, exclude=True, repr=False)
    covers: tuple[Condition, ...] = ()
    asked: bool = False
    outcome: AdministratorOutcome = AdministratorOutcome.NOT_ASKED
    evidence: EvidenceIds = ()


class AnsweredBy(Frozen):
    """One reply that the answer rests on. ``route`` is null when a file was read."""

    payer: PlainText | None = None
    route: PlainText | None = None
    trace: PlainText | None = None
    answered_at: Instant | None = None


class OpenQuestion(Frozen):
    """A question for the call sheet."""

    code: OpenQuestionCode
    program: Program | None = None
    condition: Condition | None = None
    ask: PlainText
    phone: PlainText | None = None


class NextStep(Frozen):
    """The one thing to do next. ``text_es`` is the text in Spanish; null where an earlier version kept none."""

    code: NextStepCode
    text: PlainText
    text_es: PlainText | None = None
    phone: PlainText | None = None


class SummaryStatement(Frozen):
    """A sentence of the summary, or two that belong together, and what they rest on; nothing where nothing is known."""

    en: PlainText
    es: PlainText
    evidence: EvidenceIds = ()


class Summary(Frozen):
    """The answer in plain words, in English and in Spanish: all of ``statements``, one after the other.

    A summary that an earlier version kept has no statements of their own.
    """

    en: PlainText
    es: PlainText
    statements: tuple[SummaryStatement, ...] = ()


class Exchange(Frozen):
    """One exchange with a payer, as it went."""

    payer: PlainText
    route: PlainText
    attempt: int
    ms: int
    outcome: ExchangeOutcome


class Timing(Frozen):
    """Where the time went, in milliseconds."""

    budget_ms: int
    elapsed_ms: int
    exchanges: tuple[Exchange, ...] = ()


class AnswerFacts(Frozen):
    """Everything that an answer about one member at one payer states; ``Answer`` adds the texts that follow from it.

    ``payer_phone`` is the number of the payer that was asked, also where the next step is to call somebody else.
    ``asked_until`` is when a pending question is asked no more, if it is known. ``costs_are_hidden`` says that what the
    patient pays was left out for whoever reads it. The texts need these; none of them is ever written out.
    """

    verification_id: Annotated[PlainText | None, OfAskedPayer()] = None
    reference: Annotated[PlainText | None, OfAskedPayer()] = None
    state: State = State.FINAL
    payer: Annotated[PlainText | None, OfAskedPayer()] = None
    service_date: Annotated[date, OfAskedPayer()]
    as_of: Annotated[Instant, OfAskedPayer()]
    member_match: Annotated[MemberMatch | None, OfAskedPayer()] = None
    coverage: Annotated[Coverage, OfAskedPayer()]
    programs: tuple[ProgramTerms, ...] = Field(min_length=4, max_length=4)
    accumulators: Accumulators = Accumulators()
    medical_benefits: Annotated[tuple[MedicalBenefit, ...], PayerWords(), PatientPays()] = ()
    administrators: tuple[Administrator, ...] = ()
    answered_by: tuple[AnsweredBy, ...] = ()
    open_questions: tuple[OpenQuestion, ...] = ()
    evidence: tuple[Evidence, ...] = ()
    findings: tuple[Finding, ...] = ()
    problems: tuple[Problem, ...] = ()
    timing: Annotated[Timing | None, OfAskedPayer()] = None
    payer_phone: Annotated[PlainText | None, OfAskedPayer()] = Field(default=None, exclude=True)
    asked_until: Annotated[Instant | None, OfAskedPayer()] = Field(default=None, exclude=True)
    costs_are_hidden: Annotated[bool, OfAskedPayer()] = Field(default=False, exclude=True)

    def terms(self, program: Program, condition: Condition, side: Side) -> Terms:
        """Return the terms for one program, condition and side."""
        row = next(row for row in self.programs if (row.program, row.condition) == (program, condition))
        return row.on(side)
