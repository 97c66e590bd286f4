"""Whether codes and words of a line are those of a plain row about medical care."""

import re

from payers.reading.lines.facts import Facts

MEDICAL_TYPES = frozenset("1 30 33 48 50 98".split())
"""Medical care, the plan as a whole, chiropractic, hospital inpatient and outpatient, a professional's office visit."""

_INFORMATION = frozenset("ABF")
_PLACES = frozenset({"", "11", "19", "22"})
"""None, the office, and the outpatient departments of a hospital."""

_ORDINARY = re.compile(
    r"(?:(?:PRIMARY CARE|PCP|PHYSICIAN|PROVIDER|SPECIALIST|OFFICE|OUTPATIENT|HOSPITAL|FACILITY|VISITS?|SERVICES?|CARE"
    r"|IN NETWORK|OUT OF NETWORK|PARTICIPATING|PREFERRED|TIER \d)[\s,./-]*)*"
)


def is_plainly_medical(facts: Facts) -> bool:
    """Whether a line is on a medical type alone, with no words but those of an ordinary visit."""
    said = facts.codes
    if said.information not in _INFORMATION or not said.service_types or said.procedure:
        return False
    if not MEDICAL_TYPES.issuperset(said.service_types) or facts.names_program or facts.is_behavioral:
        return False
    words = " ".join(message.text for message in said.messages).upper()
    return not facts.is_telehealth and facts.place in _PLACES and _ORDINARY.fullmatch(words) is not None
