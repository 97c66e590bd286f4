"""Telephone numbers and e-mail addresses, however they are written."""

import re
import unicodedata
from difflib import get_close_matches

from contracts import tidy
from service.web.pages.visitor.inputs import InputReading

NOT_A_US_NUMBER = "phone_is_unusual"
MISSPELT_DOMAIN = "email_is_unusual"

_EXTENSION = re.compile(r"[\s,;]*(?:extension|extensión|ext|x|#)\s*[.:#]?\s*(\d{1,6})\s*$", re.IGNORECASE)
_KEYPAD = str.maketrans("ABCDEFGHIJKLMNOPQRSTUVWXYZ", "22233344455566677778889999")
_SEPARATORS = re.compile(r"[\s().-]")
_WITH_LETTERS = re.compile(r"1?\d{3}[A-Z0-9]{7}")
"""A number that is a word in part, such as 800-CALL-NOW; other words are no number."""

_US = re.compile(r"[2-9]\d{2}[2-9]\d{6}")

_WRAPPED = re.compile(r"^.*<([^<>]+)>.*$")
_PREFIX = re.compile(r"^(?:(?:e-?mail|correo)\s*:\s*)?(?:mailto:)?", re.IGNORECASE)
_SPOKEN = (
    (re.compile(r"\s+(?:at|arroba)\s+|\s*[\[(](?:at|arroba)[\])]\s*", re.IGNORECASE), "@"),
    (re.compile(r"\s+(?:dot|punto)\s+|\s*[\[(](?:dot|punto)[\])]\s*", re.IGNORECASE), "."),
)
_ADDRESS = re.compile(r"[^\s@,;<>()\[\]\"]{1,64}@[^\s@,;<>()\[\]\"]+\.[^\s@.,;<>()\[\]\"]{2,}")
_COMMON = ("gmail.com", "yahoo.com", "hotmail.com", "outlook.com", "icloud.com", "aol.com", "live.com", "comcast.net")


def read_phone(text: str) -> InputReading[str]:
    """Return a US number as ten digits, with `` x12`` where it has an extension; a foreign one as ``+…``."""
    plain = tidy(text)
    extension = _EXTENSION.search(plain)
    plain = plain[: extension.start()] if extension else plain
    more = f" x{extension.group(1)}" if extension else ""
    digits = _digits_in(plain)
    if plain.lstrip(" (").startswith("+") and not digits.startswith("1"):
        return InputReading(f"+{digits}{more}" if 8 <= len(digits) <= 15 else None)
    if _WITH_LETTERS.fullmatch(compact := _SEPARATORS.sub("", plain).upper()):
        digits = _digits_in(compact.translate(_KEYPAD))
    digits = digits.removeprefix("00") if len(digits) == 13 else digits
    digits = digits.removeprefix("1") if len(digits) == 11 else digits
    if len(digits) != 10:
        return InputReading(None)
    return InputReading(digits + more, None if _US.fullmatch(digits) else NOT_A_US_NUMBER)


def _digits_in(text: str) -> str:
    """Return the digits in ``text``, of whatever script, as those of ASCII."""
    return "".join(str(unicodedata.decimal(sign)) for sign in text if sign.isdecimal())


def read_email(text: str) -> InputReading[str]:
    """Return an e-mail address with its domain in small letters; spaces and what a mail program adds are left out."""
    plain = tidy(text)
    wrapped = _WRAPPED.match(plain)
    plain = (wrapped.group(1) if wrapped else plain).strip()
    plain = _PREFIX.sub("", plain)
    if "@" not in plain:
        for words, sign in _SPOKEN:
            plain = words.sub(sign, plain)
    plain = "".join(plain.split()).strip(".,;:\"'()")
    name, at, domain = plain.rpartition("@")
    plain = f"{name}{at}{domain.replace(',', '.').lower()}"
    if len(plain) > 254 or not _ADDRESS.fullmatch(plain) or ".." in plain:
        return InputReading(None)
    domain = plain.rpartition("@")[2]
    near = domain not in _COMMON and bool(get_close_matches(domain, _COMMON, n=1, cutoff=0.85))
    return InputReading(plain, MISSPELT_DOMAIN if near else None)
