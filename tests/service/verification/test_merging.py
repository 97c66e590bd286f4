"""What merging promises: every field of the answer has its rule, and a field without one is noticed at once."""

from datetime import UTC, date, datetime

import pytest

from contracts import Administrator, Answer, Benefits, Rejection, answer_without_reply
from payers.reading.lines.codes import REJECTIONS, RejectionClass
from service.gateway.earlier_answers import ANSWERING_CODES, AnsweredInquiries, AnsweredInquiry, is_answer, replies_of
from service.verification import merging
from tests.service.verification.legs import DELEGATES, said

ANSWER = answer_without_reply(payer="acme", service_date=date(2026, 11, 23), as_of=datetime.now(UTC), problems=())
LUCET = Administrator(name="LUCET")


def test_every_field_of_the_answer_has_its_rule() -> None:
    assert merging.RULES.keys() == Answer.model_fields.keys()


@pytest.mark.parametrize("field", Answer.model_fields)
def test_a_field_without_a_rule_makes_every_merge_fail(monkeypatch: pytest.MonkeyPatch, field: str) -> None:
    monkeypatch.delitem(merging.RULES, field)  # type: ignore[arg-type]  # the table is read only to everybody else

    with pytest.raises(KeyError, match=field):
        merging.merge_answers(ANSWER, ANSWER, (), LUCET)


def test_a_reply_answers_by_the_codes_of_the_classes_user_and_final_alone() -> None:
    final = {code for code, known in REJECTIONS.items() if known.kind in {RejectionClass.USER, RejectionClass.FINAL}}

    assert final == ANSWERING_CODES


@pytest.mark.parametrize(
    ("benefits", "answers"),
    [
        (said("optum", "EB*1**30"), True),
        (said("optum", "AAA*N**75*C"), True),
        (said("optum", "AAA*N**42*C"), False),
        (said("optum", "AAA*N**ZZ*C"), False),
        (said("optum", "EB*1**30")._replace(in_progress=True), False),
        (said("optum", "EB*1**30")._replace(truncated=True), False),
        (said("optum", "EB*1**30")._replace(rejections=(Rejection(9, "AAA*N**80*C", "2100C", "N", "80"),)), False),
        (Benefits(), False),
    ],
)
def test_what_waiting_may_mend_is_no_answer(benefits: Benefits, answers: bool) -> None:
    assert is_answer(benefits) is answers


def test_a_reply_is_read_again_as_it_was() -> None:
    replies = (AnsweredInquiry("k", said("medical", *DELEGATES)), AnsweredInquiry("l", wrong_fields=("member_id",)))

    assert replies_of(AnsweredInquiries.of(replies).model_dump_json().encode()) == replies


@pytest.mark.parametrize("kept", [None, b"{}", b'{"shape":"of another version","replies":[]}', b"\xff"])
def test_a_reply_of_another_form_is_asked_again_and_never_misread(kept: bytes | None) -> None:
    assert replies_of(kept) == ()
