"""Meaning: what a payer said, read into the answer; pure functions of ``Benefits`` and a ``Dialect``."""

from payers.reading.conclude import Reading as Reading, conclude as conclude
from payers.reading.extent import Extent as Extent
from payers.reading.follow_up import (
    adds_nothing as adds_nothing,
    answered_types as answered_types,
    has_base_answer as has_base_answer,
    is_about as is_about,
    lacks_plan as lacks_plan,
    left_open as left_open,
    open_procedures as open_procedures,
    says_more as says_more,
    worth_asking as worth_asking,
)
from payers.reading.lines.program_codes import redefined_codes as redefined_codes
