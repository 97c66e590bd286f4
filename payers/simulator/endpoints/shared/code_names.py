"""What the simulated gateways call the codes of a 271 when they spell them out."""

import re
from typing import Final

from payers.x12 import code_names
from payers.x12.code_names import first_names

INFORMATION: Final = first_names(code_names.INFORMATION)
LEVELS: Final = first_names(code_names.LEVELS)
PERIODS: Final = first_names(code_names.PERIODS)
QUANTITIES: Final = first_names(code_names.QUANTITIES)
FREQUENCIES: Final = first_names(code_names.FREQUENCIES)
NETWORKS: Final = first_names(code_names.NETWORKS)
INSURANCE: Final = first_names(code_names.INSURANCE)
ROLES: Final = first_names(code_names.ROLES)
FOLLOW_UPS: Final = first_names(code_names.FOLLOW_UPS)
SERVICE_TYPES: Final = first_names(code_names.SERVICE_TYPES) | {
    "1": "Medical Care",
    "33": "Chiropractic",
    "47": "Hospital",
    "86": "Emergency Services",
    "98": "Professional (Physician) Visit - Office",
    "UC": "Urgent Care",
}
_SPELT_OUT = frozenset("15 42 43 51 64 65 67 71 72 73 75 79 80".split())
REJECTIONS: Final = {code: name for code, name in first_names(code_names.REJECTIONS).items() if code in _SPELT_OUT}
"""Rejections that the gateways name; they call any other ``Rejected``."""


def enum_member(words: str) -> str:
    """Return words as a member of an enumeration: ``Calendar Year`` is ``CALENDAR_YEAR``."""
    return re.sub(r"[^A-Z0-9]+", "_", words.upper()).strip("_")
