"""Text for a printed page: signs that would be obeyed are written out, long text is cut, sources are named."""

from collections.abc import Iterable, Sequence
from datetime import date
from decimal import Decimal, InvalidOperation

from contracts.report import escape_for_terminal
from contracts.report.words import format_day
from contracts.wording import format_money, format_share
from service.guidance.vob_points import POINT, AnswerKind
from service.guidance.vob_values import NOT_KNOWN, Provenance, VobEntry, VobStatement

SOURCE = {Provenance.PAYER: "payer", Provenance.PHONE: "phone", Provenance.OURS: "ours"}
NO_SOURCE = "not known"
NOT_STATED = "not stated"


def plain(text: str) -> str:
    """Return text as one line without a sign that changes how the signs around it look; such signs are written out."""
    return escape_for_terminal(text)


def cut(text: str, most: int) -> str:
    """Return ``text`` in at most ``most`` characters; what is left out stands in the annex."""
    shown = plain(text)
    return shown if len(shown) <= most else f"{shown[: most - 1].rstrip()}…"


def describe_statement(entry: VobEntry, said: VobStatement) -> str:
    """Return what one source says, in words; what was said by phone is a value, with a remark where there is one."""
    if said.value == NOT_KNOWN:
        return "asked, and not known there"
    if said.provenance is not Provenance.PHONE:
        return said.text
    value = describe_value(entry.kind, said.value)
    return value if said.text in {said.value, value} else f"{value} ({said.text})"


def describe_value(kind: AnswerKind, value: str) -> str:
    """Return the value of an answer as people write it; what does not have the form of its kind as it came."""
    try:
        match kind:
            case AnswerKind.MONEY:
                return format_money(Decimal(value))
            case AnswerKind.SHARE:
                return format_share(Decimal(value))
            case AnswerKind.DAY:
                return format_day(date.fromisoformat(value))
            case AnswerKind.YES_NO | AnswerKind.NUMBER | AnswerKind.TEXT:
                return value
    except (InvalidOperation, ValueError):
        return value


def part_of(entry: VobEntry) -> str:
    """Return which part of its point an entry is about, such as ``total``; empty for the point itself."""
    return entry.label.removeprefix(POINT[entry.point].label).removeprefix(", ")


def is_known(said: VobStatement) -> bool:
    """Return whether a source says something: an answer that it does not know says nothing."""
    return said.value != NOT_KNOWN


def sources_of(entries: Iterable[VobEntry]) -> tuple[Provenance, ...]:
    """Return who says something of the entries, in the order payer, phone, ours."""
    found = {said.provenance for entry in entries for said in entry.statements if is_known(said)}
    return tuple(one for one in Provenance if one in found)


def describe_sources(sources: Sequence[Provenance]) -> str:
    """Return who says something, in words."""
    return " and ".join(SOURCE[one] for one in sources) or NO_SOURCE


def describe_entries(entries: Iterable[VobEntry]) -> str:
    """Return all that is said of a point in one line; where two sources differ each is named."""
    parts = []
    for entry in entries:
        if not entry.statements:
            continue
        if entry.contradicts:
            texts = [f"{SOURCE[one.provenance]}: {describe_statement(entry, one)}" for one in entry.statements]
            text = f"THEY DIFFER: {'; '.join(dict.fromkeys(texts))}"
        else:
            text = "; ".join(dict.fromkeys(describe_statement(entry, one) for one in entry.statements))
        part = part_of(entry)
        parts.append(f"{part}: {text}" if part and not text.startswith(part) and not text.endswith(part) else text)
    return "; ".join(dict.fromkeys(parts)) or NOT_STATED
