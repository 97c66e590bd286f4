"""A benefit line as the ladder sees it: of which condition, naming which program, in which setting, for which side."""

from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from contracts import Benefit, Benefits, Condition, Dialect, FindingCode, Program, Side
from payers.reading import codes, words
from payers.reading.evidence import Book
from payers.reading.words import Mention, Named


class Line(NamedTuple):
    """One benefit at one place (``""`` when it has none); a benefit with several places is a line for each.

    ``types`` are its service types without the struck ones. ``told`` is true when its type, procedure or words speak of
    behavioral health. ``mentions`` are the programs that its words name, and how.
    """

    reply: int
    benefit: Benefit
    types: frozenset[str]
    conditions: frozenset[Condition]
    told: bool
    mentions: Mapping[Program, frozenset[Named]]
    procedure_of: Program | None
    place: str
    office: bool
    virtual: bool
    inpatient: bool
    base_only: bool = False

    @property
    def excluded(self) -> bool:
        """Whether its setting shuts it out, unless it names a program."""
        return self.office or self.virtual or self.inpatient

    @property
    def behavioral(self) -> bool:
        """Whether it speaks of behavioral health by type, procedure or word."""
        return bool(self.types & codes.BEHAVIORAL_TYPES) or (self.told and not self.struck)

    @property
    def struck(self) -> bool:
        """Whether nothing is left of its service types."""
        return bool(self.benefit.service_types) and not self.types

    def named(self) -> frozenset[Program]:
        """The programs that it names and does not deny."""
        found = {program for program, how in self.mentions.items() if Named.SPEAKS in how}
        if self.procedure_of is not None:
            found.add(self.procedure_of)
        if self.place == codes.PARTIAL_PLACE and self.behavioral:
            found.add(Program.PHP)
        return frozenset(found)

    def is_silent_on(self, program: Program) -> bool:
        """Whether, beside a name of its own, it says nothing of ``program``: it names the other, or denies this one."""
        how = self.mentions.get(program)
        if how is not None:
            return Named.SPEAKS not in how
        named = self.named()
        return bool(named) and program not in named

    def on(self, side: Side, *, marked: bool) -> bool:
        """Whether it speaks for ``side``; an unmarked line does for both, unless another line is ``marked``."""
        network = self.benefit.network
        if network in {"Y", "N"}:
            return (network == "Y") is (side is Side.IN_NETWORK)
        return network == "W" or not marked


def lines_of(reply: int, benefits: Benefits, dialect: Dialect, book: Book) -> list[Line]:
    """Every line of one reply, place by place; codes that nobody knows become findings."""
    base_only = _base_only(benefits, book)
    branded = _branded(benefits, dialect)
    found: list[Line] = []
    for benefit in benefits.lines:
        _note_unknown(benefit, book)
        found += _lines(reply, benefit, dialect, book, branded=branded)
    return [line._replace(base_only=True) for line in found] if base_only else found


def authorized_of(reply: int, benefits: Benefits, dialect: Dialect, book: Book) -> list[Line]:
    """What was said of single procedures and their authorization alone; it stands on no rung and grants nothing."""
    found = (_lines(reply, one, dialect, book, branded=False) for one in benefits.authorizations)
    return [line for lines in found for line in lines]


def _branded(benefits: Benefits, dialect: Dialect) -> bool:
    """Whether the product itself is called PHP: its name stands on lines of its benefits too, and names no program."""
    plans = {one.plan for one in benefits.lines if one.plan and codes.PLAN_TYPE in one.service_types}
    products = [plan for plan in plans if not words.is_behavioral([plan])]
    abbreviated = words.mentions(products, dialect.phrases, behavioral=True)
    return bool(abbreviated - words.mentions(products, dialect.phrases, behavioral=False))


def _base_only(benefits: Benefits, book: Book) -> bool:
    """Whether the reply answers 30 although another type was asked: only the ten base codes came back."""
    asked = set(benefits.asked) - codes.BASE_TYPES - {codes.PLAN_TYPE}
    answered = {code for benefit in benefits.lines for code in benefit.service_types}
    if not asked or not answered or answered & asked:
        return False
    if answered <= codes.BASE_TYPES | {codes.PLAN_TYPE}:
        book.find(FindingCode.BASE_CODES_ONLY, None, "asked " + " ".join(sorted(asked)))
        return True
    return False


def _lines(reply: int, benefit: Benefit, dialect: Dialect, book: Book, *, branded: bool) -> Iterator[Line]:
    texts = [said.text for said in benefit.messages]
    named_in = [*texts, benefit.plan] if benefit.plan else texts
    types = frozenset(benefit.service_types)
    of_types = frozenset(codes.CONDITION_OF_TYPE[code] for code in types if code in codes.CONDITION_OF_TYPE)
    behavioral = bool(of_types) or words.is_behavioral(named_in)
    said = words.mentions(texts, dialect.phrases, behavioral=behavioral)
    if benefit.plan:
        said |= words.mentions([benefit.plan], dialect.phrases, behavioral=behavioral and not branded)
    mentions = _by_program(said)
    for program, how in mentions.items():
        if how - {Named.SPEAKS}:
            book.find(FindingCode.DENIED_PHRASE, benefit.at, program.value)
    conditions, told = _conditions(benefit, of_types, named_in, book)
    told = told or behavioral
    procedure_of = next((program for program in Program if benefit.procedure in codes.PROCEDURES[program]), None)
    office = any(words.is_office(text) for text in texts)
    virtual = any(words.is_virtual(text) for text in texts)
    # A plan's name may hold "virtual" or "office"; of the plan text only inpatient words tell a setting.
    inpatient = any(words.is_inpatient(text) for text in named_in)
    for place in dict.fromkeys(one.text.zfill(2) for one in benefit.places) or ("",):
        yield Line(
            reply=reply,
            benefit=benefit,
            types=types - codes.STRUCK_TYPES,
            conditions=conditions,
            told=told,
            mentions=mentions,
            procedure_of=procedure_of,
            place=place,
            office=office or place in codes.OFFICE_PLACES,
            virtual=virtual or place in codes.VIRTUAL_PLACES,
            inpatient=inpatient or place in codes.INPATIENT_PLACES,
        )


def _by_program(mentions: frozenset[Mention]) -> dict[Program, frozenset[Named]]:
    return {
        program: frozenset(mention.how for mention in mentions if mention.program is program)
        for program in Program
        if any(mention.program is program for mention in mentions)
    }


def _conditions(
    benefit: Benefit, of_types: frozenset[Condition], texts: Sequence[str], book: Book
) -> tuple[frozenset[Condition], bool]:
    """The conditions of a line, by its types, else its procedure, else its words, else both; and whether it tells."""
    of_procedure = codes.CONDITIONS_OF_PROCEDURE.get(benefit.procedure)
    if of_types and of_procedure is not None:
        if not of_types & of_procedure:
            book.find(FindingCode.CONDITION_MISMATCH, benefit.at, f"EB13={benefit.procedure}")
        return of_types & of_procedure, True
    if of_types or of_procedure is not None:
        return of_types or of_procedure or codes.BOTH, True
    of_words = words.conditions(texts)
    return of_words or codes.BOTH, bool(of_words)


def _note_unknown(benefit: Benefit, book: Book) -> None:
    for name, value, known in (
        ("EB01", benefit.information, codes.KNOWN_INFORMATION),
        ("EB02", benefit.level, codes.KNOWN_LEVELS),
        ("EB04", benefit.insurance, codes.KNOWN_INSURANCES),
        ("EB06", benefit.period, codes.KNOWN_PERIODS),
        ("EB09", benefit.quantity_kind, codes.KNOWN_QUANTITIES),
        ("EB11", benefit.authorization, _YES_NO),
        ("EB12", benefit.network, _SIDES),
    ):
        if (value or name == "EB01") and value not in known:
            book.find(FindingCode.UNKNOWN_CODE, benefit.at, _shown(name, value))
    if benefit.information in codes.NOT_UNDERSTOOD:
        book.find(FindingCode.UNKNOWN_CODE, benefit.at, f"EB01={benefit.information}")
    for code in benefit.service_types:
        if code not in codes.KNOWN_TYPES:
            book.find(FindingCode.UNKNOWN_CODE, benefit.at, _shown("EB03", code))


_YES_NO = frozenset("YNU")
_SIDES = frozenset("YNUW")


def _shown(name: str, code: str) -> str:
    """A code that fits its element is shown; anything else may be words, which a finding never holds."""
    return f"{name}={code}" if len(code) <= 3 and code.isascii() and code.isalnum() else name
