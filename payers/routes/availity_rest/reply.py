"""Availity Coverages v1: a coverage, or a set of them, as its portal's JSON.

A coverage that Availity still works on is ``in_progress``; one that failed there or on the way is an acknowledgment,
which says nothing about the member. Source: ``PROTOCOLS.md`` 4.2.3, 4.2.4 (S10, S12).
"""

from itertools import islice
from typing import Final, NamedTuple

from contracts import Acknowledgment, Benefits, Dated, Entity, FindingCode, Noticed, Person, Reference
from payers.routes.availity_rest.plans import contacts_of, lines
from payers.routes.availity_rest.rejections import beside_lines, of_coverage, of_error
from payers.routes.shared.json_replies import codes
from payers.routes.shared.json_replies.codes import fold
from payers.routes.shared.json_replies.elements import code_of, day, limit_lines, show_code
from payers.routes.shared.json_replies.tree import MAX_LINES, Node

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
_KNOWN = frozenset(STATUS_CODES.values())


class Outline(NamedTuple):
    """The id of a coverage, and whether it is done and only its summary was sent."""

    id: str
    summary: bool


def outlines(root: Node) -> tuple[Outline, ...]:
    """Return the coverages that stand in ``root``; none when it is an error."""
    return tuple(Outline(node.text("id"), _is_summary(node)) for node in _coverages(root))


def counts(root: Node) -> bool:
    """Whether a set holds as many coverages as it says; true for what is no set."""
    if not isinstance(root.at("coverages").value, list):
        return True
    counts = {text for key in ("count", "totalCount") if (text := root.text(key))}
    return counts <= {str(len(list(root.each("coverages"))))}


def _is_summary(node: Node) -> bool:
    """Whether a coverage is complete and none of its plans has benefits, not even an empty list of them."""
    if _status(node) not in {_COMPLETE, _PARTIAL, ""} or node.at("validationMessages"):
        return False
    return not any("benefits" in plan.keys() for plan in node.each("plans"))  # noqa: SIM118 - a Node is no dict


def _coverages(root: Node) -> tuple[Node, ...]:
    found = tuple(node for node in root.each("coverages") if _is_coverage(node))
    return found or ((root,) if _is_coverage(root) else ())


def fits(root: Node) -> bool:
    """Whether this is a coverage, a set of at least one, or Availity's own error."""
    return bool(_coverages(root)) or _is_error(root)


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
    """Return one ``Benefits`` for each coverage. Raises nothing."""
    return tuple(_coverage(node) for node in _coverages(root)) or (_error(root),)


def _coverage(node: Node) -> Benefits:
    subscriber, patient = _people(node)
    dependent = patient is not None and patient.role == "03"
    benefits = Benefits(
        payer=_payer(node.at("payer")),
        provider=_provider(node.at("requestingProvider")),
        subscriber=subscriber,
        patient=patient,
        rejections=of_coverage(node, dependent=dependent),
        trace=node.text("controlNumber", "id"),
        answered_at=node.text("updatedDate", "createdDate"),
    )
    return _by_status(node, benefits)


def _status(node: Node) -> str:
    """Return the status code: as sent when it is known, else the code for its words, else as sent."""
    code, words = node.text("statusCode").upper(), node.text("status")
    return code if code in _KNOWN else STATUS_CODES.get(fold(words), code or words)


def _by_status(node: Node, benefits: Benefits) -> Benefits:
    """Return a coverage as its status has it. An unknown status is pending, unless the coverage is rejected."""
    status = _status(node)
    if status in _WORKING:
        return benefits._replace(in_progress=True)
    at, code = f"{node.path}.statusCode", show_code("statusCode", status)
    if status and status not in _KNOWN:
        return benefits._replace(
            in_progress=not benefits.rejections, noticed=(Noticed(FindingCode.UNKNOWN_CODE, at, code),)
        )
    if status == _NEVER_SENT_BACK:
        # The payer did not answer, so what is here is not its answer.
        return (
            benefits
            if benefits.rejections
            else benefits._replace(acknowledgment=_acknowledgment(node, status, accepted=True))
        )
    full = beside_lines(limit_lines(benefits._replace(lines=tuple(islice(lines(node), MAX_LINES + 1)))))
    if status == _PARTIAL:
        # Availity says that a part is missing or broken, not which one, so nothing may be concluded from silence.
        partial = Noticed(FindingCode.TRUNCATED, at, code)
        return full._replace(truncated=True, noticed=(*full.noticed, partial))
    if status == _REFUSED and not (full.lines or full.rejections):
        return full._replace(acknowledgment=_acknowledgment(node, status, accepted=False))
    return full


def _acknowledgment(node: Node, code: str, *, accepted: bool) -> Acknowledgment:
    # People see the code, so a gateway's own words, which may be anything, stay in the text.
    short = code if code.isascii() and code.isalnum() and len(code) <= _SHORT else ""
    return Acknowledgment(at=node.path, text=node.own_json(), kind="availity", accepted=accepted, code=short)


_SHORT = 6


def _error(root: Node) -> Benefits:
    """Availity's error: the fields that it refuses, else an acknowledgment. A 5xx means that nobody answered."""
    rejections = of_error(root)
    if rejections:
        return Benefits(rejections=rejections)
    code = root.text("statusCode", "reasonCode")
    silent = code.isascii() and code.isdecimal() and len(code) == 3 and int(code) >= _FIRST_OF_THEIRS
    return Benefits(acknowledgment=_acknowledgment(root, code, accepted=silent))


def _people(node: Node) -> tuple[Person | None, Person | None]:
    """Return the subscriber and the patient: one person, unless the reply has a relationship or two names."""
    holder, patient = node.at("subscriber"), node.at("patient")
    if not holder and not patient:
        return None, None
    relationship = code_of(codes.RELATIONSHIPS, patient, "subscriberRelationship")
    days = _service_dates(node)
    if not _is_dependent(holder, patient, relationship):
        member_id = holder.text("memberId") or patient.text("memberId")
        one = _person(patient or holder, holder, "IL", relationship, member_id)._replace(dates=days)
        return one, one
    held = holder.text("memberId")
    own = patient.text("memberId")
    # A 2100D has a member id only as a reference; the family's id is the subscriber's, and we ask under that.
    kept = (Reference(patient.at("memberId").path, "1W", own),) if held and own else ()
    dependent = _person(patient, Node(None), "03", relationship, "" if held else own)
    return (
        _person(holder, Node(None), "IL", "", held) if holder else None,
        dependent._replace(dates=days, references=kept),
    )


def _is_dependent(holder: Node, patient: Node, relationship: str) -> bool:
    if relationship:
        return relationship != "18"
    names = [(fold(one.text("lastName")), fold(one.text("firstName"))) for one in (holder, patient)]
    return all(any(name) for name in names) and names[0] != names[1]


def _person(node: Node, other: Node, role: str, relationship: str, member_id: str) -> Person:
    """Return a person from the fields of ``node``, and of ``other`` where those are empty."""

    def text(*keys: str) -> str:
        return node.text(*keys) or other.text(*keys)

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
    """Return the day, or the days, that the coverage was asked for, as DTP 472."""
    first, last = (day(node.text(key)) for key in ("asOfDate", "toDate"))
    if not first:
        return ()
    at = f"{node.path}.asOfDate"
    return (Dated(at, "472", "D8", first) if last in {"", first} else Dated(at, "472", "RD8", f"{first}-{last}"),)


def _payer(node: Node) -> Entity | None:
    """Return the payer as it named itself, else as Availity lists it."""
    if not node:
        return None
    phones, urls = contacts_of(node)
    name, id_ = node.text("responseName", "name"), node.text("responsePayerId", "payerId")
    return Entity(node.path, node.own_json(), "PR", name, id_kind="PI" if id_ else "", id=id_, phones=phones, urls=urls)


def _provider(node: Node) -> Entity | None:
    if not node:
        return None
    name, npi = node.text("lastName", "name"), node.text("npi")
    return Entity(node.path, node.own_json(), "1P", name, node.text("firstName"), "XX" if npi else "", npi)
