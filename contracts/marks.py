"""Marks in the type of a field of the answer: whose words it holds, and what becomes of it when two answers are merged.

What a role may see (``service.security.projection``) and how two answers become one (``service.verification.merging``)
is derived from these marks. A string without a mark counts as the payer's words: a field whose mark was forgotten
is hidden from everybody but staff, and is merged like any other.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated, Any


def _always(_: Any) -> bool:  # noqa: ANN401 - any value of the answer
    return True


@dataclass(frozen=True)
class PayerWords:
    """The field holds text as the payer sent it. ``instead`` is what a caller reads who may not see it.

    Where ``when`` is given the field holds such text only if ``when(value)`` is true of the value that has the field.
    """

    instead: str | None = None
    when: Callable[[Any], bool] = _always


@dataclass(frozen=True)
class SentOfMember:
    """The field repeats what was sent of a member, or what the payer calls the member."""

    instead: str | None = None


@dataclass(frozen=True)
class PatientPays:
    """The field says what the patient pays. ``instead`` is what a caller reads who may not see it."""

    instead: str | None = None


@dataclass(frozen=True)
class ForEveryCaller:
    """The field is a string of ours, an id, a code, a name or a number: every caller with a key may see it."""


@dataclass(frozen=True)
class OfAskedPayer:
    """The field speaks of the payer that was asked: another company's answer does not change it."""


@dataclass(frozen=True)
class EvidenceOf:
    """The field holds ids of entries of ``Answer.evidence``, which are numbered anew when two answers are merged."""


PlainText = Annotated[str, ForEveryCaller()]
"""A string that every caller with a key may see."""

EvidenceIds = Annotated[tuple[PlainText, ...], EvidenceOf()]
"""Ids of entries of ``Answer.evidence``."""
