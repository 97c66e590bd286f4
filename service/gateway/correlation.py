"""The correlation check: does this reply belong to this inquiry?

Every reply passes it, on every route; one that does not is quarantined and shown to nobody. Without it 180 of 20,000
interleaved inquiries were answered with another member's data by a payer that mixes its replies up, and with kept
connections 3,668. Source: ``RELIABILITY.md`` 2.
"""

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from contracts import (
    AttemptNumbers,
    Benefits,
    BirthDateDiffers,
    Card,
    Comparison,
    Entity,
    Inquiry,
    MatchStanding,
    MemberMatch,
    PayerError,
    PayerRefused,
    PayerSilent,
    Reply,
    ReplyMismatched,
    ReplyUnreadable,
    compare,
    plain_id,
    plain_name,
    standing,
)

NEEDED_WITHOUT_TRACE = frozenset({"member_id", "birth_date", "last_name"})
"""What must be echoed, and equal, where our trace does not come back."""

MOST_MEMBERS = 100
"""Member levels of one reply that are compared; an inquiry is about one, and a family has ten."""

MOST_SIGNS = 50_000
"""Signs of all that is compared of them: names, ids, references. They are compared on the event loop."""


class SentInquiry(NamedTuple):
    """What a reply is compared with: the inquiry, its numbers, the card, and all cards there are."""

    inquiry: Inquiry
    numbers: AttemptNumbers
    card: Card
    cards: Sequence[Card] = ()


def judge(reply: Reply, asked: SentInquiry) -> Benefits:
    """Return what the reply says of the member that was asked about.

    Raises ``ReplyUnreadable`` when the envelope is broken, ``ReplyMismatched`` when the reply is not ours,
    ``BirthDateDiffers`` when it is ours and about somebody born on another day,
    ``PayerRefused`` when it is a rejecting acknowledgment, ``PayerSilent`` when it is an accepting one alone.
    """
    _whole(reply)
    _check_addresses(reply, asked)
    if reply.people[0].acknowledgment is not None:
        _check_acknowledgment(reply, asked)
    _check_numbers(reply, asked)
    benefits = _the_member(reply, asked)
    _of_the_payer(benefits, asked)
    return benefits


def _whole(reply: Reply) -> None:
    """One interchange, one transaction, nothing cut off, every count right, and no more members than there can be."""
    echo = reply.echo
    if not reply.people:
        raise ReplyUnreadable("envelope:empty")
    if echo.faults:
        raise ReplyUnreadable("envelope:" + ",".join(echo.faults))
    if echo.interchanges != 1 or echo.transactions != 1:
        raise ReplyUnreadable("envelope:several")
    if len(reply.people) > MOST_MEMBERS or sum(map(_signs, reply.people)) > MOST_SIGNS:
        raise ReplyUnreadable("envelope:members")


def _signs(benefits: Benefits) -> int:
    """How long all is that will be compared of one member level."""
    persons = [one for one in (benefits.patient, benefits.subscriber) if one is not None]
    own = [value for one in (*persons, benefits.payer) if one is not None for value in one if isinstance(value, str)]
    references = [one.value for person in persons for one in person.references]
    return sum(map(len, own)) + sum(map(len, references))


def _check_addresses(reply: Reply, asked: SentInquiry) -> None:
    """To us, from whom we asked: the pair of ISA06 and ISA08 is ours reversed, or the payer's own id for its part."""
    echo = reply.echo
    if echo.receiver is not None and reply.sent_from and echo.receiver != reply.sent_from:
        raise ReplyMismatched("receiver")
    if echo.sender is not None and reply.sent_to:
        own = {
            reply.sent_to,
            asked.inquiry.payer_id,
            *asked.card.reply_ids,
            *(r.payer_id for r in asked.card.routes),
        }
        if echo.sender not in own:
            raise ReplyMismatched("sender")


def _check_acknowledgment(reply: Reply, asked: SentInquiry) -> None:
    """An acknowledgment instead of an answer: ours to mend when it rejects, no answer yet when it accepts."""
    acknowledgment = reply.people[0].acknowledgment
    if acknowledgment is None:
        return
    if acknowledgment.answers and acknowledgment.answers not in {
        asked.numbers.interchange,
        asked.numbers.group,
        asked.numbers.envelope_id,
    }:
        raise ReplyMismatched("acknowledgment")
    if acknowledgment.accepted:
        raise PayerSilent(f"acknowledged:{acknowledgment.kind}")
    raise PayerRefused(f"acknowledged:{acknowledgment.kind}:{acknowledgment.code}")


def _check_numbers(reply: Reply, asked: SentInquiry) -> None:
    """Our BHT03 and, where the route carries it, our control number come back."""
    echo, numbers = reply.echo, asked.numbers
    if echo.transaction and asked.card.echoes.trace and echo.transaction != numbers.transaction:
        raise ReplyMismatched("transaction")
    if echo.control_number and echo.control_number != numbers.interchange:
        raise ReplyMismatched("control_number")


def _the_member(reply: Reply, asked: SentInquiry) -> Benefits:
    """The one member level that is the member asked about; payers return dependents in either loop."""
    passed: list[tuple[Comparison, Benefits]] = []
    refused: list[PayerError] = []
    for benefits in reply.people:
        comparison = compare(asked.inquiry, benefits, asked.card)
        refusal = _refusal(reply, benefits, comparison, asked)
        if refusal is not None:
            refused.append(refusal)
        else:
            passed.append((comparison, benefits))
    if not passed:
        raise next((one for one in refused if isinstance(one, BirthDateDiffers)), refused[0])
    if len(passed) == 1:
        return passed[0][1]
    worths = [_WORTH[comparison.match] + len(comparison.fields_compared) for comparison, _ in passed]
    nearest = [benefits for worth, (_, benefits) in zip(worths, passed, strict=True) if worth == max(worths)]
    if len({_who(benefits) for benefits in nearest}) > 1:
        # Twins, each a little different from the member asked about: nobody knows which of them it is.
        raise ReplyMismatched("member:several")
    return nearest[0]


_WORTH = {MemberMatch.EXACT: 20, MemberMatch.DIFFERS: 10, MemberMatch.NOT_ECHOED: 0, MemberMatch.NOT_FOUND: 0}


def _who(benefits: Benefits) -> tuple[str, ...]:
    """Whom a level names, as plain values."""
    one = benefits.patient
    if one is None:
        return ()
    return plain_name(one.last_name), plain_name(one.first_name), one.birth_date, plain_id(one.member_id)


def _refusal(reply: Reply, benefits: Benefits, comparison: Comparison, asked: SentInquiry) -> PayerError | None:
    """Why this level is not the member that was asked about; None when it is. Source: ``ANSWER.md`` [H1] to [H4]."""
    traced = _has_our_trace(reply, benefits, asked)
    match = standing(comparison, traced=traced)
    if match is MatchStanding.ANOTHER_MEMBER:
        return ReplyMismatched("member:" + ",".join(comparison.differs))
    if match is MatchStanding.OTHER_BIRTH_DATE:
        fields = tuple(field for field in comparison.differs if field.endswith("birth_date"))
        return BirthDateDiffers("member:" + ",".join(fields), fields=fields)
    if benefits.patient is None and not benefits.lines:
        # The payer or its gateway answered for itself (AAA at 2000A to 2100B): there is no member level to trace, and
        # BHT03 has been compared.
        return None
    if reply.traced and not traced and asked.card.echoes.trace:
        return ReplyMismatched("trace_missing")
    missing = _missing(benefits, comparison, asked, traced=traced)
    return ReplyMismatched("echo_missing:" + ",".join(missing)) if missing else None


def _has_our_trace(reply: Reply, benefits: Benefits, asked: SentInquiry) -> bool:
    """Whether this member level carries our trace; one that refers to another inquiry is a crossing."""
    numbers = asked.numbers
    echoed = [trace for trace in benefits.traces if trace.kind == "2"]
    if any(trace.number == numbers.trace and trace.originator in {"", numbers.originator} for trace in echoed):
        return True
    # Where the route's form carries no trace of ours, one that stands there is the gateway's own.
    if echoed and reply.traced and asked.card.echoes.trace:
        raise ReplyMismatched("trace")
    return False


def _missing(benefits: Benefits, comparison: Comparison, asked: SentInquiry, *, traced: bool) -> tuple[str, ...]:
    """The echoes without which this level says nothing of the member: those that the card promises, of what was sent.

    Without our trace it is all that names the member, whatever the card says. A rejection names what it likes.
    """
    if not benefits.lines:
        return ()
    if not traced:
        return tuple(sorted(NEEDED_WITHOUT_TRACE - comparison.fields_compared))
    member, holder, echoes = asked.inquiry.member, asked.inquiry.subscriber, asked.card.echoes
    sent = {
        "member_id": member.member_id or (holder.member_id if holder else None),
        "birth_date": member.birth_date,
    }
    promised = {"member_id": echoes.member_id, "birth_date": echoes.birth_date}
    compared = comparison.fields_compared
    return tuple([field for field, value in sent.items() if value and promised[field] and field not in compared])


def _of_the_payer(benefits: Benefits, asked: SentInquiry) -> None:
    """From the payer that was asked: a reply that names another of our payers, and not this one, is not ours."""
    payer = benefits.payer
    if payer is None or _names(asked.card, payer, asked.inquiry.payer_id):
        return
    if any(_names(card, payer) for card in asked.cards if card.id != asked.card.id):
        raise ReplyMismatched("payer")


def _names(card: Card, payer: Entity, payer_id: str = "") -> bool:
    ids: Iterable[str] = (payer_id, *card.reply_ids, *(entry.payer_id for entry in card.routes))
    if payer.id and payer.id in ids:
        return True
    called = plain_name(payer.name)
    return bool(called) and any(called == plain_name(name) for name in (card.name, *card.legal_names, *card.aliases))
