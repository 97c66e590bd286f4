import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner

from service.cli.main import OWN, main

REPOSITORY = Path(__file__).parents[3]


@pytest.fixture
def route(monkeypatch: pytest.MonkeyPatch) -> None:
    """One route that is set up, and leads nowhere."""
    monkeypatch.setenv("BENEFITS_ROUTES__CORE_MIME__URL", "http://127.0.0.1:9/core")
    monkeypatch.setenv("BENEFITS_ROUTES__CORE_MIME__USERNAME", "imaginary")
    monkeypatch.setenv("BENEFITS_ROUTES__CORE_MIME__PASSWORD", "hush")


@pytest.fixture
def benefits(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> CliRunner:
    """A command line in a folder of its own, without any setting."""
    monkeypatch.chdir(tmp_path)
    return CliRunner()


def imported(arguments: list[str], modules: tuple[str, ...]) -> tuple[str, str]:
    """What a command prints in a process of its own, and which of ``modules`` it has loaded by then."""
    code = (
        "import sys; from click.testing import CliRunner; from service.cli.main import main; "
        f"r = CliRunner().invoke(main, {arguments}); print(r.output); "
        f"print([m for m in {modules} if m in sys.modules])"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=REPOSITORY, capture_output=True, text=True, check=True, timeout=30
    )
    output, _, names = done.stdout.strip().rpartition("\n")
    return output, names


def test_help_names_every_command_and_imports_no_server() -> None:
    output, loaded = imported(["--help"], ("fastapi", "uvicorn", "httpx", "sqlalchemy", "dbos", "rich"))

    assert all(f"  {name} " in output for name in (*OWN, "read", "simulate"))
    assert loaded == "[]"


def test_a_server_loads_nothing_that_draws_tables_or_changes_schemas() -> None:
    _, loaded = imported(["serve", "--help"], ("fastapi", "rich", "alembic", "pygments"))

    assert loaded == "['fastapi']"


@pytest.mark.usefixtures("route")
def test_doctor_names_each_setting_with_its_source_and_never_a_secret(
    benefits: CliRunner, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("BENEFITS_WAITS__STAF", "1")

    result = benefits.invoke(main, ["doctor", "--json"])

    document = json.loads(result.output)
    found = {setting["name"]: setting for setting in document["settings"]}
    assert found["BENEFITS_ROUTES__CORE_MIME__PASSWORD"]["value"] == "set"
    assert found["BENEFITS_ROUTES__CORE_MIME__URL"]["source"] == "environment"
    assert found["BENEFITS_WAITS__STAFF"]["source"] == "default"
    assert document["missing"] == ["BENEFITS_WAITS__STAF: no setting of that name; is BENEFITS_WAITS__STAFF meant?"]
    assert (document["ready"], result.exit_code) == (False, 1)
    assert "hush" not in result.output


def test_doctor_is_not_ready_without_a_route(benefits: CliRunner) -> None:
    result = benefits.invoke(main, ["doctor"])

    assert result.exit_code == 1
    assert "no route is set up" in result.output


def test_doctor_names_a_wrong_setting(benefits: CliRunner, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BENEFITS_WAITS__STAFF", "soon")

    result = benefits.invoke(main, ["doctor"])

    assert result.exit_code == 1
    assert "BENEFITS_WAITS__STAFF" in result.output
    assert "soon" not in result.output


def test_the_development_profile_listens_on_loopback_only(benefits: CliRunner) -> None:
    result = benefits.invoke(main, ["serve", "--host", "0.0.0.0"])

    assert result.exit_code == 1
    assert "loopback only" in result.output


@pytest.mark.usefixtures("route")
def test_a_misspelt_setting_stops_the_service(benefits: CliRunner, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BENEFITS_WAITS__STAF", "hush")

    result = benefits.invoke(main, ["serve"])

    assert result.exit_code == 1
    assert "is BENEFITS_WAITS__STAFF meant?" in result.output
    assert "hush" not in result.output


def test_beyond_loopback_plain_http_has_to_be_meant(benefits: CliRunner, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BENEFITS_PROFILE", "production")

    refused = benefits.invoke(main, ["serve", "--host", "0.0.0.0"])
    monkeypatch.setenv("BENEFITS_BEHIND_TLS", "true")
    meant = benefits.invoke(main, ["serve", "--host", "0.0.0.0"])

    assert "BENEFITS_BEHIND_TLS" in refused.output
    assert refused.exit_code == meant.exit_code == 1
    # The next thing that is missing.
    assert "BENEFITS_KEYS__SEALING" in meant.output


@pytest.mark.parametrize("command", [["doctor"], ["serve"], ["keys", "list"]])
@pytest.mark.parametrize("address", ["postgresql://user:hush@host:port/x", "postgresql://user:hush@[bad/x"])
def test_a_malformed_address_is_told_without_a_traceback(
    benefits: CliRunner, monkeypatch: pytest.MonkeyPatch, command: list[str], address: str
) -> None:
    monkeypatch.setenv("BENEFITS_DATABASE_URL", address)

    result = benefits.invoke(main, command)

    assert isinstance(result.exception, SystemExit)
    assert result.exit_code == 1
    assert "BENEFITS_DATABASE_URL: " in result.output
    assert "hush" not in result.output


def test_production_does_not_start_without_keys_and_https(benefits: CliRunner, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BENEFITS_PROFILE", "production")
    monkeypatch.setenv("BENEFITS_ROUTES__CORE_MIME__URL", "http://127.0.0.1:9/core")

    result = benefits.invoke(main, ["serve"])

    assert result.exit_code == 1
    assert {"BENEFITS_ROUTES__CORE_MIME__URL", "BENEFITS_KEYS__SEALING"} <= {
        line.partition(":")[0] for line in result.output.splitlines()
    }


@pytest.mark.parametrize(
    ("option", "value"),
    [
        ("--service-date", "2026-12-01"),
        ("--delivery", "virtual"),
        ("--reference", "7"),
        ("--subscriber", "{}"),
        ("--member-id", "W1"),
        ("--last-name", "Imaginary"),
    ],
)
def test_no_option_is_passed_over_beside_a_whole_question(
    benefits: CliRunner, tmp_path: Path, option: str, value: str
) -> None:
    (tmp_path / "question.json").write_text('{"member": {}}')
    command = ["verify", "--payer", "aetna", "--question", str(tmp_path / "question.json"), option, value]

    result = benefits.invoke(main, command)

    assert result.exit_code == 2
    assert f"leave out {option}" in result.stderr


@pytest.mark.usefixtures("route")
def test_verify_names_the_options_that_are_missing(benefits: CliRunner) -> None:
    result = benefits.invoke(main, ["verify", "--payer", "aetna", "--last-name", "Imaginary"])

    assert result.exit_code == 1
    assert "--member-id (missing)" in result.output
    assert "Imaginary" not in result.output


def test_payers_are_listed_as_json(benefits: CliRunner) -> None:
    result = benefits.invoke(main, ["payers", "--json"])

    listed = {payer["id"]: payer for payer in json.loads(result.output)}
    assert set(listed) >= {"aetna", "cigna", "florida_blue", "optum", "unitedhealthcare"}
    assert all({"id", "name", "aliases", "needs", "routes"} <= payer.keys() for payer in listed.values())


def test_the_printed_openapi_document_is_the_one_that_is_checked_in(benefits: CliRunner) -> None:
    result = benefits.invoke(main, ["openapi", "--check", str(REPOSITORY / "openapi" / "v1.json")])

    assert result.exit_code == 0, result.output


def test_every_reference_in_the_description_resolves() -> None:
    text = (REPOSITORY / "openapi" / "v1.json").read_text(encoding="utf-8")
    document = json.loads(text)

    named = {part.split('"')[0] for part in text.split("#/components/schemas/")[1:]}
    assert named <= set(document["components"]["schemas"])


def test_the_readmes_table_of_payers_is_that_of_the_cards(benefits: CliRunner) -> None:
    readme = (REPOSITORY / "README.md").read_text(encoding="utf-8")

    printed = benefits.invoke(main, ["payers", "--markdown"]).output

    assert f"<!-- payers -->\n{printed}<!-- /payers -->" in readme


def test_the_matrix_shows_every_route_and_which_is_set_up(benefits: CliRunner, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BENEFITS_ROUTES__CORE_SOAP__URL", "https://payer.example/core")

    printed = benefits.invoke(main, ["payers"]).output

    optum = next(line for line in printed.splitlines() if line.startswith("optum") and "ubh" not in line)
    heads = next(line for line in printed.splitlines() if "core_soap" in line).split()
    told = dict(zip(heads, optum.split(), strict=True))
    assert (told["core_mime"], told["core_soap"], told["availity_rest"]) == ("(1)", "2", "·")


def test_one_route_is_for_asking_in_this_process(benefits: CliRunner) -> None:
    result = benefits.invoke(
        main, ["verify", "--payer", "aetna", "--route", "core_mime", "--url", "http://127.0.0.1:9"]
    )

    assert result.exit_code == 2
    assert "--route" in result.output


def test_a_route_that_is_not_set_up_is_refused_with_those_that_are(benefits: CliRunner) -> None:
    result = benefits.invoke(main, ["verify", "--payer", "aetna", "--route", "core_soap"])

    assert result.exit_code == 2
    assert "not set up here; set up are: none" in result.output


UNUSABLE = [
    "postgresql://user:Zqsecret@[bad/db",
    "postgresql://user:Zqsecret@host:port/db",
    "postgresql://user:Zqsecret@127.0.0.1:99999/db",
    "postgresql://user:Zqsecret%zz@host/db",
    "postgresql://user:Zqsecret@127.0.0.1:1/db?connect_timeout=Zqsecret",
    "postgres://user:Zqsecret@127.0.0.1:1/db",
    "mysql://user:Zqsecret@host/db",
    "user:Zqsecret@host",
    "sqlite:////nowhere/Zqsecret/benefits.sqlite",
]
"""Addresses of databases, each with a secret in it."""


@pytest.mark.parametrize("arguments", [["keys", "list"], ["doctor"], ["keys", "create", "--role", "staff"]])
@pytest.mark.parametrize("address", UNUSABLE)
@pytest.mark.loopback
def test_an_address_that_can_not_be_used_is_a_line_and_never_shown(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, arguments: list[str], address: str
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("BENEFITS_DATABASE_URL", address)
    told = CliRunner().invoke(main, arguments)

    assert told.exit_code == 1
    assert told.exception is None or isinstance(told.exception, SystemExit)
    assert "Zqsecret" not in told.output
    assert "Traceback" not in told.output


@pytest.mark.parametrize("address", UNUSABLE[1::3])
def test_the_service_does_not_show_an_address_that_it_can_not_use(tmp_path: Path, address: str) -> None:
    told = subprocess.run(
        [sys.executable, "-m", "service.cli.main", "serve", "--port", "0"],
        cwd=tmp_path,
        env={**os.environ, "BENEFITS_DATABASE_URL": address, "PYTHONPATH": str(Path(__file__).parents[3])},
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )

    assert told.returncode == 1
    assert "Zqsecret" not in told.stdout + told.stderr
    assert "Traceback" not in told.stderr


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("serve", "acme-dist: command serve is a name of benefit-verification; nobody else may claim it"),
        ("read", "acme-dist: command read is a name of benefit-verification; nobody else may claim it"),
        ("mine", "zenith-dist: command mine is claimed by acme-dist and zenith-dist; uninstall one of them"),
    ],
)
def test_a_command_that_is_claimed_twice_is_refused(
    benefits: CliRunner, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, name: str, words: str
) -> None:
    for distribution in ("acme-dist", "zenith-dist") if name == "mine" else ("acme-dist",):
        about = tmp_path / f"{distribution.replace('-', '_')}-1.0.dist-info"
        about.mkdir()
        (about / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {distribution}\nVersion: 1.0\n")
        (about / "entry_points.txt").write_text(f"[benefit_verification.commands]\n{name} = json:dumps\n")
    monkeypatch.syspath_prepend(tmp_path)

    result = benefits.invoke(main, [name, "--help"])

    assert result.exit_code == 1
    assert words in result.output
