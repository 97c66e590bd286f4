"""The message grammar: what the words of one line say, as far as a closed vocabulary understands them.

``read_text`` is pure, bounded and linear in the characters; a text that was read once is not read again. See README.md.
"""

from functools import lru_cache

from payers.reading.text.carried_conditions import carry_conditions, without_threats
from payers.reading.text.clauses import segments_of
from payers.reading.text.draft import Context
from payers.reading.text.kinds import CONDITION_KINDS
from payers.reading.text.lexicon import (
    Lexicon as Lexicon,
    is_code as is_code,
    lexicon_of as lexicon_of,
    normal_form as normal_form,
)
from payers.reading.text.meaning import read_clause
from payers.reading.text.records import (
    Attached as Attached,
    Clause as Clause,
    Contact as Contact,
    Names as Names,
    Quantity as Quantity,
    Record as Record,
    Text as Text,
    Topic as Topic,
)
from payers.reading.text.tokens import is_cut, tokens_of
from payers.reading.text.vocabulary import Kind

_OTHER_DAY = frozenset({Kind.SERVICE})


@lru_cache(maxsize=4096)
def read_text(messages: tuple[str, ...], lexicon: Lexicon, *, behavioral: bool, is_of_other_care: bool = False) -> Text:
    """Return what ``messages`` of one line say.

    ``behavioral``: whether the line has a behavioral service type, so that abbreviations may name a program; a
    behavioral word in the text does as well. ``is_of_other_care``: whether its types are all of another branch of
    medicine, where a day program is that branch's own. Raises nothing.
    """
    if not messages:
        return Text()
    terms = lexicon.terms(tokens_of(messages))
    behavioral = behavioral or any(term.kinds & CONDITION_KINDS for term in terms)
    if is_of_other_care and not behavioral:
        terms = [term._replace(kinds=_OTHER_DAY) if term.value(Kind.PHP) == "day" else term for term in terms]
    segments, more = segments_of(terms)
    clauses: list[Clause] = []
    context = Context()
    for segment in segments:
        clause, context = read_clause(segment, context, behavioral=behavioral)
        clauses.append(clause)
    return Text(carry_conditions(without_threats(clauses)), more or is_cut(messages))
