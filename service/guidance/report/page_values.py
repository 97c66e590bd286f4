"""What stands on a printed page: only words, in their places. Both forms of the page are written from these."""

from contracts import Frozen


class PagePoint(Frozen):
    """One point of the form: its number, what it is, what is stated of it, and by whom."""

    number: int
    label: str
    text: str
    source: str


class PageSection(Frozen):
    """A part of the form: points below a title."""

    title: str
    points: tuple[PagePoint, ...]


class PageTable(Frozen):
    """A table with a caption; the first cell of each row is its heading."""

    caption: str
    head: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


class ReportPage(Frozen):
    """The printed page and its annex.

    ``facts`` are the label and value of what is said first. ``figures`` are points 26 and 27, ``levels`` the points
    that each program has. ``counts`` says how many points are stated by whom. ``digest`` is the hash of the record.
    """

    title: str
    disclaimer: str
    facts: tuple[tuple[str, str], ...]
    watch: tuple[str, ...]
    left: tuple[PageSection, ...]
    right: tuple[PageSection, ...]
    figures: PageTable
    levels: PageTable
    counts: str
    annex: tuple[PageTable, ...]
    digest: str
    proof: str
    verification_id: str
    as_of: str
