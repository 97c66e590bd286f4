"""How a payer names IOP and PHP in its replies, and its habits of message, as data.

Every payer shares the names of the answer's ladder; a dialect only adds to them.
"""

from decimal import Decimal

from contracts.program_codes import ProgramProcedure, ProgramServiceType
from contracts.vocabulary import Frozen, Program


class Phrase(Frozen):
    """A payer's own name for a program: words found in a message or a plan text, matched as whole words.

    ``bare`` names (abbreviations, numbers) speak only on a line with a behavioral service type or word.
    """

    program: Program
    words: str
    bare: bool = False
    source: str


class Dialect(Frozen):
    """The habits of one payer's replies.

    ``procedures`` and ``service_types`` are the payer's own codes for a program, beside those of ``program_codes``;
    a code that has a meaning for all payers keeps it. ``notices`` are messages of the payer's system that say
    nothing of a benefit, each in full. ``no_limit_from`` is the amount from which a figure means "no limit".
    ``notes`` are habits that change no reading.
    """

    phrases: tuple[Phrase, ...] = ()
    procedures: tuple[ProgramProcedure, ...] = ()
    service_types: tuple[ProgramServiceType, ...] = ()
    notices: tuple[str, ...] = ()
    no_limit_from: Decimal = Decimal("99999.99")
    notes: tuple[str, ...] = ()
    sources: tuple[str, ...] = ()
