"""One form of a question from the request on: the store's indexes, twins and every payer see the same id."""

import asyncio
from pathlib import Path

import pytest

from contracts import FindingCode, Member, MemberIdHint, Question, State
from service.cli.local import StoredAnswers, doubts_in_words
from service.web.api.bodies import VerificationBody
from service.web.body_route import parse_body
from service.web.problems import RequestRefused
from tests.service.staging import QUESTION, ScriptedRoute, card, opened, until
from tests.service.verification.test_service import Gate

HINTED = {"member_id": MemberIdHint(pattern=r"W\d{9}", words="W and nine digits", example="W123456789", source="test")}
WRITTEN = ("W900000101", "W 9000 00101", "W9000-00101", "w9000\u201100101", "\uff379000\u00a000101", "W9000\u200b00101")


def under(member_id: str, **names: str) -> Question:
    return QUESTION.model_copy(update={"member": Member(**{**dict(QUESTION.member), "member_id": member_id, **names})})


async def test_every_way_to_write_an_id_is_one_question_and_one_exchange(tmp_path: Path) -> None:
    gate = Gate()
    async with opened(tmp_path, ScriptedRoute(gate), card=HINTED) as office:
        asked = [asyncio.create_task(office.ask(under(written), wait=30)) for written in WRITTEN]
        await until(lambda: office.waiting() == len(WRITTEN))
        gate.open.set()
        answers = await asyncio.gather(*asked)

        assert {answer.state for answer in answers} == {State.FINAL}
        assert [inquiry.member.member_id for inquiry in office.routes[0].inquiries] == ["W900000101"]
        assert not any(answer.findings for answer in answers)


async def test_an_idempotency_key_holds_for_another_way_to_write_the_same(tmp_path: Path) -> None:
    async with opened(tmp_path, card=HINTED) as office:
        first = await office.ask(under("W9000-00101", last_name="O\u2019Testcase"), key="once")
        again = await office.ask(under("w900000101", last_name=" O'Testcase "), key="once")

    assert again.verification_id == first.verification_id


async def test_an_id_that_is_not_its_payers_is_said_while_the_payer_is_asked(tmp_path: Path) -> None:
    gate = Gate()
    async with opened(tmp_path, ScriptedRoute(gate), card=HINTED) as office:
        pending = await office.ask(under("W9OOOO0101"), wait=0)
        gate.open.set()

    assert pending.state is State.PENDING
    assert [finding.code for finding in pending.findings] == [FindingCode.MALFORMED_VALUE]
    assert pending.findings[0].detail.startswith("member_id: ")
    assert "W9" not in pending.findings[0].detail


async def test_a_payer_that_finds_the_member_has_settled_the_id(tmp_path: Path) -> None:
    async with opened(tmp_path, card=HINTED) as office:
        answer = await office.ask(under("X1"), wait=30)

    assert (answer.state, answer.member_match, answer.findings) == (State.FINAL, "exact", ())


def test_the_command_line_says_what_to_check_before_it_asks() -> None:
    (words,) = doubts_in_words(under("W9OOOO0101"), card(**HINTED))

    assert words.startswith("check member_id: a letter stands where a digit belongs; ACME HEALTH: W and nine digits")
    assert "W9" not in words
    assert list(doubts_in_words(under("W9000-00101"), card(**HINTED))) == []


BODY = '{"payer": "acme", "member": {"member_id": "%s", "group_number": "%s"}, "subscriber": {"member_id": "%s"}}'


@pytest.mark.parametrize(
    ("values", "field", "code"),
    [
        (("W", "1", "W1"), "member_id", "too_short"),
        (("W\u200b", "1", "W1"), "member_id", "too_short"),
        (("W1", "1", "7"), "subscriber.member_id", "too_short"),
        (("W1", "1" * 51, "W1"), "group_number", "too_long"),
        (("\u200b", "1", "W1"), "member_id", "blank"),
        (("W\u0410\u0411", "1", "W1"), "member_id", "bad_value"),
    ],
    ids=str,
)
def test_an_id_that_no_inquiry_can_carry_is_refused_by_its_name(values: tuple[str, ...], field: str, code: str) -> None:
    with pytest.raises(RequestRefused) as refused:
        parse_body((BODY % values).encode(), VerificationBody)

    assert (refused.value.status_code, refused.value.code) == (422, "invalid_request")
    assert [(error.field, error.code) for error in refused.value.errors] == [(field, code)]


async def test_a_view_before_anything_is_known_has_the_payers_number_and_the_doubt(tmp_path: Path) -> None:
    async with opened(tmp_path, ScriptedRoute(Gate()), card=HINTED | {"phone": "8005550177"}) as office:
        first = await office.ask(under("W9OOOO0101"), wait=0.2)
        beside = await StoredAnswers(office.store, office.directory).look(first.verification_id or "", 0)

    assert (first.state, first.answered_by) == (State.PENDING, ())
    for view in (first, beside):
        assert view.next_step.phone == "8005550177"
        assert [finding.detail for finding in view.findings] == ["member_id: a letter stands where a digit belongs"]
