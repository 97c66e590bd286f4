"""What merging promises: nothing that either answer says is lost, also not in a field that is new."""

from datetime import UTC, date, datetime
from typing import Annotated, Any

import pytest

from contracts import (
    PROGRAMS,
    Administrator,
    Answer,
    AnsweredBy,
    Benefits,
    Condition,
    Evidence,
    EvidenceIds,
    Frozen,
    OfAskedPayer,
    PayerWords,
    PlainText,
    ProgramTerms,
    Rejection,
    answer_without_reply,
    marked,
)
from payers.reading.lines.codes import REJECTIONS, RejectionClass
from service.gateway.earlier_answers import ANSWERING_CODES, AnsweredInquiries, AnsweredInquiry, is_answer, replies_of
from service.verification import merging
from tests.service.verification.legs import DELEGATES, said

ANSWER = answer_without_reply(payer="acme", service_date=date(2026, 11, 23), as_of=datetime.now(UTC), problems=())
LUCET = Administrator(name="LUCET")


class WiderRow(ProgramTerms):
    """A row with a field that is new."""

    remark: PlainText | None = None


class Wider(Answer):
    """An answer with fields that nobody has thought of: with and without a mark, one and several."""

    programs: tuple[WiderRow, ...]
    claims_address: Annotated[PlainText | None, OfAskedPayer()] = None
    ward: PlainText | None = None
    notes: Annotated[tuple[str, ...], PayerWords()] = ()
    doubted: EvidenceIds = ()


def wider(mark: str, **new: Any) -> Wider:
    """An answer with a piece of evidence and what is ``new``."""
    rows = tuple(
        WiderRow(program=program, condition=condition, remark=new.get("ward")) for program, condition in PROGRAMS
    )
    facts = dict(ANSWER) | {"programs": rows, "answered_by": (AnsweredBy(payer="acme"),)}
    return Wider(**facts | {"evidence": (Evidence(id="e1", text=mark, segment=4, description=mark),)} | new)


def merge_loses_nothing() -> None:
    first = wider("FIRST", notes=("a", "b"), doubted=("e1",))
    second = wider("SECOND", ward="7", claims_address="PO BOX 2", notes=("b", "c"), doubted=("e1",))

    for one, other, address in ((first, second, None), (second, first, "PO BOX 2")):
        merged = merging.merge_answers(one, other, tuple(Condition), LUCET)

        assert merged.ward == "7"
        assert {row.remark for row in merged.programs} == {"7"}
        assert sorted(merged.notes) == ["a", "b", "c"]
        assert merged.doubted == ("e1", "e2")
        assert [item.id for item in merged.evidence] == ["e1", "e2"]
        assert merged.claims_address == address


def test_a_new_field_is_not_lost_in_a_merge() -> None:
    merge_loses_nothing()


def keep_the_first(name: str, ours: Frozen, _: Frozen) -> object:
    return getattr(ours, name)


@pytest.mark.parametrize(
    ("name", "mutant"),
    [
        ("_merge_field", keep_the_first),
        ("_evidence_mark", lambda _: None),
        ("marks_of", lambda _: ()),
        ("marks_of", lambda _: (OfAskedPayer(),)),
    ],
)
def test_a_merge_that_loses_a_new_field_is_noticed(name: str, mutant: object, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(merging, name, mutant)
    monkeypatch.setattr(marked, "_plan", marked._plan.__wrapped__)

    with pytest.raises(AssertionError):
        merge_loses_nothing()


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
