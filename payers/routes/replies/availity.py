"""Availity Coverages v1: a coverage, or a set of them, as its portal's JSON.

A coverage that is still worked on is ``in_progress``; one that failed at Availity or on the way is an acknowledgment,
which says nothing of the member. Source: ``payer-protocols.md`` 4.2.3, 4.2.4 (S10, S12).
"""

from collections.abc import Iterator
from typing import Final

from contracts import Acknowledgment, Benefits, Dated, Entity, FindingCode, Noticed, Person, Rejection
from payers.routes.replies import codes
from payers.routes.replies.availity_plans import lines, reached
from payers.routes.replies.codes import coded, fold
from payers.routes.replies.parts import bounded, day, once, shown, usual_loop
from payers.routes.replies.tree import Node

STATUS_CODES: Final = {
    "INPROGRESS": "0",
    "RETRYING": "R1",
    "COMPLETE": "4",
    "COMPLETEWITHPARTIALDATA": "3",
    "COMPLETEINVALIDRESPONSE": "3",
    "REQUESTERROR": "19",
    "PAYERERROR": "19",
    "COMMUNICATIONERROR": "7",
}
"""``statusCode`` for its words, for a reply that gives the words alone."""

_WORKING = frozenset({"0", "R1"})
_COMPLETE = "4"
_PARTIAL = "3"
_NEVER_SENT_BACK = "7"
_REFUSED = "19"
_FIRST_OF_THEIRS = 500
_BY_FIELD = (
    ("provider", "2100B"),
    ("payer", "2100A"),
    ("submitter", "2100A"),
    ("servicetype", "2110C"),
    ("procedurecode", "2110C"),
    ("asofdate", "2100C"),
    ("todate", "2100C"),
)
"""Where a rejected field of the form stands in a 271; every other field is of the member."""


def fits(root: Node) -> bool:
    """Whether this is a coverage, a set of at least one, or Availity's own error."""
    if any(_is_coverage(node) for node in root.each("coverages")):
        return True
    return _is_coverage(root) or _is_error(root)


def _is_coverage(node: Node) -> bool:
    if any(isinstance(plan.at("benefits").value, list) for plan in node.each("plans")):
        return True
    named = node.has("id", "controlNumber", "customerId") and node.has("status", "statusCode")
    return named and node.has(
        "plans",
        "patient",
        "subscriber",
        "payer",
        "validationMessages",
        "asOfDate",
        "createdDate",
        "requestedServiceType",
    )


def _is_error(root: Node) -> bool:
    return root.has("userMessage", "developerMessage") and root.has("statusCode", "errors", "reasonCode")


def read(root: Node) -> tuple[Benefits, ...]:
    """One ``Benefits`` for each coverage. Raises nothing."""
    coverages = tuple(node for node in root.each("coverages") if _is_coverage(node))
    if coverages:
        return tuple(_coverage(node) for node in coverages)
    return (_coverage(root) if _is_coverage(root) else _error(root),)


def _coverage(node: Node) -> Benefits:
    subscriber, patient = _people(node)
    dependent = patient is not None and patient.role == "03"
    said = Benefits(
        payer=_payer(node.at("payer")),
        provider=_provider(node.at("requestingProvider")),
        subscriber=subscriber,
        patient=patient,
        rejections=once(_rejections(node, "validationMessages", dependent=dependent)),
        trace=node.text("controlNumber", "id"),
        answered_at=node.text("updatedDate", "createdDate"),
    )
    return _by_status(node, said)


def _by_status(node: Node, said: Benefits) -> Benefits:
    """What the status makes of a coverage. An unknown one is pending, unless the reply speaks all the same."""
    status = node.text("statusCode") or STATUS_CODES.get(fold(node.text("status")), node.text("status"))
    if status in _WORKING:
        return said._replace(in_progress=True)
    full = bounded(said._replace(lines=tuple(lines(node))))
    if status == _COMPLETE or not status:
        return full
    finding = Noticed(FindingCode.UNKNOWN_CODE, f"{node.path}.statusCode", shown("statusCode", status))
    if status == _PARTIAL:
        # Availity says that a part is missing or broken, and not which: no silence of such a reply means anything.
        partial = Noticed(FindingCode.TRUNCATED, f"{node.path}.statusCode", shown("statusCode", status))
        return full._replace(truncated=True, noticed=(*full.noticed, partial))
    if full.lines or full.rejections:
        known = status in {_NEVER_SENT_BACK, _REFUSED}
        return full if known else full._replace(noticed=(*full.noticed, finding))
    if status in {_NEVER_SENT_BACK, _REFUSED}:
        return full._replace(acknowledgment=_acknowledgment(node, status, accepted=status == _NEVER_SENT_BACK))
    return full._replace(in_progress=True, noticed=(*full.noticed, finding))


def _acknowledgment(node: Node, code: str, *, accepted: bool) -> Acknowledgment:
    return Acknowledgment(
        at=node.path, text=node.own_json(), kind="availity", accepted=accepted, code=code, answers=node.text("id")
    )


def _error(root: Node) -> Benefits:
    """Availity's error: the fields that it refuses, else an acknowledgment. A 5xx means that nobody answered."""
    rejections = once(_rejections(root, "errors", dependent=False))
    if rejections:
        return Benefits(rejections=rejections)
    code = root.text("statusCode", "reasonCode")
    silent = code.isascii() and code.isdigit() and len(code) == 3 and int(code) >= _FIRST_OF_THEIRS
    return Benefits(acknowledgment=_acknowledgment(root, code, accepted=silent))


def _people(node: Node) -> tuple[Person | None, Person | None]:
    """The subscriber and the patient; one and the same person unless the reply says a relationship or two names."""
    holder, patient = node.at("subscriber"), node.at("patient")
    if not holder and not patient:
        return None, None
    relationship = coded(
        codes.RELATIONSHIPS, patient.text("subscriberRelationshipCode"), patient.text("subscriberRelationship")
    )
    days = _service_dates(node)
    if not _is_dependent(holder, patient, relationship):
        one = _person(patient or holder, holder, "IL", relationship)._replace(dates=days)
        return one, one
    return (
        _person(holder, holder, "IL", "") if holder else None,
        _person(patient, Node(None), "03", relationship)._replace(dates=days),
    )


def _is_dependent(holder: Node, patient: Node, relationship: str) -> bool:
    if relationship:
        return relationship != "18"
    names = [(fold(one.text("lastName")), fold(one.text("firstName"))) for one in (holder, patient)]
    return all(any(name) for name in names) and names[0] != names[1]


def _person(node: Node, other: Node, role: str, relationship: str) -> Person:
    """A person from ``node``, and from ``other`` where that says nothing."""

    def text(*keys: str) -> str:
        return node.text(*keys) or other.text(*keys)

    member_id = text("memberId")
    return Person(
        at=node.path,
        text=node.own_json(),
        role=role,
        last_name=text("lastName"),
        first_name=text("firstName"),
        middle_name=text("middleName"),
        suffix=text("suffix"),
        id_kind="MI" if member_id else "",
        member_id=member_id,
        birth_date=day(text("birthDate")),
        gender=text("genderCode", "gender"),
        relationship=relationship,
    )


def _service_dates(node: Node) -> tuple[Dated, ...]:
    """The day, or the days, that the coverage was asked for, as DTP 472."""
    first, last = (day(node.text(key)) for key in ("asOfDate", "toDate"))
    if not first:
        return ()
    at = f"{node.path}.asOfDate"
    return (Dated(at, "472", "D8", first) if last in {"", first} else Dated(at, "472", "RD8", f"{first}-{last}"),)


def _payer(node: Node) -> Entity | None:
    """The payer as it named itself, else as Availity lists it."""
    if not node:
        return None
    phones, urls = reached(node)
    name, id_ = node.text("responseName", "name"), node.text("responsePayerId", "payerId")
    return Entity(node.path, node.own_json(), "PR", name, id_kind="PI" if id_ else "", id=id_, phones=phones, urls=urls)


def _provider(node: Node) -> Entity | None:
    if not node:
        return None
    name, npi = node.text("lastName", "name"), node.text("npi")
    return Entity(node.path, node.own_json(), "1P", name, node.text("firstName"), "XX" if npi else "", npi)


def _rejections(node: Node, key: str, *, dependent: bool) -> Iterator[Rejection]:
    for message in node.each(key):
        code = message.text("code")
        if code or message.has("errorMessage", "field"):
            loop = _loop(message.text("field"), code, dependent=dependent)
            yield Rejection(at=message.path, text=message.json(), loop=loop, valid="N", code=code)


def _loop(field: str, code: str, *, dependent: bool) -> str:
    """The loop of a rejected field; of the code where no field is named."""
    if not field:
        return usual_loop(code)
    name = fold(field).lower()
    found = next((loop for start, loop in _BY_FIELD if name.startswith(start)), "2100C")
    return "2100D" if dependent and name.startswith("patient") else found
