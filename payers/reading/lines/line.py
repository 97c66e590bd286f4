"""A benefit line with everything that the ladder asks of it, found out once: subjects, condition, network, words.

A benefit at several places is a line for each place. Source: ``ANSWER.md`` 2.1 to 2.3.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from itertools import repeat
from typing import NamedTuple

from contracts import SIDES, Benefit, Benefits, DeliveryLimit, FindingCode, Side
from contracts.kept import Kept
from contracts.kept_json import keep_json
from payers.reading.evidence import Book, Found
from payers.reading.extent import keep_extent
from payers.reading.lines import codes
from payers.reading.lines.facts import Facts, FactsOfReply, Reader
from payers.reading.lines.odd_lines import findings_of, note_odd_words, oddities_of
from payers.reading.lines.of_plan import is_of_plan
from payers.reading.lines.program_codes import program_codes_of
from payers.reading.lines.statements import Patient
from payers.reading.memory import MOST_LINES, remember, remember_apart
from payers.reading.numbers import amount


# A named tuple's fields cost eight times as much to read, and these are read for each of a thousand lines all over; a
# frozen object would cost five times as much to make.
@dataclass(slots=True, eq=False)
class Line:
    """One benefit at one place, with the facts of its codes and words; nobody changes it.

    ``age_fits``: whether the ages that it gives hold; None when it gives none. ``is_base_only``: its reply answers 30
    although another type was asked. ``is_in_period``: its benefit period holds the day of service, so that its figures
    count. ``is_kept``: it stands for all lines that are like it, of whatever reply, and says nothing of a member; what
    follows from it may be remembered by it.
    """

    reply: int
    benefit: Benefit
    facts: Facts
    age_fits: bool | None = None
    is_base_only: bool = False
    is_in_period: bool = True
    # No copy is one that is kept.
    is_kept: bool = field(default=False, init=False)

    @property
    def deliveries(self) -> tuple[DeliveryLimit, ...]:
        """Its HSD that count care; those that give an age are none of them."""
        sent = self.benefit.deliveries
        return tuple(one for one in sent if one.quantity_kind not in codes.AGES) if sent else sent


def is_on_side(side: Side, mark: str, *, marked: bool) -> bool:
    """Whether what a line says under the network mark ``mark`` holds for ``side``.

    Without a mark it holds for both, unless another line of the rung is ``marked``.
    """
    if mark in {"Y", "N"}:
        return (mark == "Y") is (side is Side.IN_NETWORK)
    return mark == "W" or not marked


@remember(64)
def sides_of(mark: str, marked: bool) -> tuple[Side, ...]:  # noqa: FBT001 - remembered by its arguments
    """Return the sides for which what a line says under a network mark holds, as ``is_on_side`` tells."""
    return tuple([side for side in SIDES if is_on_side(side, mark, marked=marked)])


def lines_of(reply: int, benefits: Benefits, reader: Reader) -> list[Line]:
    """Return every line of one reply, place by place; what is odd about it becomes a finding."""
    is_base_only = _is_base_only(benefits, reader.book)
    products = frozenset(one.plan for one in benefits.lines if one.plan and codes.PLAN_TYPE in one.service_types)
    facts = FactsOfReply(reader, products)
    kept, lines = _kept_lines(reader, reply), benefits.lines
    is_short = len(lines) <= MOST_LINES and not is_base_only
    # A benefit that is the same object, as the lines of members of a plan are, needs no comparison.
    same = map(kept.stable.get, map(id, lines)) if is_short else repeat(None, len(lines))
    found: list[Line] = []
    for benefit, is_same in zip(lines, same, strict=True):
        known = is_same or (kept.find(benefit) if is_short else None)
        if known is not None:
            found.append(known.line)
            if known.findings:
                reader.book.find_all(known.findings)
            continue
        said = facts.of(benefit)
        oddities = oddities_of(said[0])
        findings = findings_of(oddities, benefit) if oddities else ()
        if findings:
            reader.book.find_all(findings)
        gives_age = benefit.quantity_kind in codes.AGES or benefit.deliveries
        age_fits = _age_fits(benefit, reader.patient) if gives_age else None
        read = [Line(reply, benefit, one, age_fits, is_base_only) for one in said]
        found += read
        if is_short and len(read) == 1 and may_be_kept(read[0]):
            kept.keep(read[0], findings)
    return found


def may_be_kept(line: Line) -> bool:
    """Whether a line is kept for other replies: it rests on nothing but what itself says, and that is the plan's."""
    if line.is_base_only or line.age_fits is not None or line.facts.asks_for_patient:
        return False
    # What stands in EB05 is a name in some replies and a label in others.
    return not line.benefit.plan and is_of_plan(line.benefit) and _is_plain(line.benefit)


def _is_plain(benefit: Benefit) -> bool:
    """Whether nothing in a benefit can change: a route of somebody else's may have written a list."""
    try:
        hash(benefit)
    except TypeError:
        return False
    return True


class _KeptLine(NamedTuple):
    """A line that is kept, what is odd about it, and the benefit that it was last found for, which is equal to its own.

    That is another object where the reader of bytes made one anew before it kept one.
    """

    line: Line
    findings: Sequence[Found]
    benefit: Benefit


class _KeptLines:
    """The lines that are kept of one reply's number: what is equal to one is read as it was.

    ``stable``: by the identity of a benefit that came again as the same object, which is held here.
    """

    def __init__(self) -> None:
        self.stable = Kept(MOST_KEPT)
        self._by_text = Kept(MOST_KEPT)

    def find(self, benefit: Benefit) -> _KeptLine | None:
        """Return the line that is kept for what is equal to ``benefit``; None when none is."""
        key = (benefit.at, benefit.text)
        known: _KeptLine | None = self._by_text.find(key)
        if known is not None and known.benefit == benefit:
            if known.benefit is benefit:
                self.stable.keep(id(benefit), known)
                keep_extent(benefit)
                keep_json([finding for _, finding in known.findings])
            else:
                self._by_text.keep(key, known._replace(benefit=benefit))
            return known
        return None

    def keep(self, line: Line, findings: Sequence[Found]) -> None:
        """Keep a line, which stands for all that are like it from now on."""
        line.is_kept = True
        self._by_text.keep((line.benefit.at, line.benefit.text), _KeptLine(line, findings, line.benefit))


MOST_KEPT = 4096
"""Lines of one reply's number that are kept of what is read against the same codes and words."""

_KEPT = remember_apart(32)


def _kept_lines(reader: Reader, reply: int) -> _KeptLines:
    """Return the lines of reply number ``reply`` that were read against the same as ``reader`` has."""
    known_by = (program_codes_of(reader.dialect), reader.lexicon, reply)
    kept: _KeptLines | None = _KEPT.find(known_by)
    if kept is None:
        kept = _KeptLines()
        _KEPT.keep(known_by, kept)
    return kept


def authorized_of(reply: int, benefits: Benefits, reader: Reader) -> list[Line]:
    """Return what was said of single procedures and their authorization alone; it stands on no rung."""
    if not benefits.authorizations:
        return []
    facts = FactsOfReply(reader, frozenset())
    found: list[Line] = []
    for benefit in benefits.authorizations:
        said = facts.of(benefit)
        note_odd_words(benefit, said[0], reader.book)
        age_fits = _age_fits(benefit, reader.patient)
        found += [Line(reply, benefit, one, age_fits) for one in said]
    return found


def _is_base_only(benefits: Benefits, book: Book) -> bool:
    """Whether the reply answers 30 although another type was asked: only the ten base codes came back ([L7]).

    Where one of the ten was asked beside the other type, its line may be the answer to it; the finding stands anyhow.
    """
    asked = set(benefits.asked) - codes.BASE_TYPES - {codes.PLAN_TYPE}
    if not asked:
        return False
    speaking = [one.service_types for one in benefits.lines if one.information != codes.INACTIVE_SERVICE]
    if any(not asked.isdisjoint(types) for types in speaking):
        return False
    answered = {code for types in speaking for code in types}
    if answered and answered <= codes.BASE_TYPES | {codes.PLAN_TYPE}:
        book.find(FindingCode.BASE_CODES_ONLY, None, "asked " + " ".join(sorted(asked)))
        return codes.BASE_TYPES.isdisjoint(benefits.asked)
    return False


def _age_fits(benefit: Benefit, patient: Patient) -> bool | None:
    """Whether every age of a line holds: in EB09 and EB10, or among its HSD, where a gateway in JSON writes both."""
    if benefit.quantity_kind not in codes.AGES and not benefit.deliveries:
        return None
    stated = (
        (benefit.quantity_kind, benefit.quantity),
        *((one.quantity_kind, one.quantity) for one in benefit.deliveries),
    )
    ages = [(kind, amount(quantity)) for kind, quantity in stated if kind in codes.AGES]
    if not ages:
        return None
    return all(_is_met(kind, bound, patient.age) for kind, bound in ages)


def _is_met(kind: str, bound: Decimal | None, age: int | None) -> bool:
    if bound is None or age is None:
        return False
    return age <= bound if kind == codes.HIGHEST_AGE else age >= bound
