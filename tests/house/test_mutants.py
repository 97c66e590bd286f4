"""The conformance suite bites: an adapter that breaks a promise fails its test, and an honest one passes."""

import asyncio
import logging
import time
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from contracts import (
    Accumulator,
    Answer,
    Benefits,
    Card,
    Gateway,
    Member,
    PayerError,
    PayerSilent,
    Question,
    Terms,
    Verdict,
    answer_without_reply,
)
from payers.adapter import DataAdapter
from payers.aetna import CARD, DIALECT
from payers.conformance import AdapterConformance

SAMPLES = Path(__file__).parents[1] / "payers" / "samples" / "aetna"


class Honest(DataAdapter):
    def __init__(self) -> None:
        super().__init__(CARD, DIALECT)


class UnderAnotherName(Honest):
    def __init__(self) -> None:
        super().__init__()
        self.card = CARD.model_copy(update={"id": "nobody_registered_this"})


class AsksBeforeItLooks(Honest):
    async def verify(self, question: Question, gateway: Gateway) -> Answer:
        await self._ask_all(gateway, self._inquiries(question, ("30",)))
        return await super().verify(question, gateway)


class CoversEverything(Honest):
    """Says covered where nothing was said."""

    async def verify(self, question: Question, gateway: Gateway) -> Answer:
        answer = await super().verify(question, gateway)
        return _each(answer, verdict=Verdict.COVERED)


class RefusesOnSilence(Honest):
    async def verify(self, question: Question, gateway: Gateway) -> Answer:
        answer = await super().verify(question, gateway)
        silent = [row for row in answer.programs if row.in_network.verdict is Verdict.NOT_STATED]
        return _each(answer, verdict=Verdict.NOT_COVERED) if silent else answer


class ForgetsItsEvidence(Honest):
    async def verify(self, question: Question, gateway: Gateway) -> Answer:
        return _each(await super().verify(question, gateway), evidence=())


class InventsALine(Honest):
    """Cites its lines in words of its own."""

    async def verify(self, question: Question, gateway: Gateway) -> Answer:
        answer = await super().verify(question, gateway)
        other = tuple(line.model_copy(update={"text": f"{line.text} "}) for line in answer.evidence)
        return answer.model_copy(update={"evidence": other})


class MisplacesALine(Honest):
    """Cites lines at places where they do not stand."""

    async def verify(self, question: Question, gateway: Gateway) -> Answer:
        answer = await super().verify(question, gateway)
        other = tuple(line.model_copy(update={"segment": 900 + (line.segment or 0)}) for line in answer.evidence)
        return answer.model_copy(update={"evidence": other})


class ReadsTheFirstLineOnly(Honest):
    async def verify(self, question: Question, gateway: Gateway) -> Answer:
        return await super().verify(question, _Through(gateway, lambda said: said._replace(lines=said.lines[:3])))


class DropsUnknownCodes(Honest):
    async def verify(self, question: Question, gateway: Gateway) -> Answer:
        known = _Through(
            gateway, lambda said: said._replace(lines=tuple(x for x in said.lines if x.information != "ZZ"))
        )
        return await super().verify(question, known)


class ForgetsRejections(Honest):
    async def verify(self, question: Question, gateway: Gateway) -> Answer:
        return await super().verify(question, _Through(gateway, lambda said: said._replace(rejections=())))


class SwallowsCancellation(Honest):
    async def verify(self, question: Question, gateway: Gateway) -> Answer:
        try:
            return await super().verify(question, gateway)
        except asyncio.CancelledError:
            return answer_without_reply(
                payer="aetna", service_date=question.service_date, as_of=self._clock(), problems=()
            )


class LeavesTasksBehind(Honest):
    async def verify(self, question: Question, gateway: Gateway) -> Answer:
        self.kept = asyncio.ensure_future(asyncio.sleep(60))
        return await super().verify(question, gateway)


class CallsHome(Honest):
    async def verify(self, question: Question, gateway: Gateway) -> Answer:
        _, writer = await asyncio.open_connection("127.0.0.1", 9)
        writer.close()
        return await super().verify(question, gateway)


class WrapsErrors(Honest):
    async def verify(self, question: Question, gateway: Gateway) -> Answer:
        try:
            return await super().verify(question, gateway)
        except PayerSilent as error:
            raise PayerError("something") from error


class TellsTheLog(Honest):
    async def verify(self, question: Question, gateway: Gateway) -> Answer:
        logging.getLogger("tells").warning("asking about %s", question.member.last_name)
        return await super().verify(question, gateway)


class LeavesTasksBehindAnAnswer(Honest):
    async def verify(self, question: Question, gateway: Gateway) -> Answer:
        answer = await super().verify(question, gateway)
        self.kept = asyncio.ensure_future(asyncio.sleep(60))
        return answer


class ClaimsAFigure(Honest):
    """Gives a share where no line gives any."""

    async def verify(self, question: Question, gateway: Gateway) -> Answer:
        answer = await super().verify(question, gateway)
        silent = answer.accumulators.in_network.family.deductible.evidence == ()
        return _owing(answer) if silent else answer


class BlocksTheLoop(Honest):
    async def verify(self, question: Question, gateway: Gateway) -> Answer:
        time.sleep(0.4)  # noqa: ASYNC251 - the fault under test
        return await super().verify(question, gateway)


class AsksAboutSomebodyElse(Honest):
    async def verify(self, question: Question, gateway: Gateway) -> Answer:
        other = question.model_copy(update={"member": Member(**{**dict(question.member), "member_id": "ZZ0000001"})})
        return await super().verify(other, gateway)


def _owing(answer: Answer) -> Answer:
    side = answer.accumulators.in_network
    family = side.family.model_copy(update={"deductible": Accumulator(remaining=Decimal(0))})
    accumulators = answer.accumulators.model_copy(update={"in_network": side.model_copy(update={"family": family})})
    return answer.model_copy(update={"accumulators": accumulators})


class _Through:
    """A gateway whose replies are changed on their way."""

    def __init__(self, gateway: Gateway, change: Any) -> None:
        self._gateway, self._change, self.cards = gateway, change, gateway.cards

    async def ask(self, card: Card, inquiry: Any) -> Benefits:
        return self._change(await self._gateway.ask(card, inquiry))


def _each(answer: Answer, **changes: object) -> Answer:
    def changed(terms: Terms) -> Terms:
        return terms.model_copy(update=changes)

    rows = [
        row.model_copy(update={"in_network": changed(row.in_network), "out_of_network": changed(row.out_of_network)})
        for row in answer.programs
    ]
    return answer.model_copy(update={"programs": tuple(rows)})


MUTANTS = (
    (UnderAnotherName, "test_it_is_registered_under_its_own_id"),
    (AsksBeforeItLooks, "test_it_says_what_is_missing_before_it_asks"),
    (CoversEverything, "test_each_sample_is_read_exactly"),
    (RefusesOnSilence, "test_silence_is_never_a_refusal"),
    (ForgetsItsEvidence, "test_every_claim_points_at_a_line"),
    (InventsALine, "test_every_claim_points_at_a_line"),
    (MisplacesALine, "test_every_claim_points_at_a_line"),
    (ReadsTheFirstLineOnly, "test_the_order_of_lines_does_not_matter"),
    (DropsUnknownCodes, "test_an_unknown_code_is_a_finding_and_changes_nothing"),
    (ForgetsRejections, "test_each_rejection_has_its_own_problem"),
    (SwallowsCancellation, "test_it_stops_at_the_deadline_and_leaves_nothing_running"),
    (LeavesTasksBehind, "test_it_stops_at_the_deadline_and_leaves_nothing_running"),
    (LeavesTasksBehindAnAnswer, "test_it_stops_at_the_deadline_and_leaves_nothing_running"),
    (ClaimsAFigure, "test_every_claim_points_at_a_line"),
    (BlocksTheLoop, "test_it_never_blocks_the_loop"),
    (AsksAboutSomebodyElse, "test_it_asks_about_the_member_of_the_question_and_nobody_else"),
    (CallsHome, "test_it_opens_no_connection_of_its_own"),
    (WrapsErrors, "test_it_lets_the_gateways_errors_through"),
    (TellsTheLog, "test_it_tells_no_one_who_the_member_is"),
)


def suite(adapter: DataAdapter, samples: Path = SAMPLES) -> AdapterConformance:
    of_it = type("Suite", (AdapterConformance,), {"adapter": adapter, "samples": samples})()
    assert isinstance(of_it, AdapterConformance)
    return of_it


def promises() -> Iterator[str]:
    return (name for name in dir(AdapterConformance) if name.startswith("test_"))


@pytest.mark.loopback
@pytest.mark.parametrize(("mutant", "promise"), MUTANTS, ids=[mutant.__name__ for mutant, _ in MUTANTS])
def test_a_broken_adapter_is_caught_by_the_promise_that_it_breaks(mutant: type[DataAdapter], promise: str) -> None:
    with pytest.raises(AssertionError):
        getattr(suite(mutant()), promise)()  # type: ignore[call-arg] - mutants are made of nothing


@pytest.mark.parametrize("promise", list(promises()))
def test_an_honest_adapter_passes(promise: str) -> None:
    getattr(suite(Honest()), promise)()


def test_missing_samples_are_caught(tmp_path: Path) -> None:
    with pytest.raises(AssertionError, match="is missing"):
        suite(Honest(), tmp_path).test_it_brings_the_samples_that_every_payer_must_bring()


def test_every_promise_has_a_mutant() -> None:
    caught = {promise for _, promise in MUTANTS} | {"test_it_brings_the_samples_that_every_payer_must_bring"}

    assert set(promises()) == caught
