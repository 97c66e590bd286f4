"""Meaning: what a payer said, read into the answer; pure functions of ``Benefits`` and a ``Dialect``."""

from payers.reading.conclude import Reading as Reading, conclude as conclude
from payers.reading.extent import Extent as Extent
from payers.reading.lines.program_codes import redefined_codes as redefined_codes
