"""``benefits staff`` and the newer commands of ``benefits keys``: everything about a caller without a line of SQL."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from service.cli.main import main


@pytest.fixture
def benefits(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> CliRunner:
    """A command line in a folder of its own, without any setting."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("BENEFITS_STAFF__URL", "https://benefits.example.test/")
    return CliRunner()


def run(benefits: CliRunner, *arguments: str) -> Result:
    return benefits.invoke(main, arguments)


def invited(benefits: CliRunner, *more: str) -> dict[str, str]:
    made = run(benefits, "staff", "invite", "--label", "Ada", "--role", "intake", "--json", *more)
    assert made.exit_code == 0, made.output
    found: dict[str, str] = json.loads(made.stdout)
    return found


def test_a_link_is_printed_alone_and_never_listed(benefits: CliRunner) -> None:
    made = run(benefits, "staff", "invite", "--label", "Ada", "--role", "intake", "--role", "billing")
    listed = run(benefits, "staff", "list")

    assert made.stdout.startswith("https://benefits.example.test/auth/link#bvl_")
    assert made.stdout.count("\n") == 1
    assert "billing+intake" in listed.stdout
    assert "signs in by links" in listed.stdout
    assert listed.stdout.rstrip().endswith("Ada")
    assert made.stdout.strip().split("#bvl_")[1].split("_", 1)[1] not in listed.stdout


def test_roles_are_changed_and_access_is_ended(benefits: CliRunner) -> None:
    person = invited(benefits)["id"]
    changed = run(benefits, "staff", "roles", person, "--role", "supervisor")
    after = json.loads(run(benefits, "staff", "list", "--json").stdout)
    again = run(benefits, "staff", "link", person)
    ended = [run(benefits, "staff", "end", person) for _ in range(2)]
    late = [run(benefits, "staff", "link", person), run(benefits, "staff", "roles", person, "--role", "billing")]

    assert (changed.exit_code, changed.stdout, after["roles"], after["id"]) == (0, "", ["supervisor"], person)
    assert "#bvl_" in again.stdout
    assert [one.exit_code for one in (*ended, *late)] == [0, 1, 1, 1]
    assert all("no person with access has this id" in one.stderr for one in (ended[1], *late))
    assert " ended " in run(benefits, "staff", "list").stdout
    assert run(benefits, "staff", "emergencies").stdout == ""


def test_a_key_is_rotated_once(benefits: CliRunner) -> None:
    first = run(benefits, "keys", "create", "--role", "batch", "--label", "lab", "--from", "192.0.2.0/24").stdout
    first_id = first.split("_")[1]
    second = run(benefits, "keys", "rotate", first_id, "--old-ends-in", "7", "--expires-in", "365")
    third = run(benefits, "keys", "rotate", first_id)
    unknown = run(benefits, "keys", "rotate", "nobody")
    rows = [json.loads(line) for line in run(benefits, "keys", "list", "--json").stdout.splitlines()]
    plain = run(benefits, "keys", "list").stdout

    assert second.stdout.startswith("bv_")
    assert [third.exit_code, unknown.exit_code] == [1, 1]
    assert "two live keys already" in third.stderr
    assert "no live key has this id" in unknown.stderr
    assert {(row["caller_id"], row["label"], tuple(row["networks"])) for row in rows} == {
        (first_id, "lab", ("192.0.2.0/24",))
    }
    assert all(row["state"].startswith("live until") for row in rows)
    assert f"of {first_id}" in plain
    assert "from 192.0.2.0/24" in plain


def test_a_key_is_printed_as_json_for_programs(benefits: CliRunner) -> None:
    made = json.loads(run(benefits, "keys", "create", "--role", "batch", "--json").stdout)
    second = json.loads(run(benefits, "keys", "rotate", made["id"], "--json").stdout)

    assert made["key"].startswith(f"bv_{made['id']}_")
    assert second["key"].startswith(f"bv_{second['id']}_")


@pytest.mark.parametrize("network", ["192.0.2.1/24", "everywhere", ""])
def test_a_network_that_is_none_makes_no_key(benefits: CliRunner, network: str) -> None:
    refused = run(benefits, "keys", "create", "--role", "batch", "--from", network)

    assert (refused.exit_code, refused.stdout) == (2, "")
    assert "192.0.2.0/24" in refused.stderr


@pytest.mark.parametrize("group", ["keys", "staff"])
def test_help_teaches_each_command(benefits: CliRunner, group: str) -> None:
    whole = run(benefits, group, "--help").stdout
    names = [line.split()[0] for line in whole.partition("Commands:")[2].splitlines() if line.startswith("  ")]

    assert len(names) >= 5
    for name in dict.fromkeys(names):
        if name.isidentifier() or "-" in name:
            shown = run(benefits, group, name, "--help")
            assert shown.exit_code in {0, 2}
