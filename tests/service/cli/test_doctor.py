"""What ``benefits doctor`` promises: it tells what is set and what is missing, and changes and asks nothing."""

import asyncio
import hashlib
import json
import os
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import pytest
from click.testing import CliRunner

from service.cli.bootstrap import store_of
from service.cli.main import main
from service.settings.model import load_settings
from service.store import sqlite
from tests.service.store.steps import run_steps

REPOSITORY = Path(__file__).parents[3]
CREDENTIALS = {"USERNAME": "u", "PASSWORD": "hush", "CLIENT_ID": "c", "CLIENT_SECRET": "hush", "API_KEY": "hush"}


@pytest.fixture
def benefits(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> CliRunner:
    """A command line in a folder of its own, with one route that leads nowhere."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("BENEFITS_ROUTES__CORE_MIME__URL", "http://127.0.0.1:9/core")
    monkeypatch.setenv("BENEFITS_ROUTES__CORE_MIME__USERNAME", "imaginary")
    monkeypatch.setenv("BENEFITS_ROUTES__CORE_MIME__PASSWORD", "hush")
    return CliRunner()


def digests(folder: Path) -> dict[str, str]:
    """What lies in ``folder``: the log beside a database is no change of it."""
    return {
        path.name: hashlib.sha256(path.read_bytes()).hexdigest()
        for path in folder.iterdir()
        if not path.name.endswith(("-wal", "-shm"))
    }


def made() -> None:
    """Make the database of the settings, and the key beside it."""

    async def start() -> None:
        store = store_of(load_settings())
        await store.start()
        await store.stop()

    asyncio.run(start())


def at_revision(path: Path, revision: str) -> None:
    with sqlite3.connect(path) as connection:
        connection.execute("UPDATE alembic_version SET version_num = ?", [revision])
    connection.close()


def test_without_a_database_nothing_is_made(benefits: CliRunner, tmp_path: Path) -> None:
    result = benefits.invoke(main, ["doctor"])

    assert result.exit_code == 0, result.output
    assert list(tmp_path.iterdir()) == []


def test_a_database_is_read_and_never_written(benefits: CliRunner, tmp_path: Path) -> None:
    made()
    before = digests(tmp_path)

    result = benefits.invoke(main, ["doctor"])

    assert result.exit_code == 0, result.output
    assert digests(tmp_path) == before


def test_an_older_database_is_not_migrated(
    benefits: CliRunner, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (path := tmp_path / "benefits.sqlite").touch(mode=0o600)
    run_steps(sqlite.engine(path, timeout=1.0), "0001")
    monkeypatch.chdir(tmp_path)
    for name, value in {"URL": "http://127.0.0.1:9/core", "USERNAME": "u", "PASSWORD": "p"}.items():
        monkeypatch.setenv(f"BENEFITS_ROUTES__CORE_MIME__{name}", value)
    before = digests(tmp_path)

    result = benefits.invoke(main, ["doctor"])

    assert "brought up to date at the next start" in result.output
    assert result.exit_code == 0, result.output
    assert digests(tmp_path) == before


def test_a_newer_database_is_told_with_what_to_do(benefits: CliRunner, tmp_path: Path) -> None:
    made()
    at_revision(tmp_path / "benefits.sqlite", "9999")

    result = benefits.invoke(main, ["doctor"])

    assert result.exit_code == 1
    assert "newer version" in result.output
    assert "restore" in result.output


@pytest.mark.usefixtures("benefits")
def test_a_service_before_a_newer_database_says_so_in_the_log(tmp_path: Path) -> None:
    made()
    at_revision(tmp_path / "benefits.sqlite", "9999")

    done = subprocess.run(
        [sys.executable, "-m", "service.cli.main", "serve", "--port", "0"],
        env={**os.environ, "PYTHONPATH": str(REPOSITORY)},
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )

    (fault,) = [json.loads(line) for line in done.stderr.splitlines() if "setup.refused" in line]
    assert done.returncode == 1
    assert (fault["level"], fault["setting"]) == ("error", "BENEFITS_DATABASE_URL")
    assert "newer version" in fault["reason"]
    assert "restore" in fault["remedy"]
    assert "Traceback" not in done.stderr


def test_what_is_not_set_up_is_shown_on_request_alone(benefits: CliRunner) -> None:
    usual, whole = (benefits.invoke(main, ["doctor", *more]).output for more in ((), ("--all",)))

    assert "BENEFITS_ROUTES__CORE_MIME__CLIENT_ID" not in usual
    assert "BENEFITS_ROUTES__CORE_MIME__CLIENT_ID" in whole
    assert "hush" not in usual + whole


@pytest.mark.parametrize("behind", ["?token=hush", "?x=1&key=hush,hush", "#hush"], ids=str)
def test_a_key_within_an_address_is_not_shown(
    benefits: CliRunner, monkeypatch: pytest.MonkeyPatch, behind: str
) -> None:
    monkeypatch.setenv("BENEFITS_ROUTES__CORE_MIME__URL", f"http://127.0.0.1:9/core{behind}")
    shown = [benefits.invoke(main, ["doctor", *form]).output for form in ((), ("--json",), ("--probe",))]

    assert "hush" not in "".join(shown)
    assert all("http://127.0.0.1:9/core" + behind[0] in one for one in shown[:2])


def test_where_no_head_of_the_audit_is_signed_the_doctor_says_so(
    benefits: CliRunner, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "linked").symlink_to(tmp_path / "elsewhere")
    assert "AUDIT__HEADS: " not in benefits.invoke(main, ["doctor"]).output
    monkeypatch.setenv("BENEFITS_AUDIT__HEADS", "linked")
    linked = benefits.invoke(main, ["doctor"]).output
    monkeypatch.delenv("BENEFITS_AUDIT__HEADS")
    monkeypatch.setenv("BENEFITS_PROFILE", "production")
    monkeypatch.setenv("BENEFITS_DATABASE_URL", "postgresql://127.0.0.1:9/nobody")
    nowhere = benefits.invoke(main, ["doctor"]).output

    assert "BENEFITS_AUDIT__HEADS: linked is a link" in linked
    assert "BENEFITS_AUDIT__HEADS: not set" in nowhere


def test_each_setting_says_what_it_means(benefits: CliRunner) -> None:
    document = json.loads(benefits.invoke(main, ["doctor", "--json"]).output)

    assert [row["name"] for row in document["settings"] if not row["meaning"]] == []


class Gateway(BaseHTTPRequestHandler):
    """A token endpoint and a payer behind one address; what came is kept by the server."""

    def do_POST(self) -> None:
        server: Any = self.server
        server.came.append(self.path)
        body = server.token if self.path == "/token" else b"{}"
        self.send_response(server.status)
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Print nothing."""


@contextmanager
def gateway(status: int = 200) -> Iterator[Any]:
    with ThreadingHTTPServer(("127.0.0.1", 0), Gateway) as server:
        found: Any = server
        found.came, found.status, found.token = [], status, b'{"access_token": "t", "expires_in": 300}'
        thread = Thread(target=server.serve_forever)
        thread.start()
        try:
            yield found
        finally:
            server.shutdown()
            thread.join(5)


def set_up(monkeypatch: pytest.MonkeyPatch, route: str, port: int) -> None:
    given = {"URL": f"http://127.0.0.1:{port}/ask", "TOKEN_URL": f"http://127.0.0.1:{port}/token", **CREDENTIALS}
    for name, value in given.items():
        monkeypatch.setenv(f"BENEFITS_ROUTES__{route}__{name}", value)


@pytest.mark.loopback
def test_a_probe_connects_and_fetches_a_token_and_asks_nothing(
    benefits: CliRunner, monkeypatch: pytest.MonkeyPatch
) -> None:
    with gateway() as there:
        for route in ("CORE_MIME", "CORE_SOAP", "AVAILITY_REST", "OPTUM_JSON", "OPTUM_REAL", "STEDI_JSON"):
            set_up(monkeypatch, route, there.server_port)
        result = benefits.invoke(main, ["doctor", "--probe"])

    assert result.exit_code == 0, result.output
    assert result.output.count("probed: ") == 12
    assert there.came == ["/token"] * 3


@pytest.mark.loopback
def test_a_refused_secret_is_told_with_its_setting(benefits: CliRunner, monkeypatch: pytest.MonkeyPatch) -> None:
    with gateway(status=401) as there:
        set_up(monkeypatch, "CORE_MIME", there.server_port)
        set_up(monkeypatch, "OPTUM_JSON", there.server_port)
        result = benefits.invoke(main, ["doctor", "--probe"])

    (line,) = [line for line in result.output.splitlines() if line.startswith("missing: optum_json: token")]
    assert "BENEFITS_ROUTES__OPTUM_JSON__CLIENT_ID" in line
    assert result.exit_code == 1
    assert "hush" not in result.output


@pytest.mark.loopback
def test_a_route_that_nobody_answers_on_is_told(benefits: CliRunner) -> None:
    result = benefits.invoke(main, ["doctor", "--probe"])

    assert "missing: core_mime: connection: nobody answers" in result.output
    assert result.exit_code == 1


def test_without_probe_no_connection_is_made(benefits: CliRunner) -> None:
    # Sockets are closed to this test, so that a connection would fail it.
    assert benefits.invoke(main, ["doctor"]).exit_code == 0
