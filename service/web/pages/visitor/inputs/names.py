"""Names as they stand on a card: accents, apostrophes, hyphens, suffixes and two surnames stay what they are."""

import re
import unicodedata

from contracts import basic, tidy
from service.web.pages.visitor.inputs import InputReading

LONGEST = 60

HOLDS_A_NUMBER = "name_holds_a_number"

_AROUND = ' ,;:"«»“”()[]<>*_/\\|'
"""Signs that stand around a name that was copied; a full stop may end a suffix, and stays."""

_LABEL = re.compile(
    r"^(?:(?:first|last|given|family|sur)\s?names?|names?|nombres?|apellidos?)\s*[:=]\s*", re.IGNORECASE
)


def read_name(text: str) -> InputReading[str]:
    """Return a name in one line, with its letters as they were typed; None without a letter that payers can take."""
    plain = _LABEL.sub("", "".join(sign for sign in tidy(text) if unicodedata.category(sign)[0] != "C")).strip(_AROUND)
    plain = " ".join(plain.replace(" ,", ",").split())
    if not 0 < len(plain) <= LONGEST or not any(letter.isalpha() for letter in plain):
        return InputReading(None)
    if any(letter.isalpha() and not letter.isascii() for letter in basic(plain)):
        return InputReading(None)
    return InputReading(plain, HOLDS_A_NUMBER if any(letter.isdigit() for letter in plain) else None)
