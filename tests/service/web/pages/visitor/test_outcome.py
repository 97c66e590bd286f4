"""What a visitor reads: one page for every adverse cause, at fixed instants, and nothing of an unknown reference."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from time import monotonic
from typing import Any

import pytest
from markupsafe import escape

from contracts import (
    Answer,
    Coverage,
    CoverageStatus,
    MemberMatch,
    PayerSilent,
    PayerUnreachable,
    Question,
    Verdict,
)
from service.guidance.visitor import WORD
from service.settings.model import PublicSettings
from service.web.fixed_instants import FixedInstants
from service.web.pages.rendering import Language
from service.web.pages.visitor import outcome
from service.web.pages.visitor.outcome import OutcomeKind, VisitorOutcome
from service.web.pages.visitor.shown_screens import show_outcome
from tests.service.web import conftest as world

from .conftest import Visitors


def changed(answer: Answer, verdict: Verdict = Verdict.COVERED, **update: Any) -> Answer:
    rows = tuple(
        row.model_copy(
            update={"in_network": row.in_network.model_copy(update={"verdict": verdict, "evidence": ("e1",)})}
        )
        for row in answer.programs
    )
    return answer.model_copy(update={"programs": rows, **update})


NOON = datetime(2026, 11, 23, 17, tzinfo=UTC)
GOOD: Callable[[Answer], Answer] = changed
ADVERSE: dict[str, Callable[[Answer], Answer]] = {
    "inactive": lambda answer: changed(answer, coverage=Coverage(status=CoverageStatus.INACTIVE, evidence=("e1",))),
    "not covered": lambda answer: changed(answer, Verdict.NOT_COVERED),
    "not found": lambda answer: changed(
        answer, Verdict.COULD_NOT_CHECK, coverage=Coverage(status=CoverageStatus.NOT_FOUND, evidence=("e1",))
    ),
    "wrong birth date": lambda answer: changed(answer, member_match=MemberMatch.DIFFERS),
    "nothing echoed": lambda answer: changed(answer, member_match=MemberMatch.NOT_ECHOED),
}


@pytest.fixture
def answers(monkeypatch: pytest.MonkeyPatch) -> Callable[[Callable[[Answer], Answer]], None]:
    """Has the payer answer otherwise."""
    original = world.answer_to

    def choose(change: Callable[[Answer], Answer]) -> None:
        def answer_to(question: Question, trace: str | None = None) -> Answer:
            return change(original(question, trace))

        monkeypatch.setattr(world, "answer_to", answer_to)

    return choose


async def seen(visitors: Visitors, found: str, seconds: float) -> VisitorOutcome:
    shown = await visitors.look(found, seconds)
    assert shown is not None
    return shown


async def asked(visitors: Visitors, reference: str, **changed: Any) -> str:
    found = await visitors.send(reference, **changed)
    async with asyncio.timeout(5):
        await visitors.api.verifier.jobs.end(5.0)
    return found


def same(shown: VisitorOutcome) -> dict[str, Any]:
    """All that a visitor reads but what is each request's own, and has one length in all."""
    assert len(shown.code) == 7
    return shown.model_dump(exclude={"code", "created_at", "promised_by"})


async def cap(visitors: Visitors) -> str:
    for number in range(3):
        await asked(visitors, f"CAP{number}")
    return await asked(visitors, "CAPPED")


async def down(visitors: Visitors) -> str:
    visitors.api.acme.failure = PayerUnreachable("imaginary")
    return await asked(visitors, "DOWN")


async def silent(visitors: Visitors) -> str:
    visitors.api.acme.failure = PayerSilent("imaginary")
    return await asked(visitors, "SILENT")


async def hang(visitors: Visitors) -> str:
    visitors.api.acme.go.clear()
    return await visitors.send("HANG")


async def shed(visitors: Visitors) -> str:
    visitors.api.verifier.admission.draining = True
    return await visitors.send("SHED")


@pytest.mark.parametrize("cause", [*ADVERSE, cap, down, silent, hang, shed])
async def test_every_adverse_cause_reads_the_same_at_the_same_instants(
    visitors: Visitors, answers: Callable[..., None], cause: str | Callable[[Visitors], Awaitable[str]]
) -> None:
    if isinstance(cause, str):
        answers(ADVERSE[cause])
        found = await asked(visitors, "ADVERSE")
    else:
        answers(GOOD)
        found = await cause(visitors)

    early, later, last = [await seen(visitors, found, at) for at in (3.9, 7.9, 8.0)]

    assert early.kind is later.kind is OutcomeKind.ASKING
    assert early.answer is later.answer is None
    assert last.kind is OutcomeKind.LETS_TALK
    assert same(last)["answer"] == outcome.nothing_confirmed(None).model_dump()
    assert same(await seen(visitors, found, 7_000)) == same(last)


async def test_a_good_outcome_is_released_at_the_first_instant_by_which_it_was_known(
    visitors: Visitors, answers: Callable[..., None]
) -> None:
    answers(GOOD)
    found = await asked(visitors, "GOOD")

    kinds = [(await seen(visitors, found, at)).kind for at in (0.0, 3.99, 4.0, 8.0, 7_000)]

    assert kinds == [OutcomeKind.ASKING] * 2 + [OutcomeKind.LOOKS_GOOD] * 3


@pytest.mark.parametrize(
    ("released", "kinds"),
    [
        ((-1.0, 8.0), [OutcomeKind.ASKING, OutcomeKind.LOOKS_GOOD]),
        ((-2.0, -1.0), [OutcomeKind.LETS_TALK, OutcomeKind.LETS_TALK]),
    ],
)
async def test_what_is_known_after_an_instant_waits_for_the_next_one_or_for_a_person(
    visitors: Visitors,
    answers: Callable[..., None],
    monkeypatch: pytest.MonkeyPatch,
    released: tuple[float, ...],
    kinds: list[OutcomeKind],
) -> None:
    answers(GOOD)
    found = await asked(visitors, "LATE")
    monkeypatch.setattr(outcome, "RELEASED_AT", released)

    assert [(await seen(visitors, found, at)).kind for at in (1.0, 8.0)] == kinds


async def test_what_the_plan_does_not_state_is_to_be_talked_about(
    visitors: Visitors, answers: Callable[..., None]
) -> None:
    answers(lambda answer: changed(answer, Verdict.NOT_STATED))
    found = await asked(visitors, "TALK")

    shown = await seen(visitors, found, 8.0)

    assert (await seen(visitors, found, 4.0)).kind is OutcomeKind.ASKING
    assert shown.kind is OutcomeKind.LETS_TALK
    assert shown.answer is not None
    assert {row.word for row in shown.answer.programs} == {"lets_talk"}


@pytest.mark.parametrize("language", list(Language))
async def test_each_program_reads_its_word_and_nothing_else_of_the_page_differs(
    visitors: Visitors, answers: Callable[..., None], language: Language
) -> None:
    pages = []
    for number, change in enumerate((lambda answer: changed(answer, Verdict.NOT_STATED), *ADVERSE.values())):
        answers(change)
        shown = await seen(visitors, await asked(visitors, f"WORD{number}", member_id=f"ZZ{number}"), 8.0)
        shown = shown.model_copy(update={"code": "AAA-AAA", "promised_by": NOON})
        pages.append(show_outcome(visitors.services, shown, language=language))
    open_page, *adverse = [bytes(page.body).decode() for page in pages]
    words = [str(escape(getattr(one, language.value))) for one in WORD.values()]
    talk, unconfirmed = words[1:]

    assert [open_page.count(f">{word}</span>") for word in words] == [0, 4, 0]
    assert [adverse[0].count(f">{word}</span>") for word in words] == [0, 0, 4]
    assert len(set(adverse)) == 1
    assert open_page.replace(f">{talk}</span>", f">{unconfirmed}</span>").rstrip() == adverse[0].rstrip()
    assert len({(page.status_code, str(page.headers)) for page in pages}) == 1


@pytest.mark.parametrize("change", [GOOD, *ADVERSE.values()])
async def test_a_receipt_is_all_that_is_read_whatever_the_payer_said(
    visitors: Visitors, answers: Callable[..., None], change: Callable[[Answer], Answer]
) -> None:
    visitors.services = visitors.services._replace(public=PublicSettings(mode="receipt"))
    answers(change)
    found = await asked(visitors, "RECEIPT")

    shown = [same(await seen(visitors, found, at)) for at in (0.0, 4.0, 8.0, 60.0)]

    assert shown == [{"kind": OutcomeKind.PERSON_WILL_CHECK, "answer": None, "within": None}] * 4


async def test_who_wants_no_question_asked_waits_for_nothing(visitors: Visitors) -> None:
    found = await visitors.send("NO", payer="no_card")

    assert (await seen(visitors, found, 0.0)).kind is OutcomeKind.PERSON_WILL_CHECK


async def test_a_made_up_and_an_expired_reference_and_that_of_a_draft_are_unknown_alike(visitors: Visitors) -> None:
    found = await visitors.send("DRAFT")

    assert await visitors.look(found, 7_199) is not None
    assert [await visitors.look(*one) for one in ((found, 7_200), ("A" * 26, 0), ("DRAFT", 0), ("%", 0), ("", 0))] == [
        None
    ] * 5


async def test_an_answer_leaves_at_a_multiple_of_its_time(monkeypatch: pytest.MonkeyPatch) -> None:
    began = monotonic()
    instants = FixedInstants(0.05)
    await instants.wait()
    await instants.wait()

    assert monotonic() - began >= 0.1
