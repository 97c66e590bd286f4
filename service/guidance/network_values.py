"""Where we stand with a payer, and which contract of ours says so."""

from enum import StrEnum

from contracts import Condition, Frozen


class NetworkStanding(StrEnum):
    """Where we stand with a payer."""

    IN = "in"
    OUT = "out"
    NOT_KNOWN = "not_known"


class NetworkStatus(Frozen):
    """Where we stand for one condition, and which contract says so.

    ``payer`` is the card's id of whoever runs the benefit. ``source`` is the contract's own, null when none decides.
    ``text`` says why, in a sentence.
    """

    condition: Condition
    payer: str | None
    standing: NetworkStanding
    source: str | None
    text: str
