"""What the readers share: dates, references and rejections from JSON fields."""

import re
from collections.abc import Iterable, Iterator, Mapping

from contracts import Benefits, Dated, FindingCode, Noticed, Place, Reference, Rejection, Trace
from payers.routes.shared.json_replies import codes
from payers.routes.shared.json_replies.codes import find_code
from payers.routes.shared.json_replies.tree import MAX_LINES, Node

_DAY = re.compile(r"(\d{4})-?(\d{2})-?(\d{2})(?![0-9])")
_SPAN = re.compile(r"(\d{8}|\d{4}-\d\d-\d\d)\s*[-/]\s*(\d{8}|\d{4}-\d\d-\d\d)")
_LOOP = re.compile(r"(?<!\d)(2000A|2100[ABCD]|2110[CD])(?![0-9A-Z])", re.IGNORECASE)


def day(text: str) -> str:
    """Return the date at the start of ``text`` (ISO dates and instants too) as CCYYMMDD; else ``text`` as sent."""
    found = _DAY.match(text)
    return "".join(found.groups()) if found else text


def read_date(at: Place, kind: str, text: str) -> Dated:
    """Return the DTP of a text: one date, or two with a hyphen."""
    span = _SPAN.fullmatch(text)
    if span:
        return Dated(at, kind, "RD8", f"{day(span[1])}-{day(span[2])}")
    value = day(text)
    return Dated(at, kind, "D8", value, "" if value == text else text)


def dates(node: Node, kinds: Mapping[str, str]) -> tuple[Dated, ...]:
    """Return the DTPs of the date fields of ``node``; ``kinds`` gives DTP01 for each field."""
    return tuple(_dates(node, kinds))


def _dates(node: Node, kinds: Mapping[str, str]) -> Iterator[Dated]:
    for field in node.keys():  # noqa: SIM118 - a Node is no dict
        kind = kinds.get(field)
        if kind is None:
            continue
        for below in node.each(field):
            start, end = below.text("startDate"), below.text("endDate")
            text = below.plain() or below.text("date") or (f"{day(start)}-{day(end)}" if end else start)
            if text:
                yield read_date(below.path, kind, text)


def code_of(table: Mapping[str, str], node: Node, field: str) -> str:
    """Return the code of a field that a gateway sends twice: as ``fieldCode``, and in words as ``field``."""
    return find_code(table, node.text(f"{field}Code"), node.text(field))


def rejection(node: Node, loop: str) -> Rejection:
    """Return an AAA; ``loop`` is its loop when it does not name one."""
    return Rejection(
        at=node.path,
        text=node.json(),
        loop=loop_of(node.text("location"), loop),
        valid=node.text("valid", "validRequestIndicator"),
        code=node.text("code"),
        follow_up=find_code(codes.FOLLOW_UPS, node.text("followupAction", "followUpAction")),
    )


def references(node: Node, kinds: Mapping[str, tuple[str, str]]) -> tuple[Reference, ...]:
    """Return the REFs of the number fields of ``node``; ``kinds`` gives REF01 and the field of REF03 for each field."""
    found = (
        Reference(node.at(field).path, kind, node.text(field), node.text(named) if named else "")
        for field, (kind, named) in kinds.items()
        if node.has(field) or (named and node.has(named))
    )
    return tuple(reference for reference in found if reference.value or reference.name)


def share_in_percent(text: str) -> str:
    """Return EB08 from a field that holds percent, as sent: its reader takes 20 and .2 alike for a fifth.

    A lone 1 is ambiguous (1 % or, by X12's scale, 100 %), so it keeps its unit and is no figure.
    """
    return f"{text}%" if text in {"1", "1.0", "1.00"} else text


def show_code(name: str, code: str) -> str:
    """Return ``name=code`` for a finding; the name alone when the code may be words, which a finding never holds."""
    return f"{name}={code}" if len(code) <= _SHORT and code.isascii() and code.isalnum() else name


_SHORT = 3


def loop_of(location: str, default: str) -> str:
    """Return the loop that a location such as ``Loop 2100C`` names, else ``default``."""
    found = _LOOP.search(location)
    return found[1].upper() if found else default


def usual_loop(code: str) -> str:
    """Return the loop in which the guide lets a reject code stand, for a reply that does not name it.

    Source: ``REFERENCE.md`` 7.
    """
    return next((loop for loop, codes in _USUAL.items() if code in codes), "2100C")


_USUAL = {
    "2100A": frozenset(("04", "41", "42", "79", "80", "T4")),
    "2100B": frozenset(("43", "44", "45", "46", "47", "48", "50", "51", "97")),
    "2100D": frozenset(("64", "65", "66", "67", "68", "77")),
    "2110C": frozenset(
        ("33", "53", "54", "55", "69", "70", "98", "AA", "AE", "AF", "AG", "AO", "CI", "E8", "IA", "MA")
    ),
}


def drop_repeats(rejections: Iterable[Rejection]) -> tuple[Rejection, ...]:
    """Return each rejection once: gateways repeat at the top those of the objects below."""
    kept: dict[tuple[str, str], Rejection] = {}
    for rejection in rejections:
        kept.setdefault((rejection.loop, rejection.code), rejection)
    return tuple(kept.values())


def choose_trace(traces: Iterable[Trace], *otherwise: str) -> str:
    """Return the number under which people find the exchange: our trace, else the first of ``otherwise``."""
    ours = (trace.number for trace in traces if trace.kind == "2")
    return next((number for number in (*ours, *otherwise) if number), "")


def limit_lines(benefits: Benefits) -> Benefits:
    """Return the same with at most ``MAX_LINES`` lines; more are cut off, with a finding."""
    if len(benefits.lines) <= MAX_LINES:
        return benefits
    finding = Noticed(FindingCode.TRUNCATED, benefits.lines[MAX_LINES].at, f"lines>{MAX_LINES}")
    return benefits._replace(lines=benefits.lines[:MAX_LINES], truncated=True, noticed=(*benefits.noticed, finding))
