"""Whatever each inquiry of each leg comes to: no problem, finding or waiting is lost, nothing is paid for twice."""

import random
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any, NamedTuple

import pytest

from contracts import (
    Answer,
    AttemptNumbers,
    Benefits,
    DeadlinePassed,
    Inquiry,
    InquiryPlan,
    MemberRejected,
    PayerBusy,
    PayerError,
    PayerRefused,
    PayerSilent,
    PayerUnreachable,
    Problem,
    ProblemCode,
    ReplyMismatched,
    ReplyUnreadable,
    Responsible,
    State,
    problem_of,
)
from payers.adapter import DataAdapter
from service.gateway import WAITING, GatewayPolicy, Guards
from service.plugins.loading import Directory
from service.security.access import Caller, Role
from service.security.projection import project
from service.store import JobRow
from service.store.attempts import NewAttempt
from service.verification import merging, run as runs
from service.verification.live_jobs import LiveJob
from service.verification.run import RunLimits, Runs
from tests.service.staging import START, Planned, ScriptedRoute, Time, reply
from tests.service.verification.legs import DELEGATES, MANAGER, MEDICAL, QUESTION, said

PLAN = {"plan": InquiryPlan(first=("30", "MH"), source="test")}
CARDS = MEDICAL.model_copy(update=PLAN), MANAGER.model_copy(update=PLAN)
INQUIRIES = [(card.id, code) for card in CARDS for code in ("30", "MH")]
GRANTS = {
    ("medical", "30"): DELEGATES,
    ("medical", "MH"): ("EB*1**30", "EB*U**MH^AI"),
    ("optum", "30"): ("EB*1**30", "EB*1**MH^AI*********Y"),
    ("optum", "MH"): ("EB*1**30", "EB*1**BB*********Y", "EB*A**MH^BB*****.2****Y"),
}
"""What each inquiry is answered by."""

FAILURES: tuple[PayerError, ...] = (
    PayerUnreachable("connect"),
    PayerUnreachable("tls", responsible=Responsible.SERVICE),
    PayerSilent("reset"),
    PayerBusy("http_503", retry_at=START + timedelta(seconds=300)),
    ReplyUnreadable("html"),
    ReplyMismatched("trace"),
    DeadlinePassed("slice"),
    MemberRejected("details", fields=("member_id",)),
    PayerRefused("999"),
    PayerError("plugin"),
)
REJECTED = {
    "42": (ProblemCode.PAYER_BUSY, Responsible.PAYER),
    "04": (ProblemCode.PAYER_BUSY, Responsible.PAYER),
    "ZZ": (ProblemCode.PAYER_BUSY, Responsible.PAYER),
    "72": (ProblemCode.MEMBER_REJECTED, Responsible.MEMBER),
    "33": (ProblemCode.SETUP_PROBLEM, Responsible.SERVICE),
    "35": (ProblemCode.PAYER_DECLINED, Responsible.PAYER),
}
"""AAA03 of each class, and the problem that it is."""


class Said(NamedTuple):
    """What one inquiry comes to: a failure or a reply, the problem to be told, the finding to be shown."""

    thing: PayerError | Benefits
    problem: Problem | None = None
    finding: str | None = None

    @property
    def waits(self) -> bool:
        return self.problem is not None and self.problem.code in WAITING


def honest(inquiry: tuple[str, str]) -> Said:
    return Said(said(inquiry[0], *GRANTS[inquiry]))


def any_outcome(dice: random.Random, inquiry: tuple[str, str]) -> Said:
    """One of everything that can become of an inquiry; half of them are honest, so that halves fail."""
    kind = dice.choice(("honest", "honest", "odd", "odd", "fails", "fails", "fails", "rejects", "waits"))
    if kind == "fails":
        failure = dice.choice(FAILURES)
        return Said(failure, problem_of(failure))
    if kind == "rejects":
        code = dice.choice(tuple(REJECTED))
        which, responsible = REJECTED[code]
        finding = "AAA03=ZZ" if code == "ZZ" else None
        return Said(said(inquiry[0], f"AAA*N**{code}*C"), Problem(code=which, responsible=responsible), finding)
    if kind == "waits":
        busy = Problem(code=ProblemCode.PAYER_BUSY, responsible=Responsible.PAYER)
        return Said(said(inquiry[0])._replace(in_progress=True), busy)
    if kind == "odd":
        strange = f"{INQUIRIES.index(inquiry)}Q"
        return Said(said(inquiry[0], *GRANTS[inquiry], f"EB*{strange}**MH"), finding=f"EB01={strange}")
    return honest(inquiry)


class Kept:
    """A store as a run knows it: numbers, and one job's answer with the replies that are kept beside it."""

    is_shared = False

    def __init__(self) -> None:
        self.answer: Answer | None = None
        self.replies: bytes | None = None
        self.next_at: datetime | None = None
        self.attempts = 0

    async def open_attempt(self, new: NewAttempt) -> tuple[str, AttemptNumbers]:
        self.attempts += 1
        number = f"{self.attempts:09d}"
        numbers = AttemptNumbers(
            interchange=number, group=number, transaction=number, trace=f"T{number}", originator="9", envelope_id=number
        )
        return f"{new.job_id}:{number}", numbers

    async def close_attempt(self, *_: object, **__: object) -> bool:
        return True

    async def reply_to(self, *_: object) -> None:
        """Each run of these tests is settled, with its replies."""

    async def settle(self, job_id: str, answer: Answer, **given: Any) -> bool:
        del job_id
        # As a store does: what is kept is bytes.
        self.answer, self.replies = Answer.model_validate_json(answer.model_dump_json()), given["replies"]
        self.next_at = given["next_at"]
        return True


class Case:
    """One question to a payer that delegates, each inquiry of both legs scripted, and its runs."""

    def __init__(self, script: dict[tuple[str, str], Said]) -> None:
        self.script = script
        self.time, self.store, self.scheduler = Time(), Kept(), Planned()
        self.route = ScriptedRoute(self.exchanged, name="core_mime")
        store: Any = self.store
        adapters = [DataAdapter(card, clock=self.time.now) for card in CARDS]
        self.runs = Runs(
            directory=Directory(adapters),
            guards=Guards(
                routes={"core_mime": self.route},
                cards=CARDS,
                store=store,
                policy=GatewayPolicy(burst=10**6),
                clocks=self.time.clocks(),
            ),
            store=store,
            scheduler=self.scheduler,  # type: ignore[arg-type]  # what a run uses of it
            terms=RunLimits(life=dict.fromkeys(Role, 900.0)),
        )

    async def exchanged(self, inquiry: Inquiry, numbers: AttemptNumbers) -> object:
        one = self.script[self.of(inquiry)]
        if isinstance(one.thing, PayerError):
            raise one.thing
        parts = one.thing._asdict()
        keep = ("lines", "rejections", "in_progress")
        return reply(inquiry, numbers, payer=None, **{name: parts[name] for name in keep})

    def of(self, inquiry: Inquiry) -> tuple[str, str]:
        return inquiry.payer, inquiry.service_types[0]

    def job(self) -> JobRow:
        kept = self.store
        return JobRow(
            id="job",
            state=State.PENDING,
            role=Role.STAFF,
            question=QUESTION,
            answer=kept.answer,
            created_at=START,
            life_ends_at=START + timedelta(seconds=900),
            next_step_at=None,
            last_sent_at=None,
            attempts=kept.attempts,
            replies=kept.replies,
        )

    async def run(self) -> tuple[Answer, set[tuple[str, str]]]:
        """What the job's answer is after one more run, and which inquiries that run sent."""
        before = len(self.route.inquiries)
        await self.runs.run(self.job(), LiveJob("job", self.time.now))
        assert self.store.answer is not None
        if self.store.next_at is not None:
            self.time.gone = (self.store.next_at - START).total_seconds()
        return self.store.answer, {self.of(one) for one in self.route.inquiries[before:]}

    async def end(self) -> Answer:
        await self.runs.end(self.job(), LiveJob("job", self.time.now))
        assert self.store.answer is not None
        return self.store.answer


def cases(count: int) -> Iterator[Case]:
    dice = random.Random(20261128)  # the same cases in every run
    for _ in range(count):
        yield Case({inquiry: any_outcome(dice, inquiry) for inquiry in INQUIRIES})


def everything_stands(case: Case, answer: Answer, asked: set[tuple[str, str]]) -> None:
    """What must be true of an answer, whatever its inquiries came to."""
    for inquiry in asked:
        one = case.script[inquiry]
        if one.problem is not None:
            told = [each for each in answer.problems if each.code is one.problem.code]
            assert any(each.responsible is one.problem.responsible for each in told), (inquiry, one.problem.code)
            assert set(one.problem.fields) <= {field for each in told for field in each.fields}
        assert one.finding is None or one.finding in {each.detail for each in answer.findings}, (inquiry, one.finding)
    waits = any(case.script[inquiry].waits for inquiry in asked)
    assert answer.state is (State.PENDING if waits else State.FINAL)
    if waits:
        (at,) = {each.retry_at for each in answer.problems if each.code in WAITING}
        assert case.store.next_at == at
    replies = [inquiry for inquiry in asked if isinstance(case.script[inquiry].thing, Benefits)]
    assert len(answer.answered_by) == len(replies)
    marks_resolve(answer)
    answer = answer.model_copy(update={"asked_until": START})  # it is not written out, and whoever shows it knows it
    whole = without_texts(answer.model_dump())
    for role in (Role.STAFF, Role.BATCH):
        assert without_texts(project(answer, Caller(id="key-1", role=role)).model_dump()) == whole


def marks_resolve(answer: Answer) -> None:
    ids = [line.id for line in answer.evidence]
    assert len(ids) == len(set(ids))
    assert all(line.answered_by < len(answer.answered_by) for line in answer.evidence)
    sides = [terms for row in answer.programs for terms in (row.in_network, row.out_of_network)]
    used = [mark for one in (answer.coverage, *answer.administrators, *sides) for mark in one.evidence]
    assert set(used) <= set(ids)


def without_texts(value: Any) -> Any:
    """A batch reads neither the evidence's words nor an alternative's; everything else is everybody's."""
    if isinstance(value, dict):
        return {key: without_texts(inner) for key, inner in value.items() if key != "text"}
    return [without_texts(inner) for inner in value] if isinstance(value, list | tuple) else value


async def every_pair_keeps_everything(count: int) -> int:
    halves = 0
    for case in cases(count):
        answer, asked = await case.run()
        everything_stands(case, answer, asked)
        halves += answer.state is State.PENDING and bool(answer.answered_by)
        if answer.state is State.PENDING:
            answered = {one for one in asked if not case.script[one].waits and case.script[one].problem is None}
            known = {one.detail for one in answer.findings} - {"AAA03=ZZ"}
            case.script.update({one: honest(one) for one in INQUIRIES if case.script[one].waits})
            later, again = await case.run()
            assert not again & answered
            assert known <= {one.detail for one in later.findings}
            everything_stands(case, later, asked | again)
    return halves


@pytest.mark.timeout(400)
async def test_in_a_thousand_pairs_of_half_failed_legs_nothing_is_lost_or_paid_for_twice() -> None:
    assert await every_pair_keeps_everything(1_000) > 250


@pytest.mark.parametrize("lost", ["problems", "findings", "answered_by"])
async def test_a_merge_that_drops_what_the_second_reply_saw_is_noticed(
    monkeypatch: pytest.MonkeyPatch, lost: str
) -> None:
    monkeypatch.setitem(merging.RULES, lost, lambda merge: getattr(merge.first, lost))  # type: ignore[arg-type]

    with pytest.raises(AssertionError):
        await every_pair_keeps_everything(200)


async def test_a_run_that_forgets_what_earlier_ones_were_answered_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(runs, "replies_of", lambda kept: ())

    with pytest.raises(AssertionError):
        await every_pair_keeps_everything(200)


@pytest.mark.parametrize(
    "failure", [one for one in FAILURES if problem_of(one).code in WAITING], ids=lambda one: one.detail
)
@pytest.mark.parametrize("fails", INQUIRIES, ids="-".join)
async def test_only_the_inquiry_that_failed_is_asked_again_and_then_the_answer_is_whole(
    fails: tuple[str, str], failure: PayerError
) -> None:
    whole, _ = await Case({one: honest(one) for one in INQUIRIES}).run()
    case = Case({one: honest(one) for one in INQUIRIES} | {fails: Said(failure, problem_of(failure))})

    pending, _ = await case.run()
    case.script[fails] = honest(fails)
    final, again = await case.run()

    assert (pending.state, final.state, final.problems) == (State.PENDING, State.FINAL, ())
    assert again - {one for one in again if one[0] == "optum"} == {fails} - {("optum", fails[1])}
    assert fails in again
    assert final.programs == whole.programs
    assert final.administrators == whole.administrators
    assert [one.id for one in final.evidence] == [one.id for one in whole.evidence]


async def test_while_the_administrator_alone_is_down_the_first_payer_is_not_asked_again() -> None:
    down = Said(PayerSilent("reset"), problem_of(PayerSilent("reset")))
    case = Case({one: down if one[0] == "optum" else honest(one) for one in INQUIRIES})

    await case.run()
    sent = [(await case.run())[1] for _ in range(4)]
    final = await case.end()

    assert sent == [{("optum", "30"), ("optum", "MH")}] * 4
    assert (final.state, [one.outcome.value for one in final.administrators]) == (State.FINAL, ["unreachable"])
    assert [one.code for one in final.problems] == [ProblemCode.PAYER_SILENT]
    assert {row.in_network.verdict for row in final.programs} == {"delegated"}


async def test_what_half_an_administrator_said_stands_when_the_life_ends() -> None:
    busy = Said(PayerBusy("http_503"), problem_of(PayerBusy("http_503")))
    case = Case({one: busy if one == ("optum", "MH") else honest(one) for one in INQUIRIES})

    pending, _ = await case.run()
    final = await case.end()

    assert [one.outcome.value for one in pending.administrators] == ["pending"]
    assert [one.outcome.value for one in final.administrators] == ["answered"]
    assert [one.code for one in final.problems] == [ProblemCode.PAYER_BUSY]
    assert {row.in_network.verdict for row in final.programs} == {"likely"}
    assert final.programs == pending.programs
