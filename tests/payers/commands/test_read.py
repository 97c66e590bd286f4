"""What ``benefits read`` promises: one answer a line for each member, or exit 2 with a problem and nothing printed."""

import json
import subprocess
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from click.testing import CliRunner, Result

from payers.commands.read import command

Text = Callable[..., bytes]
Run = Callable[..., Result]

SHARED = Path(__file__).parents[4] / "shared" / "samples"

PLAN = "EB*1**30*PR*OPEN CHOICE"


@pytest.fixture
def run(tmp_path: Path) -> Run:
    """The command run on bytes that lie in a file."""

    def over(raw: bytes, *options: str) -> Result:
        file = tmp_path / "reply.271"
        file.write_bytes(raw)
        return CliRunner().invoke(command, [str(file), *options])

    return over


def answers(result: Result) -> list[dict[str, object]]:
    assert result.exit_code == 0
    return [json.loads(line) for line in result.stdout.splitlines()]


def test_each_member_has_an_answer_of_one_line_in_the_order_of_the_file(run: Run, text: Text) -> None:
    child = ["HL*4*3*23*0", "NM1*03*1*SPECIMEN*BEN", "EB*6**30"]

    found = answers(run(text([PLAN, *child]) + text(["AAA*N**72*C"]), "--service-date", "2026-11-23"))

    assert [one["coverage"]["status"] for one in found] == ["active", "inactive", "not_found"]  # type: ignore[index]
    assert {(one["verification_id"], one["timing"], one["member_match"], one["state"]) for one in found} == {
        (None, None, None, "final")
    }


def test_a_level_that_says_nothing_has_no_answer_beside_one_that_does(run: Run, text: Text) -> None:
    child = ["HL*4*3*23*0", "NM1*03*1*SPECIMEN*BEN", PLAN]

    assert len(answers(run(text(child)))) == 1
    assert len(answers(run(text(())))) == 1


@pytest.mark.parametrize(
    ("name", "payer"),
    [
        ("AETNA*****PI*60054", "aetna"),
        ("UNITED HEALTHCARE*****PI*87726", "unitedhealthcare"),
        ("UNITED BEHAVIORAL HEALTH*****PI*87726", "optum"),
        ("SOME OTHER NAME*****PI*62308", "cigna"),
        ("SOME OTHER NAME*****PI*99999", None),
    ],
)
def test_the_payer_is_the_card_whose_name_or_id_the_reply_gives(
    run: Run, text: Text, name: str, payer: str | None
) -> None:
    raw = text([PLAN]).replace(b"EXAMPLE PAYER*****PI*60054", name.encode())

    assert answers(run(raw))[0]["payer"] == payer


def test_a_reply_without_a_payer_has_none(run: Run, text: Text) -> None:
    raw = text([PLAN]).replace(b"NM1*PR*2*EXAMPLE PAYER*****PI*60054~", b"")

    assert answers(run(raw))[0]["payer"] is None


@pytest.mark.parametrize(
    ("given", "payer"), [("uhc", "unitedhealthcare"), ("UBH", "optum"), ("Florida Blue", "florida_blue")]
)
def test_a_payer_is_given_by_id_name_or_alias(run: Run, text: Text, given: str, payer: str) -> None:
    assert answers(run(text([PLAN]), "--payer", given))[0]["payer"] == payer


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        (["DTP*472*D8*20260505", PLAN], "2026-05-05"),
        ([PLAN, "DTP*291*D8*20260506"], "2026-05-06"),
        (["DTP*472*D8*20260505", PLAN, "DTP*291*D8*20260505"], "2026-05-05"),
        (["DTP*472*D8*20260505", PLAN, "DTP*472*D8*20260506"], None),
        (["DTP*291*RD8*20260101-20261231", PLAN], None),
        ([PLAN], None),
    ],
)
def test_the_day_is_the_replys_own_when_it_gives_one_else_today(
    run: Run, text: Text, lines: list[str], expected: str | None
) -> None:
    before = datetime.now(UTC).astimezone(ZoneInfo("America/New_York")).date().isoformat()

    found = answers(run(text(lines)))[0]["service_date"]

    after = datetime.now(UTC).astimezone(ZoneInfo("America/New_York")).date().isoformat()
    assert found in ({expected} if expected else {before, after})
    assert answers(run(text(lines), "--service-date", "2026-11-23"))[0]["service_date"] == "2026-11-23"


def test_the_instant_is_that_of_the_reply_in_utc(run: Run, text: Text) -> None:
    assert answers(run(text([PLAN])))[0]["as_of"] == "2026-11-23T10:15:00Z"


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b" \n",
        b"<html><body>EB*6**30~ inactive</body></html>",
        b"{}",
        b"[]",
        b"null",
        b'{"a": [1,',
        b"[" * 100_000,
        b'{"benefitsInformation": [{"code": "B", "benefitAmount": 1' + b"0" * 5000 + b"}]}",
        b"\x00\xff\xfe",
        b"ISA*00*          *00*",
    ],
)
def test_what_is_no_reply_ends_with_2_and_prints_nothing(run: Run, raw: bytes) -> None:
    result = run(raw)

    assert (result.exit_code, result.stdout) == (2, "")
    assert result.stderr.startswith("benefits read: this is no reply: ")


def test_an_inquiry_is_no_reply(run: Run, text: Text) -> None:
    result = run(text(()).replace(b"ST*271", b"ST*270"))

    assert (result.exit_code, result.stdout) == (2, "")


def test_a_file_that_cannot_be_read_ends_with_2(tmp_path: Path) -> None:
    result = CliRunner().invoke(command, [str(tmp_path / "none.271")])

    assert (result.exit_code, result.stdout) == (2, "")
    assert "cannot read the file" in result.stderr


@pytest.mark.parametrize("options", [("--payer", "nobody"), ("--service-date", "2026-13-01")])
def test_an_option_that_means_nothing_ends_with_2(run: Run, text: Text, options: tuple[str, str]) -> None:
    result = run(text([PLAN]), *options)

    assert (result.exit_code, result.stdout) == (2, "")
    assert result.stderr


@pytest.mark.parametrize("change", [lambda raw: raw, lambda raw: b"\xef\xbb\xbf" + raw, lambda raw: raw + b"\x1a"])
def test_standard_input_is_read_as_a_file_is(text: Text, change: Callable[[bytes], bytes]) -> None:
    result = CliRunner().invoke(command, ["-"], input=change(text([PLAN])))

    assert answers(result)[0]["coverage"]["status"] == "active"  # type: ignore[index]


def test_a_text_beyond_the_bound_is_cut_off_and_said_to_be(run: Run, text: Text) -> None:
    found = answers(run(text([PLAN, *["MSG*" + "X" * 250] * 9_000])))[0]

    assert "truncated" in {finding["code"] for finding in found["findings"]}  # type: ignore[attr-defined]
    assert found["coverage"]["status"] == "unclear"  # type: ignore[index]


@pytest.mark.parametrize("accepted", [b"A", b"R"])
def test_an_acknowledgment_could_not_be_checked_and_is_no_fault_of_the_member(run: Run, accepted: bytes) -> None:
    head = b"ISA*00*          *00*          *ZZ*60054          *ZZ*EXAMPLE        *261123*1015*^*00501*000000301*0*P*:~"

    found = answers(run(head + b"TA1*000000101*261123*1015*" + accepted + b"*000~IEA*0*000000301~"))[0]

    assert found["coverage"]["status"] == "could_not_check"  # type: ignore[index]
    assert "member" not in {problem["responsible"] for problem in found["problems"]}  # type: ignore[attr-defined]


def test_a_stored_json_reply_is_read_by_the_same_ladder(run: Run) -> None:
    said = {
        "benefitsInformation": [
            {"code": "1", "serviceTypeCodes": ["30"]},
            {"code": "1", "serviceTypeCodes": ["MH"], "inPlanNetworkIndicatorCode": "Y"},
            {
                "code": "A",
                "serviceTypeCodes": ["MH"],
                "benefitPercent": "0.2",
                "inPlanNetworkIndicatorCode": "Y",
                "additionalInformation": [{"description": "INTENSIVE OUTPATIENT"}],
            },
        ]
    }

    found = answers(run(json.dumps(said).encode()))[0]
    iop, _, php, _ = found["programs"]  # type: ignore[misc]

    assert (iop["in_network"]["verdict"], iop["in_network"]["coinsurance"]) == ("covered", "0.20")
    assert (php["in_network"]["verdict"], php["in_network"]["coinsurance"]) == ("likely", None)
    assert {evidence["path"][:2] for evidence in found["evidence"]} == {"$."}  # type: ignore[attr-defined]


def test_the_command_starts_without_what_only_the_service_needs(text: Text, tmp_path: Path) -> None:
    file = tmp_path / "reply.271"
    file.write_bytes(text([PLAN]))

    done = subprocess.run(
        [sys.executable, "-X", "importtime", "-m", "payers.commands.read", file],
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )

    imported = {line.rsplit("|", 1)[-1].strip() for line in done.stderr.splitlines() if line.startswith("import time:")}
    assert json.loads(done.stdout)["coverage"]["status"] == "active"
    assert "pydantic" in imported
    assert not imported & {
        "httpx",
        "fastapi",
        "starlette",
        "sqlalchemy",
        "structlog",
        "tenacity",
        "dbos",
        "lxml",
    }
    assert not {name for name in imported if name.startswith(("service", "payers.simulator"))}


CHILD = ["HL*4*3*23*0", "NM1*03*1*SPECIMEN*BEN", "INS*N*19", "EB*6**30"]


def test_whom_each_answer_is_about_is_said_by_level_and_place_beside_it(run: Run, text: Text) -> None:
    result = run(text([PLAN, *CHILD]) + text(["AAA*N**72*C"]))

    assert len(answers(result)) == 3
    first, child, second = result.stderr.splitlines()
    assert first.startswith("Answer 1 of 3: the subscriber at segment ")
    assert child.startswith("Answer 2 of 3: the dependent (child) at segment ")
    assert child.endswith(f"of {first.partition(': ')[2]}")
    assert second.startswith("Answer 3 of 3: the subscriber at segment ")
    assert first.partition(": ")[2] != second.partition(": ")[2]
    assert "SPECIMEN" not in result.stderr


def test_a_reply_about_nobody_says_so(run: Run, text: Text) -> None:
    acknowledgment = text(()).partition(b"GS*")[0] + b"TA1*000000101*261123*1015*A*000~"

    assert run(acknowledgment).stderr == "Answer 1 of 1: no member; the reply names none\n"


def test_a_page_for_people_stands_in_the_place_of_json(run: Run, text: Text) -> None:
    result = run(text([PLAN, *CHILD]), "--table", "--service-date", "2026-11-23")

    assert (result.exit_code, result.stderr) == (0, "")
    assert sum(" of 2: " in line for line in result.stdout.splitlines()) == 2
    assert "Answer 2 of 2: the dependent (child)" in result.stdout
    assert "IOP, mental health, in network: not stated by the payer" in result.stdout
    assert "\x1b" not in result.stdout
    assert max(map(len, result.stdout.splitlines())) <= 80


HOSTILE = "\x1b]0;owned\x07\u202e"


@pytest.mark.parametrize("option", [(), ("--table",)])
def test_no_word_of_a_reply_reaches_the_terminal_as_a_command(run: Run, option: tuple[str, ...]) -> None:
    benefits = [{"code": "1", "serviceTypeCodes": ["30"], "planCoverage": f"PLAN{HOSTILE}\x9b"}]
    said = json.dumps({"benefitsInformation": benefits}, ensure_ascii=False).encode()

    result = run(said, *option)

    assert result.exit_code == 0
    assert "PLAN" in result.stdout
    assert all(sign.isprintable() or sign == "\n" for sign in result.stdout + result.stderr)


@pytest.mark.parametrize(
    ("raw", "sentence"),
    [
        (b" \n", "there is nothing in it."),
        (b"<html>", "it is a web page, or XML of another kind."),
        (b"{}", "it is JSON, but of no form"),
        (b"[1,", "it begins like JSON and cannot be read as JSON."),
        (b"\x00\xff", "it is neither JSON nor X12"),
    ],
)
def test_a_refusal_is_a_sentence(run: Run, raw: bytes, sentence: str) -> None:
    assert sentence in run(raw).stderr


def test_an_inquiry_is_called_the_question_itself(run: Run, text: Text) -> None:
    assert "it is a 270, the question itself." in run(text(()).replace(b"ST*271", b"ST*270")).stderr


def test_help_teaches_by_example_and_tells_exit_codes() -> None:
    taught = CliRunner().invoke(command, ["--help"], prog_name="benefits read").stdout

    assert "    benefits read reply.271 --table" in taught
    assert "Exit codes:\n    0  " in taught
    assert max(map(len, taught.splitlines())) <= 80


def test_an_explanation_is_a_page_for_people_that_no_payers_word_commands(run: Run, text: Text) -> None:
    words = "MSG*PHP IS COVERED \x1b[2J FOR WIDGETEERS " + "VERYLONGWORD" * 20
    page = run(text([PLAN, "EB*1**MH*********Y", words]), "--explain", "--service-date", "2026-11-23")

    assert page.exit_code == 0
    assert "\x1b" not in page.stdout
    assert max(len(line) for line in page.stdout.splitlines()) <= 80
    assert "Segment 16: EB*1**MH*********Y" in page.stdout
    assert "[WIDGETEERS]" in page.stdout.replace("\n", " ")
    assert "PHP, mental health, in network:" in page.stdout


@pytest.mark.parametrize("page", ["--table", "--explain"])
def test_a_program_that_the_payer_named_is_said_to_be_named_where_the_plan_is_unclear(
    run: Run, text: Text, page: str
) -> None:
    shown = run(text([PLAN, "EB*6**30", "EB*1**BB*********Y"]), "--service-date", "2026-11-23", page).stdout

    assert "named by the payer, and likely covered if the plan is active" in " ".join(shown.split())


def test_an_explanation_and_a_table_are_not_asked_for_at_once(run: Run, text: Text) -> None:
    assert run(text([PLAN]), "--explain", "--table").exit_code == 2


@pytest.mark.parametrize(
    "file", sorted(SHARED.glob("**/*.*")) if SHARED.exists() else [], ids=lambda path: f"{path.parent.name}-{path.name}"
)
def test_every_sample_is_explained_with_all_of_its_lines(file: Path) -> None:
    read, explained = (CliRunner().invoke(command, [str(file), *options]) for options in ((), ("--explain",)))

    assert explained.exit_code == read.exit_code
    assert max((len(line) for line in explained.stdout.splitlines()), default=0) <= 80
    if read.exit_code == 0:
        last = [
            line for line in explained.stdout.splitlines() if line.startswith("PHP, substance use, out of network:")
        ]
        assert len(last) == len(read.stdout.splitlines())
