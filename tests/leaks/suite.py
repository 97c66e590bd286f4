"""F11 over the whole suite: what all tests together log, print to stderr and leave in databases names nobody.

The people that tests ask about are imaginary, and known. A line of a log that names one of them fails its test; the
databases and logs in the folders of tests are searched at the end. ``leaks`` marks a test that leaks on purpose.
"""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.leaks.scanner import LEAST, Hit, Scanner

CANARIES = ("zqcanary", "zqcanarius", "zqxcanary")
"""What tests put where a member's details may stand."""

_COLOUR = re.compile(r"\x1b\[[0-9;]*m")
_LOG_LINE = re.compile(r"^\S+ \S+ \[(?:debug|info|warning|error|critical)\s*\] .*$", re.MULTILINE)
"""A line of structlog's, as it prints them where nobody has configured it."""

MARK = "leaks"

APART = {"faults", "benchmarks"}
"""Folders that are run by themselves. Their mutants leak in many ways, and each of their figures looks for itself."""


def known_people() -> dict[str, str]:
    """The names and ids of the people whom tests ask about."""
    from payers.simulator.people import PEOPLE

    values = {*CANARIES, *(person.last_name for person in PEOPLE), *(person.member_id for person in PEOPLE)}
    return {value: value for value in values if len(value) >= LEAST}


class SuiteSearch:
    """A plugin of pytest. In a worker of xdist it tells the process that started it what it found."""

    def __init__(self, config: pytest.Config) -> None:
        """Search nothing yet."""
        self._config = config
        self._scanner: Scanner | None = None
        self._exempt: set[str] = set()
        self.found: list[str] = []

    @property
    def scanner(self) -> Scanner:
        """What looks for people, made when it is needed first."""
        if self._scanner is None:
            self._scanner = Scanner(known_people())
        return self._scanner

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_makereport(self, item: pytest.Item, call: pytest.CallInfo[None]) -> Iterator[Any]:
        """Fail a test whose log names somebody."""
        report: pytest.TestReport = yield  # type: ignore[misc]  # what a wrapper is given
        if report.when != "teardown":
            return report
        if item.get_closest_marker(MARK) is not None or APART & {*item.path.parts}:
            self._exempt.add(re.sub(r"[\W]", "_", item.name)[:30])
            return report
        hits = self.scanner.scan_all((name, logged(name, text)) for name, text in report.sections)
        if hits and report.passed:
            report.outcome = "failed"
            report.longrepr = f"a log names somebody: {describe(hits)}"
        return report

    @pytest.hookimpl(tryfirst=True)
    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        """Search the folders of the tests."""
        factory = getattr(self._config, "_tmp_path_factory", None)
        if (
            factory is not None
            and not hasattr(self._config, "workerinput")
            and self._config.getoption("numprocesses", 0)
        ):
            factory = None
        if factory is not None and factory._basetemp is not None:
            self.found += [
                describe({hit}) for hit in self.scanner.scan_all(kept_files(factory._basetemp, self._exempt))
            ]
        output = getattr(self._config, "workeroutput", None)
        if output is not None:
            output[MARK] = self.found
        elif self.found:
            session.exitstatus = pytest.ExitCode.TESTS_FAILED

    @pytest.hookimpl(optionalhook=True)
    def pytest_testnodedown(self, node: Any, error: object) -> None:
        """Take what a worker found."""
        self.found += getattr(node, "workeroutput", {}).get(MARK, [])

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        """Say what was found."""
        if self.found:
            terminalreporter.section("somebody is named where nobody should be", red=True)
            for line in sorted(self.found):
                terminalreporter.line(line)


def logged(section: str, text: str) -> str:
    """What of a captured section is a log: all of stderr and of logging, and of stdout the lines of a log."""
    plain = _COLOUR.sub("", text)
    if "stdout" not in section:
        return plain
    return "\n".join([*_LOG_LINE.findall(plain), *(line for line in plain.splitlines() if _is_event(line))])


def _is_event(line: str) -> bool:
    if not line.startswith("{"):
        return False
    try:
        return {"event", "level"} <= json.loads(line).keys()
    except (ValueError, AttributeError):
        return False


def kept_files(folder: Path, exempt: set[str]) -> Iterator[tuple[str, bytes]]:
    """The databases with all that lies beside them, and the logs, in the folders of tests that are not exempt."""
    for path in folder.rglob("*"):
        test = path.relative_to(folder).parts[0].rstrip("0123456789")
        if path.is_file() and re.search(r"\.sqlite|\.log$|^core", path.name) and test not in exempt:
            yield str(path.relative_to(folder)), path.read_bytes()


def describe(hits: set[Hit]) -> str:
    """Where what was found; not the value, which a log of the tests may not hold either."""
    return ", ".join(sorted(f"{hit.field!r} as {hit.form} in {hit.place}" for hit in hits)[:3])
