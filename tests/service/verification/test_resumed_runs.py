"""What a run promises whose process died: what the payer answered by then is neither asked nor paid for again."""

import asyncio
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest

from contracts import (
    Answer,
    AttemptNumbers,
    Benefits,
    CoverageStatus,
    Inquiry,
    InquiryPlan,
    NoReplyAtAll,
    Reply,
    ReplyMismatched,
    State,
)
from tests.service.kept import change
from tests.service.staging import Office, ScriptedRoute, Time, opened, pending_jobs, reply, stored

PLAN = {"plan": InquiryPlan(first=("MH",), then=("30",), source="test")}


class Payer:
    """A payer that falls silent after ``answers`` replies; what it sent can be read again."""

    def __init__(self, answers: int, **said: object) -> None:
        self.left = answers
        self.said = said
        self.kept: dict[bytes, Sequence[Benefits]] = {}
        self.at_the_end = asyncio.Event()

    async def hang(self, *_: object, **__: object) -> bool:
        self.at_the_end.set()
        return await asyncio.Event().wait()

    async def answer(self, inquiry: Inquiry, numbers: AttemptNumbers) -> Reply:
        if not self.left:
            await self.hang()
        self.left -= 1
        sent = reply(inquiry, numbers, **self.said)
        self.kept[sent.raw] = sent.people
        return sent

    def read(self, raw: bytes) -> Sequence[Benefits]:
        return self.kept[raw]


async def kill_and_resume(
    folder: Path, payer: Payer, read: Callable[[bytes], Sequence[Benefits]], forge: str | None = None
) -> tuple[list[str], Answer]:
    """What is asked by a run after one whose process died, and the answer of it."""
    async with opened(folder, ScriptedRoute(payer.answer), card=PLAN) as office:
        unsettling: Any = office.store
        unsettling.settle = payer.hang
        await office.ask(wait=0.0)
        await payer.at_the_end.wait()
        (job,) = await pending_jobs(office.store)
        await office.verifier.jobs.end(0.0)
        if forge is not None:
            assert await change(office.store, forge)
    time, payer.left, payer.said = Time(), 2, {}
    time.gone = 200.0
    async with stored(folder, time) as store:
        later = Office(store, time, [ScriptedRoute(payer.answer)], card=PLAN)
        later.guards.read_reply = read
        await later.verifier.finish(job.id)
        found = await store.job(job.id)
        assert found is not None
        assert found.answer is not None
        return [" ".join(one.service_types) for one in later.routes[0].inquiries], found.answer


async def test_what_a_dead_process_was_answered_is_not_asked_again(tmp_path: Path) -> None:
    one, all_of_it = Payer(1), Payer(2)

    assert (await kill_and_resume(tmp_path / "one", one, one.read))[0] == ["30"]
    asked, answer = await kill_and_resume(tmp_path / "all", all_of_it, all_of_it.read)

    assert asked == []
    assert (answer.state, answer.coverage.status) == (State.FINAL, CoverageStatus.ACTIVE)
    assert [(one.payer, one.route) for one in answer.answered_by] == [("acme", "first")] * len(answer.answered_by)


async def test_a_kept_reply_that_answers_nothing_is_asked_for_again(tmp_path: Path) -> None:
    payer = Payer(1, in_progress=True)

    assert (await kill_and_resume(tmp_path, payer, payer.read))[0] == ["MH", "30"]


@pytest.mark.parametrize("failure", [NoReplyAtAll("imaginary"), ReplyMismatched("member"), LookupError()])
async def test_a_kept_reply_that_cannot_be_read_is_asked_for_again(failure: Exception, tmp_path: Path) -> None:
    def fail(_: bytes) -> Sequence[Benefits]:
        raise failure

    assert (await kill_and_resume(tmp_path, Payer(2), fail))[0] == ["MH", "30"]


async def test_a_kept_reply_about_somebody_else_is_asked_for_again(tmp_path: Path) -> None:
    payer = Payer(2)

    def mix_up(raw: bytes) -> Sequence[Benefits]:
        return [
            one._replace(traces=(), patient=one.patient and one.patient._replace(last_name="OTHER", member_id="1"))
            for one in payer.read(raw)
        ]

    assert (await kill_and_resume(tmp_path, payer, mix_up))[0] == ["MH", "30"]


async def test_a_kept_reply_that_somebody_moved_is_asked_for_again(tmp_path: Path) -> None:
    payer = Payer(1)
    forge = "UPDATE replies SET inquiry_key = inquiry_key || x'00'"

    assert (await kill_and_resume(tmp_path, payer, payer.read, forge))[0] == ["MH", "30"]
