"""Meaning: what a payer said, read into the answer; pure functions of ``Benefits`` and a ``Dialect``."""

from payers.reading.conclude import conclude
from payers.reading.follow_up import worth_asking

__all__ = ["conclude", "worth_asking"]
