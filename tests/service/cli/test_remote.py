"""What `verify` and `show` promise when they ask a running service: its answer, its refusals, and a key nobody sees."""

import json
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import respx
from click.testing import CliRunner, Result

from contracts import Answer, Problem, ProblemCode, Responsible, State, answer_without_reply
from service.cli import waiting
from service.cli.main import main

pytestmark = pytest.mark.usefixtures("key")

URL = "http://127.0.0.1:8123"
ID = "ver_IMAGINARY"
ASKED = ("verify", "--payer", "aetna", "--member-id", "W1", "--url", URL)
SHOWN = ("show", ID, "--url", URL)
HOSTILE = "\x1b]0;owned\x07\u202e[red]"


def answer(state: State = State.FINAL, retry_in: float | None = None, trace: str = "") -> Answer:
    retry_at = None if retry_in is None else datetime.now(UTC) + timedelta(seconds=retry_in)
    problem = Problem(code=ProblemCode.PAYER_BUSY, responsible=Responsible.PAYER, retry_at=retry_at)
    found = answer_without_reply(
        payer="aetna",
        service_date=date(2026, 11, 23),
        as_of=datetime(2026, 11, 23, tzinfo=UTC),
        problems=(problem,),
        state=state,
    )
    coverage = found.coverage.model_copy(update={"plan_name": trace or None})
    return found.model_copy(update={"verification_id": ID, "coverage": coverage})


@pytest.fixture
def service() -> Iterator[respx.MockRouter]:
    with respx.mock(base_url=URL, assert_all_called=False) as router:
        yield router


def run(*arguments: str) -> Result:
    return CliRunner().invoke(main, arguments)


def serve(router: respx.MockRouter, *answers: Answer) -> None:
    """Answer the question, and each later look, with the next of ``answers``, the last one again and again."""
    left = list(answers)

    def next_one(_: Any) -> respx.MockResponse:
        found = left.pop(0) if len(left) > 1 else left[0]
        return respx.MockResponse(200 if found.state is State.FINAL else 202, content=found.model_dump_json())

    router.post("/v1/verifications").mock(side_effect=next_one)
    router.get(f"/v1/verifications/{ID}").mock(side_effect=next_one)


@pytest.mark.parametrize("command", [ASKED, SHOWN])
def test_the_key_comes_from_a_file_or_from_the_environment(
    service: respx.MockRouter, key: Path, monkeypatch: pytest.MonkeyPatch, command: tuple[str, ...]
) -> None:
    serve(service, answer())

    assert run(*command, "--key-file", str(key)).exit_code == 0
    monkeypatch.setenv("BENEFITS_API_KEY", "bv_environment")
    assert run(*command).exit_code == 0
    monkeypatch.setenv("BENEFITS_API_KEY_FILE", str(key))
    assert run(*command).exit_code == 0

    sent = [call.request.headers["authorization"] for call in service.calls]
    assert sent == ["Bearer bv_file", "Bearer bv_environment", "Bearer bv_file"]


@pytest.mark.parametrize("command", [ASKED, SHOWN])
def test_the_key_is_no_option_that_the_list_of_processes_shows(command: tuple[str, ...]) -> None:
    assert "No such option '--key'" in run(*command, "--key", "bv_1").stderr

    result = run(*command)

    assert (result.exit_code, result.stdout) == (2, "")
    assert "BENEFITS_API_KEY" in result.stderr


def test_a_callers_key_is_no_misspelt_setting_of_the_service(key: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BENEFITS_API_KEY", "bv_1")
    monkeypatch.setenv("BENEFITS_API_KEY_FILE", str(key))

    assert "API_KEY" not in run("doctor").output


def test_a_final_answer_is_printed_as_a_page_or_raw(service: respx.MockRouter, key: Path) -> None:
    serve(service, answer())

    page = run(*SHOWN, "--key-file", str(key))
    raw = run(*SHOWN, "--key-file", str(key), "--json")

    assert page.stdout.startswith(f"Verification {ID}: final\n")
    assert Answer.model_validate_json(raw.stdout) == answer()
    assert (page.exit_code, raw.exit_code, page.stderr, raw.stderr) == (0, 0, "", "")


def test_a_pending_answer_says_how_it_is_looked_at_again(service: respx.MockRouter, key: Path) -> None:
    serve(service, answer(State.PENDING, retry_in=90))

    result = run(*ASKED, "--key-file", str(key), "--wait", "5")

    assert result.exit_code == 0
    assert f"Verification {ID}: PENDING" in result.stdout
    assert f"benefits show {ID} --url {URL}" in result.stdout
    assert len(service.calls) == 1, "the payer is asked again after the wait: there is nothing to wait for"


@pytest.mark.parametrize("command", [(*ASKED, "--wait", "60"), (*SHOWN, "--wait", "60")])
def test_a_pending_answer_is_waited_for_and_progress_is_told_beside_it(
    service: respx.MockRouter, key: Path, monkeypatch: pytest.MonkeyPatch, command: tuple[str, ...]
) -> None:
    monkeypatch.setattr(waiting, "LEAST_PAUSE", 0.05)
    serve(service, answer(State.PENDING, retry_in=0.05), answer(State.PENDING), answer())

    result = run(*command, "--key-file", str(key), "--json")

    assert json.loads(result.stdout)["state"] == "final"
    assert result.stderr.count(f"{ID}: pending") == 2
    first = "wait=60" if command[0] == "verify" else "wait=0"
    assert [call.request.headers["prefer"] for call in service.calls] == [first, "wait=20", "wait=20"]


@pytest.mark.parametrize(
    ("status", "code", "sentence"),
    [
        (401, "unauthorized", "does not know this API key"),
        (404, "not_found", "no verification or batch has this id"),
        (503, "draining", "about to stop"),
        (422, HOSTILE, "\\x1b]0;owned\\x07"),
    ],
)
def test_a_refusal_is_a_sentence_and_prints_no_answer(
    service: respx.MockRouter, key: Path, status: int, code: str, sentence: str
) -> None:
    document = {"title": "x", "status": status, "code": code, "errors": []}
    service.get(f"/v1/verifications/{ID}").respond(status, json=document)

    result = run(*SHOWN, "--key-file", str(key))

    assert (result.exit_code, result.stdout) == (1, "")
    assert sentence in result.stderr
    assert "\x1b" not in result.stderr


@pytest.mark.parametrize("body", [b"", b"<html>", b"{}", b"[1]"])
@pytest.mark.parametrize("status", [200, 502])
def test_what_is_no_service_of_ours_is_said_to_be_none(
    service: respx.MockRouter, key: Path, status: int, body: bytes
) -> None:
    service.get(f"/v1/verifications/{ID}").respond(status, content=body)

    result = run(*SHOWN, "--key-file", str(key))

    assert (result.exit_code, result.stdout) == (1, "")
    assert "no service of this version" in result.stderr


@pytest.mark.parametrize("option", [(), ("--json",)])
def test_no_word_of_a_payer_reaches_the_terminal_as_a_command(
    service: respx.MockRouter, key: Path, option: tuple[str, ...]
) -> None:
    serve(service, answer(trace=HOSTILE))

    result = run(*SHOWN, "--key-file", str(key), *option)

    assert result.exit_code == 0
    assert all(sign.isprintable() or sign == "\n" for sign in result.stdout)


@pytest.mark.parametrize("given", ["", "../keys", "ver_", "ver_a/../../x", "ver_é", "ver_" + "A" * 65])
def test_what_is_no_id_is_never_a_part_of_an_address(service: respx.MockRouter, key: Path, given: str) -> None:
    result = run("show", given, "--url", URL, "--key-file", str(key))

    assert (result.exit_code, result.stdout) == (2, "")
    assert not service.calls


@pytest.mark.parametrize("command", ["verify", "show", "demo", "payers"])
def test_help_teaches_by_example_and_tells_settings_and_exit_codes(command: str) -> None:
    taught = run(command, "--help").stdout

    assert f"  benefits {command}" in taught
    assert "Settings:" in taught
    assert "Exit codes:\n    0  " in taught
    assert max(map(len, taught.splitlines())) <= 80
