"""Reports to test with: of everybody whom the simulator knows, and of one whose every word is hostile."""

from datetime import UTC, datetime
from functools import cache

from contracts import Coverage, Question
from service.guidance.call_sheet import Looking
from service.guidance.calls import note_of
from service.guidance.report.record import SealedReport, report_of
from service.guidance.vob_points import AnswerKind
from service.guidance.vob_values import CallAnswer, CallContent, CallNote
from service.settings.contract_roster import Roster
from tests.service.guidance.cast import Actor, cast
from tests.service.guidance.staging import answer, terms
from tests.service.guidance.test_call_sheet import QUESTION

ID = "ver_ABCDEFGHIJKLMNOPQRSTUVWXYZ"
CALLED = datetime(2026, 11, 23, 17, tzinfo=UTC)
HOSTILE = (
    '#import "x": * #panic("x") $x$ *bold* <script>alert(1)</script> </style><b onclick="x">b</b> {{7*7}} {% x %} '
    "=HYPERLINK(1) \u202etxt\u202c \x1b[31m 漢字 שלום \U0001f600 "
)
"""What a payer or a representative might write that a program might obey."""

LONG = "W" * 10_000
VALUE = {
    AnswerKind.TEXT: HOSTILE + "wide Words in every point " * 20,
    AnswerKind.YES_NO: "yes",
    AnswerKind.MONEY: "12345.00",
    AnswerKind.SHARE: "0.2",
    AnswerKind.NUMBER: "30",
    AnswerKind.DAY: "2026-01-01",
}


def report_about(actor: Actor, *notes: CallNote, roster: Roster = Roster()) -> SealedReport:  # noqa: B008 - a value
    return report_of(looking_at(actor)._replace(notes=notes, roster=roster))


def looking_at(actor: Actor) -> Looking:
    named = actor.answer.model_copy(update={"verification_id": ID})
    return Looking(ID, named, actor.question, actor.card, Roster())


def plain_report(question: Question = QUESTION, **coverage: object) -> SealedReport:
    given = answer(terms(copay="40.00"), **coverage)
    return report_of(Looking(ID, given, question, None, Roster()))


def call(number: int, *answers: CallAnswer, representative: str = "Pat") -> CallNote:
    content = CallContent(called_at=CALLED, representative=representative, reference_number="I-1", answers=answers)
    return note_of(number, "clerk-1", CALLED, content.model_dump_json().encode())


@cache
def each_scenario() -> tuple[Actor, ...]:
    """One person of each scenario, from payer to payer in turn."""
    found: dict[str, Actor] = {}
    payers = sorted({one.person.payer for one in cast()})
    for at, name in enumerate(dict.fromkeys(one.person.scenario for one in cast())):
        having = [one for one in cast() if one.person.scenario == name]
        found[name] = next((one for one in having if one.person.payer == payers[at % len(payers)]), having[0])
    return tuple(found.values())


@cache
def each_report() -> tuple[tuple[Actor, SealedReport], ...]:
    """The report about each of them."""
    return tuple((actor, report_about(actor)) for actor in each_scenario())


@cache
def hostile_report() -> SealedReport:
    """Every word that somebody else chooses is hostile or without end, and a call has answered every point."""
    actor = next(one for one in cast() if one.person.scenario == "words_limit")
    given, lines = actor.answer, actor.answer.evidence
    coverage: Coverage = given.coverage.model_copy(update={"plan_name": HOSTILE + LONG, "group_name": LONG})
    bad = [one.model_copy(update={"text": HOSTILE + LONG if at < 2 else HOSTILE}) for at, one in enumerate(lines)]
    actor = actor._replace(answer=given.model_copy(update={"coverage": coverage, "evidence": tuple(bad)}))
    entries = report_about(actor).report.entries
    said = [
        CallAnswer(entry=one.id, value=VALUE[one.kind], remark=HOSTILE + "many wide Words " * 20) for one in entries
    ]
    return report_about(actor, call(1, *said, representative=HOSTILE + LONG))
