"""What the repair ladder promises: the same person put differently, twice at most, and only after a payer's word."""

from collections.abc import Callable
from datetime import date

import pytest

from contracts import (
    Benefits,
    Card,
    Inquiry,
    InquiryPlan,
    Member,
    MemberRejected,
    PayerError,
    PayerSilent,
    Provider,
    Question,
    Relationship,
    Repair,
    Several,
    Subscriber,
)
from payers.adapter import DataAdapter
from payers.aetna import CARD as AETNA
from payers.cigna import CARD as CIGNA
from payers.conformance.scripted import ScriptedGateway
from payers.repairing import repairs
from payers.x12 import read_interchange

_TWO_AT_ONCE = CIGNA.model_copy(
    update={
        "plan": InquiryPlan(
            first=("30",), beside=("MH",), then=("AI",), several=Several.NO, source="a payer of one type an inquiry"
        )
    }
)
"""A card whose questions send two inquiries side by side."""

IDENTITY = {"member_id", "first_name", "last_name", "birth_date"}


def question(**member: object) -> Question:
    details = {
        "first_name": "Otis",
        "last_name": "Specimen",
        "birth_date": date(1990, 4, 12),
        "member_id": "U9000012301",
    }
    return Question(
        payer="cigna",
        member=Member.model_validate(details | member),
        provider=Provider(npi="1999999984", name="Example Recovery Center"),
        service_date=date(2026, 11, 23),
    )


def of_a_dependent() -> Question:
    holder = Subscriber(
        first_name="Ada", last_name="Specimen", member_id="U9000012301", relationship=Relationship.CHILD
    )
    return question(member_id=None).model_copy(update={"subscriber": holder})


@pytest.mark.parametrize(
    ("given", "shorter"), [("U9000012301", "U90000123"), ("u90000123 01", "u90000123"), ("U90000123", None)]
)
def test_a_persons_suffix_is_dropped_where_a_whole_id_is_left(given: str, shorter: str | None) -> None:
    found = dict(repairs(question(member_id=given), CIGNA, {"member_id"}))

    assert (Repair.WITHOUT_SUFFIX in found) is (shorter is not None)
    assert shorter is None or found[Repair.WITHOUT_SUFFIX].member.member_id == shorter


def test_a_hyphen_before_the_suffix_goes_with_it() -> None:
    found = dict(repairs(question(member_id="W900000011-02"), AETNA, {"member_id"}))

    assert found[Repair.WITHOUT_SUFFIX].member.member_id == "W900000011"


def test_the_holders_suffix_is_added_where_the_card_knows_it() -> None:
    at_cigna = dict(repairs(question(member_id="U90000123"), CIGNA, {"member_id"}))
    at_aetna = dict(repairs(question(member_id="W900000011"), AETNA, {"member_id"}))

    assert at_cigna[Repair.WITH_SUFFIX].member.member_id == "U9000012301"
    assert at_aetna == {}


def test_a_name_is_written_as_core_258_compares_it() -> None:
    found = dict(repairs(question(last_name="O'Donnell-Griswold Jr"), CIGNA, {"last_name"}))

    assert found[Repair.PLAIN_NAME].member.last_name == "ODONNELLGRISWOLD"
    assert Repair.PLAIN_NAME not in dict(repairs(question(), CIGNA, {"last_name"}))


def test_a_dependent_is_asked_as_the_subscriber_with_the_holders_id() -> None:
    mended = dict(repairs(of_a_dependent(), CIGNA, {"last_name"}))[Repair.AS_SUBSCRIBER]

    assert mended.subscriber is None
    assert (mended.member.first_name, mended.member.member_id) == ("Otis", "U9000012301")


def test_a_subscriber_is_asked_as_the_dependent_of_a_holder_with_that_id() -> None:
    mended = dict(repairs(question(), CIGNA, {"last_name"}))[Repair.AS_DEPENDENT]

    assert mended.subscriber is not None
    assert (mended.subscriber.member_id, mended.subscriber.first_name) == ("U9000012301", None)
    assert (mended.member.first_name, mended.member.member_id) == ("Otis", None)


def test_a_suffix_is_dropped_from_the_holders_id_too() -> None:
    mended = dict(repairs(of_a_dependent(), CIGNA, {"member_id"}))[Repair.WITHOUT_SUFFIX]

    assert mended.subscriber is not None
    assert mended.subscriber.member_id == "U90000123"


def test_the_other_npi_is_tried_when_nobody_was_found() -> None:
    card = CIGNA.model_copy(update={"repairs": (Repair.OTHER_NPI,)})
    both = question().model_copy(update={"provider": Provider(npi="1999999984", name="X", other_npi="1234567893")})

    ((way, mended),) = repairs(both, card, IDENTITY)

    assert (way, mended.provider.npi) == (Repair.OTHER_NPI, "1234567893")
    assert not list(repairs(question(), card, IDENTITY))
    assert not list(repairs(both, card, {"birth_date"}))


def test_there_are_two_at_most_and_none_without_a_word_of_the_payers() -> None:
    asked = question(last_name="O'Donnell")

    assert len(list(repairs(asked, CIGNA, IDENTITY))) == 2
    assert not list(repairs(asked, CIGNA, ()))
    assert not list(repairs(asked, CIGNA, {"birth_date"}))


class _Payer:
    """A gateway to a payer that knows one form of the question alone, and rejects or drops every other."""

    cards: tuple[Card, ...] = ()

    def __init__(self, known: Callable[[Inquiry], bool], good: Benefits, bad: Benefits | PayerError) -> None:
        self._known, self._good, self._bad = known, good, bad
        self.asked: list[Inquiry] = []

    async def ask(self, card: Card, inquiry: Inquiry) -> Benefits:
        self.asked.append(inquiry)
        said = self._good if self._known(inquiry) else self._bad
        if isinstance(said, PayerError):
            raise said
        return said._replace(asked=inquiry.service_types)


@pytest.fixture
def replies(text: Callable[..., bytes]) -> tuple[Benefits, Benefits]:
    """A good reply, and one that knows nobody of that id."""
    good = read_interchange(text(["EB*1**30^MH", "EB*1**AI"])).people[0]
    lines = ("AAA*N**72*C",)
    return good, read_interchange(text(lines)).people[0]


async def test_a_mended_question_is_answered_and_its_other_types_are_asked_alike(
    replies: tuple[Benefits, Benefits],
) -> None:
    good, bad = replies
    gateway = _Payer(lambda inquiry: inquiry.member.member_id == "U90000123", good, bad)

    answer = await DataAdapter(_TWO_AT_ONCE).verify(question(), gateway)

    assert answer.coverage.status == "active"
    asked = [(one.service_types, one.repair) for one in gateway.asked]
    assert asked == [
        (("30",), None),
        (("MH",), None),
        (("30",), Repair.WITHOUT_SUFFIX),
        (("MH",), Repair.WITHOUT_SUFFIX),
    ]


@pytest.mark.parametrize("raised", [False, True], ids=["said in a 271", "raised by the route"])
async def test_two_repairs_at_most_are_tried_and_the_first_word_stands(
    replies: tuple[Benefits, Benefits], text: Callable[..., bytes], *, raised: bool
) -> None:
    good, _ = replies
    nobody = read_interchange(text(["AAA*N**75*C"])).people[0]
    said = MemberRejected("75", fields=tuple(IDENTITY)) if raised else nobody
    gateway = _Payer(lambda _: False, good, said)

    if raised:
        with pytest.raises(MemberRejected):
            await DataAdapter(_TWO_AT_ONCE).verify(question(last_name="O'Donnell"), gateway)
    else:
        answer = await DataAdapter(_TWO_AT_ONCE).verify(question(last_name="O'Donnell"), gateway)
        assert answer.coverage.status == "not_found"

    assert [one.repair for one in gateway.asked] == [None, None, Repair.WITHOUT_SUFFIX, Repair.PLAIN_NAME]


async def test_nothing_is_mended_after_silence(replies: tuple[Benefits, Benefits]) -> None:
    gateway = _Payer(lambda _: False, replies[0], PayerSilent("timeout"))

    with pytest.raises(PayerSilent):
        await DataAdapter(_TWO_AT_ONCE).verify(question(), gateway)

    assert len(gateway.asked) == 2


async def test_silence_in_the_midst_ends_the_ladder_and_the_rejection_stands(
    replies: tuple[Benefits, Benefits],
) -> None:
    class Tires(_Payer):
        async def ask(self, card: Card, inquiry: Inquiry) -> Benefits:
            if inquiry.repair is not None:
                self.asked.append(inquiry)
                raise PayerSilent("timeout")
            return await super().ask(card, inquiry)

    gateway = Tires(lambda _: False, *replies)

    answer = await DataAdapter(_TWO_AT_ONCE).verify(question(last_name="O'Donnell"), gateway)

    assert (answer.coverage.status, len(gateway.asked)) == ("not_found", 3)


async def test_nothing_is_mended_when_one_of_the_replies_answers(replies: tuple[Benefits, Benefits]) -> None:
    good, bad = replies
    gateway = ScriptedGateway(good, bad, good)

    answer = await DataAdapter(_TWO_AT_ONCE).verify(question(), gateway)

    assert answer.coverage.status == "active"
    assert all(one.repair is None for one in gateway.asked)


async def test_what_could_not_be_written_was_no_word_of_the_payers(replies: tuple[Benefits, Benefits]) -> None:
    unwritable = MemberRejected("unwritable", fields=("last_name",))
    unwritable.sent = False
    gateway = _Payer(lambda _: False, replies[0], unwritable)

    with pytest.raises(MemberRejected):
        await DataAdapter(_TWO_AT_ONCE).verify(question(), gateway)

    assert len(gateway.asked) == 2
