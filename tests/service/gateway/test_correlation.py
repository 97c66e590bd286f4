"""What the correlation gate promises: another member's reply never passes, and our own always does."""

from collections.abc import Callable
from datetime import date
from itertools import combinations

import pytest

from contracts import (
    Acknowledgment,
    AttemptNumbers,
    Benefit,
    Benefits,
    Card,
    Echo,
    Echoes,
    Entity,
    Inquiry,
    InquiryPlan,
    Member,
    PayerError,
    PayerRefused,
    PayerSilent,
    Person,
    Provider,
    Rejection,
    Relationship,
    Reply,
    ReplyMismatched,
    ReplyUnreadable,
    RouteEntry,
    Subscriber,
    Trace,
)
from service.gateway.correlation import SentInquiry, judge

NUMBERS = AttemptNumbers(
    interchange="000000101",
    group="101",
    trace="BVTRACE1",
    originator="9123456789",
    transaction="BVTRANS1",
    envelope_id="f81d4fae-7dec-41d0-a765-00a0c91e6bf6",
)


def card(payer: str = "cigna", *, payer_id: str = "62308", **more: object) -> Card:
    return Card.model_validate(
        {
            "id": payer,
            "name": payer.upper(),
            "routes": (RouteEntry(route="core_mime", payer_id=payer_id, source="test"),),
            "plan": InquiryPlan(source="test"),
            **more,
        }
    )


INQUIRY = Inquiry(
    payer="cigna",
    payer_id="62308",
    payer_name="CIGNA",
    member=Member(first_name="Bram", last_name="O'Testcase Jr", birth_date=date(1990, 4, 12), member_id="U90000004 01"),
    provider=Provider(npi="1999999984", name="EXAMPLE RECOVERY CENTER"),
    service_date=date(2026, 11, 23),
    service_types=("30",),
)
PERSON = Person(
    at=12,
    text="",
    role="IL",
    last_name="OTESTCASE",
    first_name="BRAM",
    member_id="U9000000401",
    birth_date="19900412",
)
OURS = Benefits(
    payer=Entity(at=6, text="", role="PR", name="CIGNA", id_kind="PI", id="62308"),
    subscriber=PERSON,
    patient=PERSON,
    traces=(Trace("1", "THEIRS"), Trace("2", "BVTRACE1", "9123456789")),
    lines=(Benefit(at=16, text="EB*1**30", information="1", service_types=("30",)),),
)
ECHO = Echo(sender="OFFALLY", receiver="EXAMPLERECOVERY", transaction="BVTRANS1")


def reply(benefits: Benefits = OURS, echo: Echo = ECHO, *others: Benefits) -> Reply:
    return Reply(
        people=(benefits, *others),
        echo=echo,
        raw=b"raw",
        media_type="application/edi-x12",
        sent_from="EXAMPLERECOVERY",
        sent_to="OFFALLY",
    )


def asked(inquiry: Inquiry = INQUIRY, of: Card | None = None) -> SentInquiry:
    of = of or card()
    return SentInquiry(inquiry, NUMBERS, of, (of, card("aetna", payer_id="60054")))


def person(**changes: object) -> Benefits:
    changed = PERSON._replace(**changes)
    return OURS._replace(subscriber=changed, patient=changed)


def test_our_own_reply_passes() -> None:
    assert judge(reply(), asked()) is OURS


SWAPS: dict[str, Callable[[Reply], Reply]] = {
    "trace": lambda r: r._replace(people=(r.people[0]._replace(traces=(Trace("2", "BVTRACE2"),)),)),
    "transaction": lambda r: r._replace(echo=r.echo._replace(transaction="BVTRANS2")),
    "control_number": lambda r: r._replace(echo=r.echo._replace(control_number="000000102")),
    "member_id": lambda r: _with_person(r, member_id="U9000000502"),
    "birth_date": lambda r: _with_person(r, birth_date="19910412"),
    "last_name": lambda r: _with_person(r, last_name="PLACEHOLDER"),
}


NUMBERS_ALONE = {"trace", "transaction", "control_number"}
"""What may never differ; of the member's own fields one alone may: see ``test_correlation_of_members.py``."""


def _with_person(given: Reply, **changes: object) -> Reply:
    benefits = given.people[0]
    assert benefits.patient is not None
    changed = benefits.patient._replace(**changes)
    return given._replace(people=(benefits._replace(subscriber=changed, patient=changed),))


COMBINATIONS = [c for n in range(1, 7) for c in combinations(SWAPS, n) if c[0] in NUMBERS_ALONE or n > 1]


@pytest.mark.parametrize("fields", COMBINATIONS, ids="+".join)
def test_a_reply_with_any_fields_of_another_member_is_stopped(fields: tuple[str, ...]) -> None:
    swapped = reply()
    for field in fields:
        swapped = SWAPS[field](swapped)

    with pytest.raises(ReplyMismatched):
        judge(swapped, asked())


@pytest.mark.parametrize(
    "changes",
    [
        {"last_name": "O TESTCASE JR"},
        {"last_name": "O'TESTCASE, SR"},
        {"member_id": "u90000004-01"},
        {"first_name": "BRAHM"},
        {"last_name": "NEWNAME", "changed": True},
    ],
    ids=str,
)
def test_a_reply_that_differs_only_as_payers_do_passes(changes: dict[str, object]) -> None:
    benefits = person(**changes)

    assert judge(reply(benefits), asked()) is benefits


def test_a_person_suffix_may_be_dropped_where_the_card_says_so() -> None:
    benefits = person(member_id="U90000004")

    assert judge(reply(benefits), asked(of=card(member_id_suffix=2))) is benefits


def test_a_shorter_member_id_is_another_one_where_the_card_knows_no_suffix() -> None:
    with pytest.raises(ReplyMismatched):
        judge(reply(person(member_id="U90000004", first_name="ANOTHER")), asked())


@pytest.mark.parametrize("field", ["member_id", "birth_date"])
def test_an_echo_that_the_card_promises_is_required(field: str) -> None:
    without = reply(person(**{field: ""}))

    with pytest.raises(ReplyMismatched, match=f"echo_missing:{field}"):
        judge(without, asked())
    promises_nothing = card(echoes=Echoes(member_id=False, birth_date=False))
    assert judge(without, asked(of=promises_nothing)) is without.people[0]


def test_a_birth_date_that_is_none_is_not_echoed() -> None:
    with pytest.raises(ReplyMismatched, match="echo_missing:birth_date"):
        judge(reply(person(birth_date="00000000")), asked())


def test_a_rejection_need_not_echo_what_could_not_be_matched() -> None:
    rejected = person(birth_date="")._replace(lines=(), rejections=(Rejection(7, "AAA", "2100C", "Y", "71", "C"),))

    assert judge(reply(rejected), asked()) is rejected


def test_of_twins_who_both_differ_a_little_neither_is_chosen() -> None:
    with pytest.raises(ReplyMismatched, match="several"):
        judge(reply(person(first_name="BRAHM"), ECHO, person(first_name="BRIN")), asked())


def test_a_member_level_without_our_trace_is_stopped() -> None:
    with pytest.raises(ReplyMismatched):
        judge(reply(OURS._replace(traces=())), asked())


def test_a_payer_that_echoes_no_trace_must_echo_id_birth_date_and_name() -> None:
    silent = card(echoes=Echoes(trace=False))
    untraced = OURS._replace(traces=())

    assert judge(reply(untraced), asked(of=silent)) is untraced
    with pytest.raises(ReplyMismatched):
        judge(reply(person(birth_date="")._replace(traces=())), asked(of=silent))


def test_a_rejection_by_the_payer_itself_needs_no_member_level() -> None:
    rejected = Benefits(payer=OURS.payer, rejections=(Rejection(7, "AAA*Y**42*P", "2100A", "Y", "42", "P"),))

    assert judge(reply(rejected), asked()) is rejected


@pytest.mark.parametrize(
    ("echo", "error"),
    [
        (ECHO._replace(faults=("se01",)), ReplyUnreadable),
        (ECHO._replace(interchanges=2), ReplyUnreadable),
        (ECHO._replace(transactions=2), ReplyUnreadable),
        (ECHO._replace(receiver="SOMEBODYELSE"), ReplyMismatched),
        (ECHO._replace(sender="SOMEBODYELSE"), ReplyMismatched),
    ],
)
def test_a_broken_or_misaddressed_envelope_is_stopped(echo: Echo, error: type[PayerError]) -> None:
    with pytest.raises(error):
        judge(reply(echo=echo), asked())


def test_a_payer_may_answer_under_its_own_id() -> None:
    assert judge(reply(echo=ECHO._replace(sender="62308")), asked()) is OURS


def test_a_reply_of_another_of_our_payers_is_stopped() -> None:
    other = OURS._replace(payer=Entity(at=6, text="", role="PR", name="AETNA", id_kind="PI", id="60054"))

    with pytest.raises(ReplyMismatched):
        judge(reply(other), asked())


def test_an_unknown_name_of_a_payer_passes() -> None:
    other = OURS._replace(payer=Entity(at=6, text="", role="PR", name="SOME FUND", id_kind="FI", id="590000000"))

    assert judge(reply(other), asked()) is other


@pytest.mark.parametrize(
    ("acknowledgment", "error"),
    [
        (Acknowledgment(8, "AK9*R", "999", accepted=False, code="R"), PayerRefused),
        (Acknowledgment(8, "AK9*A", "999", accepted=True, code="A"), PayerSilent),
        (Acknowledgment(2, "TA1", "TA1", accepted=False, code="R", answers="000000999"), ReplyMismatched),
    ],
)
def test_an_acknowledgment_is_never_an_answer(acknowledgment: Acknowledgment, error: type[PayerError]) -> None:
    with pytest.raises(error):
        judge(reply(Benefits(acknowledgment=acknowledgment), ECHO._replace(transaction=None)), asked())


DEPENDENT = INQUIRY.model_copy(
    update={
        "member": Member(first_name="Pip", last_name="Testcase", birth_date=date(2008, 1, 31)),
        "subscriber": Subscriber(
            first_name="Bram",
            last_name="Testcase",
            birth_date=date(1990, 4, 12),
            member_id="U9000000401",
            relationship=Relationship.CHILD,
        ),
    }
)
CHILD = Person(at=18, text="", role="03", last_name="TESTCASE", first_name="PIP", birth_date="20080131")
HOLDER = PERSON._replace(last_name="TESTCASE")


def test_of_a_family_the_member_who_was_asked_about_is_chosen() -> None:
    holder = OURS._replace(subscriber=HOLDER, patient=HOLDER)
    child = OURS._replace(subscriber=HOLDER, patient=CHILD)

    assert judge(reply(holder, ECHO, child), asked(DEPENDENT)) is child


def test_a_dependent_may_come_back_in_the_subscribers_place() -> None:
    alone = CHILD._replace(role="IL", member_id="U9000000401")
    benefits = OURS._replace(subscriber=alone, patient=alone)

    assert judge(reply(benefits), asked(DEPENDENT)) is benefits


def test_a_dependent_of_another_subscriber_is_stopped() -> None:
    stranger = HOLDER._replace(member_id="U9999999999", last_name="PLACEHOLDER")

    with pytest.raises(ReplyMismatched):
        judge(reply(OURS._replace(subscriber=stranger, patient=CHILD)), asked(DEPENDENT))


LONG_NAME = person(last_name="X" * 60_000)


@pytest.mark.parametrize("many", [[person()] * 101, [LONG_NAME], [person(first_name="Y" * 6_000)] * 10])
def test_a_reply_of_more_members_or_longer_names_than_there_can_be_is_unreadable(many: list[Benefits]) -> None:
    with pytest.raises(ReplyUnreadable, match="envelope:members"):
        judge(reply()._replace(people=tuple(many)), asked())


def test_our_member_is_found_among_a_large_family() -> None:
    others = [person(first_name=f"CHILD{number}")._replace(traces=()) for number in range(60)]

    assert judge(reply()._replace(people=(*others, OURS)), asked()) is OURS
