"""The promises bite: with one thing taken out of the store, the test that promises it fails."""

from collections.abc import Awaitable, Callable
from typing import Any, NamedTuple

import pytest
import sqlalchemy as sa

from contracts import State
from service.errors import ServiceRefusal
from service.security.encryption import Sealer
from service.store import Store, attempts, audit, intents, jobs
from service.store.statements import upsert
from service.store.tables import COUNTERS, IDEMPOTENCY, PENDING

from . import test_attempts, test_intents, test_jobs, test_own_rows, test_row_digests
from .conftest import Clock, intent

pytestmark = pytest.mark.parametrize("database", ["sqlite"], indirect=True)
BROKEN = (AssertionError, pytest.fail.Exception, ServiceRefusal)


class Mutant(NamedTuple):
    """What is taken out (a name of a module, and what stands there instead), and the promise that must notice."""

    module: Any
    name: str
    instead: Any
    promise: Callable[..., Awaitable[None]]
    chosen: tuple[tuple[str, Any], ...] = ()


def without(statement: Any, *clauses: Any) -> Any:
    """The statement with those of its conditions left out."""
    kept = tuple(one for one in statement._where_criteria if not any(one is clause for clause in clauses))
    assert len(kept) + len(clauses) == len(statement._where_criteria)
    changed = statement._generate()
    changed._where_criteria = kept
    return changed


def forget_at_once(insert: Any) -> Any:
    """Remember the later request however young the earlier one is."""
    later = {name: insert.excluded[name] for name in intents._REMEMBERED_COLUMNS}
    return insert.on_conflict_do_update(index_elements=IDEMPOTENCY.primary_key.columns, set_=later)


def nobody_elsewhere(statement: Any) -> Any:
    """The statement to which every body is new."""
    *columns, seen = statement.selected_columns
    return statement.with_only_columns(*columns, sa.false().label(seen.name))


MUTANTS = [
    Mutant(
        Sealer,
        "same",
        staticmethod(lambda *_: True),
        test_row_digests.test_a_row_that_was_changed_in_any_column_is_refused_and_audited,
    ),
    Mutant(audit, "append", lambda *_: None, test_intents.test_every_question_leaves_a_line_in_the_audit),
    Mutant(
        jobs,
        "_SETTLE_FINALLY",
        without(jobs._SETTLE_FINALLY, PENDING),
        test_jobs.test_a_final_answer_never_goes_back,
        (("later", State.FINAL),),
    ),
    Mutant(
        jobs,
        "_CLAIM",
        without(jobs._CLAIM, jobs._CLAIM._where_criteria[-1]),
        test_jobs.test_a_question_that_was_sent_may_be_sent_again_after_ninety_seconds_and_by_one_alone,
    ),
    Mutant(
        jobs,
        "_CLAIM",
        without(jobs._CLAIM, jobs._NOBODYS),
        test_jobs.test_what_another_living_process_works_on_is_left_to_it_however_long_that_takes,
    ),
    Mutant(
        attempts,
        "_TO_CLOSE",
        nobody_elsewhere(attempts._TO_CLOSE),
        test_attempts.test_a_body_that_was_accepted_for_one_member_is_refused_for_another,
    ),
    Mutant(
        attempts,
        "_CLOSE",
        without(attempts._CLOSE, attempts._CLOSE._where_criteria[-1]),
        test_attempts.test_a_number_is_used_up_by_the_first_reply,
    ),
    Mutant(
        attempts,
        "_CLOSE_OWN",
        attempts._CLOSE,
        test_own_rows.test_a_row_that_was_changed_since_this_process_wrote_it_is_refused,
    ),
    Mutant(
        jobs,
        "_SETTLE_OWN",
        jobs._SETTLE_FINALLY,
        test_own_rows.test_a_row_that_was_changed_since_this_process_wrote_it_is_refused,
    ),
    Mutant(
        attempts,
        "_NEXT",
        attempts._NEXT.values(value=COUNTERS.c.value),
        test_attempts.test_no_number_is_used_twice_by_any_caller,
    ),
    Mutant(
        intents,
        "_TWIN",
        intents._TWIN.limit(0),
        test_intents.test_twins_join_one_job_and_keep_their_own_references,
    ),
    Mutant(
        intents,
        "_REMEMBER",
        upsert(IDEMPOTENCY, forget_at_once),
        test_intents.test_the_same_key_and_request_get_the_same_verification,
    ),
    Mutant(intents, "IDEMPOTENT_SECONDS", 3600, test_intents.test_a_key_is_forgotten_after_a_day),
]
"""One thing each."""


@pytest.mark.parametrize("mutant", MUTANTS, ids=lambda mutant: f"{mutant.name}-{mutant.promise.__name__[5:45]}")
async def test_a_promise_notices_what_was_taken_out(
    mutant: Mutant,
    store: Store,
    clock: Clock,
    opened: Any,
    database: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    names = mutant.promise.__code__.co_varnames[: mutant.promise.__code__.co_argcount]
    given: dict[str, Any] = {
        "store": store,
        "clock": clock,
        "opened": opened,
        "database": database,
        **dict(mutant.chosen),
    }
    if "job_id" in names:
        given["job_id"] = (await store.intend(intent())).job_id
    if "other" in names:
        given["other"] = await opened(serving=False)
    monkeypatch.setattr(mutant.module, mutant.name, mutant.instead)

    with pytest.raises(BROKEN) as noticed:
        await mutant.promise(**{name: given[name] for name in names})

    # A statement that is no statement would be noticed by every test.
    assert getattr(noticed.value, "detail", "") not in {"OperationalError", "ProgrammingError"}
