"""Which words of a clause are a company's name or a mailing address, and so understood. Source: [T7], [D3], [D6].

An unknown word is no name by standing behind a verb: SEE RIDER FOR COVERED LEVELS names nobody.
"""

from collections.abc import Sequence

from payers.reading.text.lexicon import Term
from payers.reading.text.records import Contact
from payers.reading.text.tokens import Sort
from payers.reading.text.vocabulary import Kind
from payers.reading.text.vocabulary.references import CALLED_COMPANY_WORDS, COMPANY_WORDS

_NAME_ENDS = frozenset(
    {Kind.FOR, Kind.PREPOSITION, Kind.REFERENCE, Kind.REFERENCE_NOUN, Kind.RUN_BY, Kind.VERB, Kind.GRANTS, Kind.REFUSES}
    | {Kind.DATE_FROM, Kind.DATE_TO, Kind.UP_TO, Kind.UNMET, Kind.ONLY, Kind.WITH, Kind.EXCEPT, Kind.NOT, Kind.NO}
    | {Kind.AGE, Kind.AGE_UNDER, Kind.AGE_OVER, Kind.ADULTS, Kind.CHILDREN, Kind.ADOLESCENTS, Kind.AUTHORIZATION}
)


def names_of(terms: Sequence[Term]) -> tuple[list[str], str]:
    """Return the names right after the words that refer, and the longest listed company in them, if there is one."""
    names = _name_terms(terms)
    written = [" ".join(term.words for term in words) for words in names if words and _is_name(words)]
    listed = [term.value(Kind.NAME) for words in names for term in words if Kind.NAME in term.kinds]
    return written, max(listed, key=len, default="")


def _name_terms(terms: Sequence[Term]) -> list[list[Term]]:
    """The terms of each name that stands right after the words that refer.

    AND or OR parts two names where a listed one stands before it and a name or an unknown word after it, or a listed
    one right after it.
    """
    names: list[list[Term]] = [[]]
    start = next((at for at, term in enumerate(terms) if term.sort not in _BEFORE_NAME), len(terms))
    for at, term in enumerate(terms[start:], start):
        current = names[-1]
        if term.is_mark or term.sort in _NO_NAME or term.kinds & _NAME_ENDS or term.caution:
            break
        if _is_join(term) and current and _parts_names(current, terms, at + 1):
            names.append([])
        elif current or not term.kinds or Kind.NAME in term.kinds:
            current.append(term)
        elif Kind.PARTICLE not in term.kinds:
            break
    while names[-1] and (_is_join(names[-1][-1]) or names[-1][-1].kinds == {Kind.PARTICLE}):
        names[-1].pop()
    return names


_BEFORE_NAME = frozenset({Sort.COLON, Sort.HYPHEN})
_NO_NAME = frozenset({Sort.PHONE, Sort.NUMBER, Sort.DATE, Sort.MONEY, Sort.ADDRESS})


def _is_join(term: Term) -> bool:
    return Kind.AND in term.kinds or term.words == "OR"


def _is_listed(words: Sequence[Term]) -> bool:
    return any(Kind.NAME in term.kinds for term in words)


def _is_name(words: Sequence[Term]) -> bool:
    """Whether words are a name: one of them is listed, or stands in no table."""
    return _is_listed(words) or any(not term.kinds for term in words)


def _parts_names(before: Sequence[Term], terms: Sequence[Term], at: int) -> bool:
    if at >= len(terms) or terms[at].is_mark:
        return False
    return Kind.NAME in terms[at].kinds or (_is_listed(before) and not terms[at].is_known)


def is_sure(terms: Sequence[Term], at: int, company_words: frozenset[str] | None) -> bool:
    """Return whether the unknown words after ``at`` are the name of a company, and not words that are not understood.

    They are when a listed company or one of ``company_words`` is among them, or a telephone number stands beside them
    where companies are called at all; always where ``company_words`` is None: the words before ask for a company.
    """
    if company_words is None:
        return True
    name = [term for words in _name_terms(terms[at + 1 :]) for term in words]
    is_called = bool(company_words) and any(term.sort is Sort.PHONE for term in terms)
    return is_called or _is_listed(name) or any(not company_words.isdisjoint(term.words.split()) for term in name)


def mailing_address(terms: Sequence[Term], at: int) -> str:
    """Return the unknown words of a mailing address after ``at``; none where no box, zip code or company shows it."""
    to = next((place for place in range(at + 1, len(terms)) if terms[place].words in _TOWARD), at)
    words = terms[to + 1 :]
    shows = any(
        "BOX" in term.words.split()
        or _is_listed([term])
        or not COMPANY_WORDS.isdisjoint(term.words.split())
        or (term.sort is Sort.NUMBER and len(term.words) == _ZIP)
        for term in words
    )
    return " ".join(term.words for term in words if not term.is_known and not term.caution) if shows else ""


_TOWARD = frozenset({"TO", "AT", "WITH"})
_ZIP = 5


def names_understood(terms: Sequence[Term], contact: Contact | None) -> frozenset[str]:
    """Return the words of ``terms`` that belong to the name or the address of somebody the clause refers to.

    Whoever gives an authorization (REQUIRED THROUGH ACME CARE) is named too, and runs nothing by that.
    """
    if contact is not None:
        return frozenset((f"{contact.names} {contact.address}" if contact.is_sure else contact.address).split())
    if not any(Kind.AUTHORIZATION in term.kinds for term in terms):
        return frozenset()
    at = next((place for place, term in enumerate(terms) if term.words in _GIVEN_BY), None)
    if at is None or not is_sure(terms, at, CALLED_COMPANY_WORDS):
        return frozenset()
    return frozenset(word for words in _name_terms(terms[at + 1 :]) for term in words for word in term.words.split())


_GIVEN_BY = frozenset({"THROUGH", "FROM", "BY", "VIA", "WITH"})
