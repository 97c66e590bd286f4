"""The correlation gate: does this reply belong to this inquiry?

Every reply passes it, on every road; one that does not is quarantined and shown to nobody. Without it 180 of 20,000
interleaved inquiries were answered with another member's data by a payer that mixes its replies up, and with kept
connections 3,668. Source: ``reliability.md`` section 2.
"""

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from contracts import (
    AttemptNumbers,
    Benefits,
    Card,
    Comparison,
    Entity,
    Inquiry,
    MemberMatch,
    PayerRefused,
    PayerSilent,
    Reply,
    ReplyMismatched,
    ReplyUnreadable,
    compare,
    plain_name,
)

NEEDED_WITHOUT_TRACE = frozenset({"member_id", "birth_date", "last_name"})
"""What must be echoed, and equal, by a payer that does not echo our trace."""


class Asked(NamedTuple):
    """What a reply is compared with: the inquiry, its numbers, the card, and all cards there are."""

    inquiry: Inquiry
    numbers: AttemptNumbers
    card: Card
    cards: Sequence[Card] = ()


def judge(reply: Reply, asked: Asked) -> Benefits:
    """Return what the reply says of the member that was asked about.

    Raises ``ReplyUnreadable`` when the envelope is broken, ``ReplyMismatched`` when the reply is not ours,
    ``PayerRefused`` when it is a rejecting acknowledgment, ``PayerSilent`` when it is an accepting one alone.
    """
    _whole(reply)
    _addressed(reply, asked)
    if reply.people[0].acknowledgment is not None:
        _acknowledged(reply, asked)
    _numbered(reply, asked)
    benefits = _the_member(reply, asked)
    _of_the_payer(benefits, asked)
    return benefits


def _whole(reply: Reply) -> None:
    """One interchange, one transaction, nothing cut off and every count right."""
    echo = reply.echo
    if not reply.people:
        raise ReplyUnreadable("envelope:empty")
    if echo.faults:
        raise ReplyUnreadable("envelope:" + ",".join(echo.faults))
    if echo.interchanges != 1 or echo.transactions != 1:
        raise ReplyUnreadable("envelope:several")


def _addressed(reply: Reply, asked: Asked) -> None:
    """To us, from whom we asked: the pair of ISA06 and ISA08 is ours reversed, or the payer's own id for its part."""
    echo = reply.echo
    if echo.receiver is not None and reply.sent_from and echo.receiver != reply.sent_from:
        raise ReplyMismatched("receiver")
    if echo.sender is not None and reply.sent_to:
        own = {
            reply.sent_to,
            asked.inquiry.payer_id,
            *asked.card.reply_ids,
            *(r.payer_id for r in asked.card.roads),
        }
        if echo.sender not in own:
            raise ReplyMismatched("sender")


def _acknowledged(reply: Reply, asked: Asked) -> None:
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


def _numbered(reply: Reply, asked: Asked) -> None:
    """Our BHT03 and, where the road carries it, our control number come back."""
    echo, numbers = reply.echo, asked.numbers
    if echo.transaction and asked.card.echoes.trace and echo.transaction != numbers.transaction:
        raise ReplyMismatched("transaction")
    if echo.control_number and echo.control_number != numbers.interchange:
        raise ReplyMismatched("control_number")


def _traced(benefits: Benefits, asked: Asked) -> bool:
    """Whether this member level carries our trace; a trace that refers to another inquiry is a crossing."""
    ours = [trace for trace in benefits.traces if trace.kind == "2"]
    if not ours:
        return False
    numbers = asked.numbers
    for trace in ours:
        if trace.number == numbers.trace and trace.originator in {"", numbers.originator}:
            return True
    if asked.card.echoes.trace:
        raise ReplyMismatched("trace")
    return False


def _the_member(reply: Reply, asked: Asked) -> Benefits:
    """The one member level that is the member asked about; payers return dependents in either loop."""
    best: tuple[int, Benefits] | None = None
    refused: list[str] = []
    for benefits in reply.people:
        verdict = compare(asked.inquiry, benefits, asked.card)
        reason = _not_them(reply, benefits, verdict, asked)
        if reason:
            refused.append(reason)
            continue
        worth = _WORTH[verdict.match] + len(verdict.compared)
        if best is None or worth > best[0]:
            best = (worth, benefits)
    if best is None:
        raise ReplyMismatched(refused[0])
    return best[1]


_WORTH = {MemberMatch.EXACT: 20, MemberMatch.DIFFERS: 10, MemberMatch.NOT_ECHOED: 0, MemberMatch.NOT_FOUND: 0}


def _not_them(reply: Reply, benefits: Benefits, verdict: Comparison, asked: Asked) -> str | None:
    if verdict.crossed:
        return "member:" + ",".join(verdict.crossed)
    if benefits.patient is None and not benefits.lines:
        # The payer or its gateway answered for itself (AAA at 2000A to 2100B): there is no member level to trace, and
        # BHT03 has been compared.
        return None
    if not reply.traced or _traced(benefits, asked):
        return None
    if not asked.card.echoes.trace and set(verdict.compared) >= NEEDED_WITHOUT_TRACE:
        return None
    return "trace_missing"


def _of_the_payer(benefits: Benefits, asked: Asked) -> None:
    """From the payer that was asked: a reply that names another of our payers, and not this one, is not ours."""
    payer = benefits.payer
    if payer is None or _names(asked.card, payer, asked.inquiry.payer_id):
        return
    if any(_names(card, payer) for card in asked.cards if card.id != asked.card.id):
        raise ReplyMismatched("payer")


def _names(card: Card, payer: Entity, payer_id: str = "") -> bool:
    ids: Iterable[str] = (payer_id, *card.reply_ids, *(entry.payer_id for entry in card.roads))
    if payer.id and payer.id in ids:
        return True
    called = plain_name(payer.name)
    return bool(called) and any(called == plain_name(name) for name in (card.name, *card.legal_names, *card.aliases))
