"""What the words of a line say: which program they name or deny, in which setting, of which condition.

Pure functions over a text; the patterns are those of the answer's section 2 and of ``payer-protocols.md`` 5.4, and a
dialect adds names.
"""

import re
from collections.abc import Iterable, Sequence
from enum import StrEnum
from functools import cache, lru_cache
from typing import NamedTuple

from contracts import Condition, CostRule, Phrase, Program
from payers.reading.codes import PROCEDURES


class Named(StrEnum):
    """How a text names a program."""

    SPEAKS = "speaks"
    CLOSES = "closes"
    SILENT = "silent"


class Mention(NamedTuple):
    """A program that a text names, and how."""

    program: Program
    how: Named


def _any(*patterns: str) -> re.Pattern[str]:
    return re.compile("|".join(patterns), re.IGNORECASE)


# A number such as 0905 may stand in a telephone number: after a group of three digits, or before another group. Without
# its leading 0 it is an area code as well, so there it speaks only after the word "revenue".
_NUMBER = (
    r"(?<![\d#-])(?<!\D\d{{3}}[\s.-])(?<!^\d{{3}}[\s.-])0{0}(?![\d-])"
    r"|\brev(?:enue)?\.?\s*(?:codes?)?\s*[:#]?\s*0?{0}(?!\d)"
)

_NAMES = {
    Program.IOP: _any(r"\bintensive[\s-]+out-?\s?patient", r"\bASAM\s+(?:level\s+)?2\.1(?!\d)"),
    Program.PHP: _any(
        r"\bpartial[\s-]+hosp\w*",
        r"\bpartial[\s-]+day\b",
        r"\bday[\s-]+treatment\b",
        r"\bday[\s-]+hospital\w*",
        r"\bASAM\s+(?:level\s+)?2\.5(?!\d)",
    ),
}
_PARTIAL_PLACE = r"\bplaces?\s+of\s+service:?\s+52\b"
_BARE = {
    Program.IOP: _any(
        r"\bIOPs?\b", *[rf"\b{code}\b" for code in sorted(PROCEDURES[Program.IOP])], _NUMBER.format("90[56]")
    ),
    Program.PHP: _any(
        r"\bPHPs?\b",
        *[rf"\b{code}\b" for code in sorted(PROCEDURES[Program.PHP])],
        _NUMBER.format("91[23]"),
        _PARTIAL_PLACE,
    ),
}
"""Abbreviations and code numbers: PHP is also a plan's name, IOP also an eye pressure."""

_MENTAL = _any(r"\bmental\b", r"\bpsychiatric\b")
_SUBSTANCE = _any(r"\bsubstances?\b", r"\bchemical\b", r"\balcohol", r"\bdrugs?\b", r"\baddictions?\b", r"\bSUD\b")
_BEHAVIORAL = _any(r"\bbehaviou?ral\b", _MENTAL.pattern, _SUBSTANCE.pattern)

_CLAUSE_END = re.compile(r"\.\s|;|\bBUT\b", re.IGNORECASE)
_DENIED = _any(
    r"\bnot\s+covered\b",
    r"\bexclude[sd]?\b",
    r"\bexcluding\b",
    r"\bdo(?:es)?\s+not\s+include\b",
    r"\bnot\s+a\s+(?:covered\s+)?benefit\b",
    r"\bnon-?\s?covered\b",
)
# Said of a name, these neither grant nor refuse it in the words that close: the line says nothing of that program.
_DOUBTED = _any(
    r"\bnot\s+(?:included|payable|available|eligible|authorized|a\s+covered\s+service)\b",
    r"\bno\s+(?:coverage|benefits?)\b",
    r"\b(?:isn't|aren't|never)\s+covered\b",
    r"\bineligible\b",
)
_EXCEPTED = _any(r"\bexcept(?:ing|ion)?\b", r"\bother\s+than\b", r"\bnot\s+including\b")

_OFFICE_WORDS = r"office\s+visits?|in[\s-]office|office\s+setting|office|individual\s+visits?|specialist\s+visits?"
_VIRTUAL_WORDS = r"telehealth|virtual"
_INPATIENT_WORDS = r"in-?patient|residential|detox\w*"
_OFFICE = _any(
    r"\boffice\s+visits?\b",
    r"\bin[\s-]office\b",
    r"\boffice\s+setting\b",
    r"\bindividual\s+visits?\b",
    r"\bspecialist\s+visits?\b",
    r"\A\W*office\b",
)
_VIRTUAL = _any(rf"\b(?:{_VIRTUAL_WORDS})\b")
_INPATIENT = _any(rf"\b(?:{_INPATIENT_WORDS})")
_SETTING = rf"(?:{_OFFICE_WORDS}|{_VIRTUAL_WORDS}|{_INPATIENT_WORDS})"
_ARTICLE = r"(?:(?:an?|the|in|at)\s+)*"
# "Other than office or telehealth visits" names the settings that the line is not about, one after the other.
_OTHER_SETTINGS = _any(
    rf"\b(?:other\s+than|not(?:\s+including)?|non)[\s-]+{_ARTICLE}{_SETTING}(?:\s*(?:,|/|\bor\b|\bnor\b|\band\b)+\s*{_ARTICLE}{_SETTING})*"
)

_A = r"(?:pre-?\s?cert\w*|pre-?\s?auth\w*|prior\s+auth\w*|authori[sz]ation)"
_MAYBE = _any(rf"\b{_A}[^.;]{{0,40}}\bmay\s+be\b", rf"\bmay\s+(?:require|need)\s+(?:an?\s+)?{_A}")
_NOT_NEEDED = _any(
    rf"\bno\s+{_A}(?:\s+is)?\s+(?:required|needed)\b",
    rf"\b{_A}(?:\s+is)?\s+not\s+(?:required|needed)\b",
    rf"\bdo(?:es)?\s+not\s+require\s+(?:an?\s+)?{_A}",
)
_NEEDED = _any(rf"\brequires?\s+(?:an?\s+)?{_A}", rf"\b{_A}(?:\s+is|\s+must\s+be)?\s+(?:required|needed|obtained)\b")

_GREATER = _any(r"\bwhichever\s+is\s+(?:greater|higher|more)\b", r"\b(?:greater|higher)\s+of\b")
_LESSER = _any(r"\bwhichever\s+is\s+(?:less|lesser|lower)\b", r"\b(?:lesser|lower)\s+of\b")
_TERMINATED = _any(
    r"(?<!\bnot )\bterminated\b",
    r"\b(?:plan|policy|coverage|contract|membership)\b[^.;]{0,40}\bcancell?ed\b",
)
_SUPPOSED = _any(r"\b(?:if|unless|until|when|whether|may|might|could|should|would)\b")
_TIER = _any(r"\btier\b")


def mentions(texts: Iterable[str], phrases: Sequence[Phrase], *, behavioral: bool) -> frozenset[Mention]:
    """Every program that ``texts`` name, clause by clause; abbreviations and numbers only on a ``behavioral`` line."""
    return frozenset(
        mention for text in texts for clause in clauses(text) for mention in _in_clause(clause, phrases, behavioral)
    )


def clauses(text: str) -> list[str]:
    """The clauses of ``text``: a full stop before a space, a semicolon or the word BUT ends one, a comma does not."""
    return [clause for clause in _CLAUSE_END.split(text) if clause.strip()]


def _in_clause(clause: str, phrases: Sequence[Phrase], behavioral: bool) -> Iterable[Mention]:  # noqa: FBT001 - private
    for program in Program:
        places = {
            match.start() for pattern in _patterns(program, phrases, behavioral) for match in pattern.finditer(clause)
        }
        if not places:
            continue
        # The rest of the clause is looked at once, however often it names the program.
        excepted = _EXCEPTED.search(clause)
        if excepted is not None and excepted.end() <= max(places):
            yield Mention(program, Named.SILENT)
        if excepted is None or min(places) < excepted.end():
            yield Mention(program, _of_clause(clause))


def _of_clause(clause: str) -> Named:
    """What a clause says of the program that it names."""
    if _DENIED.search(clause):
        return Named.CLOSES
    return Named.SILENT if _DOUBTED.search(clause) else Named.SPEAKS


def _patterns(program: Program, phrases: Sequence[Phrase], behavioral: bool) -> list[re.Pattern[str]]:  # noqa: FBT001
    own = [_whole(phrase.words) for phrase in phrases if phrase.program is program and (behavioral or not phrase.bare)]
    return [_NAMES[program], *([_BARE[program]] if behavioral else []), *own]


@lru_cache(maxsize=256)
def _whole(words: str) -> re.Pattern[str]:
    inner = r"[\s-]+".join(re.escape(word) for word in words.split())
    return re.compile(rf"(?<!\w){inner}(?!\w)", re.IGNORECASE)


def whole_words(words: str, text: str) -> bool:
    """Whether ``words`` stand in ``text`` as whole words, case and hyphens aside."""
    return _whole(words).search(text) is not None


def is_behavioral(texts: Iterable[str]) -> bool:
    """Whether a behavioral word stands in ``texts``."""
    return any(_BEHAVIORAL.search(text) for text in texts)


def conditions(texts: Iterable[str]) -> frozenset[Condition]:
    """The conditions that ``texts`` name; empty when none."""
    found: set[Condition] = set()
    for text in texts:
        if _MENTAL.search(text):
            found.add(Condition.MENTAL_HEALTH)
        if _SUBSTANCE.search(text):
            found.add(Condition.SUBSTANCE_USE)
    return frozenset(found)


def is_of_another(clause: str, program: Program) -> bool:
    """Whether ``clause`` names the other program and not ``program``."""
    named = {mention.program for mention in mentions([clause], (), behavioral=True)}
    return bool(named) and program not in named


def is_office(text: str) -> bool:
    """Whether ``text`` speaks of an office or a single visit."""
    return _OFFICE.search(_OTHER_SETTINGS.sub("", text)) is not None


def is_virtual(text: str) -> bool:
    """Whether ``text`` speaks of delivery by telehealth."""
    return _VIRTUAL.search(_OTHER_SETTINGS.sub("", text)) is not None


def is_inpatient(text: str) -> bool:
    """Whether ``text`` speaks of inpatient or residential care."""
    return _INPATIENT.search(_OTHER_SETTINGS.sub("", text)) is not None


def is_terminated(text: str) -> bool:
    """Whether ``text`` says that coverage was terminated; a disclaimer says only what would be if it were."""
    found = (match for clause in clauses(text) for match in [_TERMINATED.search(clause)] if match)
    return any(_SUPPOSED.search(match.string, 0, match.start()) is None for match in found)


def names_a_tier(text: str) -> bool:
    """Whether ``text`` names a network tier."""
    return _TIER.search(text) is not None


def authorization(text: str) -> bool | None:
    """True when ``text`` says that authorization is required, False when it is not, None when it says neither.

    "May require" says neither. Source: ``payer-protocols.md`` 5.4.
    """
    if _MAYBE.search(text):
        return None
    if _NOT_NEEDED.search(text):
        return False
    return True if _NEEDED.search(text) else None


def cost_rule(texts: Iterable[str]) -> CostRule:
    """How a copay and a coinsurance that both stand combine, by the words beside them."""
    joined = list(texts)
    if any(_GREATER.search(text) for text in joined):
        return CostRule.GREATER_OF
    if any(_LESSER.search(text) for text in joined):
        return CostRule.LESSER_OF
    return CostRule.BOTH


@cache
def _general() -> re.Pattern[str]:
    """Words that limit no service; the pattern is long, and few replies need it."""
    return _any(
        _DENIED.pattern,
        _BEHAVIORAL.pattern,
        *(pattern.pattern for pattern in _NAMES.values()),
        *(pattern.pattern for pattern in _BARE.values()),
        r"\b(?:a|an|the|of|for|on|in|by|to|or|and|is|are|be|at|this|these|your|any|all|no|not|out|under|with|within)\b",
        r"\b(?:covered|cover|coverage|benefits?|services?|programs?|plans?|members?|networks?|health|care|treatment)\b",
        r"\b(?:use|abuse|disorders?|hospitalization|hospital|outpatient|patient|contract|policy)\b",
        r"\b(?:please|call|contact|refer|see|visit|documents?|booklet|handbook|certificate|details?|information)\b",
        r"\b(?:customer|phone|telephone|numbers?|more|further|questions?|if|you|have|has|been|was|will|as|per|from)\b",
        r"\b(?:effective|dates?|exclusions?|limitations?|terms|conditions|provisions?|payable|paid|available|allowed)\b",
        r"[\W\d_]+",
    )


def limits_a_service(text: str) -> bool:
    """Whether ``text`` narrows a line to a service or provider: something is left when general words are taken out."""
    return bool(_general().sub("", text).strip())
