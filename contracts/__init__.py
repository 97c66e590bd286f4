"""The nouns that both sides share, ``payers`` and ``service``. It imports pydantic and the standard library only."""

from contracts.adapter import (
    PROVIDER_FIELDS as PROVIDER_FIELDS,
    Authorizing as Authorizing,
    Gateway as Gateway,
    Identifying as Identifying,
    PayerAdapter as PayerAdapter,
    Probe as Probe,
    Probing as Probing,
    Route as Route,
    RouteFactory as RouteFactory,
    Telling as Telling,
)
from contracts.answer import Answer as Answer
from contracts.authorization import (
    AUTHORIZATION_ALONE as AUTHORIZATION_ALONE,
    CHECKED_FOR as CHECKED_FOR,
    AuthorizationDecider as AuthorizationDecider,
    AuthorizationNeed as AuthorizationNeed,
    AuthorizationRoute as AuthorizationRoute,
    AuthorizationRule as AuthorizationRule,
)
from contracts.benefits import (
    Acknowledgment as Acknowledgment,
    Benefit as Benefit,
    Benefits as Benefits,
    Dated as Dated,
    DeliveryLimit as DeliveryLimit,
    Entity as Entity,
    Message as Message,
    Noticed as Noticed,
    Person as Person,
    Place as Place,
    Reference as Reference,
    Rejection as Rejection,
    Trace as Trace,
)
from contracts.card import (
    BehavioralAdministrator as BehavioralAdministrator,
    BillingCodes as BillingCodes,
    Card as Card,
    Echoes as Echoes,
    InquiryPlan as InquiryPlan,
    MemberIdHint as MemberIdHint,
    RouteEntry as RouteEntry,
    Window as Window,
)
from contracts.deadline import Deadline as Deadline
from contracts.dialect import Dialect as Dialect, Phrase as Phrase
from contracts.errors import (
    BirthDateDiffers as BirthDateDiffers,
    DeadlinePassed as DeadlinePassed,
    MemberRejected as MemberRejected,
    NoReplyAtAll as NoReplyAtAll,
    PayerBusy as PayerBusy,
    PayerError as PayerError,
    PayerRefused as PayerRefused,
    PayerSilent as PayerSilent,
    PayerUnreachable as PayerUnreachable,
    QuestionIncomplete as QuestionIncomplete,
    ReplyMismatched as ReplyMismatched,
    ReplyUnreadable as ReplyUnreadable,
)
from contracts.exchange import (
    AttemptNumbers as AttemptNumbers,
    Echo as Echo,
    Reply as Reply,
    RouteSettings as RouteSettings,
)
from contracts.facts import (
    NOT_CHECKED as NOT_CHECKED,
    PROGRAMS as PROGRAMS,
    Accumulator as Accumulator,
    AccumulatorLevel as AccumulatorLevel,
    Accumulators as Accumulators,
    AccumulatorSide as AccumulatorSide,
    Administrator as Administrator,
    Alternative as Alternative,
    AnsweredBy as AnsweredBy,
    AnswerFacts as AnswerFacts,
    BenefitYear as BenefitYear,
    Copay as Copay,
    Coverage as Coverage,
    Evidence as Evidence,
    Exchange as Exchange,
    Finding as Finding,
    Limit as Limit,
    MedicalBenefit as MedicalBenefit,
    NextStep as NextStep,
    OpenQuestion as OpenQuestion,
    OtherPayer as OtherPayer,
    Problem as Problem,
    ProgramTerms as ProgramTerms,
    Summary as Summary,
    SummaryStatement as SummaryStatement,
    Terms as Terms,
    Timing as Timing,
)
from contracts.grounding import invented_line as invented_line, unfounded_claim as unfounded_claim
from contracts.identity import (
    Compared as Compared,
    Comparison as Comparison,
    MatchStanding as MatchStanding,
    compare as compare,
    plain_family_id as plain_family_id,
    plain_id as plain_id,
    plain_name as plain_name,
    standing as standing,
)
from contracts.letters import basic as basic, tidy as tidy
from contracts.marked import marks_of as marks_of, replace_marked as replace_marked, types_of as types_of
from contracts.marks import (
    EvidenceIds as EvidenceIds,
    EvidenceOf as EvidenceOf,
    ForEveryCaller as ForEveryCaller,
    OfAskedPayer as OfAskedPayer,
    PatientPays as PatientPays,
    PayerWords as PayerWords,
    PlainText as PlainText,
    SentOfMember as SentOfMember,
)
from contracts.program_codes import (
    GROUP_PROCEDURES as GROUP_PROCEDURES,
    PROGRAM_PROCEDURES as PROGRAM_PROCEDURES,
    PROGRAM_SERVICE_TYPES as PROGRAM_SERVICE_TYPES,
    REVENUE_CODES as REVENUE_CODES,
    ProgramProcedure as ProgramProcedure,
    ProgramServiceType as ProgramServiceType,
)
from contracts.question import (
    FURTHEST_SERVICE_DATE as FURTHEST_SERVICE_DATE,
    Inquiry as Inquiry,
    Member as Member,
    Provider as Provider,
    Question as Question,
    Subscriber as Subscriber,
    is_service_date_near as is_service_date_near,
)
from contracts.spelling import (
    doubts as doubts,
    fits as fits,
    spell as spell,
    spell_member_id as spell_member_id,
)
from contracts.unanswered import answer_without_reply as answer_without_reply, problem_of as problem_of
from contracts.vocabulary import (
    AdministratorOutcome as AdministratorOutcome,
    Again as Again,
    Authorization as Authorization,
    BenefitYearKind as BenefitYearKind,
    Condition as Condition,
    Confidential as Confidential,
    CopayPer as CopayPer,
    CostRule as CostRule,
    CoverageStatus as CoverageStatus,
    Delivery as Delivery,
    DistinguishedBy as DistinguishedBy,
    ExchangeOutcome as ExchangeOutcome,
    Figure as Figure,
    FindingCode as FindingCode,
    Frozen as Frozen,
    Grade as Grade,
    LimitPeriod as LimitPeriod,
    LimitUnit as LimitUnit,
    MemberMatch as MemberMatch,
    NextStepCode as NextStepCode,
    OpenQuestionCode as OpenQuestionCode,
    PayerOrder as PayerOrder,
    PlanType as PlanType,
    ProblemCode as ProblemCode,
    Program as Program,
    Purpose as Purpose,
    Relationship as Relationship,
    Repair as Repair,
    Responsible as Responsible,
    Rule as Rule,
    Several as Several,
    Side as Side,
    State as State,
    Verdict as Verdict,
    VirtualDelivery as VirtualDelivery,
)
from contracts.wording import EASTERN as EASTERN, format_money as format_money, format_phone as format_phone
