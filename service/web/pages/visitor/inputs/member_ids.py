"""Member ids and group numbers as people copy them from a card: with spaces, dashes, small letters, and a label."""

import re

from contracts import Card, fits, spell_member_id, tidy
from service.web.pages.visitor.inputs import InputReading

LONGEST = 80

LOOKS_UNUSUAL = "id_looks_unusual"

_LABEL = re.compile(
    r"^(?:(?:(?:your|the|my|mi|su|de|del|of)\s+)*"
    r"(?:member(?:ship)?(?:\s?id)?|subscriber|insured|policy|enrollee|group|grp|card|miembro|afiliado|grupo|tarjeta"
    r"|p[oó]liza|id|identification|identificaci[oó]n|number|num|n[uú]mero|nbr|no)\b(?:[\s.:#=]+-?\s*))+",
    re.IGNORECASE,
)
"""What stands before a number on a card: a word of these and a space or a colon, so that no part of an id is one."""

_UNIMPORTANT = str.maketrans("", "", " #:;,()[]<>\"'*|=")
"""Signs that no id holds, and that stand around or between its parts when it is copied."""

_ID = re.compile(r"[A-Z0-9](?:[A-Z0-9./_-]*[A-Z0-9])?")


def read_member_id(text: str, card: Card | None) -> InputReading[str]:
    """Return a member id as its payer's card writes it; zeros stay. None for what is no id of anybody.

    A letter that stands where a digit belongs is doubted and never mended: another id is another person's.
    """
    plain = read_group_number(text).value
    if plain is None or len(plain) < 2:
        return InputReading(None)
    if card is None:
        return InputReading(plain)
    found = spell_member_id(plain, card) or plain
    return InputReading(found, None if card.member_id is None or fits(found, card) else LOOKS_UNUSUAL)


def read_group_number(text: str) -> InputReading[str]:
    """Return a group number in capitals and without spaces."""
    plain = _LABEL.sub("", tidy(text)).translate(_UNIMPORTANT).upper().strip("./_-")
    return InputReading(plain if len(plain) <= LONGEST and _ID.fullmatch(plain) else None)
