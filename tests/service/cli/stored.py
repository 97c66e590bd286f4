"""An answer in the database of the folder in which a command is run."""

import asyncio

from contracts import Answer, State
from service.cli.bootstrap import store_of
from service.settings.model import load_settings
from service.store import Intent
from tests.service.staging import QUESTION, STAFF


def store_answer(given: Answer) -> str:
    """Return the id of a verification whose final answer is ``given``."""

    async def keep() -> str:
        store = store_of(load_settings(), serving=True)
        await store.start()
        try:
            question = QUESTION.model_copy(update={"payer": "aetna"})
            intended = await store.intend(Intent(question=question, caller=STAFF, life_seconds=900.0))
            await store.settle(intended.job_id, given, state=State.FINAL, next_at=None)
            return intended.verification_id
        finally:
            await store.stop()

    return asyncio.run(keep())
