"""F20: whatever happens in whatever order, nobody is mixed up, nothing is lost, doubled or sent again too soon.

Hypothesis invents histories of callers, a payer, crashes and time; after each step the invariants are judged on what
was seen from outside. Each mutant breaks one promise, and is found by the same machine.
"""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import run_state_machine_as_test

from service.store.schema import migrate_sqlite
from tests.faults.conftest import Figure
from tests.faults.model import Service
from tests.faults.model_mutants import MUTANTS, recovery_off, single_flight_off

pytestmark = pytest.mark.counts


@pytest.fixture(scope="module", autouse=True)
def blank(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """A database that has its schema, so that each history begins at once."""
    home = tmp_path_factory.mktemp("blank")
    migrate_sqlite(home / "benefits.sqlite")
    Service.blank = home / "benefits.sqlite"
    yield
    Service.blank = None


def machine(examples: int, steps: int, *phases: Phase) -> None:
    run_state_machine_as_test(
        Service,
        settings=settings(
            max_examples=examples,
            stateful_step_count=steps,
            deadline=None,
            derandomize=True,
            database=None,
            phases=phases or (Phase.generate,),
            report_multiple_bugs=False,
            suppress_health_check=list(HealthCheck),
        ),
    )


@pytest.mark.timeout(900)
def test_no_history_breaks_a_promise(full: bool, figure: Figure) -> None:
    histories, steps = (600, 50) if full else (20, 25)
    before = Service.steps

    machine(histories, steps)

    figure("F20", value=0, n=Service.steps - before, seed="derandomized", mutant_value=len(MUTANTS))


def played(history: Callable[[Service], None]) -> None:
    """One history, judged after each step as Hypothesis does it."""
    one = Service()
    try:
        for name in ("create", "payer_wrong", "payer_fails", "kill_and_start", "kill_in_the_midst", "time_passes"):
            setattr(one, name, _judged(one, getattr(one, name)))
        history(one)
    finally:
        one.teardown()


def _judged(one: Service, deed: Callable[..., None]) -> Callable[..., None]:
    def done(*how: Any, **more: Any) -> None:
        deed(*how, **more)
        one.every_promise_holds()

    return done


@pytest.mark.parametrize("mutant", MUTANTS, ids=lambda mutant: mutant.__name__)
def test_each_mutant_is_found(mutant: Callable[[pytest.MonkeyPatch], None], monkeypatch: pytest.MonkeyPatch) -> None:
    history, words = MUTANTS[mutant]
    played(history)

    mutant(monkeypatch)

    with pytest.raises(AssertionError, match=words):
        played(history)


@pytest.mark.timeout(900)
def test_hypothesis_finds_mutants_by_itself(full: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    found = list(MUTANTS) if full else [single_flight_off, recovery_off]
    for mutant in found:
        with monkeypatch.context() as patch:
            mutant(patch)
            # Which promise falls first is the dice's to say.
            with pytest.raises(AssertionError):
                machine(1000, 25)
