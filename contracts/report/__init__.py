"""An answer as a page for people: everything that it holds, in plain text; and words from outside made harmless.

Pure functions that both ``payers`` and ``service`` need: a stored reply and a live verification are printed alike.
"""

from contracts.report.answer import LookAgain as LookAgain, report as report
from contracts.report.page import Page as Page
from contracts.report.terminal import (
    escape_for_terminal as escape_for_terminal,
    escape_json_for_terminal as escape_json_for_terminal,
)
from contracts.report.terms import contradictions as contradictions
