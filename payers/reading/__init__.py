"""Meaning: what a payer said, read into the answer; pure functions of ``Benefits`` and a ``Dialect``."""

from payers.reading.conclude import Reading, conclude
from payers.reading.extent import Extent, extent_of
from payers.reading.follow_up import worth_asking
from payers.reading.lines.program_codes import redefined_codes

__all__ = ["Extent", "Reading", "conclude", "extent_of", "redefined_codes", "worth_asking"]
