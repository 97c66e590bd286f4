"""A clause that refers to somebody: who, the telephone, whether they run a benefit. Source: [T8], [D6], [D8]."""

import re
from collections.abc import Sequence

from payers.reading.text.company_names import is_sure, mailing_address, names_of
from payers.reading.text.kinds import NAME_KINDS
from payers.reading.text.lexicon import Term
from payers.reading.text.records import Contact
from payers.reading.text.tokens import Sort
from payers.reading.text.vocabulary import Kind
from payers.reading.text.vocabulary.references import CALLED_COMPANY_WORDS, COMPANY_WORDS

_UNCERTAIN = frozenset({Kind.UNCERTAIN, Kind.UNMET, Kind.NOT, Kind.NO})
_BEHAVIORAL = frozenset({Kind.IOP, Kind.PHP, Kind.MENTAL, Kind.SUBSTANCE, Kind.BEHAVIORAL})
_RUNS = _BEHAVIORAL | {Kind.BENEFIT}
_OTHER_PURPOSES = frozenset(
    {Kind.AUTHORIZATION, Kind.ABOUT_CONTACT, Kind.SERVICE, Kind.PART, Kind.OFFICE, Kind.TELEHEALTH}
)
_CALLS = frozenset({"CALL", "CONTACT", "REFER TO", "PLEASE CALL", "PLEASE CONTACT", "PLEASE REFER TO"})
"""The verbs after which somebody runs what they are called for; a booklet or a website is seen and visited."""

_ASKS = ("QUESTION", "INQUIR", "ANY QUESTION")
_PAST = frozenset({"WAS", "WERE"})


def contact_of(terms: Sequence[Term], heading: Sequence[Term]) -> Contact | None:
    """Return whom a clause refers to; None when it refers to nobody. ``heading``: the words it stands under."""
    run_by = next((at for at, term in enumerate(terms) if Kind.RUN_BY in term.kinds), None)
    if run_by is not None:
        return _run_by(terms, run_by, heading)
    references = [at for at, term in enumerate(terms) if Kind.REFERENCE in term.kinds]
    if not references:
        return _name_alone(terms)
    if len(references) == 1 and _only_follows(terms, references[0]):
        return None
    calls = [at for at in references if terms[at].words in _CALLS]
    return _find_reference(terms, (calls or references)[0], heading, is_call=bool(calls))


def _name_alone(terms: Sequence[Term]) -> Contact | None:
    """A listed company with nothing but a telephone number beside it: whom a line means that asks to look elsewhere."""
    first = next((at for at, term in enumerate(terms) if Kind.NAME in term.kinds), None)
    if first is None:
        return None
    names, known = names_of(terms[first:])
    called = frozenset(" ".join(names).split())
    for term in terms:
        is_called = not term.is_known and called.issuperset(term.words.split())
        if not (is_called or term.is_mark or term.sort is Sort.PHONE or term.kinds & _BESIDE_NAME):
            return None
    return Contact(names[0], known, _phone(terms), others=tuple(names[1:]), has_subject=False)


_BESIDE_NAME = _BEHAVIORAL - {Kind.IOP, Kind.PHP} | {
    Kind.NAME,
    Kind.PARTICLE,
    Kind.REFERENCE_NOUN,
    Kind.FIELD,
    Kind.CARE,
}


def _phone(terms: Sequence[Term]) -> str:
    return next((re.sub(r"\D", "", term.words)[-10:] for term in terms if term.sort is Sort.PHONE), "")


def _run_by(terms: Sequence[Term], at: int, heading: Sequence[Term]) -> Contact:
    """Whom MANAGED BY and the like name, for what stands before it or after FOR."""
    subject = [*(terms[:at] or heading), *_purpose(terms[at + 1 :])]
    was = at > 0 and terms[at - 1].words in _PAST and not terms[at].words.startswith("CARVED")
    is_certain = not was and not any(term.kinds & _UNCERTAIN for term in terms[:at])
    # A benefit is managed by somebody; it may be PROVIDED BY RIDER.
    words = None if not terms[at].words.endswith(_PROVIDED) else CALLED_COMPANY_WORDS
    runs = is_certain and (_is_about_benefit(subject) or not subject)
    return _contact(terms, at, subject, heading, runs=runs)._replace(is_sure=is_sure(terms, at, words))


def _find_reference(terms: Sequence[Term], at: int, heading: Sequence[Term], *, is_call: bool) -> Contact:
    """Whom CALL and the like name, for what stands after FOR, else under the heading."""
    for_at = next((place for place, term in enumerate(terms) if Kind.FOR in term.kinds), None)
    purpose = heading
    if for_at is not None:
        purpose = terms[for_at + 1 :] if for_at > at else terms[for_at + 1 : at]
    is_certain = is_call and not any(term.kinds & _UNCERTAIN for term in terms[:at])
    found = _contact(terms, at, purpose, heading, runs=is_certain and _is_about_benefit(purpose))
    if terms[at].value(Kind.REFERENCE) == _TO_ADDRESS:
        return found._replace(is_sure=is_sure(terms, at, frozenset()), address=mailing_address(terms, at))
    if terms[at].words.endswith(_CALLING):
        return found._replace(is_sure=is_sure(terms, at, CALLED_COMPANY_WORDS))
    is_referral = terms[at].words in _CALLS
    return found._replace(is_sure=is_sure(terms, at, COMPANY_WORDS if is_referral else frozenset()))


_TO_ADDRESS = "address"
_CALLING = ("CALL", "CONTACT", "QUESTIONS", "QUESTIONS ?", "INQUIRIES")
_PROVIDED = ("PROVIDED BY", "PROVIDED THROUGH")


def _only_follows(terms: Sequence[Term], at: int) -> bool:
    """Whether a number to call stands in a message of its own after a whole verdict, which is what the clause says.

    PHP IS NOT COVERED / CALL 800-555-0101 refuses the program; nothing says who runs it.
    """
    before, after = terms[:at], terms[at + 1 :]
    if not terms[at].after_end or terms[at].words not in _CALLS or not before or not after:
        return False
    is_verdict = bool(before[-1].kinds & _VERDICTS) and all(
        term.kinds & _PLAIN and term.words != "ONCE" for term in before
    )
    return is_verdict and all(
        term.sort is Sort.PHONE or term.kinds & {Kind.PARTICLE, Kind.PREPOSITION, Kind.REFERENCE_NOUN} for term in after
    )


_VERDICTS = frozenset({Kind.GRANTS, Kind.REFUSES})
_PLAIN = NAME_KINDS | _VERDICTS | {Kind.VERB, Kind.PARTICLE, Kind.NOT, Kind.CARE, Kind.BENEFIT, Kind.AND}


def _is_for_approval(before: Sequence[Term], heading: Sequence[Term]) -> bool:
    """PREAUTH FOR BEHAVIORAL HEALTH CALL ...: whoever is called gives the approval, and runs nothing by that."""
    return not _kinds((*before, *heading)).isdisjoint({Kind.AUTHORIZATION, Kind.ABOUT_CONTACT})


def _benefit_of_list(subject: Sequence[Term]) -> Sequence[Term]:
    """The item of a list that is a behavioral benefit: of PHARMACY AND BEHAVIORAL HEALTH the second, else all of it."""
    items: list[list[Term]] = [[]]
    for term in subject:
        if term.kinds == {Kind.AND} or term.sort is Sort.COMMA:
            items.append([])
        else:
            items[-1].append(term)
    own = [item for item in items if _kinds(item) & _BEHAVIORAL and not _kinds(item) & _OTHER_PURPOSES]
    return own[0] if own and len(items) > 1 else subject


def _contact(
    terms: Sequence[Term], at: int, subject: Sequence[Term], heading: Sequence[Term], *, runs: bool
) -> Contact:
    """The contact that is named after ``at``, for ``subject``."""
    names, known = names_of(terms[at + 1 :])
    kinds = _kinds(_benefit_of_list(subject))
    asks = any(term.words.startswith(_ASKS) for term in (*subject, *terms) if Kind.NAME not in term.kinds)
    is_for_other = asks or bool(kinds & _OTHER_PURPOSES) or _is_for_approval(terms[:at], heading)
    return Contact(
        name=names[0] if names else "",
        known=known,
        phone=_phone(terms),
        runs=runs and not is_for_other,
        is_for_other=is_for_other,
        others=tuple(names[1:]),
        has_subject=bool(kinds & (_RUNS | _OTHER_PURPOSES)),
        is_behavioral=bool(kinds & _BEHAVIORAL),
    )


def _purpose(terms: Sequence[Term]) -> Sequence[Term]:
    """What stands after FOR, up to the next word that refers to somebody."""
    end = next((at for at, term in enumerate(terms) if Kind.REFERENCE in term.kinds), len(terms))
    for_at = next((at for at, term in enumerate(terms[:end]) if Kind.FOR in term.kinds), end)
    return terms[for_at + 1 : end]


def _kinds(terms: Sequence[Term]) -> frozenset[Kind]:
    return frozenset(kind for term in terms for kind in term.kinds)


def _is_about_benefit(terms: Sequence[Term]) -> bool:
    """Whether a behavioral benefit is spoken of, or benefits that are not called medical ones."""
    kinds = _kinds(terms)
    return bool(kinds & _BEHAVIORAL) or (Kind.BENEFIT in kinds and not any(one.words == "MEDICAL" for one in terms))
