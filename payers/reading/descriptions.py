"""A benefit line in a few words, for the reader of evidence; our own words for X12's codes."""

from collections.abc import Callable, Iterator
from operator import itemgetter
from typing import Any

from contracts import Benefit
from contracts.wording import format_money, format_share
from payers.reading.lines import codes
from payers.reading.memory import remember
from payers.reading.numbers import number

_INFORMATION = {
    "1": "active",
    "2": "active, full risk capitation",
    "3": "active, services capitated",
    "4": "active, capitated to primary care",
    "5": "active, under investigation",
    "6": "inactive",
    "7": "inactive, eligibility update pending",
    "8": "inactive, under investigation",
    "A": "coinsurance",
    "B": "copay",
    "C": "deductible",
    "CB": "coverage basis",
    "D": "description",
    "E": "exclusion",
    "F": "limitation",
    "G": "out-of-pocket maximum",
    "H": "unlimited",
    "I": "not covered",
    "O": "not deemed a medical necessity",
    "R": "other payer",
    "U": "ask the named entity",
    "V": "could not be processed",
}
_PERIOD = {
    "6": "an hour",
    "7": "a day",
    "22": "a service year",
    "23": "a calendar year",
    "24": "used in the year to date",
    "25": "a contract",
    "27": "a visit",
    "29": "remaining",
    "32": "a lifetime",
    "34": "a month",
    "35": "a week",
    "36": "an admission",
}
_UNIT = {"DY": "days", "VS": "visits", "HS": "hours", "MN": "months", "FL": "units", "P6": "services or procedures"}
_AGE = {codes.HIGHEST_AGE: "up to age", codes.LOWEST_AGE: "from age"}
_NETWORK = {"Y": "in network", "N": "out of network", "W": "in and out of network"}
_LEVEL = {"IND": "individual", "EMP": "employee", "FAM": "family"}


def says(benefit: Benefit) -> str:
    """What the line says: kind, figure, period, services, age, side; unknown codes are left out."""
    ages = tuple(_ages(benefit)) if benefit.quantity_kind in codes.AGES or benefit.deliveries else ()
    return _say(_elements_of(benefit), ages)


_ELEMENTS = "information level service_types period amount share quantity_kind quantity procedure network".split()
_elements_of: Callable[[Benefit], tuple[Any, ...]] = itemgetter(*map(Benefit._fields.index, _ELEMENTS))


@remember(4096)
def _say(elements: tuple[Any, ...], ages: tuple[str, ...]) -> str:
    """What the elements of a line say; payers write the same few combinations again and again."""
    said = Benefit(0, "", **dict(zip(_ELEMENTS, elements, strict=True)))
    parts = (
        _LEVEL.get(said.level, ""),
        _INFORMATION.get(said.information, "other information"),
        _figure(said.amount, said.share, said.quantity_kind, said.quantity),
        _PERIOD.get(said.period, ""),
        _services(said.service_types),
        f"procedure {said.procedure}" if said.procedure in codes.SHARED_PROCEDURES else "",
        _NETWORK.get(said.network, ""),
        *ages,
    )
    return " ".join([part for part in parts if part])


def _services(service_types: tuple[str, ...]) -> str:
    """The first of its service types that are codes; whatever else stands there may be words, which are not shown."""
    known = [code for code in service_types[:8] if code in codes.KNOWN_TYPES]
    return f"for {' '.join(known)}" if known else ""


def _figure(amount: str, share: str, kind: str, quantity: str) -> str:
    dollars = number(amount)
    if dollars is not None:
        return format_money(dollars)
    part = number(share)
    if part is not None:
        return format_share(part if part <= 1 else part / 100)
    counted = number(quantity)
    if counted is None or kind in codes.AGES:
        return ""
    return f"{counted.normalize():f} {_UNIT.get(kind, '')}".strip()


def _ages(benefit: Benefit) -> Iterator[str]:
    """The ages for which the line holds, in EB09 and EB10 or among its HSD."""
    stated = [(one.quantity_kind, one.quantity) for one in benefit.deliveries]
    for kind, quantity in ((benefit.quantity_kind, benefit.quantity), *stated):
        age = number(quantity) if kind in _AGE else None
        if age is not None:
            yield f"{_AGE[kind]} {age.normalize():f}"
