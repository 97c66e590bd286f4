"""Meaning: what a payer said, read into the answer; pure functions of ``Benefits`` and a ``Dialect``."""

from payers.reading.conclude import conclude
from payers.reading.extent import Extent, extent_of
from payers.reading.follow_up import worth_asking

__all__ = ["Extent", "conclude", "extent_of", "worth_asking"]
