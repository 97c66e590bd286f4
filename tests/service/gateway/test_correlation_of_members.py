"""Whose reply it is, in every combination of what may differ: nobody is given the answer about somebody else."""

from collections.abc import Callable
from datetime import date
from itertools import chain, combinations, product
from typing import NamedTuple

import pytest

from contracts import (
    AttemptNumbers,
    Benefit,
    Benefits,
    BirthDateDiffers,
    Card,
    Comparison,
    Echo,
    Echoes,
    Inquiry,
    InquiryPlan,
    MatchStanding,
    Member,
    PayerError,
    Person,
    Provider,
    Reference,
    Relationship,
    Reply,
    ReplyMismatched,
    RouteEntry,
    Subscriber,
    Trace,
    compare,
    standing,
)
from service.gateway import correlation as gate
from service.gateway.correlation import SentInquiry, judge

NUMBERS = AttemptNumbers(
    interchange="000000101",
    group="101",
    trace="BVTRACE1",
    originator="9123456789",
    transaction="BVTRANS1",
    envelope_id="f81d4fae-7dec-41d0-a765-00a0c91e6bf6",
)
CARD = Card(
    id="cigna",
    name="CIGNA",
    routes=(RouteEntry(route="core_mime", payer_id="62308", source="test"),),
    plan=InquiryPlan(source="test"),
)
WITHOUT_TRACE = CARD.model_copy(update={"echoes": Echoes(trace=False)})
ALONE = Inquiry(
    payer="cigna",
    member=Member(first_name="Bram", last_name="O'Testcase Jr", birth_date=date(1990, 4, 12), member_id="U90000004 01"),
    provider=Provider(npi="1999999984", name="EXAMPLE RECOVERY CENTER"),
    service_date=date(2026, 11, 23),
    service_types=("30",),
)
CHILD_OF = ALONE.model_copy(
    update={
        "member": Member(first_name="Bram", last_name="Testcase", birth_date=date(1990, 4, 12)),
        "subscriber": Subscriber(
            first_name="Odin",
            last_name="Testcase",
            birth_date=date(1961, 1, 31),
            member_id="U9000000401",
            relationship=Relationship.CHILD,
        ),
    }
)
MEMBER = Person(
    at=12, text="", role="IL", last_name="TESTCASE", first_name="BRAM", member_id="U9000000401", birth_date="19900412"
)
HOLDER = MEMBER._replace(first_name="ODIN", birth_date="19610131")
OTHERS = {
    "member_id": "U9000000502",
    "last_name": "PLACEHOLDER",
    "first_name": "ANOTHER",
    "birth_date": "19910412",
}
SETS = [frozenset(c) for c in chain.from_iterable(combinations(OTHERS, n) for n in range(5))]


class Way(NamedTuple):
    """Where the member stands in inquiry and reply."""

    inquiry: Inquiry
    own_loop: bool = False


WAYS = {
    "subscriber": Way(ALONE.model_copy(update={"member": ALONE.member.model_copy(update={"last_name": "Testcase"})})),
    "dependent in the subscriber's place": Way(CHILD_OF),
    "dependent": Way(CHILD_OF, own_loop=True),
}


def owed(differs: frozenset[str], *, traced: bool, declared: bool) -> str:
    """What ``ANSWER.md`` [H1] to [H4] say, in their own order; a declaration explains id and names, not all."""
    if not differs:
        return "exact"
    if differs == {"first_name"}:
        return "differs"
    if not traced:
        return "quarantine"
    if differs == {"birth_date"}:
        return "other birth date"
    if "birth_date" in differs or len(differs) == 3:
        return "quarantine"
    return "differs" if len(differs) == 1 or declared else "quarantine"


def reply_of(differs: frozenset[str], way: Way, *, traced: bool, declared: bool) -> Reply:
    named = MEMBER._replace(changed=declared, **{field: OTHERS[field] for field in differs})
    people = {"subscriber": named, "patient": named}
    if way.own_loop:
        # The id stands with the subscriber, and so does the declaration that it was corrected.
        people = {
            "subscriber": HOLDER._replace(member_id=named.member_id, changed=declared),
            "patient": named._replace(role="03", member_id=""),
        }
    said = Benefits(
        **people,
        traces=(Trace("2", NUMBERS.trace, NUMBERS.originator),) if traced else (),
        lines=(Benefit(at=16, text="EB*1**30", information="1", service_types=("30",)),),
    )
    return Reply((said,), Echo(transaction="BVTRANS1"), b"raw", "application/edi-x12")


def came(reply: Reply, way: Way, *, traced: bool) -> str:
    of = CARD if traced else WITHOUT_TRACE
    try:
        benefits = judge(reply, SentInquiry(way.inquiry, NUMBERS, of))
    except ReplyMismatched:
        return "quarantine"
    except BirthDateDiffers as error:
        return "other birth date" if (error.fields, error.quarantined) == (("birth_date",), True) else "shown"
    return compare(way.inquiry, benefits, of).match.value


def wrong() -> list[str]:
    """The combinations in which a reply does not come to what it should, of all there are."""
    found = []
    for differs, traced, declared, (name, way) in product(SETS, (True, False), (True, False), WAYS.items()):
        said = came(reply_of(differs, way, traced=traced, declared=declared), way, traced=traced)
        if said != owed(differs, traced=traced, declared=declared):
            found.append(f"{name}: {sorted(differs)} traced={traced} declared={declared} is {said}")
    return found


def test_every_combination_of_differences_comes_to_what_it_should() -> None:
    assert wrong() == []


def declared_explains_all(comparison: Comparison, *, traced: bool) -> MatchStanding:
    """The mutant: whatever the payer declares corrected is the member's own, as it once was."""
    del traced
    decisive = [one for one in comparison.fields if one.field in {"member_id", "last_name", "birth_date"}]
    declared = any(one.declared for one in comparison.fields)
    crossed = any(not one.equal for one in decisive) and not declared
    return MatchStanding.ANOTHER_MEMBER if crossed else MatchStanding.SAME_MEMBER


def untraced_as_traced(comparison: Comparison, *, traced: bool) -> MatchStanding:
    """The mutant: a reply without our trace is judged as if it had one."""
    del traced
    return standing(comparison, traced=True)


@pytest.mark.parametrize("mutant", [declared_explains_all, untraced_as_traced])
def test_a_looser_rule_is_found_out(monkeypatch: pytest.MonkeyPatch, mutant: Callable[..., MatchStanding]) -> None:
    monkeypatch.setattr(gate, "standing", mutant)

    assert wrong()


def judged(inquiry: Inquiry, *people: Benefits, of: Card = CARD) -> Benefits:
    return judge(
        Reply(people, Echo(transaction="BVTRANS1"), b"raw", "application/edi-x12"), SentInquiry(inquiry, NUMBERS, of)
    )


def said_of(**changes: object) -> Benefits:
    benefits = reply_of(frozenset(), WAYS["subscriber"], traced=True, declared=False).people[0]
    named = MEMBER._replace(**changes)
    return benefits._replace(subscriber=named, patient=named)


@pytest.mark.parametrize("missing", ["last_name", "first_name", "birth_date"])
def test_a_new_id_needs_the_rest_to_come_back_equal(missing: str) -> None:
    promises_nothing = CARD.model_copy(update={"echoes": Echoes(member_id=False, birth_date=False)})

    with pytest.raises(ReplyMismatched):
        judged(WAYS["subscriber"].inquiry, said_of(member_id="U9000000502", **{missing: ""}), of=promises_nothing)


@pytest.mark.parametrize(
    ("reference", "passes"),
    [(Reference(13, "Q4", "U90000004 01"), True), (Reference(13, "Q4", "U9000000777"), False)],
    ids=["of the id that was sent", "of another id"],
)
def test_a_prior_id_explains_a_new_one_only_when_it_is_ours(reference: Reference, *, passes: bool) -> None:
    inquiry = WAYS["subscriber"].inquiry
    benefits = said_of(member_id="U9000000502", first_name="", references=(reference,))

    if passes:
        assert judged(inquiry, benefits) is benefits
    else:
        with pytest.raises(ReplyMismatched):
            judged(inquiry, benefits)


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"last_name": "WEDDED"}, None),
        ({"first_name": "NICK"}, None),
        ({"birth_date": "19620131"}, BirthDateDiffers),
        ({"birth_date": "19620131", "last_name": "WEDDED"}, ReplyMismatched),
        ({"first_name": "NICK", "last_name": "WEDDED"}, ReplyMismatched),
        ({"member_id": "U9000000502", "last_name": "WEDDED", "changed": True}, None),
        ({"member_id": "U9000000502", "first_name": "NICK", "last_name": "WEDDED", "changed": True}, ReplyMismatched),
    ],
    ids=str,
)
def test_a_dependents_subscriber_is_judged_as_the_dependent_is(
    changes: dict[str, object], error: type[PayerError] | None
) -> None:
    own = reply_of(frozenset(), WAYS["dependent"], traced=True, declared=False).people[0]
    benefits = own._replace(subscriber=HOLDER._replace(**changes))

    if error is None:
        assert judged(CHILD_OF, benefits) is benefits
        return
    with pytest.raises(error) as failed:
        judged(CHILD_OF, benefits)
    assert failed.value.fields == (("subscriber.birth_date",) if error is BirthDateDiffers else ())


def test_nobody_is_named_and_our_trace_decides() -> None:
    promises_nothing = CARD.model_copy(update={"echoes": Echoes(member_id=False, birth_date=False)})
    nobody = reply_of(frozenset(), WAYS["subscriber"], traced=True, declared=False).people[0]
    nobody = nobody._replace(subscriber=None, patient=None)

    assert judged(ALONE, nobody, of=promises_nothing) is nobody
    with pytest.raises(ReplyMismatched):
        judged(ALONE, nobody._replace(traces=()), of=promises_nothing)


@pytest.mark.parametrize(("name", "match"), [("TESTCASE JR", "exact"), ("TESTCASE SR", "differs")])
def test_another_generation_is_a_difference(name: str, match: str) -> None:
    assert compare(ALONE, said_of(last_name=f"O'{name}"), CARD).match == match


@pytest.mark.parametrize(
    ("sent", "echoed"),
    [("Sørensen", "SORENSEN"), ("Łukasz", "LUKASZ"), ("Peña–Núñez", "PENA NUNEZ"), ("Groß", "GROSS")],
)
def test_a_name_compares_as_it_was_written_out(sent: str, echoed: str) -> None:
    inquiry = ALONE.model_copy(update={"member": ALONE.member.model_copy(update={"last_name": sent})})

    assert compare(inquiry, said_of(last_name=echoed), CARD).match == "exact"
