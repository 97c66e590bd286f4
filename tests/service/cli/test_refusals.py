"""What keeps a command from running is told with its reason and a remedy, and without what is secret."""

import io
import json
import os
import subprocess
import sys
from base64 import b64encode
from pathlib import Path

import click
import pytest
from click.testing import CliRunner

from service.cli.main import main
from service.cli.refusals import REFUSALS, faults_of, reporting
from service.plugins.loading import PluginRefused
from service.settings.model import SettingsWrong
from service.store import StoreFileUnfit, StoreInUse, StoreUnavailable
from service.telemetry.logs import DROPPED

SEALING = f"k1:{b64encode(bytes(range(32))).decode()}"
ERRORS = [
    (SettingsWrong(("BENEFITS_GRACE: Input should be a number (it can't be 'x'; see)",)), "BENEFITS_GRACE"),
    (SettingsWrong(("BENEFITS_ROUTES__<ROUTE>__URL: no route is set up",)), "BENEFITS_ROUTES__<ROUTE>__URL"),
    (StoreUnavailable("schema:CommandError"), "BENEFITS_DATABASE_URL"),
    (StoreUnavailable("schema:OperationalError"), "BENEFITS_DATABASE_URL"),
    (StoreUnavailable("schema:ProgrammingError"), "BENEFITS_DATABASE_URL"),
    (StoreUnavailable("OperationalError"), "BENEFITS_DATABASE_URL"),
    (StoreInUse(), "BENEFITS_DATABASE_URL"),
    (StoreFileUnfit("the file is a link; name the file itself"), "BENEFITS_DATABASE_URL"),
    (PluginRefused("acme: it can't be loaded"), None),
]


@pytest.mark.parametrize(("error", "setting"), ERRORS, ids=[f"{error!r}"[:40] for error, _ in ERRORS])
def test_a_fault_of_the_set_up_is_logged_with_its_reason_and_a_remedy(
    written: io.StringIO, error: Exception, setting: str | None
) -> None:
    with pytest.raises(REFUSALS), reporting():
        raise error

    (line,) = map(json.loads, written.getvalue().splitlines())
    assert (line["event"], line["level"], line["setting"]) == ("setup.refused", "error", setting)
    assert DROPPED not in line.values()
    assert line["reason"]
    assert line["remedy"]


def test_an_address_that_can_not_be_listened_on_is_logged(written: io.StringIO) -> None:
    with pytest.raises(click.ClickException), reporting():
        raise click.ClickException("the address can't be listened on (Address already in use)")

    (line,) = map(json.loads, written.getvalue().splitlines())
    assert (line["event"], line["setting"]) == ("setup.refused", None)
    assert "the address cannot be listened on" in line["reason"]


def test_a_refused_database_and_a_newer_schema_read_differently() -> None:
    details = ("schema:CommandError", "schema:OperationalError", "schema:ProgrammingError")
    reasons = [fault.reason for detail in details for fault in faults_of(StoreUnavailable(detail))]

    assert len(set(reasons)) == 3


@pytest.mark.parametrize(
    ("setting", "value", "options"),
    [
        ("BENEFITS_GRACE", "-1", []),
        ("BENEFITS_GRASE", "3", []),
        ("BENEFITS_ROUTES__CORE_MIME__URL", "http://payer.test/x", []),
        ("BENEFITS_PAYERS__AETNA__ROUTES", "core_mime", []),
        ("BENEFITS_PROFILE", "development", ["--host", "0.0.0.0"]),
        (None, None, ["--host", "192.0.2.1"]),
    ],
)
def test_whatever_keeps_the_service_from_starting_is_a_line_of_its_log(
    tmp_path: Path, setting: str | None, value: str | None, options: list[str]
) -> None:
    given = {"BENEFITS_DATABASE_URL": f"sqlite:///{tmp_path / 'a.sqlite'}", "PATH": os.environ["PATH"]}
    given |= {} if setting is None or value is None else {setting: value}
    if options[-1:] == ["192.0.2.1"]:
        setting = "BENEFITS_BEHIND_TLS"
        given |= {"BENEFITS_PROFILE": "production", "BENEFITS_KEYS__SEALING": SEALING}
    command = [sys.executable, "-m", "service.cli.main", "serve", *options]

    done = subprocess.run(command, env=given, cwd=tmp_path, capture_output=True, text=True, check=False, timeout=60)

    logged = [json.loads(line) for line in done.stderr.splitlines() if line.startswith("{")]
    assert done.returncode == 1
    assert [line["setting"] for line in logged if line["event"] == "setup.refused"] == [setting]
    assert "Error: " in done.stderr


@pytest.mark.parametrize("command", [["serve"], ["keys", "list"], ["doctor"]])
def test_an_address_of_another_kind_of_database_is_named_by_its_setting(
    monkeypatch: pytest.MonkeyPatch, command: list[str]
) -> None:
    monkeypatch.setenv("BENEFITS_DATABASE_URL", "mysql://user:hush@host/x")

    result = CliRunner().invoke(main, command)

    assert result.exit_code == 1
    assert "BENEFITS_DATABASE_URL: " in result.output
    assert "KEYS__SEALING" not in result.output
    assert "hush" not in result.output
