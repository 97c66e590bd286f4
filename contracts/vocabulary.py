"""The closed lists of words that both sides share, and ``Frozen``, the base of every value.

Closed sets are those of ``ANSWER.md`` [H8]; an addition to one is a minor version. A
new problem code has its sentences in ``reasons``.
"""

from enum import StrEnum

from pydantic import BaseModel, ConfigDict, GetJsonSchemaHandler
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema


class Frozen(BaseModel):
    """A value: immutable, with no strange fields, and silent about its input when it is wrong.

    Written as JSON it holds every field, those with a default included, and its JSON schema says so.
    """

    model_config = ConfigDict(
        frozen=True, extra="forbid", hide_input_in_errors=True, json_schema_serialization_defaults_required=True
    )

    @classmethod
    def __get_pydantic_json_schema__(cls, schema: CoreSchema, handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        """Leave the schema of what is written open: a field may be added to it, and readers pass over that field."""
        described = handler(schema)
        if handler.mode == "serialization":
            handler.resolve_ref_schema(described).pop("additionalProperties", None)
        return described


class Confidential(Frozen):
    """A value that holds what nobody may read in a log: of a person, or a secret. Its ``repr`` shows its name alone."""

    def __repr__(self) -> str:
        """Show nothing of what it holds."""
        return f"{type(self).__name__}(…)"

    __str__ = __repr__


class Word(StrEnum):
    """A word of a closed list."""

    @property
    def value(self) -> str:
        """The word itself. ``Enum`` takes twice as long for it, and an answer is written with a hundred of them."""
        return self._value_


class Program(Word):
    """A level of care that is asked about."""

    IOP = "iop"
    PHP = "php"


class Condition(Word):
    """What the program treats."""

    MENTAL_HEALTH = "mental_health"
    SUBSTANCE_USE = "substance_use"


class Side(Word):
    """A network side of a benefit; it speaks of the benefit, not of the asking provider."""

    IN_NETWORK = "in_network"
    OUT_OF_NETWORK = "out_of_network"


SIDES = tuple(Side)
"""Both network sides: an enumeration is slow to walk."""


class Verdict(Word):
    """What the payer's reply means for one program, condition and side."""

    COVERED = "covered"
    LIKELY = "likely"
    NOT_COVERED = "not_covered"
    NOT_STATED = "not_stated"
    DELEGATED = "delegated"
    COULD_NOT_CHECK = "could_not_check"


class Grade(Word):
    """How directly the reply spoke: A named, B place, C outpatient, D nothing that speaks of it."""

    A = "A"
    B = "B"
    C = "C"
    D = "D"


class Rule(Word):
    """The rung of the ladder that decided."""

    NOT_CHECKED = "not_checked"
    PLAN_INACTIVE = "plan_inactive"
    PROCEDURE = "procedure"
    PHRASE = "phrase"
    SERVICE_TYPE = "service_type"
    PLACE = "place"
    DELEGATED = "delegated"
    OUTPATIENT = "outpatient"
    SILENT = "silent"


class State(Word):
    """Whether more may still arrive; a record never goes back from final."""

    FINAL = "final"
    PENDING = "pending"


class CoverageStatus(Word):
    """The status of the plan that carries the behavioral benefit."""

    ACTIVE = "active"
    INACTIVE = "inactive"
    NOT_FOUND = "not_found"
    UNCLEAR = "unclear"
    COULD_NOT_CHECK = "could_not_check"


class MemberMatch(Word):
    """How the member echoed by the payer compares with the one who was asked about."""

    EXACT = "exact"
    DIFFERS = "differs"
    NOT_ECHOED = "not_echoed"
    NOT_FOUND = "not_found"


class Authorization(Word):
    """Whether prior authorization is required."""

    REQUIRED = "required"
    NOT_REQUIRED = "not_required"
    UNKNOWN = "unknown"


class VirtualDelivery(Word):
    """Whether delivery of the program by telehealth is covered."""

    COVERED = "covered"
    NOT_COVERED = "not_covered"
    NOT_STATED = "not_stated"


class CopayPer(Word):
    """What one copay pays for."""

    VISIT = "visit"
    DAY = "day"
    ADMISSION = "admission"
    HOUR = "hour"
    WEEK = "week"
    UNKNOWN = "unknown"


class CostRule(Word):
    """How copay and coinsurance combine when both stand."""

    BOTH = "both"
    GREATER_OF = "greater_of"
    LESSER_OF = "lesser_of"


class LimitUnit(Word):
    """What a limit counts."""

    DAYS = "days"
    VISITS = "visits"
    HOURS = "hours"
    SESSIONS = "sessions"
    UNITS = "units"
    DOLLARS = "dollars"


class LimitPeriod(Word):
    """The time over which a limit counts."""

    CALENDAR_YEAR = "calendar_year"
    PLAN_YEAR = "plan_year"
    CONTRACT = "contract"
    LIFETIME = "lifetime"
    ADMISSION = "admission"
    MONTH = "month"
    WEEK = "week"
    VISIT = "visit"
    DAY = "day"
    UNKNOWN = "unknown"


class Figure(Word):
    """A figure that may have several values."""

    COPAY = "copay"
    COINSURANCE = "coinsurance"
    DEDUCTIBLE = "deductible"
    OUT_OF_POCKET = "out_of_pocket"


class DistinguishedBy(Word):
    """What tells several values of one figure apart."""

    MESSAGE = "message"
    PLACE = "place"
    TIER = "tier"
    COVERAGE_LEVEL = "coverage_level"
    PERIOD = "period"
    QUANTITY = "quantity"
    DIAGNOSIS = "diagnosis"
    PROCEDURE = "procedure"
    NETWORK = "network"


class PlanType(Word):
    """The kind of plan."""

    HMO = "HMO"
    PPO = "PPO"
    EPO = "EPO"
    POS = "POS"
    INDEMNITY = "indemnity"
    MEDICARE = "medicare"
    MEDICARE_ADVANTAGE = "medicare_advantage"
    MEDICAID = "medicaid"


class BenefitYearKind(Word):
    """The kind of year over which deductible and limits run."""

    CALENDAR = "calendar"
    PLAN = "plan"
    UNKNOWN = "unknown"


class PayerOrder(Word):
    """The order in which another payer pays."""

    PRIMARY = "primary"
    SECONDARY = "secondary"
    TERTIARY = "tertiary"
    UNKNOWN = "unknown"


class Responsible(Word):
    """Who can mend a problem."""

    MEMBER = "member"
    SERVICE = "service"
    PROVIDER = "provider"
    PAYER = "payer"
    CLEARINGHOUSE = "clearinghouse"


class ProblemCode(Word):
    """Why an answer is missing or incomplete."""

    PAYER_UNREACHABLE = "payer_unreachable"
    PAYER_SILENT = "payer_silent"
    PAYER_BUSY = "payer_busy"
    PAYER_DECLINED = "payer_declined"
    REPLY_UNREADABLE = "reply_unreadable"
    REPLY_MISMATCHED = "reply_mismatched"
    MEMBER_REJECTED = "member_rejected"
    SETUP_PROBLEM = "setup_problem"
    ADAPTER_FAULT = "adapter_fault"


class FindingCode(Word):
    """Something in a reply that was seen and not understood, or that contradicts."""

    UNKNOWN_CODE = "unknown_code"
    MALFORMED_VALUE = "malformed_value"
    CONTRADICTION = "contradiction"
    TRUNCATED = "truncated"
    WRONG_COUNT = "wrong_count"
    MISSING_TRAILER = "missing_trailer"
    UNDECLARED_SEPARATOR = "undeclared_separator"
    PENDING = "pending"
    EXCLUSION = "exclusion"
    DENIED_PHRASE = "denied_phrase"
    CONDITION_MISMATCH = "condition_mismatch"
    AUTHORIZATION_DIFFERS = "authorization_differs"
    SCALE_READ_AS_PERCENT = "scale_read_as_percent"
    NO_LIMIT_SENTINEL = "no_limit_sentinel"
    ACCUMULATORS_DISAGREE = "accumulators_disagree"
    LEVEL_MISSING = "level_missing"
    PLAN_DATES = "plan_dates"
    TERMINATED_MESSAGE = "terminated_message"
    NO_STATUS_LINE = "no_status_line"
    BASE_CODES_ONLY = "base_codes_only"
    MEMBER_DIFFERS = "member_differs"
    MESSAGE_NOT_UNDERSTOOD = "message_not_understood"
    EXHAUSTED = "exhausted"
    NO_SUCH_BENEFIT = "no_such_benefit"


class OpenQuestionCode(Word):
    """A question that the electronic answer left open."""

    COVERAGE_UNCLEAR = "coverage_unclear"
    IOP_COVERED = "iop_covered"
    PHP_COVERED = "php_covered"
    IOP_AUTHORIZATION = "iop_authorization"
    PHP_AUTHORIZATION = "php_authorization"
    IOP_COST = "iop_cost"
    PHP_COST = "php_cost"
    LIMITS = "limits"
    VIRTUAL_DELIVERY = "virtual_delivery"
    ADMINISTRATOR = "administrator"
    ADMINISTRATOR_TERMS = "administrator_terms"
    CLOSED_AT_PLACE = "closed_at_place"
    CALL_PAYER = "call_payer"
    OTHER_COVERAGE = "other_coverage"


class NextStepCode(Word):
    """The one thing to do next."""

    NONE = "none"
    CALL_PAYER = "call_payer"
    CALL_ADMINISTRATOR = "call_administrator"
    CORRECT_DETAILS = "correct_details"
    WAIT = "wait"
    CONTACT_US = "contact_us"


class ExchangeOutcome(Word):
    """How one exchange with a payer ended."""

    ANSWERED = "answered"
    REJECTED = "rejected"
    UNREACHABLE = "unreachable"
    SILENT = "silent"
    BUSY = "busy"
    UNREADABLE = "unreadable"
    MISMATCHED = "mismatched"


class AdministratorOutcome(Word):
    """How asking the administrator of the behavioral benefit ended."""

    ANSWERED = "answered"
    PENDING = "pending"
    UNREACHABLE = "unreachable"
    REJECTED = "rejected"
    NOT_ASKED = "not_asked"
    NO_ROUTE = "no_route"


class Delivery(Word):
    """How the program is wanted."""

    VIRTUAL = "virtual"
    IN_PERSON = "in_person"
    EITHER = "either"


class Several(Word):
    """Whether a payer answers several service types in one inquiry.

    Some honor the first one alone, some answer as if 30 had been asked. Source: ``PROTOCOLS.md`` 3.1.
    """

    YES = "yes"
    NO = "no"
    UNKNOWN = "unknown"


class Repair(Word):
    """One way to ask again, with the same details put differently, after a payer said that they are wrong."""

    WITHOUT_SUFFIX = "without_suffix"
    WITH_SUFFIX = "with_suffix"
    PLAIN_NAME = "plain_name"
    AS_SUBSCRIBER = "as_subscriber"
    AS_DEPENDENT = "as_dependent"
    OTHER_NPI = "other_npi"


class Relationship(Word):
    """The patient's relationship to the subscriber, when the patient is a dependent."""

    SPOUSE = "spouse"
    CHILD = "child"
    OTHER = "other"


class Purpose(Word):
    """Why a member's coverage is asked about: it decides what is asked again by itself, and how long it is kept."""

    PROSPECT = "prospect"
    ADMISSION = "admission"
    ACTIVE = "active"


class Again(Word):
    """When the same route may be asked again after an error."""

    NO = "no"
    WITHIN_WAIT = "within_wait"
    LATER = "later"
    WHEN_IT_SAYS = "when_it_says"
