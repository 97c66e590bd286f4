"""Service levels of Optum Real, as the benefit lines of a 271: status, copays, shares, and what messages say.

Messages and lists repeat each other ("$25 / Visit …" and copay 25): an entry of a list takes the words of its message,
and a message that no list repeats is read by itself, or kept as words. Source: ``PROTOCOLS.md`` 4.5.
"""

import re
from collections.abc import Iterator, Sequence
from decimal import Decimal, InvalidOperation
from typing import Final, NamedTuple

from contracts import Benefit, Message
from payers.routes.shared.json_replies import codes
from payers.routes.shared.json_replies.codes import find_code, fold
from payers.routes.shared.json_replies.elements import share_in_percent
from payers.routes.shared.json_replies.tree import Node

_COPAY: Final = re.compile(
    r"\$\s*(?P<figure>\d[\d,]*(?:\.\d+)?)(?:\s*(?:/|per)\s*(?P<per>[A-Za-z]+))?[\s:;,-]*(?P<rest>.*)",
    re.IGNORECASE,
)
_SHARE: Final = re.compile(r"(?P<figure>\d{1,3}(?:\.\d+)?)\s*%(?P<per>)[\s:;,-]*(?P<rest>.*)")
_ALLOWED: Final = re.compile(
    r"(?P<quantity>\d{1,5}) (?P<unit>[A-Z]+)(?: (?:(?:PER|EACH) )?(?P<period>[A-Z]+(?: [A-Z]+)?))?", re.IGNORECASE
)
_LONGEST = 1_000
"""Characters of a message that are searched for a figure. Source: ``RELIABILITY.md`` 6.9."""


class Network(NamedTuple):
    """EB12, and the tier in words where a network has several."""

    code: str
    tier: tuple[Message, ...] = ()


def network_of(node: Node, field: str = "networkStatus") -> Network:
    """Return EB12 of ``InNetwork``, ``outOfNetwork``, ``Tier1`` or ``inNetworkTier2``; a tier is in network."""
    sent = node.text(field)
    plain = fold(sent)
    side, _, tier = plain.partition("TIER")
    if not plain:
        return Network("")
    words = (Message(node.at(field).path, f"Tier {tier}"),) if tier else ()
    if side in {"OUTOFNETWORK", "OUTNETWORK"}:
        return Network("N", words)
    if side == "INNETWORK" or (not side and tier):
        return Network("Y", words)
    return Network(find_code(codes.NETWORKS, sent))


class _ParsedMessage(NamedTuple):
    """A parsed message: its figure, what the figure is per, and the rest of its words."""

    message: Message
    figure: str = ""
    per: str = ""
    rest: str = ""


class _Service(NamedTuple):
    """What all lines of one service share."""

    types: tuple[str, ...]
    level: str
    network: Network

    def line(self, node: Node, information: str) -> Benefit:
        """Return a line of this service."""
        return Benefit(
            at=node.path,
            text=node.json(),
            information=information,
            level=self.level,
            service_types=self.types,
            network=self.network.code,
            messages=self.network.tier,
        )


def lines(levels: Node) -> Iterator[Benefit]:
    """Yield the lines of one service level, individual before family."""
    for key, level in (("individual", "IND"), ("family", "FAM")):
        for group in levels.each(key):
            network = network_of(group)
            for node in group.each("services"):
                yield from _of_service(node, level, network)


def _of_service(node: Node, level: str, network: Network) -> Iterator[Benefit]:
    name, code = node.text("service"), node.text("serviceCode")
    known = find_code(codes.SERVICE_TYPES, name)
    types = tuple(one for one in (code or known,) if one)
    service = _Service(types, level, network)
    # A name that is not just the code's own may name a program.
    named = (Message(node.at("service").path, name),) if name and known != code else ()
    if node.has("status"):
        line = service.line(node, find_code(_STATUSES, node.text("status")))
        yield line._replace(text=node.own_json(), messages=(*named, *line.messages))
    messages = node.at("message")
    yield from _figures(service, node, _COPAYS, messages.at("coPay"), named)
    yield from _figures(service, node, _SHARES, messages.at("coInsurance"), named)
    for words in _messages(messages.at("deductible")):
        yield _words(service, words)
    for words in _messages(messages.at("benefitsAllowed")):
        yield _limit(service, words) or _words(service, words)


_STATUSES: Final = {**codes.INFORMATION, "NOTCOVERED": "I", "EXCLUDED": "I"}


def _words(service: _Service, message: Message) -> Benefit:
    """Return a line of words alone: they may name a program, and are no benefit by themselves."""
    line = service.line(Node(message.text, message.at if isinstance(message.at, str) else "$"), "D")
    return line._replace(messages=(message, *line.messages))


def _limit(service: _Service, message: Message) -> Benefit | None:
    """Return a message that is only a limit as EB01 ``F``: how many of what, in which time, or how many are left."""
    found = _ALLOWED.fullmatch(message.text[:_LONGEST])
    if found is None:
        return None
    unit = codes.QUANTITIES.get(fold(found["unit"]))
    period = codes.PERIODS.get(fold(found["period"] or "")) if found["period"] else ""
    if unit is None or period is None:
        return None
    line = service.line(Node(message.text, message.at if isinstance(message.at, str) else "$"), "F")
    return line._replace(quantity_kind=unit, quantity=found["quantity"], period=period)


class _Kind(NamedTuple):
    """Copays or shares: their list, the field of an entry's figure, the form of a message."""

    key: str
    field: str
    form: re.Pattern[str]

    def with_figure(self, line: Benefit, figure: str) -> Benefit:
        """Return the line with its figure; words alone when there is none."""
        plain = figure.strip("$% ")
        if not plain:
            return line._replace(information="D")
        if self is _COPAYS:
            return line._replace(information="B", amount=plain)
        return line._replace(information="A", share=share_in_percent(plain))


_COPAYS: Final = _Kind("coPayList", "copay", _COPAY)
_SHARES: Final = _Kind("coInsuranceList", "coinsurancePercent", _SHARE)


def _figures(
    service: _Service, node: Node, kind: _Kind, messages: Node, named: tuple[Message, ...]
) -> Iterator[Benefit]:
    """Yield the entries of a list, each with the words of its message; then the messages that no entry has."""
    parsed = [_read_message(message, kind.form) for message in _messages(messages)]
    used: set[str] = set()
    for item in node.each(kind.key):
        figure, place = item.text(kind.field), item.text("placeOfService")
        mine = [one for one in parsed if _same(one, figure, item.text("service"))]
        used |= {one.message.text for one in mine}
        line = kind.with_figure(service.line(item, "D"), figure)
        yield line._replace(
            period=next((one.per for one in mine if one.per), ""),
            messages=(*named, *_own_words(item, mine), *line.messages),
            places=(Message(item.at("placeOfService").path, find_code(codes.PLACES, place)),) if place else (),
        )
    for one in parsed:
        if one.message.text not in used:
            yield kind.with_figure(_words(service, one.message), one.figure)._replace(period=one.per)


def _messages(node: Node) -> tuple[Message, ...]:
    return node.notes("messages", "messageText", "message")


def _own_words(item: Node, parsed: Sequence[_ParsedMessage]) -> Iterator[Message]:
    """Yield the entry's service and messages, and its message's words where they say something else."""
    seen: set[str] = set()
    own = [Message(item.at("service").path, item.text("service")), *_messages(item)]
    for message in (*own, *(Message(one.message.at, one.rest, one.message.text) for one in parsed)):
        if message.text and fold(message.text) not in seen:
            seen.add(fold(message.text))
            yield message


def _read_message(message: Message, form: re.Pattern[str]) -> _ParsedMessage:
    found = form.match(message.text[:_LONGEST])
    if found is None:
        return _ParsedMessage(message)
    per = found["per"] or ""
    period = find_code(codes.PERIODS, per) if per else ""
    return _ParsedMessage(message, found["figure"].replace(",", ""), period, found["rest"].strip())


def _same(parsed: _ParsedMessage, figure: str, service: str) -> bool:
    """Whether a message is about an entry: the same figure, and the same service where the entry names one."""
    if not parsed.figure or not figure:
        return False
    try:
        equal = Decimal(parsed.figure) == Decimal(figure.strip("$% "))
    except InvalidOperation:
        return False
    return equal and (not service or fold(parsed.rest).startswith(fold(service)))
