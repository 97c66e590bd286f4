"""Meaning: what a payer said, read into the answer; pure functions of ``Benefits`` and a ``Dialect``."""

from payers.reading.concluding import conclude

__all__ = ["conclude"]
