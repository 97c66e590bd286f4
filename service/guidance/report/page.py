"""The printed page of a report: all 61 points of the form on one page, each with who says it."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence

from contracts import Answer, State
from contracts.report.words import STATUS, format_day, format_instant
from contracts.wording import format_phone
from service.guidance.report.annex import annex_of
from service.guidance.report.own_points import own_points
from service.guidance.report.page_tables import IN_FIGURES, IN_LEVELS, figures_of, levels_of
from service.guidance.report.page_values import PagePoint, PageSection, ReportPage
from service.guidance.report.record import SealedReport
from service.guidance.report.values import VobReport
from service.guidance.report.wording import NO_SOURCE, cut, describe_entries, describe_sources, plain, sources_of
from service.guidance.vob_points import POINTS
from service.guidance.vob_values import Provenance

TITLE = "Verification of benefits: IOP and PHP"

DISCLAIMER = (
    "No promise of payment. This is what the payer's system and its representatives stated at the times given. "
    "The plan decides when it processes a claim, by eligibility on the day of service, medical necessity and its own "
    "terms. What is not stated is not known: it is neither covered nor excluded, and no amount of it is zero."
)
PROOF = (
    "The hash is that of the record that stands in this file. `benefits report verify FILE` says whether this page is "
    "what was written from that record, and whether the service still keeps the same one. "
    "It does not prove who wrote it."
)

LEFT = (("Who", range(1, 11)), ("Plan", range(11, 20)), ("Who runs the behavioral benefit", range(20, 26)))
RIGHT = (
    ("Money", range(28, 36)),
    ("Rules of the programs", range(36, 52)),
    ("Network and contract", range(52, 56)),
    ("Calls and decision", range(56, 62)),
)
"""The sections of the form, and their points; those of a table stand there and not here."""

LONGEST_POINT = 74
LONGEST_FACT = 110
MOST_WATCHED = 3


def page_of(sealed: SealedReport) -> ReportPage:
    """Return the page of a report."""
    report = sealed.report
    answer = report.answer
    points = {one.number: one.model_copy(update={"text": cut(one.text, LONGEST_POINT)}) for one in points_of(report)}
    return ReportPage(
        title=TITLE,
        disclaimer=" ".join(filter(None, (report.redisclosure_notice, DISCLAIMER))),
        facts=tuple(_facts(report)),
        watch=tuple(_watched(report)),
        left=_sections(LEFT, points),
        right=_sections(RIGHT, points),
        figures=figures_of(report),
        levels=levels_of(report),
        counts=_count(report),
        annex=annex_of(report),
        digest=sealed.digest,
        proof=PROOF,
        verification_id=plain(report.verification_id),
        as_of=format_instant(answer.as_of),
    )


def _facts(report: VobReport) -> Iterator[tuple[str, str]]:
    answer = report.answer
    step = answer.next_step
    phone = f" Phone: {format_phone(step.phone)}." if step.phone else ""
    yield "Verification", cut(_name_verification(report), LONGEST_FACT)
    yield "State", _describe_state(answer)
    yield "As of", f"{format_instant(answer.as_of)}; service date {format_day(answer.service_date)}"
    yield "Plan", STATUS[answer.coverage.status.value]
    yield "Next step", cut(f"{step.text}{phone}", LONGEST_FACT)


def _name_verification(report: VobReport) -> str:
    reference = report.answer.reference
    return f"{report.verification_id}, your reference {reference}" if reference else report.verification_id


def _describe_state(answer: Answer) -> str:
    if answer.state is State.FINAL:
        return "final"
    return "NOT FINAL: more may still arrive from the payer"


def _watched(report: VobReport) -> Iterator[str]:
    texts = list(dict.fromkeys(one.text for one in report.watch))
    for text in texts[:MOST_WATCHED]:
        yield cut(text, LONGEST_FACT)
    if len(texts) > MOST_WATCHED:
        yield f"and {len(texts) - MOST_WATCHED} more, in the annex"


def points_of(report: VobReport) -> Iterator[PagePoint]:
    """Yield every point of the form with all that is said of it, and who says it."""
    own = own_points(report)
    for point in POINTS:
        entries = [one for one in report.entries if one.point == point.number]
        text, source = own.get(point.number) or (describe_entries(entries), describe_sources(sources_of(entries)))
        yield PagePoint(number=point.number, label=point.label, text=text, source=source)


def _sections(parts: Sequence[tuple[str, range]], points: Mapping[int, PagePoint]) -> tuple[PageSection, ...]:
    elsewhere = {*IN_FIGURES, *IN_LEVELS}
    return tuple(
        PageSection(title=title, points=tuple(points[number] for number in numbers if number not in elsewhere))
        for title, numbers in parts
    )


def provenances_of(report: VobReport) -> dict[int, frozenset[Provenance]]:
    """Return who states something of each of the 61 points; an empty set is a point that is not known."""
    found: dict[int, set[Provenance]] = {point.number: set() for point in POINTS}
    for entry in report.entries:
        found[entry.point].update(sources_of([entry]))
    if report.notes:
        found[56].add(Provenance.PHONE)
    return {number: frozenset(sources) for number, sources in found.items()}


def _count(report: VobReport) -> str:
    known = provenances_of(report)
    counts = Counter(describe_sources(tuple(one for one in Provenance if one in each)) for each in known.values())
    order = [*(each for each in counts if each != NO_SOURCE), NO_SOURCE]
    return f"{len(known)} points: " + "; ".join(f"{counts[each]} {each}" for each in order if counts[each])
