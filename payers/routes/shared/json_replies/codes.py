"""The words of the JSON routes, and the X12 codes for them.

Gateways spell codes out, each in its own way (``Contact Following Entity…``, ``IN_NETWORK``). A table holds words as
``fold`` writes them; the words themselves, and where they are from, stand in ``payers.x12.code_names``.
"""

from collections.abc import Mapping
from typing import Final

from payers.x12 import code_names


def fold(text: str) -> str:
    """Return the letters and digits of ``text`` in upper case, so that ``Co-Pay`` and ``CO_PAY`` are equal."""
    return "".join(sign for sign in text.upper() if sign.isalnum())


def find_code(table: Mapping[str, str], *sent: str) -> str:
    """Return the code of the first of ``sent`` that is or names one; else the first that is not empty, as sent."""
    for text in sent:
        if text in table.values():
            return text
        found = table.get(fold(text))
        if found:
            return found
    return next((text for text in sent if text), "")


def _by_name(table: Mapping[str, str]) -> Mapping[str, str]:
    return {fold(name): code for code, names in table.items() for name in names.split("|")}


INFORMATION: Final = _by_name(code_names.INFORMATION)
LEVELS: Final = _by_name(code_names.LEVELS)
PERIODS: Final = _by_name(code_names.PERIODS)
QUANTITIES: Final = _by_name(code_names.QUANTITIES)
FREQUENCIES: Final = _by_name(code_names.FREQUENCIES)
ROLES: Final = _by_name(code_names.ROLES)
INSURANCE: Final = _by_name(code_names.INSURANCE)
NETWORKS: Final = _by_name(code_names.NETWORKS)
ANSWERS: Final = _by_name(code_names.ANSWERS)
GENDERS: Final = _by_name(code_names.GENDERS)
RELATIONSHIPS: Final = _by_name(code_names.RELATIONSHIPS)
ID_KINDS: Final = _by_name(code_names.ID_KINDS)
FOLLOW_UPS: Final = _by_name(code_names.FOLLOW_UPS)
REJECTIONS: Final = _by_name(code_names.REJECTIONS)
SERVICE_TYPES: Final = _by_name(code_names.SERVICE_TYPES)
PLACES: Final = _by_name(code_names.PLACES)
