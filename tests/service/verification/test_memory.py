"""What is remembered of questions that were answered: nothing."""

import gc
from collections import Counter
from pathlib import Path
from weakref import ReferenceType

from contracts import State
from tests.service.staging import QUESTION, ScriptedRoute, opened

SOME = 150


def alive() -> Counter[str]:
    """How many objects there are of each type, of those that hold others.

    Dead references are none: sqlite3 lets go of those to cursors that are gone two hundred at a time.
    """
    gc.collect()
    found = (one for one in gc.get_objects() if not (type(one) is ReferenceType and one() is None))
    return Counter(type(one).__qualname__ for one in found)


async def test_questions_that_were_answered_leave_nothing_in_memory(tmp_path: Path) -> None:
    async with opened(tmp_path, ScriptedRoute(None)) as office:

        async def ask_some(round_: int) -> None:
            for number in range(SOME):
                member = QUESTION.member.model_copy(update={"last_name": f"Imaginary{round_}x{number}"})
                answer = await office.ask(QUESTION.model_copy(update={"member": member}))
                assert answer.state is State.FINAL
                await office.look(answer)
            await office.quiet()
            for remembered_by_tests in (office.routes[0].sent, office.routes[0].inquiries, office.scheduler.guards):
                remembered_by_tests.clear()

        await ask_some(0)
        before = alive()
        await ask_some(1)
        grown = {name: count for name, count in (alive() - before).items() if count > SOME / 3}

    assert grown == {}


async def test_something_that_is_remembered_of_each_is_found(tmp_path: Path) -> None:
    async with opened(tmp_path, ScriptedRoute(None)) as office:
        before = alive()
        kept = [await office.ask(QUESTION.model_copy(update={"reference": f"R-{number}"})) for number in range(60)]

    assert len(kept) > 50
    assert (alive() - before)["Answer"] > 50
