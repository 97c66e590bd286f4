"""What the figures share: profiles, the deployment, and the line that each figure prints.

Run them with ``pytest tests/faults``; ``--full`` is the long profile of each. ``README.md`` here says how to read them.
"""

import json
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack
from time import monotonic
from typing import Any

import pytest

from tests.faults.deployment import Deployment, deploy

Figure = Callable[..., None]

FIGURE = "figure"
"""The property of a test's report that holds a figure."""


def pytest_configure(config: pytest.Config) -> None:
    """Print figures in the process that prints everything."""
    config.pluginmanager.register(FigurePrinter(config), "figure-printer")


@pytest.fixture
def figure(request: pytest.FixtureRequest) -> Figure:
    """Print one figure as a line of JSON: ``figure("F1", value=…, n=…, seed=…, mutant_value=…, **more)``."""
    began = monotonic()

    def tell(name: str, *, value: Any, n: int, seed: int | None = None, mutant_value: Any = None, **more: Any) -> None:
        line = {
            "id": name,
            "value": value,
            "n": n,
            "seed": seed,
            "seconds": round(monotonic() - began, 1),
            "mutant_value": mutant_value,
            **more,
        }
        request.node.user_properties.append((FIGURE, json.dumps(line)))

    return tell


class FigurePrinter:
    """Prints the figures of a test when it has ended, also of one that ran in another process."""

    def __init__(self, config: pytest.Config) -> None:
        self._config = config

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Print each figure on a line of its own."""
        if report.when != "call" or hasattr(self._config, "workerinput"):
            return
        for name, line in report.user_properties:
            if name == FIGURE:
                self._config.get_terminal_writer().line("\n" + line)


@pytest.fixture(scope="module")
def deployments(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[..., Deployment]]:
    """Makes deployments that live as long as the module: ``deployments(changes=[…], simulate=[…], settings={…})``."""
    with ExitStack() as open_until_the_end:

        def make(**wanted: Any) -> Deployment:
            raised: AbstractContextManager[Deployment] = deploy(tmp_path_factory.mktemp("deployment"), **wanted)
            return open_until_the_end.enter_context(raised)

        yield make
