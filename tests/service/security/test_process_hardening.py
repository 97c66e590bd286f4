"""What a process of ours promises before it does anything: no dump, no log of TLS keys, no stray variable."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from service.security.process_hardening import clear_environment

REPOSITORY = Path(__file__).parents[3]

WAITS = """
import ctypes, sys
import service.cli.main as cli
import service.cli.openapi as any_command

def waits(*_, **__):
    print(ctypes.CDLL(None).prctl(3, 0, 0, 0, 0), flush=True)
    sys.stdin.readline()

any_command.command.callback = waits
any_command.command.params.clear()
sys.argv = ["benefits", "openapi"]
getattr(cli, "{entry}")()
"""


def started(entry: str, folder: Path) -> subprocess.Popen[str]:
    """A command of ours that waits, begun by ``entry`` of the command line; dumps would go to ``folder``."""
    return subprocess.Popen(
        ["sh", "-c", 'ulimit -c unlimited; exec "$@"', "sh", sys.executable, "-c", WAITS.format(entry=entry)],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(REPOSITORY)},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )


def killed(entry: str, folder: Path) -> tuple[str, str, list[str]]:
    """Of a command that was killed with a signal that dumps: whether it could be, its limit, and what it left."""
    with started(entry, folder) as process:
        assert process.stdout is not None
        dumpable = process.stdout.readline().strip()
        limits = Path(f"/proc/{process.pid}/limits").read_text()
        process.send_signal(signal.SIGSEGV)
        process.wait(10)
    limit = next(line for line in limits.splitlines() if line.startswith("Max core file size"))
    return dumpable, limit.split()[4], [path.name for path in folder.iterdir()]


def test_a_killed_process_leaves_no_core(tmp_path: Path) -> None:
    assert killed("run", tmp_path) == ("0", "0", [])


@pytest.mark.leaks
def test_without_hardening_the_same_process_may_be_dumped(tmp_path: Path) -> None:
    dumpable, limit, _ = killed("main", tmp_path)

    assert (dumpable, limit) == ("1", "unlimited")


def test_a_variable_that_steers_a_library_is_taken_out() -> None:
    environment = {"DBOS__CLOUD": "true", "DBOS_X": "1", "SSLKEYLOGFILE": "keys", "BENEFITS_PROFILE": "x", "PATH": "p"}

    clear_environment(environment)

    assert environment == {"BENEFITS_PROFILE": "x", "PATH": "p"}


def test_no_tls_keys_are_written_down(tmp_path: Path) -> None:
    keys = tmp_path / "keys"
    code = (
        "import service.security.process_hardening as h; h.harden(); "
        "from payers.routes.shared.trust import tls; print(tls().keylog_filename)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(REPOSITORY), "SSLKEYLOGFILE": str(keys)},
        capture_output=True,
        text=True,
        check=True,
        timeout=30,
    )

    assert done.stdout.strip() == "None"
    assert not keys.exists()


def test_a_descriptor_that_was_closed_is_given_to_no_file(tmp_path: Path) -> None:
    code = (
        "import os; import service.security.process_hardening as h; h.harden(); "
        "print(os.open('file', os.O_RDWR | os.O_CREAT) > 2)"
    )
    done = subprocess.run(
        ["sh", "-c", f'exec "$0" -c "{code}" 2>&-', sys.executable],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(REPOSITORY)},
        capture_output=True,
        text=True,
        check=True,
        timeout=30,
    )

    assert done.stdout.strip() == "True"
