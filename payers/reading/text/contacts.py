"""A clause that refers to somebody: who, the telephone, whether they run a benefit. Source: [T8], [D6], [D8]."""

import re
from collections.abc import Sequence

from payers.reading.text.lexicon import Term
from payers.reading.text.records import Contact
from payers.reading.text.tokens import Sort
from payers.reading.text.vocabulary import Kind

_NAME_ENDS = frozenset({Kind.FOR, Kind.PREPOSITION, Kind.REFERENCE, Kind.RUN_BY, Kind.VERB, Kind.GRANTS, Kind.REFUSES})
_UNCERTAIN = frozenset({Kind.UNCERTAIN, Kind.UNMET, Kind.NOT})
_RUNS = frozenset({Kind.IOP, Kind.PHP, Kind.MENTAL, Kind.SUBSTANCE, Kind.BEHAVIORAL, Kind.BENEFIT})
_OTHER_PURPOSES = frozenset({Kind.AUTHORIZATION, Kind.ABOUT_CONTACT, Kind.SERVICE, Kind.PART})


def contact_of(terms: Sequence[Term], heading: Sequence[Term]) -> Contact | None:
    """Return whom a clause refers to; None when it refers to nobody. ``heading``: the words it stands under."""
    run_by = next((at for at, term in enumerate(terms) if Kind.RUN_BY in term.kinds), None)
    refers = next((at for at, term in enumerate(terms) if Kind.REFERENCE in term.kinds), None)
    phone = next((re.sub(r"\D", "", term.words)[-10:] for term in terms if term.sort is Sort.PHONE), "")
    if run_by is not None:
        name, known = _name(terms[run_by + 1 :])
        subject = terms[:run_by] or heading
        is_certain = not any(term.kinds & _UNCERTAIN for term in terms[:run_by])
        runs = is_certain and _is_about_benefit(subject, empty=True)
        return Contact(name, known, phone, runs, is_for_other=_is_for_other(subject))
    if refers is None:
        return None
    name, known = _name(terms[refers + 1 :])
    for_at = next((at for at, term in enumerate(terms) if Kind.FOR in term.kinds), None)
    purpose = heading
    if for_at is not None:
        purpose = terms[for_at + 1 :] if for_at > refers else terms[for_at + 1 : refers]
    return Contact(name, known, phone, _is_about_benefit(purpose, empty=False), is_for_other=_is_for_other(purpose))


def _is_for_other(terms: Sequence[Term]) -> bool:
    kinds = frozenset().union(*(term.kinds for term in terms)) if terms else frozenset()
    return bool(kinds & _OTHER_PURPOSES) or any(term.words.startswith("QUESTION") for term in terms)


def _is_about_benefit(terms: Sequence[Term], *, empty: bool) -> bool:
    kinds = frozenset().union(*(term.kinds for term in terms)) if terms else frozenset()
    if _is_for_other(terms):
        return False
    return bool(kinds & _RUNS) or (empty and not terms)


def _name(terms: Sequence[Term]) -> tuple[str, str]:
    """The name that stands right after the words that refer, and the listed company in it, if there is one."""
    words: list[str] = []
    known = ""
    for term in terms:
        if Kind.NAME in term.kinds:
            candidate = term.value(Kind.NAME)
            known = max(known, candidate, key=len)
            words.append(term.words)
        elif term.is_mark or term.sort in {Sort.PHONE, Sort.NUMBER} or (term.kinds & _NAME_ENDS):
            break
        elif not term.kinds or words:
            words.append(term.words)
        elif term.kinds & {Kind.PARTICLE}:
            continue
        else:
            break
    return (" ".join(words) if known or _has_unknown(terms, words) else "", known)


def _has_unknown(terms: Sequence[Term], words: Sequence[str]) -> bool:
    return bool(words) and any(not term.kinds and term.words in words for term in terms)
