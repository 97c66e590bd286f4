"""``benefits history``: from the database of this machine, or from a running service."""

import asyncio
from datetime import UTC, datetime
from pathlib import Path

import pytest
import respx
from click.testing import CliRunner, Result

from contracts import State
from service.cli.bootstrap import store_of
from service.cli.main import main
from service.settings.model import load_settings
from service.store import Intent
from service.verification.history import HistorySearch, HistoryTry, MemberHistory
from tests.service.guidance.staging import answer, terms
from tests.service.staging import QUESTION, STAFF

pytestmark = pytest.mark.usefixtures("key")

URL = "http://127.0.0.1:8123"
ID = "ver_IMAGINARY"


def run(*arguments: str) -> Result:
    return CliRunner().invoke(main, ["history", *arguments])


def store_two_tries() -> list[str]:
    """The ids of a verification in the database of this folder, and of one that mends it."""

    async def keep() -> list[str]:
        store = store_of(load_settings(), serving=True)
        await store.start()
        first = await store.intend(Intent(QUESTION, STAFF, life_seconds=900.0))
        await store.settle(first.job_id, answer(terms(copay="40.00")), state=State.FINAL, next_at=None)
        again = QUESTION.model_copy(update={"service_date": QUESTION.service_date.replace(year=2027)})
        mending = await store.intend(Intent(again, STAFF, life_seconds=900.0, retries=first.verification_id))
        await store.stop()
        return [first.verification_id, mending.verification_id]

    return asyncio.run(keep())


def test_a_history_is_printed_from_the_database_of_this_machine() -> None:
    first, mending = store_two_tries()

    found = run(first)

    assert found.exit_code == 0, found.output
    [one, other] = found.output.splitlines()
    assert first in one
    assert "active" in one
    assert one.index(first) + len("  then ") == other.index(mending)
    assert "(pending)" in other


def test_nobody_is_named_in_a_history() -> None:
    found = run(store_two_tries()[0], "--json")

    history = MemberHistory.model_validate_json(found.output)
    assert [len(search.tries) for search in history.searches] == [2]
    assert QUESTION.member.last_name is not None
    assert QUESTION.member.last_name not in found.output


@respx.mock
def test_a_running_service_is_asked_for_a_page(key: Path) -> None:
    history = MemberHistory(verification_id=ID, searches=(HistorySearch(tries=(TRY,)),), after="ver_NEXT")
    route = respx.get(f"{URL}/v1/verifications/{ID}/history").respond(content=history.model_dump_json())

    found = run(ID, "--url", URL, "--key-file", str(key), "--limit", "1", "--after", "ver_LAST")

    assert found.exit_code == 0, found.output
    assert found.output.splitlines()[-1] == "more: --after ver_NEXT"
    assert dict(route.calls[0].request.url.params) == {"limit": "1", "after": "ver_LAST"}


def test_what_is_no_id_is_not_looked_up() -> None:
    assert run("../keys").exit_code == 2


def test_a_verification_that_is_not_there_has_no_history() -> None:
    store_two_tries()

    found = run(ID)

    assert found.exit_code == 1
    assert "has this id" in found.output


GIVEN = answer(terms(copay="40.00"))
TRY = HistoryTry(
    verification_id=ID,
    retries=None,
    reference="R-1",
    asked_at=datetime(2026, 11, 23, 15, tzinfo=UTC),
    payer="acme",
    service_date=QUESTION.service_date,
    state=GIVEN.state,
    member_match=None,
    coverage_status=GIVEN.coverage.status,
    programs=(),
    problems=(),
)
