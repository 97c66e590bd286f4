"""A value in every form in which it may lie about: what it may be spelled as, and how that may be encoded.

All forms are in lower case, and are looked for in bytes that were put into lower case: so case does not matter.
"""

import hashlib
import json
import unicodedata
from base64 import b32encode, b64encode, urlsafe_b64encode
from collections.abc import Iterator
from datetime import UTC, date, datetime
from html import escape
from urllib.parse import quote, quote_plus

LONG_ENOUGH_TO_CUT = 12
"""A value of so many signs is recognized by its first two thirds too, as when a line is cut off."""

Forms = dict[str, bytes]


def disguises(value: str | date) -> Forms:
    """Every form of a value, by what it is called."""
    spelled = dict(_dates(value) if isinstance(value, date) else _spellings(value))
    names: dict[bytes, str] = {}
    for spelling, text in spelled.items():
        for encoding, raw in _encodings(text):
            names.setdefault(raw.lower(), f"{spelling}, {encoding}")
    return {name: raw for raw, name in names.items()}


def _spellings(value: str) -> Iterator[tuple[str, str]]:
    yield "plain", value
    # Case beyond ASCII is not undone by the search.
    yield "upper", value.upper()
    yield "lower", value.lower()
    yield "reversed", value[::-1]
    for name, sign in (("spaced", " "), ("dashed", "-"), ("dotted", ".")):
        yield name, sign.join(value)
    yield "decomposed", unicodedata.normalize("NFD", value)
    yield "without accents", unicodedata.normalize("NFKD", value).encode("ascii", "ignore").decode()
    yield "as JSON", json.dumps(value)[1:-1]
    yield "as JSON, escaped", "".join(f"\\u{ord(sign):04x}" for sign in value)
    yield "as HTML", escape(value)
    yield "as HTML, escaped", "".join(f"&#{ord(sign)};" for sign in value)
    yield "as HTML, escaped in hex", "".join(f"&#x{ord(sign):x};" for sign in value)
    yield "in a URL", quote(value, safe="")
    yield "in a query", quote_plus(value)
    yield "in a URL, escaped", "".join(f"%{byte:02x}" for byte in value.encode())
    yield "as Python's bytes", "".join(f"\\x{byte:02x}" for byte in value.encode())
    yield "as quoted-printable", "".join(f"={byte:02x}" for byte in value.encode())
    yield "as numbers", ", ".join(str(byte) for byte in value.encode())
    for name in ("md5", "sha1", "sha256"):
        # Whoever knows the form of an id tries all of them: a digest without a key is the id.
        yield f"{name} in hex", hashlib.new(name, value.encode(), usedforsecurity=False).hexdigest()
    if len(value) >= LONG_ENOUGH_TO_CUT:
        yield "its beginning", value[: len(value) * 2 // 3]


def _dates(day: date) -> Iterator[tuple[str, str]]:
    for form in (
        *(
            "%Y-%m-%d",
            "%Y%m%d",
            "%m/%d/%Y",
            "%d/%m/%Y",
            "%m-%d-%Y",
            "%d.%m.%Y",
            "%m%d%Y",
            "%d%m%Y",
            "%Y/%m/%d",
            "%Y.%m.%d",
        ),
        *("%Y %m %d", "%B %d, %Y", "%d %B %Y", "%b %d, %Y", "%d %b %Y", "%d-%b-%Y", "%b %d %Y"),
    ):
        yield form, day.strftime(form)
    yield "month/day/year without zeros", f"{day.month}/{day.day}/{day.year}"
    yield "Python's", f"{day.year}, {day.month}, {day.day}"
    yield "words without zeros", f"{day:%B} {day.day}, {day.year}"
    yield "iso, reversed", day.isoformat()[::-1]
    yield "iso, spaced", " ".join(f"{day:%Y%m%d}")
    seconds = int(datetime(day.year, day.month, day.day, tzinfo=UTC).timestamp())
    yield "seconds since 1970", str(seconds)
    yield "milliseconds since 1970", str(seconds * 1000)
    yield "microseconds since 1970", str(seconds * 1_000_000)


def _encodings(text: str) -> Iterator[tuple[str, bytes]]:
    for encoding in ("utf-8", "latin-1", "utf-16-le", "utf-16-be"):
        try:
            raw = text.encode(encoding)
        except UnicodeEncodeError:
            continue
        yield encoding, raw
        if encoding in {"utf-8", "utf-16-le"}:
            yield from ((f"{encoding}, {name}", form) for name, form in _transports(raw))


def _transports(raw: bytes) -> Iterator[tuple[str, bytes]]:
    yield "hex", raw.hex().encode()
    yield "hex, spaced", raw.hex(" ").encode()
    yield "hex, with colons", raw.hex(":").encode()
    for before in range(3):
        # Whatever stands before and after it, so much of it shows.
        first, last = (0, 2, 3)[before], (before + len(raw)) * 8 // 6
        padded = b"." * before + raw
        yield f"base64 after {before}", b64encode(padded)[first:last]
        yield f"base64url after {before}", urlsafe_b64encode(padded)[first:last]
    for before in range(5):
        first, last = (0, 2, 4, 5, 7)[before], (before + len(raw)) * 8 // 5
        yield f"base32 after {before}", b32encode(b"." * before + raw)[first:last]
