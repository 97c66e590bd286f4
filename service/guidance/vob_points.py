"""The 61 points of a verification of benefits for IOP and PHP, as intake staff's forms have them.

``grade`` says whether an electronic reply usually carries a point. Source: a working set made from public intake guides
of behavioral-health facilities; the grades are our judgement and were not measured.
"""

from enum import StrEnum
from typing import NamedTuple


class PointGrade(StrEnum):
    """Whether a point usually stands in an electronic reply."""

    USUAL = "usual"
    SOMETIMES = "sometimes"
    RARE = "rare"
    PHONE_ONLY = "phone_only"
    OURS = "ours"


class AnswerKind(StrEnum):
    """What the answer to a question is, so that phone and reply can be compared."""

    YES_NO = "yes_no"
    MONEY = "money"
    SHARE = "share"
    NUMBER = "number"
    DAY = "day"
    TEXT = "text"


class CallPart(StrEnum):
    """The parts of a call, in the order in which a caller asks."""

    WHO = "who"
    PLAN = "plan"
    LEVEL_OF_CARE = "level_of_care"
    MONEY = "money"
    PROGRAM_RULES = "program_rules"
    CONTRACT = "contract"
    CLOSE = "close"


class VobPoint(NamedTuple):
    """One point: its number on the form, what it is, and whether a reply usually carries it."""

    number: int
    label: str
    grade: PointGrade
    part: CallPart
    kind: AnswerKind = AnswerKind.TEXT


_U, _S, _R, _P, _O = PointGrade
_WHO, _PLAN, _CARE, _MONEY, _RULES, _CONTRACT, _CLOSE = CallPart
_YES_NO, _AMOUNT, _SHARE, _NUMBER, _DAY, _TEXT = AnswerKind

POINTS = tuple(
    VobPoint(*point)
    for point in (
        (1, "when, by whom and how it was verified", _O, _CLOSE),
        (2, "our name, NPI and tax id", _O, _WHO),
        (3, "the patient's name and birth date", _U, _WHO),
        (4, "relationship to the subscriber", _U, _WHO),
        (5, "member id", _U, _WHO),
        (6, "group number and name", _U, _PLAN),
        (7, "payer's name and id", _S, _WHO),
        (8, "insurance card and photo id on file", _O, _CLOSE),
        (9, "other coverage, and who pays first", _S, _PLAN),
        (10, "consent to verify", _O, _CLOSE),
        (11, "active, with its dates", _U, _PLAN, _YES_NO),
        (12, "plan type", _S, _PLAN),
        (13, "plan and network name", _S, _PLAN),
        (14, "benefit year and when it begins anew", _S, _PLAN, _DAY),
        (15, "self-funded or fully insured", _R, _PLAN),
        (16, "COBRA, grace period, premium paid to", _S, _PLAN),
        (17, "the disclaimer that holds for the quote", _P, _CLOSE),
        (18, "exclusions", _R, _CARE),
        (19, "coverage in other states", _R, _PLAN),
        (20, "who runs the behavioral benefit", _S, _WHO),
        (21, "member id at the administrator", _S, _WHO),
        (22, "mental health and substance use the same or apart", _S, _CARE),
        (23, "telephone for behavioral benefits", _S, _WHO),
        (24, "telephone, fax and portal for authorization", _R, _RULES),
        (25, "EAP sessions first", _R, _CARE, _YES_NO),
        (26, "deductible", _U, _MONEY, _AMOUNT),
        (27, "out-of-pocket maximum", _U, _MONEY, _AMOUNT),
        (28, "deductible applies to facility care", _S, _MONEY, _YES_NO),
        (29, "medical and behavioral deductible combined", _R, _MONEY, _YES_NO),
        (30, "in and out of network count toward each other", _R, _MONEY, _YES_NO),
        (31, "fourth-quarter carry-over", _P, _MONEY, _YES_NO),
        (32, "what counts toward the maximum", _R, _MONEY),
        (33, "dollar maximum of the behavioral benefit", _S, _MONEY, _AMOUNT),
        (34, "basis of payment out of network", _P, _CONTRACT),
        (35, "payment to provider or patient", _P, _CONTRACT),
        (36, "level of care covered", _R, _CARE, _YES_NO),
        (37, "freestanding facility accepted", _P, _RULES, _YES_NO),
        (38, "copay", _S, _CARE, _AMOUNT),
        (39, "coinsurance", _S, _CARE, _SHARE),
        (40, "deductible applies to this level", _S, _CARE, _YES_NO),
        (41, "authorization", _S, _CARE, _YES_NO),
        (42, "penalty without authorization, retro-authorization", _P, _RULES),
        (43, "days or visits allowed and left", _S, _CARE, _NUMBER),
        (44, "limit shared with other care", _R, _CARE, _YES_NO),
        (45, "least hours a day and days a week", _P, _RULES),
        (46, "billing form and codes", _P, _RULES),
        (47, "criteria of medical necessity", _P, _RULES),
        (48, "accreditation or license required", _P, _RULES),
        (49, "telehealth at this level", _R, _CARE, _YES_NO),
        (50, "what is billed apart", _P, _RULES),
        (51, "referral needed", _S, _RULES, _YES_NO),
        (52, "our network status", _P, _CONTRACT),
        (53, "our contracted rate", _P, _CONTRACT),
        (54, "single-case agreement, gap exception", _P, _CONTRACT),
        (55, "timely filing, claims and appeals address", _P, _CONTRACT),
        (56, "representative and reference number", _P, _CLOSE),
        (57, "codes that were quoted", _P, _CLOSE),
        (58, "second call where answers conflict", _O, _CLOSE),
        (59, "estimated patient responsibility", _O, _CLOSE),
        (60, "decision of admissions", _O, _CLOSE),
        (61, "verify again by", _O, _CLOSE),
    )
)
POINT = {one.number: one for one in POINTS}
"""By the number on the form."""
