"""Meaning: what a payer said, read into the answer; pure functions of ``Benefits`` and a ``Dialect``."""

from payers.reading.conclude import Reading, conclude
from payers.reading.extent import Extent, extent_of
from payers.reading.follow_up import (
    adds_nothing,
    answered_types,
    has_base_answer,
    is_about,
    lacks_plan,
    left_open,
    says_more,
    worth_asking,
)
from payers.reading.lines.program_codes import redefined_codes

__all__ = [
    "Extent",
    "Reading",
    "adds_nothing",
    "answered_types",
    "conclude",
    "extent_of",
    "has_base_answer",
    "is_about",
    "lacks_plan",
    "left_open",
    "redefined_codes",
    "says_more",
    "worth_asking",
]
