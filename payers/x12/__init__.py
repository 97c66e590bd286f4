"""X12: 005010X279A1 inquiries and replies, acknowledgments, both ways; pure functions, no network, no judgement."""

from payers.x12.acknowledgments import write_999 as write_999, write_ta1 as write_ta1
from payers.x12.inquiry import (
    RELATIONSHIP_CODES as RELATIONSHIP_CODES,
    Inquiry270 as Inquiry270,
    read_270 as read_270,
    write_270 as write_270,
)
from payers.x12.reading import X12Reply as X12Reply, read_interchange as read_interchange
from payers.x12.segments import MAX_BYTES as MAX_BYTES
from payers.x12.writing import (
    Components as Components,
    Delimiters as Delimiters,
    InterchangeEnvelope as InterchangeEnvelope,
    Repetitions as Repetitions,
    Segment as Segment,
    write_271 as write_271,
)
