"""Letters that look alike become one: how names and ids are put into the letters that payers accept.

Source: X12's basic character set (``x12-reference.md`` section 1); Unicode's compatibility forms (NFKC, NFKD).
"""

import unicodedata

_LETTERS = str.maketrans(
    {"Ł": "L", "ł": "l", "Ø": "O", "ø": "o", "Đ": "D", "đ": "d", "ß": "ss", "Æ": "AE", "æ": "ae", "Œ": "OE", "œ": "oe"}
    | {"ı": "i", "Þ": "TH", "þ": "th", "Ð": "D", "ð": "d", "’": "'", "‘": "'", "–": "-", "—": "-", "‐": "-", "‑": "-"}
    | {"‒": "-", "―": "-", "−": "-", "﹣": "-", "－": "-", "ʼ": "'", "′": "'"}
)


def basic(value: str) -> str:
    """``value`` in the letters that payers accept: accents dropped, typographic signs made plain.

    A letter that has no plain form stays what it is; whoever writes it refuses it.
    """
    flat = unicodedata.normalize("NFKD", value.translate(_LETTERS))
    return "".join(sign for sign in flat if not unicodedata.combining(sign))
