"""What a file comes to, rule by rule. Source: ``ANSWER.md`` section 7, [R1] to [R5]."""

import json
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest
from click.testing import CliRunner

from contracts import Answer
from payers.commands.read import command
from tests.payers.conftest import HEAD
from tests.payers.reading.expectations import differences

Text = Callable[..., bytes]
Read = Callable[..., tuple[int, list[Answer], str]]

PLAN = "EB*1**30*PR*OPEN CHOICE"
MENTAL = "EB*1**MH*********Y"
FAMILY = [one.replace("HL*3*2*22*0", "HL*3*2*22*1") for one in HEAD]
CHILD = ("HL*4*3*23*0", "NM1*03*1*SPECIMEN*PIP", "DMG*D8*20150131*M", "INS*N*19")
ON = ("--service-date", "2026-11-23")
ISA = HEAD[0]
ACKNOWLEDGED = (
    *(ISA, "GS*FA*A*B*20261123*1015*1*X*005010X231A1", "ST*999*0001*005010X231A1", "AK1*HS*1*005010X279A1"),
    *("AK2*270*0001*005010X279A1", "IK5*R*I5", "AK9*R*1*1*0", "SE*6*0001", "GE*1*1", "IEA*1*000000301"),
)


@pytest.fixture
def read_file(tmp_path: Path) -> Read:
    """Exit code, answers and stderr of ``benefits read`` on bytes that lie in a file."""

    def run(raw: bytes, *options: str) -> tuple[int, list[Answer], str]:
        file = tmp_path / "reply.271"
        file.write_bytes(raw)
        result = CliRunner().invoke(command, [str(file), *options])
        lines = [line for line in result.stdout.splitlines() if line.strip()]
        return result.exit_code, [Answer.model_validate_json(line) for line in lines], result.stderr

    return run


def segments(*lines: str) -> bytes:
    return ("~".join(lines) + "~").encode()


def with_head(text: Text, lines: Sequence[str], **changes: str) -> bytes:
    """A reply whose head has each element of ``changes`` in place of the one that stands there."""
    raw = text(lines).decode()
    for old, new in changes.items():
        raw = raw.replace(HEADS[old], new)
    return raw.encode()


HEADS = {"payer": "EXAMPLE PAYER*****PI*60054", "time": "BHT*0022*11*TEST301*20261123*1015", "repetition": "*1015*^*"}


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        # One for each member level that has EB or AAA of its own.
        ((*CHILD, PLAN, MENTAL), [{"status": "active", "iop": "likely"}]),
        ((PLAN, *CHILD, "EB*6**30"), [{"status": "active"}, {"status": "inactive"}]),
        ((PLAN, MENTAL, *CHILD, "AAA*N**67*C"), [{"iop": "likely"}, {"status": "not_found", "iop": "could_not_check"}]),
        (
            ("AAA*N**72*C", *CHILD, PLAN, MENTAL),
            [{"status": "not_found"}, {"status": "unclear", "iop": "likely/outpatient/C"}],
        ),
        # One when there is none.
        ((), [{"status": "could_not_check", "iop": "could_not_check"}]),
        (CHILD, [{"status": "could_not_check"}]),
    ],
)
def test_r1_each_level_with_lines_or_a_rejection_is_an_answer(
    read_file: Read, text: Text, lines: Sequence[str], expected: list[dict[str, str]]
) -> None:
    code, found, _ = read_file(text(lines, FAMILY), *ON)

    assert code == 0
    assert len(found) == len(expected)
    assert [differences(*one) for one in zip(found, expected, strict=True)] == [[]] * len(expected)


def test_r1_every_transaction_and_interchange_of_a_file_is_read(read_file: Read, text: Text) -> None:
    two = text([PLAN]) + text(["EB*6**30"]) + segments(*ACKNOWLEDGED)

    assert [one.coverage.status for one in read_file(two, *ON)[1]] == ["active", "inactive"]


@pytest.mark.parametrize(
    ("payer", "options", "known_as"),
    [
        ("UNITED HEALTHCARE INSURANCE COMPANY*****PI*99999", (), "unitedhealthcare"),
        ("BLUE CROSS AND BLUE SHIELD OF FLORIDA*****PI*BCBSF", (), "florida_blue"),
        ("SOMETHING*****PI*62308", (), "cigna"),
        ("UNITED BEHAVIORAL HEALTH*****PI*87726", (), "optum"),
        ("NOBODY HEALTH*****PI*00001", (), None),
        ("AETNA*****PI*60054", ("--payer", "ubh"), "optum"),
        ("NOBODY HEALTH*****PI*00001", ("--payer", "uhc"), "unitedhealthcare"),
    ],
)
def test_r2_the_payer_is_the_one_given_else_the_card_of_the_reply(
    read_file: Read, text: Text, payer: str, options: Sequence[str], known_as: str | None
) -> None:
    raw = with_head(text, [PLAN], payer=payer)

    assert read_file(raw, *ON, *options)[1][0].payer == known_as


@pytest.mark.parametrize(
    ("lines", "options", "day"),
    [
        (("DTP*291*D8*20260601", PLAN), (), "2026-06-01"),
        (("DTP*291*RD8*20260601-20260601", PLAN), (), "2026-06-01"),
        ((PLAN, MENTAL, "DTP*472*D8*20260602"), (), "2026-06-02"),
        (("DTP*291*D8*20260601", PLAN, "DTP*472*D8*20260601"), (), "2026-06-01"),
        (("DTP*291*D8*20260601", PLAN), ON, "2026-11-23"),
    ],
)
def test_r2_the_day_is_the_one_given_else_that_of_the_reply_when_single(
    read_file: Read, text: Text, lines: Sequence[str], options: Sequence[str], day: str
) -> None:
    assert str(read_file(text(lines), *options)[1][0].service_date) == day


@pytest.mark.parametrize("lines", [("DTP*291*D8*20260601", PLAN, "DTP*472*D8*20260602"), (PLAN,)])
def test_r2_without_a_single_day_it_is_today(read_file: Read, text: Text, lines: Sequence[str]) -> None:
    answer = read_file(text(lines))[1][0]

    assert str(answer.service_date) not in {"2026-06-01", "2026-06-02"}


@pytest.mark.parametrize(
    ("time", "instant"),
    [
        ("20261122*0930", "2026-11-22T09:30:00+00:00"),
        ("20261122*093015", "2026-11-22T09:30:15+00:00"),
        ("20261122*09301599", "2026-11-22T09:30:15+00:00"),
    ],
)
def test_r2_the_instant_is_the_replys_own(read_file: Read, text: Text, time: str, instant: str) -> None:
    raw = with_head(text, [PLAN], time=f"BHT*0022*11*TEST301*{time}")

    assert read_file(raw, *ON)[1][0].as_of.isoformat() == instant


@pytest.mark.parametrize(("day", "verdict"), [("2026-11-23", "not_stated"), ("2008-04-11", "covered")])
def test_r2_ages_are_reckoned_from_the_replys_own_birth_date(
    read_file: Read, text: Text, day: str, verdict: str
) -> None:
    raw = text(["EB*1**30", "EB*1**BB******S7*17**Y"], [one for one in HEAD if not one.startswith("DTP")])

    assert not differences(read_file(raw, "--service-date", day)[1][0], {"php": verdict})


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b" \r\n ",
        b"<!DOCTYPE html><html><p>EB*6**30~</p></html>",
        b"{}",
        b"[]",
        b"\x00\x01\x02",
        segments(*HEAD[:2], "ST*270*0001*005010X279A1", *HEAD[3:], "EQ*30").replace(b"GS*HB", b"GS*HS"),
        segments(*HEAD[:2], "ST*835*0001", "BPR*I*1").replace(b"GS*HB", b"GS*HP"),
    ],
)
def test_r3_what_is_no_reply_ends_with_2_and_a_problem_on_stderr_alone(read_file: Read, raw: bytes) -> None:
    code, found, problem = read_file(raw, *ON)

    assert (code, found) == (2, [])
    assert problem.strip()


CONTRADICTED = [PLAN, MENTAL, "EB*I**MH*********Y"]
CUT = {"status": "unclear", "iop": "likely/outpatient/C", "finding": "truncated"}
WHOLE = {"status": "active", "iop": "not_stated/outpatient", "nofinding": "truncated"}


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        # An unterminated last segment is dropped, and what is left is no more than unclear.
        (lambda raw: raw[: raw.index(b"SE*")][:-1], CUT),
        (lambda raw: raw[: raw.index(b"SE*")][:-9], CUT),
        # A last segment that is terminated is whole; the trailers are missing.
        (lambda raw: raw[: raw.index(b"SE*")], WHOLE | {"finding": "missing_trailer"}),
        # An unterminated IEA is whole when it has the number of the ISA.
        (lambda raw: raw[:-1], WHOLE),
        (lambda raw: raw[:-3], {"status": "unclear", "finding": "truncated"}),
        (lambda raw: raw.replace(b"SE*", b"SE*9"), WHOLE | {"finding": "wrong_count"}),
        (lambda raw: raw.replace(b"~", b"~\r\n"), WHOLE),
        (lambda raw: b"\xef\xbb\xbf" + raw.replace(b"~", b"\x1d"), WHOLE),
    ],
)
def test_r4_a_reply_that_is_cut_off_or_miscounted_is_read_and_said_to_be(
    read_file: Read, text: Text, change: Callable[[bytes], bytes], expected: dict[str, str]
) -> None:
    (answer,) = read_file(change(text(CONTRADICTED)), *ON)[1]

    assert not differences(answer, expected)


@pytest.mark.parametrize(("declared", "written"), [("|", "^"), ("|", ">"), ("^", "|"), ("^", "!"), ("U", "^")])
def test_r4_a_repetition_sign_that_was_not_declared_is_found(
    read_file: Read, text: Text, declared: str, written: str
) -> None:
    raw = with_head(text, [PLAN, f"EB*1**MH{written}AI*********Y"], repetition=f"*1015*{declared}*")

    (answer,) = read_file(raw, *ON)[1]

    assert not differences(answer, {"iop": "likely", "php_su": "likely", "finding": "undeclared_separator"})


@pytest.mark.parametrize(
    ("raw", "problem"),
    [
        (segments(*ACKNOWLEDGED), "setup_problem:service:"),
        (segments(*ACKNOWLEDGED).replace(b"IK5*R*I5", b"IK5*A").replace(b"AK9*R*1*1*0", b"AK9*A*1*1*1"), ""),
        (segments(ISA, "TA1*000000301*261123*1015*R*006", "IEA*0*000000301"), "setup_problem:service:"),
    ],
)
def test_r4_an_acknowledgment_could_not_be_checked(read_file: Read, raw: bytes, problem: str) -> None:
    (answer,) = read_file(raw, *ON)[1]

    assert not differences(answer, {"status": "could_not_check", "iop": "could_not_check", "prob": problem})


@pytest.mark.parametrize(("number", "differs"), [("*****MI*C123", True), ("*****MI*W900000011", False), ("", False)])
def test_r5_another_id_is_one_that_is_not_the_replys_own(
    read_file: Read, text: Text, number: str, differs: bool
) -> None:
    raw = text([PLAN, MENTAL, "EB*U**MH", "LS*2120", f"NM1*VN*2*COMPPSYCH{number}", "LE*2120"])

    (answer,) = read_file(raw, *ON)[1]

    assert [one.member_id_differs for one in answer.administrators] == [differs]


def test_r5_a_file_has_no_verification_and_is_final(read_file: Read, text: Text) -> None:
    (answer,) = read_file(text([PLAN]), *ON)[1]

    assert (answer.verification_id, answer.timing, answer.member_match, answer.state) == (None, None, None, "final")


def test_r5_a_stored_reply_that_is_still_worked_on_is_pending(read_file: Read) -> None:
    raw = json.dumps({"id": "1", "customerId": "1", "controlNumber": "4", "status": "In Progress", "statusCode": "0"})
    raw = raw.replace("}", ', "createdDate": "2026-11-23T15:05:00.000+0000"}')

    (answer,) = read_file(raw.encode(), *ON)[1]

    assert (answer.state, answer.coverage.status) == ("pending", "could_not_check")
