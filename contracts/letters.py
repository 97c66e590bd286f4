"""Letters that look alike become one: how names and ids are put into the letters that payers accept.

Source: X12's basic character set (``REFERENCE.md`` 1); Unicode's compatibility forms (NFKC, NFKD).
"""

import unicodedata

_LETTERS = str.maketrans(
    {"Ł": "L", "ł": "l", "Ø": "O", "ø": "o", "Đ": "D", "đ": "d", "ß": "ss", "Æ": "AE", "æ": "ae", "Œ": "OE", "œ": "oe"}
    | {"ı": "i", "Þ": "TH", "þ": "th", "Ð": "D", "ð": "d"}
)
_SIGNS = str.maketrans({"’": "'", "‘": "'", "‛": "'", "ʼ": "'", "′": "'", "´": "'"} | dict.fromkeys("‐‑‒–—―−⁃", "-"))
_INVISIBLE = "Cf"
"""Signs that nobody sees: zero-width spaces, soft hyphens, marks of direction. They come with text that is pasted."""


def basic(value: str) -> str:
    """``value`` in the letters that payers accept: accents dropped, typographic signs made plain.

    A letter that has no plain form stays what it is; whoever writes it refuses it.
    """
    if value.isascii():
        return value
    flat = unicodedata.normalize("NFKD", value.translate(_LETTERS).translate(_SIGNS))
    return "".join(sign for sign in flat if not unicodedata.combining(sign))


def tidy(value: str) -> str:
    """``value`` as it was meant: full-width letters and typographic signs made plain, what nobody sees left out.

    One space stands between words, whatever kind of space stood there, and none around them. Accents stay.
    """
    if value.isascii():
        return " ".join(value.split())
    visible = "".join(sign for sign in value.translate(_SIGNS) if unicodedata.category(sign) != _INVISIBLE)
    return " ".join(unicodedata.normalize("NFKC", visible).translate(_SIGNS).split())
