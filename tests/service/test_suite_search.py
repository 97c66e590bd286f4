"""The search through what all tests log fails a test that names somebody, and finds what a test leaves behind."""

import subprocess
import sys
from pathlib import Path

import pytest

from tests.faults.deployment import bare

CONFTEST = """
from tests.leaks.suite import SuiteSearch

def pytest_configure(config):
    config.addinivalue_line("markers", "leaks: on purpose")
    config.pluginmanager.register(SuiteSearch(config))
"""
TESTS = """
import logging, sqlite3, sys
import pytest, structlog

def test_logs():
    logging.getLogger("acme").error("about %s", "WORDWELL")

def test_prints_an_event():
    structlog.get_logger().info("acme.asked", note="wordwell".encode().hex())

def test_writes_to_stderr():
    print("WORDWELL", file=sys.stderr)

@pytest.mark.leaks
def test_leaks_on_purpose(tmp_path):
    print("WORDWELL", file=sys.stderr)
    (tmp_path / "x.sqlite").write_bytes(b"WORDWELL")

def test_answers(capsys, tmp_path):
    print("WORDWELL")
    (tmp_path / "answer.json").write_bytes(b"WORDWELL")
"""
LEAVES = """
def test_leaves_a_database(tmp_path):
    (tmp_path / "x.sqlite-wal").write_bytes(b"WORDWELL")
"""


@pytest.mark.leaks
@pytest.mark.parametrize("workers", ["0", "1"])
def test_who_is_named_in_a_log_or_a_database_is_found(workers: str, tmp_path: Path) -> None:
    (tmp_path / "conftest.py").write_text(CONFTEST)
    (tmp_path / "test_them.py").write_text(TESTS)
    (tmp_path / "test_more.py").write_text(LEAVES)
    command = [sys.executable, "-m", "pytest", "-q", "-n", workers, "-p", "no:schemathesis", "-p", "no:cacheprovider"]

    done = subprocess.run(
        [*command, "--rootdir", str(tmp_path), "--basetemp", str(tmp_path / "t"), str(tmp_path)],
        cwd=tmp_path,
        env=bare(),
        capture_output=True,
        text=True,
        check=False,
        timeout=100,
    )

    assert done.returncode == 1, done.stdout
    assert done.stdout.count("\na log names somebody") == 3, done.stdout
    assert "'WORDWELL' as plain, utf-8 in test_leaves_a_database0/x.sqlite-wal" in done.stdout
    assert "x.sqlite " not in done.stdout
    assert "6 passed, 3 errors" in done.stdout
