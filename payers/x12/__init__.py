"""X12: 005010X279A1 inquiries and replies, acknowledgments, both ways; pure functions, no network, no judgement."""

from payers.x12.acknowledgments import write_999, write_ta1
from payers.x12.inquiry import RELATIONSHIP_CODES, Inquiry270, read_270, write_270
from payers.x12.reading import X12Reply, read_interchange
from payers.x12.segments import MAX_BYTES
from payers.x12.writing import Components, Delimiters, InterchangeEnvelope, Repetitions, Segment, write_271

__all__ = [
    "MAX_BYTES",
    "RELATIONSHIP_CODES",
    "Components",
    "Delimiters",
    "Inquiry270",
    "InterchangeEnvelope",
    "Repetitions",
    "Segment",
    "X12Reply",
    "read_270",
    "read_interchange",
    "write_270",
    "write_271",
    "write_999",
    "write_ta1",
]
