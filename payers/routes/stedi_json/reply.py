"""Stedi's current eligibility check: benefits by plan and by kind, codes spelled out, one entry for each service type.

The key of an entry is its kind (EB01). Only the raw reply beside it tells some things apart that Stedi writes alike,
such as an empty EB02 and ``IND``. Source: ``PROTOCOLS.md`` 4.4.1; the field names are S1's.
"""

from collections.abc import Iterator
from typing import Final

from contracts import Benefits, Dated, Entity, FindingCode, Noticed, Person, Rejection, Trace
from payers.routes.shared.json_replies import codes
from payers.routes.shared.json_replies.codes import find_code
from payers.routes.shared.json_replies.elements import (
    choose_trace,
    day,
    drop_repeats,
    limit_lines,
    rejection,
    usual_loop,
)
from payers.routes.shared.json_replies.gateway_errors import refusal
from payers.routes.shared.json_replies.raw_271 import answered_at, read_best
from payers.routes.shared.json_replies.tree import Node
from payers.routes.stedi_json.plans import Plans, dates, entity_of, references

_LOOPS: Final = {
    "ENVELOPE": "2000A",
    "PAYER": "2100A",
    "PROVIDER": "2100B",
    "SUBSCRIBER": "2100C",
    "SUBSCRIBER_BENEFITS": "2110C",
    "DEPENDENT": "2100D",
    "DEPENDENT_BENEFITS": "2110D",
}
_OF_V3 = ("benefitsInformation", "controlNumber", "tradingPartnerServiceId", "planStatus")


def fits(root: Node) -> bool:
    """Whether this is such a reply: plans of benefits by kind, or the payer's id with what it says."""
    if root.has(*_OF_V3):
        return False
    if any(isinstance(plan.at("benefits").value, dict) for plan in root.each("plans")):
        return True
    if not root.has("payerId", "eligibilitySearchId"):
        return not root.has("encounter") and any(
            root.at(one).at("name").has("person") for one in ("subscriber", "dependent")
        )
    # An inquiry in this form has the same people, but no id, no payer and no benefits.
    return root.has("id", "plans", "errors", "payer", "x12")


def read(root: Node) -> tuple[Benefits, ...]:
    """Return what the reply says: the raw reply inside it when it is whole, else its own reading. Raises nothing."""
    return read_best(root, (read_json(root),))


def read_json(root: Node) -> Benefits:
    """Return what the JSON itself says, without the raw reply that may stand inside."""
    holder, dependent = _person(root.at("subscriber"), "IL"), _person(root.at("dependent"), "03")
    traces = tuple(_traces(root))
    plans = Plans(root)
    lines = tuple(plans.lines())
    above: list[Rejection] = []
    beside: list[Rejection] = []
    for refused in drop_repeats(_rejections(root)):
        (beside if lines and refused.loop.startswith("2110") else above).append(refused)
    if beside:
        # A problem of one service is beside the answer and does not replace it.
        lines = (lines[0]._replace(rejections=tuple(beside)), *lines[1:])
    return limit_lines(
        Benefits(
            payer=_payer(root),
            provider=_provider(root.at("provider")),
            subscriber=holder,
            patient=dependent or holder,
            traces=traces,
            lines=lines,
            rejections=tuple(above),
            acknowledgment=None if lines or above else refusal(root),
            noticed=tuple(Noticed(FindingCode.MALFORMED_VALUE, at, "invalidEntries") for at in plans.invalid(root)),
            trace=choose_trace(traces, root.at("meta").text("outboundTraceId", "traceId"), root.text("id")),
            answered_at=answered_at(root),
        )
    )


def _person(node: Node, role: str) -> Person | None:
    named = node.at("name").at("person")
    if not (named or node.has("memberId", "dateOfBirth")):
        return None
    member_id = node.text("memberId")
    return Person(
        at=node.path,
        text=node.own_json(),
        role=role,
        last_name=named.text("lastName"),
        first_name=named.text("firstName"),
        middle_name=named.text("middleName"),
        suffix=named.text("suffix"),
        id_kind="MI" if member_id else "",
        member_id=member_id,
        birth_date=day(node.text("dateOfBirth")),
        gender=find_code(codes.GENDERS, node.text("gender")),
        relationship=find_code(codes.RELATIONSHIPS, node.text("relationToSubscriber", "relationship")),
        changed=node.at("maintenance").text("indicator").upper() == "PAYER_INDICATED",
        references=references(node),
        dates=_days(node),
    )


def _days(node: Node) -> tuple[Dated, ...]:
    return dates(node.at("dates"))


def _payer(root: Node) -> Entity | None:
    node, asked = root.at("payer"), root.text("payerId")
    if not node:
        return Entity("$.payerId", "", "PR", "", id_kind="PI", id=asked) if asked else None
    found = entity_of(node)
    role, number = found.role or "PR", found.id or asked
    return found._replace(role=role, id=number, id_kind=found.id_kind or ("PI" if number else ""))


def _provider(node: Node) -> Entity | None:
    return entity_of(node) if node else None


def _traces(root: Node) -> Iterator[Trace]:
    for node in (*root.at("meta").each("subscriberTraceNumbers"), *root.each("subscriberTraceNumbers")):
        number = node.text("referenceIdentification")
        if number:
            kind = "1" if node.text("type").upper().startswith("CURRENT") else "2"
            yield Trace(kind, number, node.text("originatingCompanyIdentifier"))


def _rejections(root: Node) -> Iterator[Rejection]:
    for node in root.each("errors"):
        code, location = node.text("code"), node.text("location")
        if not code and location.upper() not in _LOOPS:
            continue
        yield rejection(node, _LOOPS.get(location.upper()) or usual_loop(code))
