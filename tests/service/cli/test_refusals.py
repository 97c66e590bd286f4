"""What keeps a command from running is told with its reason and a remedy, and without what is secret."""

import io
import json

import pytest
from click.testing import CliRunner

from service.cli.main import main
from service.cli.refusals import REFUSALS, faults_of, reporting
from service.plugins.loading import PluginRefused
from service.settings.model import SettingsWrong
from service.store import StoreFileUnfit, StoreInUse, StoreUnavailable
from service.telemetry.logs import DROPPED

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


def test_a_refused_database_and_a_newer_schema_read_differently() -> None:
    details = ("schema:CommandError", "schema:OperationalError", "schema:ProgrammingError")
    reasons = [fault.reason for detail in details for fault in faults_of(StoreUnavailable(detail))]

    assert len(set(reasons)) == 3


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
