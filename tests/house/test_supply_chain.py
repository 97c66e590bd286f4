"""What we depend on is listed, may be used, and counts as checked only when it was."""

import importlib.util
import json
import re
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from tests.house.test_tree import tracked

ROOT = Path(__file__).parents[2]


def load() -> ModuleType:
    spec = importlib.util.spec_from_file_location("supply_chain", ROOT / ".ci" / "supply_chain.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


supply_chain = load()


def test_the_sbom_holds_all_that_runs_with_hashes() -> None:
    first, second = supply_chain.sbom(), supply_chain.sbom()
    document = json.loads(first)
    listed = {one["name"]: one["version"] for one in document["components"]}

    assert first == second
    assert document["bomFormat"] == "CycloneDX"
    assert {name.partition("[")[0]: version for name, version in listed.items()} == supply_chain.pinned(
        "requirements.txt"
    )
    hashes = [one["externalReferences"][0]["hashes"] for one in document["components"]]
    assert all(each and all(one["alg"] == "SHA-256" for one in each) for each in hashes)


def test_every_licence_is_allowed() -> None:
    found = list(supply_chain.licences())

    assert len(found) > 100
    assert [one for one in found if not supply_chain.is_allowed(one[0], one[2])] == []


@pytest.mark.parametrize(
    "licence",
    ["GPL-3.0-only", "AGPL-3.0-or-later", "unknown", "", "Proprietary", "MIT AND GPL-2.0-only", "LGPL-3.0-only"],
)
def test_a_licence_that_is_not_allowed_is_refused(licence: str) -> None:
    assert not supply_chain.is_allowed("acme", licence)
    assert supply_chain.is_allowed("acme", "MIT OR GPL-3.0-only")
    assert supply_chain.is_allowed("psycopg", "LGPL-3.0-only")


ADVISORY = {"id": "PYSEC-2026-1", "aliases": ["CVE-2026-1"], "fix_versions": ["2.0"]}


def answering(monkeypatch: pytest.MonkeyPatch, *, skipped: int = 0, known: bool = False) -> None:
    """The advisory service looks up all but so many distributions, and knows something of the last one."""
    names = list(supply_chain.pinned("requirements.txt"))
    dependencies: list[dict[str, Any]] = [{"name": name, "version": "1", "vulns": []} for name in names[skipped:]]
    dependencies += [{"name": name, "skip_reason": "not found"} for name in names[:skipped]]
    if known:
        dependencies[0]["vulns"] = [ADVISORY]
    monkeypatch.setattr(supply_chain, "audit", lambda service: dependencies)


def test_advisories_count_as_checked_when_all_were_looked_up(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    answering(monkeypatch)

    assert supply_chain.check_advisories() == 0
    assert "nothing known" in capsys.readouterr().out


@pytest.mark.parametrize("skipped", [1, 10_000])
def test_what_nobody_looked_up_is_no_pass(
    skipped: int, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    answering(monkeypatch, skipped=skipped)

    assert supply_chain.check_advisories() == 3
    assert "advisories NOT checked" in capsys.readouterr().err


def test_a_service_out_of_reach_is_no_pass(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr(supply_chain, "audit", lambda service: "the service can't be reached")

    assert supply_chain.check_advisories() == 3
    assert "can't be reached" in capsys.readouterr().err


def test_a_known_advisory_fails(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    answering(monkeypatch, skipped=5, known=True)

    assert supply_chain.check_advisories() == 1
    assert "PYSEC-2026-1, mended in 2.0" in capsys.readouterr().err


SECRETS = re.compile(
    r"-----BEGIN (?:[A-Z]+ )?PRIVATE KEY-----\n[A-Za-z0-9+/=]{32}"
    r"|\bbv_[0-9a-f]{12}_[A-Za-z0-9_-]{43}\b"
    r"|\b(?:AKIA|ASIA)[0-9A-Z]{16}\b|\bgh[pousr]_[A-Za-z0-9]{36}\b|\bgithub_pat_\w{40}|\bglpat-[\w-]{20}"
    r"|\bsk_live_\w{20}|\bxox[abprs]-[\w-]{20}|\bAIza[\w-]{35}\b"
    r"|\beyJ[\w-]{15,}\.eyJ[\w-]{15,}\.[\w-]{20,}"
    r"|://[^\s/:@{}'\"]+:(?!secret@|password@|…|\.\.\.)[^\s/@{}'\"]{12,}@"
)
"""Private keys, our own API keys, tokens of well-known services, signed tokens, and passwords in addresses."""


def test_no_file_holds_a_secret() -> None:
    texts = {path: path.read_text(encoding="utf-8", errors="replace") for path in tracked()}

    found = {path: SECRETS.findall(text) for path, text in texts.items() if SECRETS.search(text)}

    assert len(texts) > 300
    assert found == {}


@pytest.mark.parametrize(
    "secret",
    [
        "-----BEGIN EC PRIVATE KEY-----\n" + "A" * 64,
        "bv_" + "0" * 12 + "_" + "a" * 43,
        "AKIA" + "B" * 16,
        "ghp_" + "c" * 36,
        "eyJ" + "a" * 20 + ".eyJ" + "b" * 20 + "." + "c" * 43,
        "postgresql://benefits:" + "d" * 16 + "@db.example/benefits",
    ],
)
def test_a_secret_would_be_found(secret: str) -> None:
    assert SECRETS.search(f'key = "{secret}"\n')
