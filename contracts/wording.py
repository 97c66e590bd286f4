"""How figures, telephone numbers and times are written for people in the US, in English and in Spanish."""

import re
from collections.abc import Iterable, Sequence
from datetime import date, datetime
from decimal import Decimal
from functools import lru_cache
from typing import NamedTuple
from zoneinfo import ZoneInfo

EASTERN = ZoneInfo("America/New_York")
"""The zone of the service: times in texts are written in it, and a service date begins in it."""


class Both(NamedTuple):
    """The same words in English and in Spanish."""

    en: str
    es: str

    @lru_cache(maxsize=2048)  # noqa: B019 - the same few sentences are said of most answers
    def fill(self, **words: "Both | str") -> "Both":
        """Return the words with each ``{name}`` filled in, in the language of the sentence."""
        en = {name: word.en if isinstance(word, Both) else word for name, word in words.items()}
        es = {name: word.es if isinstance(word, Both) else word for name, word in words.items()}
        return Both(self.en.format(**en), self.es.format(**es))


def join(parts: Iterable[Both], separator: str) -> Both:
    """Return the parts in one text, in each language."""
    both = tuple(parts)
    return Both(separator.join([part.en for part in both]), separator.join([part.es for part in both]))


def either(parts: Sequence[Both]) -> Both:
    """Return the parts as a choice: ``a, b or c``."""
    *most, last = parts
    if not most:
        return last
    listed = join(most, ", ")
    return Both(f"{listed.en} or {last.en}", f"{listed.es} o {last.es}")


@lru_cache(maxsize=4096)
def format_money(amount: Decimal) -> str:
    """Write dollars in US form: ``$1,500.00``."""
    return f"{'-' if amount < 0 else ''}${abs(amount):,.2f}"


@lru_cache(maxsize=256)
def format_share(share: Decimal) -> str:
    """Write a share between 0 and 1 as a percentage: ``20%``."""
    return f"{(share * 100).normalize():f}%"


def format_number(number: Decimal) -> str:
    """Write a number without an exponent and without empty decimals: ``1,000``, ``2.5``."""
    return f"{number.normalize():,f}"


def format_phone(phone: str) -> str:
    """Write a US telephone number as ``(800) 555-0100``, and any other text as it came.

    Takes ten digits, a leading 1 beside them, the usual marks between them, and an extension (``X12``, ``EXT. 12``).
    """
    found = _US_PHONE.fullmatch(phone.strip())
    if found is None:
        return phone
    area, exchange, line, extension = found.groups()
    return f"({area}) {exchange}-{line}" + (f" ext. {extension}" if extension else "")


_US_PHONE = re.compile(
    r"(?:\+?1[\s.-]*)?\(?([0-9]{3})\)?[\s.-]*([0-9]{3})[\s.-]*([0-9]{4})(?:\s*(?:ext\.?|x)\s*([0-9]{1,6}))?",
    re.IGNORECASE,
)


def capitalize(words: Both) -> Both:
    """Return the words with a capital letter at their beginning."""
    return Both(words.en[:1].upper() + words.en[1:], words.es[:1].upper() + words.es[1:])


def format_day(day: date) -> Both:
    """Write a date in words: ``March 31, 2027``, ``31 de marzo de 2027``."""
    month = _MONTHS[day.month - 1]
    return Both(f"{month.en} {day.day}, {day.year}", f"{day.day} de {month.es} de {day.year}")


def format_time(instant: datetime) -> Both:
    """Write an instant in US Eastern, with its zone and day: ``10:05 AM EST on November 23``."""
    here = instant.astimezone(EASTERN)
    hour, month = here.hour % 12 or 12, here.month - 1
    clock, zone = f"{hour}:{here.minute:02d}", here.strftime("%Z")
    half = ("AM", "a. m.") if here.hour < 12 else ("PM", "p. m.")
    article = "la" if hour == 1 else "las"
    return Both(
        f"{clock} {half[0]} {zone} on {_MONTHS[month].en} {here.day}",
        f"{article} {clock} {half[1]} {zone} del {here.day} de {_MONTHS[month].es}",
    )


_MONTHS = (
    Both("January", "enero"),
    Both("February", "febrero"),
    Both("March", "marzo"),
    Both("April", "abril"),
    Both("May", "mayo"),
    Both("June", "junio"),
    Both("July", "julio"),
    Both("August", "agosto"),
    Both("September", "septiembre"),
    Both("October", "octubre"),
    Both("November", "noviembre"),
    Both("December", "diciembre"),
)
