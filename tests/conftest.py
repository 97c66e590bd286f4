"""What every test lives under: no sockets but where a test's folder says that it drives real processes."""

from collections.abc import Iterator
from pathlib import Path

import pytest
import respx.mocks
from pytest_socket import disable_socket, enable_socket, socket_allow_hosts

from payers.conformance.http_edge import EdgeMocker

from .leaks.suite import SuiteSearch
from .postgres import Elsewhere, Server, serving

# Routes have a transport of their own for httpx's requests, so respx answers there, and for httpx's clients elsewhere.
respx.mocks.DEFAULT_MOCKER = EdgeMocker.name

TESTS = Path(__file__).parent
OVER_LOOPBACK = frozenset({"journeys", "browser", "benchmarks", "faults"})
"""Folders of tests that talk to processes of their own, over loopback and nowhere else."""


def pytest_addoption(parser: pytest.Parser) -> None:
    """Let the long profile of the figures in ``tests/faults`` and ``tests/benchmarks`` be asked for."""
    parser.addoption("--full", action="store_true", help="run tests/faults and tests/benchmarks in their long profile")


@pytest.fixture(scope="session")
def full(request: pytest.FixtureRequest) -> bool:
    """Whether the long profile was asked for."""
    return bool(request.config.getoption("--full"))


def pytest_configure(config: pytest.Config) -> None:
    """Search what all tests log and leave behind for the people that they ask about."""
    config.pluginmanager.register(SuiteSearch(config), "suite-search")


def over_loopback(path: Path) -> bool:
    """Whether the test at ``path`` may open sockets to loopback."""
    return path.is_relative_to(TESTS) and path.relative_to(TESTS).parts[0] in OVER_LOOPBACK


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup(item: pytest.Item) -> None:
    """Close the sockets before every test, or leave loopback open."""
    if over_loopback(item.path) or item.get_closest_marker("loopback"):
        enable_socket()
        socket_allow_hosts(["127.0.0.1", "::1"], allow_unix_socket=True)
    else:
        disable_socket(allow_unix_socket=True)


@pytest.fixture(scope="session")
def postgres() -> Iterator[Server | Elsewhere]:
    """A real PostgreSQL for this run; ``postgres.url()`` is the address of a fresh database on it."""
    yield from serving()


@pytest.fixture
def own_postgres() -> Iterator[Server]:
    """A PostgreSQL that one test may halt and start again."""
    server = Server()
    yield server
    server.end()
