"""The plans of an Availity coverage, as benefit lines.

A plan holds benefits by service type, a benefit its figures by kind, a kind its elements by side of the network: EB03,
EB01 and EB12 are keys there. An element may hold up to three figures (``amount``, ``total``, ``remaining``), each of
which is a line of its own. Source: ``PROTOCOLS.md`` 4.2.3 (S10).
"""

import re
from collections.abc import Iterator
from decimal import Decimal, InvalidOperation
from typing import Final

from contracts import Benefit, Dated, DeliveryLimit, Entity, Message
from payers.routes.shared.json_replies import codes
from payers.routes.shared.json_replies.codes import find_code, fold
from payers.routes.shared.json_replies.elements import code_of, dates, references, share_in_percent
from payers.routes.shared.json_replies.tree import Node

KINDS: Final = {
    "coInsurance": "A",
    "coPayment": "B",
    "deductibles": "C",
    "deductible": "C",
    "outOfPocket": "G",
    "limitations": "F",
    "unlimited": "H",
    "nonCovered": "I",
    "exclusions": "E",
    "benefitDescriptions": "D",
    "coverageBasis": "CB",
    "costContainment": "J",
    "reserve": "K",
    "preexistingConditions": "M",
    "statusDetails": "",
}
"""EB01 of each kind of detail; a status detail brings its own."""

SIDES: Final = {"inNetwork": "Y", "outOfNetwork": "N", "notApplicableNetwork": "W", "noNetwork": ""}
"""EB12 of each side."""

_DATES = {
    "eligibilityStartDate": "356",
    "eligibilityEndDate": "357",
    "planStartDate": "346",
    "planEndDate": "347",
    "coverageStartDate": "346",
    "coverageEndDate": "347",
    "benefitStartDate": "348",
    "benefitBeginDate": "348",
    "benefitEndDate": "349",
    "cobraStartDate": "340",
    "cobraEndDate": "341",
    "serviceDate": "472",
}
_REFERENCES = {
    "groupNumber": ("6P", "groupName"),
    "policyNumber": ("1L", ""),
    "planNumber": ("18", "planName"),
    "planNetworkId": ("N6", "planNetworkName"),
    "planNetworkIdNumber": ("N6", "planNetworkName"),
    "priorAuthorizationNumber": ("G1", ""),
    "referralNumber": ("9F", ""),
}
_ORDERS = (("primary", "PRP"), ("secondary", "SEP"), ("tertiary", "TTP"))
_DOLLARS = frozenset({"USD", "USDOLLAR", "USDOLLARS", "DOLLAR", "DOLLARS", "MONETARY", "CURRENCY"})
_PERCENT = frozenset({"PERCENT", "PERCENTAGE", "PCT"})
_WRITTEN = re.compile(r"(?P<before>\$?)(?P<digits>\d{1,3}(?:,\d{3})+(?:\.\d+)?|\d*\.?\d+)(?P<after>%?)")
"""A figure as people write it: with a sign, and with commas between thousands."""

_SIGNS = {"$": "USD", "%": "PERCENT"}
_REMAINING = {"32": "33", "33": "33"}
_STATUSES = frozenset("12345678")


def lines(coverage: Node) -> Iterator[Benefit]:
    """Yield each plan's lines: its own status first, as EB01 on service type 30, then benefit by benefit."""
    for plan in coverage.each("plans"):
        yield from _Plan(plan).lines()


class _Plan:
    """One plan, whose name, kind and dates belong to each of its lines."""

    def __init__(self, node: Node) -> None:
        self.node = node
        self.name = node.text("description", "planName", "name")
        self.insurance = code_of(codes.INSURANCE, node, "insuranceType")
        self.dates: tuple[Dated, ...] = dates(node, _DATES)

    def lines(self) -> Iterator[Benefit]:
        yield from self._of(self.node, _types_of_plan(self.node))
        for benefit in self.node.each("benefits"):
            yield from self._of(benefit, _types(benefit))

    def _of(self, node: Node, types: tuple[str, ...]) -> Iterator[Benefit]:
        """Yield the status of a plan or benefit, then its details, then its other payers."""
        status = self._status(node, types)
        if status is not None:
            yield status
        for holder in (node, node.at("amounts")):
            for key in holder.keys():  # noqa: SIM118 - a Node is no dict
                detail = holder.at(key)
                if key in KINDS or any(side in SIDES for side in detail.keys()):  # noqa: SIM118 - the same
                    yield from self._detail(detail, KINDS.get(key, key), types)
        for payer in node.each("additionalPayers"):
            named = _types_of_payer(payer, types)
            if not _only_named(payer, named):
                yield _other_payer(payer, named)

    def _status(self, node: Node, types: tuple[str, ...]) -> Benefit | None:
        information = code_of(codes.INFORMATION, node, "status")
        notes = _notes(node)
        named = (item for item in node.each("additionalPayers") if _only_named(item, _types_of_payer(item, types)))
        entities = (*_contacts(node), *(_payer(item) for item in named))
        if not (information or notes or entities):
            return None
        return Benefit(
            at=node.path,
            text=node.own_json(),
            # Notes of a benefit without a status are its description.
            information=information or "D",
            service_types=types,
            insurance=self.insurance,
            plan=self.name,
            authorization=_authorization(node),
            messages=notes,
            references=references(node, _REFERENCES),
            dates=self._dates(node, information),
            entities=entities,
        )

    def _dates(self, node: Node, information: str) -> tuple[Dated, ...]:
        """Return a status's own dates, else those of its plan."""
        return dates(node, _DATES) or (self.dates if information in _STATUSES else ())

    def _detail(self, detail: Node, information: str, types: tuple[str, ...]) -> Iterator[Benefit]:
        if isinstance(detail.value, list):
            for element in detail.members():
                yield from self._element(element, information, types, "")
            return
        for side in detail.keys():  # noqa: SIM118 - a Node is no dict
            for element in detail.each(side):
                yield from self._element(element, information, types, SIDES.get(side, side))

    def _element(self, node: Node, information: str, types: tuple[str, ...], network: str) -> Iterator[Benefit]:
        """Yield an element's lines: one for each figure that it holds, else one without a figure."""
        if not isinstance(node.value, dict):
            return
        own = information or code_of(codes.INFORMATION, node, "status")
        line = Benefit(
            at=node.path,
            text=node.json(),
            information=own,
            level=code_of(codes.LEVELS, node, "level"),
            service_types=_types(node) or types,
            insurance=code_of(codes.INSURANCE, node, "insuranceType") or self.insurance,
            plan=node.text("planName") or self.name,
            quantity_kind=code_of(codes.QUANTITIES, node, "quantityQualifier"),
            quantity=node.text("quantity"),
            authorization=_authorization(node),
            network=network,
            procedure=node.text("procedureCode"),
            messages=(*_notes(node), *node.notes("description")),
            places=_places(node),
            deliveries=tuple(_delivery(item) for item in node.each("deliveryInformation")),
            references=references(node, _REFERENCES),
            dates=self._dates(node, own),
            entities=_contacts(node),
        )
        figures = tuple(_figures(node, line))
        yield from figures or (line._replace(period=_any_period(node)),)


_WHOLE = ("30",)
_OTHER_PLANS = frozenset(
    "23 24 25 26 27 28 35 36 37 38 39 40 41 AL AM AN AO CP 88 89 90 91 92 BW BX B2 B3 GF GN".split()
)
"""Dental, vision and pharmacy: the status of a plan that has nothing else is that of these services."""


def _types_of_plan(plan: Node) -> tuple[str, ...]:
    """Return EB03 of a plan's own status, which the JSON does not give: 30, but for a plan of other services alone."""
    found = tuple(dict.fromkeys(code for benefit in plan.each("benefits") for code in _types(benefit)))
    return found if found and _OTHER_PLANS.issuperset(found) else _WHOLE


def _notes(node: Node) -> tuple[Message, ...]:
    return node.notes("payerNotes", "payerNote", "note", "message", "description", "text", "value")


def _types_of_payer(node: Node, types: tuple[str, ...]) -> tuple[str, ...]:
    code = node.text("serviceTypeCode")
    return (code,) if code else types


def _only_named(node: Node, types: tuple[str, ...]) -> bool:
    """Whether the payer administers the plan as a whole: it may pay claims, but runs no behavioral benefit by that."""
    return _administers(node) and types in {_WHOLE, ()}


def _administers(node: Node) -> bool:
    """Whether a payer is an administrator: by a flag, or by the administrator's name in its place."""
    return node.flag("thirdPartyAdministrator") is not False and node.has("thirdPartyAdministrator")


def _other_payer(node: Node, types: tuple[str, ...]) -> Benefit:
    """Return the line of another payer, EB01 ``R``; of a service's third-party administrator, EB01 ``U``."""
    return Benefit(
        at=node.path,
        text=node.json(),
        information="U" if _administers(node) else "R",
        service_types=types,
        messages=_notes(node),
        entities=(_payer(node),),
    )


def _payer(node: Node) -> Entity:
    """Return a payer beside the one that was asked; an administrator has the member's id there, where it is sent."""
    order = next((role for key, role in _ORDERS if node.flag(key) is True), "PR")
    phones, urls = contacts_of(node)
    administers = _administers(node)
    member_id = node.text("insuredMemberId") if administers else ""
    id_ = node.text("responsePayerId", "payerId")
    called = node.text("thirdPartyAdministrator") if node.flag("thirdPartyAdministrator") is None else ""
    return Entity(
        at=node.path,
        text=node.json(),
        role="2B" if administers else order,
        name=node.text("responseName", "name") or called,
        id_kind="MI" if member_id else "PI" if id_ else "",
        id=member_id or id_,
        phones=phones,
        urls=urls,
    )


def _types(node: Node) -> tuple[str, ...]:
    code = node.text("type", "serviceTypeCode")
    name = find_code(codes.SERVICE_TYPES, node.text("name", "serviceType")) if not code else ""
    return tuple(text for text in (code or name,) if text)


def _figures(node: Node, line: Benefit) -> Iterator[Benefit]:
    """Yield the amount, the total and what remains; an amount without a period that equals one of them is left out."""
    amount, total, remaining = (node.text(key) for key in ("amount", "total", "remaining"))
    several = sum(bool(text) for text in (amount, total, remaining)) > 1
    repeated = not _period(node, "amount") and _number(amount) in {_number(total), _number(remaining)} - {None}
    for key, text in (("amount", "" if repeated else amount), ("total", total), ("remaining", remaining)):
        if not text:
            continue
        period = _period(node, key)
        if key == "remaining":
            period = _REMAINING.get(period, "29")
        found = _figure(line, text, node.text("units"))._replace(period=period)
        yield found._replace(at=f"{node.path}.{key}", text=node.at(key).json()) if several else found


def _period(node: Node, key: str) -> str:
    return code_of(codes.PERIODS, node, f"{key}TimePeriod")


def _any_period(node: Node) -> str:
    """Return the period of an element without a figure: the period of any of its fields."""
    named = (_period(node, key) for key in ("amount", "total", "remaining", "quantity"))
    return next((period for period in named if period), "") or code_of(codes.PERIODS, node, "timePeriod")


def _number(text: str) -> Decimal | None:
    try:
        found = Decimal(text)
    except InvalidOperation:
        return None
    return found if found.is_finite() else None


def _figure(line: Benefit, text: str, units: str) -> Benefit:
    """Return the line with its figure in the element that the units name; without units, in that of its kind."""
    written = _WRITTEN.fullmatch(text)
    if written is not None:
        text, units = written["digits"].replace(",", ""), units or written["before"] or written["after"]
    unit = fold(_SIGNS.get(units, units))
    if unit in _PERCENT or (not unit and line.information == "A"):
        return line._replace(share=share_in_percent(text) if unit else text)
    if unit in _DOLLARS or not unit:
        return line._replace(amount=text)
    return line._replace(quantity_kind=find_code(codes.QUANTITIES, units), quantity=text)


def _authorization(node: Node) -> str:
    """Return EB11 from the two flags; ``false`` beside "unknown" is what a serializer writes when nothing is known."""
    required = node.flag("authorizationRequired")
    if required:
        return "Y"
    if node.flag("authorizationRequiredUnknown"):
        return "U"
    return "N" if required is False else ""


def _places(node: Node) -> tuple[Message, ...]:
    field = next((one for one in ("placeOfServiceCode", "placeOfService") if node.text(one)), None)
    if field is None:
        return ()
    sent = node.text(field)
    code = find_code(codes.PLACES, sent)
    return (Message(node.at(field).path, code, "" if code == sent else sent),)


def _delivery(node: Node) -> DeliveryLimit:
    return DeliveryLimit(
        at=node.path,
        text=node.json(),
        quantity_kind=code_of(codes.QUANTITIES, node, "quantityQualifier"),
        quantity=node.text("quantity"),
        per_kind=find_code(codes.FREQUENCIES, node.text("frequencyPeriodCode", "unitsCode"), node.text("units")),
        per=node.text("frequency"),
        period=code_of(codes.PERIODS, node, "timePeriod"),
        periods=node.text("numberOfPeriods"),
    )


def _contacts(node: Node) -> tuple[Entity, ...]:
    return tuple(_contact(item) for item in node.each("contacts"))


def _contact(node: Node) -> Entity:
    phones, urls = contacts_of(node)
    member_id, npi, id_ = node.text("memberId"), node.text("npi"), node.text("payerId", "id")
    role = node.text("entityIdentifierCode", "roleCode", "typeCode", "categoryCode")
    return Entity(
        at=node.path,
        text=node.json(),
        role=find_code(codes.ROLES, role, node.text("entityIdentifier", "role", "type", "category")),
        name=node.text("name", "lastName"),
        first_name=node.text("firstName"),
        id_kind="MI" if member_id else "XX" if npi else "PI" if id_ else "",
        id=member_id or npi or id_,
        phones=phones,
        urls=urls,
    )


def contacts_of(node: Node) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return the phones and web addresses of a contact or payer."""
    phones: list[str] = []
    urls: list[str] = []
    for one in (node, *node.each("contactInformation")):
        phones += [item.plain() for item in one.each("phone", "phones", "phoneNumber", "workPhone")]
        urls += [item.plain() for item in one.each("url", "urls", "website")]
    return tuple(dict.fromkeys(filter(None, phones))), tuple(dict.fromkeys(filter(None, urls)))
