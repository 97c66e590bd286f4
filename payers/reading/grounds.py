"""The segments below a line that a claim rests on too: the message that names a program, the place, the words of need.

Source: the answer's section 4: evidence resolves to the segment that a thing was read from.
"""

from collections.abc import Iterable, Iterator, Sequence

from contracts import Benefit, Phrase, Program, Rule, Said
from payers.reading import words
from payers.reading.evidence import Book
from payers.reading.lines import Line


def grounds(
    lines: Iterable[Line], rule: Rule, program: Program, phrases: Sequence[Phrase], book: Book
) -> tuple[str, ...]:
    """The evidence of what makes ``lines`` stand on the rung ``rule``, beside the lines themselves."""
    found: list[str] = []
    for line in lines:
        if rule is Rule.PHRASE:
            named = [said for said in line.benefit.messages if _names(said, program, phrases)]
            found += [mark(line.reply, said, "names the program", book) for said in named]
        elif rule is Rule.PLACE and line.place:
            placed = [said for said in line.benefit.places if said.text.zfill(2) == line.place]
            found += [mark(line.reply, said, f"place of service {line.place}", book) for said in placed]
    return tuple(dict.fromkeys(found))


def authorizing(lines: Iterable[Line], program: Program, book: Book) -> tuple[str, ...]:
    """The evidence of the messages of ``lines`` that say whether authorization is required."""
    return tuple(
        dict.fromkeys(
            mark(line.reply, said, "authorization", book) for line in lines for said, _ in needs(line.benefit, program)
        )
    )


def needs(benefit: Benefit, program: Program) -> Iterator[tuple[Said, bool]]:
    """Every message that says whether ``program`` needs authorization; what it says of the other alone is not ours."""
    for said in benefit.messages:
        for clause in words.clauses(said.text):
            needed = words.authorization(clause)
            if needed is not None and not words.is_of_another(clause, program):
                yield said, needed


def mark(reply: int, said: Said, saying: str, book: Book) -> str:
    """The id of the evidence of ``said``."""
    return book.mark(reply, said.at, said.sent or said.text, saying)


def _names(said: Said, program: Program, phrases: Sequence[Phrase]) -> bool:
    return any(one.program is program for one in words.mentions([said.text], phrases, behavioral=True))
