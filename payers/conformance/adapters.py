"""What every payer's adapter must do, whoever wrote it."""

import asyncio
import json
import socket
from collections.abc import Awaitable, Iterator
from contextlib import contextmanager
from datetime import date
from importlib.metadata import entry_points
from pathlib import Path
from random import Random
from typing import Any, ClassVar
from unittest.mock import patch

from contracts import (
    PROGRAMS,
    Answer,
    Benefit,
    Benefits,
    Card,
    CoverageStatus,
    FindingCode,
    Member,
    MemberRejected,
    PayerAdapter,
    PayerBusy,
    PayerRefused,
    PayerSilent,
    PayerUnreachable,
    Provider,
    Question,
    QuestionIncomplete,
    Rejection,
    ReplyMismatched,
    ReplyUnreadable,
    Side,
    Verdict,
    invented_line,
    unfounded_claim,
)
from payers.conformance.scripted import ScriptedGateway
from payers.conformance.watching import assert_loop_turns, listening, watch
from payers.x12 import read_interchange

GROUP = "benefit_verification.payers"
REQUIRED_SAMPLES = ("carve_out", "covered", "excluded", "silent", "unknown_member")
SERVICE_DATE = date(2026, 11, 23)
MEMBER = Member(
    first_name="Imaginetta",
    last_name="Fictional",
    birth_date=date(1990, 4, 12),
    member_id="ZZ9999999",
    group_number="GG9999",
)
LEAVES = (MemberRejected, PayerRefused, PayerUnreachable, PayerSilent, PayerBusy, ReplyUnreadable, ReplyMismatched)


class AdapterConformance:
    """Inherit it and give ``adapter`` and ``samples``; each promise below is a test then.

    ``samples`` is a folder of raw 271 replies, each with what the answer must hold beside it: ``covered.271`` and
    ``covered.json``, an object of dotted paths (``programs.0.in_network.verdict``) and values.
    """

    adapter: ClassVar[PayerAdapter]
    samples: ClassVar[Path]

    def test_it_is_registered_under_its_own_id(self) -> None:
        card = self.adapter.card
        found = [entry for entry in entry_points(group=GROUP) if entry.name == card.id]

        assert isinstance(self.adapter, PayerAdapter)
        assert isinstance(card, Card)
        assert len(found) == 1, f"one entry point named {card.id} in {GROUP}"
        assert found[0].load().card == card

    def test_it_says_what_is_missing_before_it_asks(self) -> None:
        groups = self.adapter.card.needs

        assert groups
        for group in groups:
            gateway = ScriptedGateway(Benefits())
            lacking = MEMBER.model_copy(update=dict.fromkeys(group))
            failure = _failure(self.adapter.verify(_question(self.adapter, lacking), gateway))
            assert isinstance(failure, QuestionIncomplete), f"{group} may be missing"
            assert set(failure.fields) & set(group)
            assert not gateway.asked

    def test_it_brings_the_samples_that_every_payer_must_bring(self) -> None:
        for name in REQUIRED_SAMPLES:
            assert (self.samples / f"{name}.271").is_file(), f"samples/{name}.271 is missing"
            assert (self.samples / f"{name}.json").is_file(), f"samples/{name}.json is missing"

    def test_each_sample_is_read_exactly(self) -> None:
        for path in _samples(self.samples):
            expected = json.loads(path.with_suffix(".json").read_text(encoding="utf-8"))
            found = self._answer(_benefits(path)).model_dump(mode="json")
            assert expected
            for where, value in expected.items():
                assert _at(found, where) == value, f"{path.name}: {where}"

    def test_every_claim_points_at_a_line(self) -> None:
        for path in _samples(self.samples):
            benefits = _benefits(path)
            answer = self._answer(benefits)
            assert unfounded_claim(answer) is None, f"{path.name}: {unfounded_claim(answer)} rests on no line"
            assert invented_line(answer, [benefits]) is None, f"{path.name}: a line of evidence is not the reply's"

    def test_the_order_of_lines_does_not_matter(self) -> None:
        for path in _samples(self.samples):
            benefits = _benefits(path)
            lines = list(benefits.lines)
            Random(7).shuffle(lines)  # noqa: S311 - an order to try, no secret
            for order in (lines, lines[::-1]):
                assert _essence(self._answer(benefits._replace(lines=tuple(order)))) == _essence(self._answer(benefits))

    def test_silence_is_never_a_refusal(self) -> None:
        active = Benefit(at=15, text="EB*1**30", information="1", service_types=("30",))
        for benefits in (Benefits(), Benefits(lines=(active,))):
            answer = self._answer(benefits)
            verdicts = {row.on(side).verdict for row in answer.programs for side in Side}
            assert verdicts <= {Verdict.NOT_STATED, Verdict.COULD_NOT_CHECK}
            assert answer.coverage.status is not CoverageStatus.INACTIVE

    def test_an_unknown_code_is_a_finding_and_changes_nothing(self) -> None:
        strange = Benefit(at=9000, text="EB*ZZ**MH", information="ZZ", service_types=("MH",), network="Y")
        for path in _samples(self.samples):
            benefits = _benefits(path)
            if not benefits.lines:
                continue
            answer = self._answer(benefits._replace(lines=(*benefits.lines, strange)))
            assert _essence(answer) == _essence(self._answer(benefits))
            assert FindingCode.UNKNOWN_CODE in {finding.code for finding in answer.findings}

    def test_each_rejection_has_its_own_problem(self) -> None:
        def reject_with(code: str, loop: str) -> tuple[str, str, str]:
            rejection = Rejection(at=13, text=f"AAA*N**{code}*C", loop=loop, valid="N", code=code, follow_up="C")
            answer = self._answer(Benefits(rejections=(rejection,)))
            verdicts = {row.on(side).verdict for row in answer.programs for side in Side}
            assert verdicts == {Verdict.COULD_NOT_CHECK}
            return answer.coverage.status.value, answer.problems[0].code.value, answer.problems[0].responsible.value

        assert reject_with("72", "2100C") == ("not_found", "member_rejected", "member")
        assert reject_with("71", "2100C") == ("not_found", "member_rejected", "member")
        assert reject_with("42", "2100A") == ("could_not_check", "payer_busy", "payer")
        assert reject_with("51", "2100B") == ("could_not_check", "setup_problem", "provider")
        assert reject_with("T4", "2100A") == ("could_not_check", "setup_problem", "service")

    def test_it_stops_at_the_deadline_and_leaves_nothing_running(self) -> None:
        async def leave_early() -> set[asyncio.Task[Any]]:
            before = asyncio.all_tasks()
            gateway = ScriptedGateway(hangs=True)
            task = asyncio.ensure_future(self.adapter.verify(_question(self.adapter), gateway))
            await asyncio.wait({task}, timeout=0.05)
            task.cancel()
            done, _ = await asyncio.wait({task}, timeout=1)
            assert done, "it swallows cancellation"
            assert task.cancelled(), "it ended otherwise than by being cancelled"
            await asyncio.sleep(0)
            return asyncio.all_tasks() - before

        assert not asyncio.run(leave_early()), "tasks are left running"
        for path in _samples(self.samples):
            answering = self.adapter.verify(_question(self.adapter), ScriptedGateway(_benefits(path)))
            assert not asyncio.run(watch(answering)).left, "tasks are left running after an answer"

    def test_it_never_blocks_the_loop(self) -> None:
        path = max(_samples(self.samples), key=lambda sample: sample.stat().st_size)

        assert_loop_turns(lambda: self.adapter.verify(_question(self.adapter), ScriptedGateway(_benefits(path))))

    def test_it_asks_about_the_member_of_the_question_and_nobody_else(self) -> None:
        for path in _samples(self.samples):
            question, gateway = _question(self.adapter), ScriptedGateway(_benefits(path))
            asyncio.run(_whole(self.adapter.verify(question, gateway)))
            assert gateway.asked
            for inquiry in gateway.asked:
                same = (inquiry.payer, inquiry.provider.npi, inquiry.service_date)
                assert inquiry.repair or inquiry.member == question.member, (
                    f"{path.name}: another member is asked about"
                )
                assert inquiry.repair or same == (question.payer, question.provider.npi, question.service_date)
                assert inquiry.member.birth_date == question.member.birth_date
                assert inquiry.service_types

    def test_it_opens_no_connection_of_its_own(self) -> None:
        path = next(iter(_samples(self.samples)))
        with _no_sockets():
            self._answer(_benefits(path))

    def test_it_lets_the_gateways_errors_through(self) -> None:
        for leaf in LEAVES:
            error = leaf("from the gateway")
            failure = _failure(self.adapter.verify(_question(self.adapter), ScriptedGateway(error)))
            assert failure is error, f"{leaf.__name__} became {type(failure).__name__}"

    def test_it_tells_no_one_who_the_member_is(self) -> None:
        secrets = ("imaginetta", "fictional", "1990", "zz9999999", "gg9999")
        logged: list[str] = []
        with listening(logged):
            failure = _failure(self.adapter.verify(_question(self.adapter), ScriptedGateway(PayerSilent("x"))))
            answer = self._answer(_benefits(next(iter(_samples(self.samples)))))
            lacking = _failure(
                self.adapter.verify(_question(self.adapter, Member(last_name="Fictional")), ScriptedGateway())
            )
        words = " ".join([*logged, repr(failure), repr(lacking), repr(answer.problems), repr(answer.findings)]).lower()
        assert not [secret for secret in secrets if secret in words]

    def _answer(self, *script: Benefits) -> Answer:
        return asyncio.run(_whole(self.adapter.verify(_question(self.adapter), ScriptedGateway(*script))))


async def _whole(answer: Awaitable[Answer]) -> Answer:
    found = await answer
    assert isinstance(found, Answer)
    return found


def _failure(answer: Awaitable[Answer]) -> BaseException | None:
    async def run() -> BaseException | None:
        try:
            await answer
        except Exception as error:  # noqa: BLE001 - whatever it raises is what the test looks at
            return error
        return None

    return asyncio.run(run())


def _question(adapter: PayerAdapter, member: Member = MEMBER) -> Question:
    provider = Provider(npi="1999999984", name="Example Recovery Center", tax_id="999999999")
    return Question(payer=adapter.card.id, member=member, provider=provider, service_date=SERVICE_DATE)


def _samples(folder: Path) -> list[Path]:
    return sorted(folder.glob("*.271"))


def _benefits(path: Path) -> Benefits:
    return read_interchange(path.read_bytes()).people[-1]


def _at(value: object, where: str) -> object:
    for step in where.split("."):
        if isinstance(value, list):
            value = value[int(step)] if int(step) < len(value) else None
        else:
            value = value.get(step) if isinstance(value, dict) else None
    return value


def _essence(answer: Answer) -> object:
    rows = [answer.terms(program, condition, side) for program, condition in PROGRAMS for side in Side]
    figures = [
        (terms.verdict, terms.grade, terms.rule, terms.copay, terms.coinsurance, terms.authorization) for terms in rows
    ]
    return figures, answer.coverage.status, answer.coverage.plan_name, answer.coverage.ends_on


@contextmanager
def _no_sockets() -> Iterator[None]:
    """Make every connection an error; the loop's own socket pair is made by another call."""

    def refuse(*_: object, **__: object) -> None:
        raise AssertionError("it opens a connection of its own")

    with patch.object(socket.socket, "connect", refuse), patch.object(socket.socket, "connect_ex", refuse):
        yield
