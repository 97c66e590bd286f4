"""What a screen makes of the inputs of a draft: what was read, what is missing, and what is asked about once."""

from collections.abc import Mapping
from datetime import date
from typing import NamedTuple

from contracts import Card
from contracts.wording import Both
from service.web.pages.visitor.draft import VisitorDraft


class ShownError(NamedTuple):
    """An input that is missing or can't be read: the id of its field, and what is said of it."""

    field: str
    text: Both


class Doubt(NamedTuple):
    """An input that looks unusual: the id of its field, a code for the question, and the question."""

    field: str
    code: str
    text: Both

    @property
    def name(self) -> str:
        """By which it is remembered that this was asked."""
        return f"{self.field}:{self.code}"


class Checked(NamedTuple):
    """What a screen made of a draft."""

    draft: VisitorDraft
    errors: tuple[ShownError, ...] = ()
    doubts: tuple[Doubt, ...] = ()


class Circumstances(NamedTuple):
    """What a screen is checked by: ``card`` is the chosen payer's (None without one), ``today`` the date in the east.

    ``provider`` is the provider's name, and ``part_two`` whether 42 CFR Part 2 applies.
    """

    card: Card | None
    today: date
    provider: str
    part_two: bool


def trim_inputs(form: Mapping[str, str], names: tuple[str, ...]) -> dict[str, str]:
    """Return the inputs of a screen as they were typed, each cut to what a field takes; one that is absent is empty."""
    return {name: form.get(name, "")[:LONGEST_INPUT] for name in names}


LONGEST_INPUT = 200
"""Characters of an input that are kept."""
