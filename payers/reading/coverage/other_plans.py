"""Plans that never give status, verdict or accumulators: dental, accounts, indemnity and the like. Source: [C7]."""

import re

from contracts import Benefit
from payers.reading.lines import codes
from payers.reading.memory import remember

_NOT_MEDICAL = re.compile(
    r"\b(?:dental|vision|optical"
    r"|employee assistance(?: program)?|eap"
    r"|(?:hospital|fixed) indemnity|accident(?:al)?|critical illness|cancer (?:care )?(?:policy|plan|insurance)"
    r"|supplement(?:al|ary)?|medigap|life insurance|group life|term life|disability|long[\s-]term care|ltc)\b",
    re.IGNORECASE,
)
_SERVICE = (
    r"(?:family planning|emergency(?: room| medical)?|dialysis|renal|kidney|transplants?|maternity|pregnancy|prenatal"
    r"|hospice|hospital|inpatient|nursing (?:home|facility)|home health|preventive|wellness|screening|immunizations?"
    r"|tuberculosis|tb|(?:breast|cervical)(?: (?:and|&) (?:breast|cervical))?(?: cancer)?|cancer|hearing|chiropractic"
    r"|acupuncture|transportation|ambulance|urgent care|pharmacy|prescription(?: drugs?)?|rx|dental|vision)"
)
_ONE_SERVICE = re.compile(
    rf"\b(?:(?:limited|restricted) to {_SERVICE}(?: services?| care| benefits?| treatment)?(?: only)?"
    rf"|{_SERVICE}(?: services?| care| benefits?| treatment| coverage)? only"
    r"|limited to (?P<named>\w+(?: \w+)?) only)\b",
    re.IGNORECASE,
)
"""A plan for one service alone; a service that nobody listed counts between LIMITED TO and ONLY."""

_NO_SERVICE = re.compile(
    r"\b(?:network|in|out|oon|par|participating|preferred|contracted|designated|providers?|area|state|county"
    r"|members?|employees?|subscribers?|self|spouse|family|individual|single|insured|adults?|children"
    r"|behaviou?ral|mental|psychiatric|substance|chemical|medical)\b",
    re.IGNORECASE,
)
"""Words of the network, of the people and of behavioral health: a plan limited to these is no plan for one service."""

_ACCOUNT = re.compile(
    r"\b(?:fsa|hsa|hra|flexible spending|health (?:savings|reimbursement)(?: account)?)\b", re.IGNORECASE
)
_NAMES = re.compile(f"{_NOT_MEDICAL.pattern}|{_ACCOUNT.pattern}", re.IGNORECASE)
_NEUTRAL = re.compile(
    r"\b(?:this|is|are|an?|the|your|has|have|for|members?|plan|policy|account|coverage|covered|insurance|program|benefits?"
    r"|services?|eligible|only)\b",
    re.IGNORECASE,
)
_DRUGS = re.compile(r"\b(?:pharmacy|prescription|rx|drug plan)\b", re.IGNORECASE)
_MEDICAL = re.compile(r"\bmedical\b", re.IGNORECASE)
_NETWORK_PLAN = re.compile(
    r"\b(?:ppo|hmo|epo|pos|hdhp|choice|open access|indemnity plan|high deductible|consumer"
    r"|blue ?options|blue ?care|blue ?select|my ?blue|navigate|select)\b",
    re.IGNORECASE,
)
"""A medical product may carry its drug benefit or an account in its name; a dental one is often a PPO of its own."""

_OTHER_INSURANCES = frozenset({"D", "DB", "LC", "LD", "LI", "SP"})
"""EB04: disability, long-term care, life, supplement."""

PART_A = "MA"
PART_B = "MB"


def is_other_plan(benefit: Benefit) -> bool:
    """Whether a line belongs to a plan that is set aside, by its service types, its EB04, its EB05 or its words."""
    if is_on_other_types(benefit):
        return True
    if benefit.insurance in _OTHER_INSURANCES:
        return True
    if benefit.plan and is_other_plan_name(benefit.plan):
        return True
    if not benefit.messages:
        return False
    on_plan = not benefit.service_types or codes.PLAN_TYPE in benefit.service_types
    return on_plan and any(_is_label(said.text) for said in benefit.messages)


def is_on_other_types(benefit: Benefit) -> bool:
    """Whether all service types of a line are those of dental, vision or drug plans."""
    return bool(benefit.service_types) and codes.OTHER_PLAN_TYPES.issuperset(benefit.service_types)


@remember(1024)
def _is_label(text: str) -> bool:
    """Whether words are the name of such a plan, and nothing else: a sentence about dental care is none."""
    if is_for_one_service(text):
        text = _ONE_SERVICE.sub(" ", text)
        return not re.search(r"[A-Za-z0-9]", _NEUTRAL.sub(" ", text))
    rest, names = _NAMES.subn(" ", text)
    return names > 0 and not re.search(r"[A-Za-z0-9]", _NEUTRAL.sub(" ", rest))


def is_for_one_service(text: str) -> bool:
    """Whether words name a plan that pays for one service alone (``LIMITED TO DIALYSIS ONLY``)."""
    found = _ONE_SERVICE.search(text)
    return found is not None and not _NO_SERVICE.search(found["named"] or "")


@remember(1024)
def is_other_plan_name(name: str) -> bool:
    """Whether a plan's name is that of a plan that is set aside."""
    if _MEDICAL.search(name):
        return False
    if _NOT_MEDICAL.search(name) or is_for_one_service(name):
        return True
    if _NETWORK_PLAN.search(name):
        return False
    return _ACCOUNT.search(name) is not None or _DRUGS.search(name) is not None
