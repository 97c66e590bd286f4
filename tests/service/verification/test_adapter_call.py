"""What driving a plugin promises: whatever it does, there is an answer or a typed error."""

import asyncio
import contextlib
import time
from datetime import UTC, date, datetime

import pytest

from contracts import (
    Answer,
    Benefits,
    Card,
    Gateway,
    Inquiry,
    InquiryPlan,
    Member,
    PayerBusy,
    Provider,
    Question,
    RouteEntry,
    answer_without_reply,
)
from contracts.readings import READINGS, THREADS
from service.gateway.isolation import Leaked
from service.verification.adapter_call import AdapterFault, call_adapter

CARD = Card(
    id="acme",
    name="ACME",
    routes=(RouteEntry(route="core_mime", payer_id="1", source="test"),),
    plan=InquiryPlan(source="test"),
)
QUESTION = Question(
    payer="acme",
    member=Member(),
    provider=Provider(npi="1999999984", name="EXAMPLE"),
    service_date=date(2026, 11, 23),
)


class Quiet:
    """A gateway on which nothing is ever under way."""

    async def ask(self, card: Card, inquiry: Inquiry) -> Benefits:
        raise PayerBusy(f"{card.id}:{len(inquiry.service_types)}")

    def __init__(self) -> None:
        self.brought: list[Benefits] = []
        self.since = asyncio.get_running_loop().time()

    def idle_for(self) -> float:
        return asyncio.get_running_loop().time() - self.since


def answer(payer: str = "acme") -> Answer:
    return answer_without_reply(payer=payer, service_date=QUESTION.service_date, as_of=datetime.now(UTC), problems=())


class Plugin:
    """An adapter whose behaviour is chosen by name."""

    card = CARD

    def __init__(self, behaviour: str) -> None:
        self.behaviour = behaviour
        self.enough = asyncio.Event()

    async def verify(self, question: Question, gateway: Gateway) -> Answer:
        del question, gateway
        match self.behaviour:
            case "answers":
                return answer()
            case "raises":
                raise RecursionError
            case "exits":
                raise SystemExit(1)
            case "busy":
                raise PayerBusy("test")
            case "other":
                return answer("somebody_else")
            case "nothing":
                return None  # type: ignore[return-value]  # the fault that this plugin stands for
            case "waits":
                await self.enough.wait()
            case "cancels itself":
                raise asyncio.CancelledError
            case "ends":
                raise GeneratorExit
            case "hangs":
                await asyncio.Event().wait()
            case "swallows":
                while not self.enough.is_set():
                    with contextlib.suppress(asyncio.CancelledError):
                        await self.enough.wait()
        return answer()


async def drive(behaviour: str, leaked: Leaked | None = None) -> Answer:
    plugin = Plugin(behaviour)
    try:
        return await call_adapter(plugin, QUESTION, Quiet(), leaked or Leaked(), patience=0.1)
    finally:
        plugin.enough.set()


async def test_an_answer_comes_back() -> None:
    assert (await drive("answers")).payer == "acme"


async def test_the_gateways_error_comes_through() -> None:
    with pytest.raises(PayerBusy):
        await drive("busy")


@pytest.mark.parametrize("behaviour", ["raises", "exits", "other", "nothing", "hangs", "swallows"])
async def test_any_other_behaviour_is_the_adapters_fault(behaviour: str) -> None:
    with pytest.raises(AdapterFault):
        await drive(behaviour)


async def test_a_fault_is_named_by_its_type_and_place_never_by_its_words() -> None:
    with pytest.raises(AdapterFault) as caught:
        await drive("raises")

    assert caught.value.detail == "RecursionError"
    assert (caught.value.place or "").endswith("test_adapter_call:verify")


async def test_a_plugin_that_will_not_end_is_counted_as_left_behind() -> None:
    leaked, plugin = Leaked(), Plugin("swallows")

    with pytest.raises(AdapterFault):
        await call_adapter(plugin, QUESTION, Quiet(), leaked, patience=0.1)

    assert len(leaked) == 1
    plugin.enough.set()
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    assert len(leaked) == 0


async def test_an_adapter_that_looks_idle_once_because_the_loop_was_blocked_is_no_suspect() -> None:
    class Blocked(Quiet):
        looks = 0

        def idle_for(self) -> float:
            self.looks += 1
            if self.looks == 3:
                plugin.enough.set()
            return 9.0 if self.looks % 2 else 0.0

    plugin = Plugin("waits")

    answered = await call_adapter(plugin, QUESTION, Blocked(), Leaked(), patience=0.02)

    assert answered.payer == "acme"


async def test_an_adapter_that_a_busy_loop_lets_wait_again_and_again_is_no_suspect() -> None:
    plugin, loop = Plugin("waits"), asyncio.get_running_loop()

    async def hold_loop() -> None:
        for _ in range(6):
            await asyncio.sleep(0)
            until = loop.time() + 0.15
            while loop.time() < until:
                pass
        plugin.enough.set()

    holding = asyncio.create_task(hold_loop())
    answered = await call_adapter(plugin, QUESTION, Quiet(), Leaked(), patience=0.1)
    await holding

    assert answered.payer == "acme"


async def test_an_adapter_whose_reply_waits_to_be_read_behind_others_is_no_suspect() -> None:
    class Reading(Plugin):
        async def verify(self, question: Question, gateway: Gateway) -> Answer:
            await READINGS.beside_the_loop(lambda: None)
            return await super().verify(question, gateway)

    others = [asyncio.create_task(READINGS.beside_the_loop(lambda: time.sleep(0.5))) for _ in range(THREADS)]
    await asyncio.sleep(0)
    answered = await call_adapter(Reading("answers"), QUESTION, Quiet(), Leaked(), patience=0.1)
    await asyncio.gather(*others)

    assert answered.payer == "acme"


@pytest.mark.parametrize("behaviour", ["cancels itself", "ends"])
async def test_what_no_task_may_let_through_is_the_adapters_fault(behaviour: str) -> None:
    with pytest.raises(AdapterFault):
        await drive(behaviour)
