"""Tables of small replies: text files in ``tables/``, a reply and what it must come to a line.

``@aetna !20100412 PLAN~EB*1**MH*********Y~MSG*IOP COVERED => iop=covered/phrase; php=likely``: the payer that answers
(an imaginary one where none is given), the patient's birth date where it matters, the segments parted by ``~``, and
what to expect in the words of ``expectations``. ``PLAN`` and ``BROAD`` stand for the plan's line and a general one for
both conditions and sides. A line that begins with ``#`` says which rule the cases below it are about.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from tests.payers.reading.expectations import BEHAVIORAL, PLAN

FOLDER = Path(__file__).parent / "tables"
_BORN = "19900412"


class Case(NamedTuple):
    """A reply and what to expect. ``payer``: empty for the imaginary one. ``born``: CCYYMMDD. ``lines``: segments."""

    name: str
    payer: str
    born: str
    lines: tuple[str, ...]
    expected: dict[str, str]


def cases_of(table: str) -> list[Case]:
    """Return the cases of the table in ``tables/`` of that name."""
    return list(_cases(FOLDER / f"{table}.txt"))


def _cases(file: Path) -> Iterator[Case]:
    for number, line in enumerate(file.read_text().splitlines(), 1):
        if not line or line.startswith("#"):
            continue
        payer, born, rest = "", _BORN, line
        while rest[0] in "@!":
            word, _, rest = rest.partition(" ")
            payer, born = (word[1:], born) if word[0] == "@" else (payer, word[1:])
        reply, _, expected = rest.partition(" => ")
        wanted = dict(one.strip().split("=", 1) for one in expected.split(";"))
        segments = {"PLAN": PLAN, "BROAD": BEHAVIORAL}
        lines = tuple(segments.get(one, one) for one in reply.split("~"))
        yield Case(f"{file.stem}:{number}", payer, born, lines, wanted)
