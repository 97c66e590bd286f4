"""Medical Network Eligibility v3: a 271 as JSON, nearly element by element.

Optum (once Change Healthcare) and Stedi's legacy endpoint answer in this shape. Rejections stand at the object that
they are about and again in the top-level ``errors``.
Source: ``PROTOCOLS.md`` 4.3.2, 4.4.2, 4.4.3 (batch items); the field names are S7's.
"""

from collections.abc import Iterable, Iterator

from contracts import Acknowledgment, Benefit, Benefits, Entity, Person, Reference, Rejection, Trace
from payers.routes.optum_json.lines import DATES, REFERENCES, entity, line, service_types
from payers.routes.shared.json_replies import codes, elements
from payers.routes.shared.json_replies.codes import find_code
from payers.routes.shared.json_replies.gateway_errors import refusal
from payers.routes.shared.json_replies.raw_271 import answered_at, read_best
from payers.routes.shared.json_replies.tree import Node

_HOLDERS = (("payer", "2100A"), ("provider", "2100B"), ("subscriber", "2100C"), ("dependents", "2100D"))
_STATUSES = frozenset("12345678")
_OF_A_PORTAL = ("statusCode", "plans", "patient", "asOfDate", "createdDate", "validationMessages", "customerId")
_CHANGED = {"25": "25", "CHANGEINIDENTIFYINGDATAELEMENTS": "25"}


def fits(root: Node) -> bool:
    """Whether this is such a reply, or a page of them."""
    return any(_is_reply(node) for node in (root, *root.each("items")))


def _is_reply(root: Node) -> bool:
    """Whether this has benefits, a rejection or an acknowledgment, or at least who answers about whom.

    The form of a portal is none, nor is an inquiry: that has the same people and numbers, and an encounter.
    """
    if root.has("benefitsInformation", "planStatus") or _acknowledgment(root) is not None:
        return True
    holders = (holder for key, _ in _HOLDERS for holder in root.each(key))
    if any(_is_aaa(node) for node in root.each("errors")) or any(one.has("aaaErrors") for one in holders):
        return True
    about = root.has("subscriber", "payer", "provider", "dependents", "tradingPartnerServiceId")
    return about and root.has("meta", "id", "payer") and not root.has("encounter", *_OF_A_PORTAL)


def _is_aaa(node: Node) -> bool:
    placed = node.has("code") and node.has("location", "followupAction", "followUpAction")
    return placed or node.text("field") == "AAA"


def read(root: Node) -> tuple[Benefits, ...]:
    """Return what the reply says: one ``Benefits``, or one for each item of a page. Raises nothing."""
    if _is_reply(root):
        return read_best(root, (read_json(root),))
    return tuple(one for node in root.each("items") if _is_reply(node) for one in read_best(node, (read_json(node),)))


def read_json(root: Node) -> Benefits:
    """Return what the JSON of one reply itself says, without the raw reply that may stand inside."""
    holder = _person(root.at("subscriber"), "IL")
    # A gateway takes one dependent per check, so the benefits are those of the first.
    dependents = [person for node in root.each("dependents", "dependent") if (person := _person(node, "03"))]
    own = elements.references(root.at("planInformation"), REFERENCES)
    days = elements.dates(root.at("planDateInformation"), DATES)
    traces = tuple(_traces(root))
    patient = dependents[0] if dependents else holder
    if patient is not None:
        patient = patient._replace(references=(*own, *_without_known(patient, own)), dates=days)
    if not dependents:
        holder = patient
    lines, rejections = _place_rejections(root, tuple(_lines(root, "2110D" if dependents else "2110C")))
    refused = None if lines or rejections else _acknowledgment(root) or refusal(root)
    benefits = Benefits(
        payer=_payer(root.at("payer"), root.text("tradingPartnerServiceId")),
        provider=_provider(root.at("provider")),
        subscriber=holder,
        patient=patient,
        traces=traces,
        lines=lines,
        rejections=rejections,
        acknowledgment=refused,
        trace=elements.choose_trace(
            traces, root.at("meta").text("outboundTraceId"), root.text("controlNumber"), root.text("id")
        ),
        answered_at=answered_at(root),
    )
    return elements.limit_lines(benefits)


def _without_known(person: Person, own: tuple[Reference, ...]) -> tuple[Reference, ...]:
    known = {(reference.kind, reference.value) for reference in own}
    return tuple(reference for reference in person.references if (reference.kind, reference.value) not in known)


def _person(node: Node, role: str) -> Person | None:
    if not node.has("memberId", "lastName", "firstName", "dateOfBirth", "uniqueHealthIdentifier"):
        return None
    return Person(
        at=node.path,
        text=node.own_json(),
        role=role,
        last_name=node.text("lastName"),
        first_name=node.text("firstName"),
        middle_name=node.text("middleName"),
        suffix=node.text("suffix"),
        id_kind="MI" if node.has("memberId") else "II" if node.has("uniqueHealthIdentifier") else "",
        member_id=node.text("memberId", "uniqueHealthIdentifier"),
        birth_date=elements.day(node.text("dateOfBirth")),
        gender=node.text("gender"),
        relationship=elements.code_of(codes.RELATIONSHIPS, node, "relationToSubscriber"),
        changed=node.text("maintenanceTypeCode") == "001"
        and find_code(_CHANGED, node.text("maintenanceReasonCode")) == "25",
        references=elements.references(node, REFERENCES),
    )


def _traces(root: Node) -> Iterator[Trace]:
    for node in root.each("subscriberTraceNumbers", "dependentTraceNumbers"):
        kind = node.text("traceTypeCode") or ("2" if "REFER" in node.text("traceType").upper() else "1")
        number = node.text("referenceIdentification")
        if number:
            yield Trace(kind, number, node.text("originatingCompanyIdentifier"))


def _payer(node: Node, asked_id: str) -> Entity | None:
    if not node:
        return Entity("$.tradingPartnerServiceId", "", "PR", "", id_kind="PI", id=asked_id) if asked_id else None
    found = entity(node, "PR", ("name", "lastName"))
    return found if found.id else found._replace(id_kind="PI" if asked_id else "", id=asked_id)


def _provider(node: Node) -> Entity | None:
    named = ("providerOrgName", "providerName", "organizationName", "providerLastName", "lastName")
    return entity(node, "1P", named, "providerFirstName") if node else None


def _lines(root: Node, loop: str) -> Iterator[Benefit]:
    """Yield every line; the deprecated ``planStatus`` only where no line has a status."""
    found = [line(node, loop) for node in root.each("benefitsInformation") if isinstance(node.value, dict)]
    if not any(one.information in _STATUSES for one in found):
        yield from _statuses(root)
    yield from found


def _statuses(root: Node) -> Iterator[Benefit]:
    for node in root.each("planStatus"):
        yield Benefit(
            at=node.path,
            text=node.json(),
            information=elements.code_of(codes.INFORMATION, node, "status"),
            service_types=service_types(node),
            plan=node.text("planDetails"),
        )


def _place_rejections(root: Node, lines: tuple[Benefit, ...]) -> tuple[tuple[Benefit, ...], tuple[Rejection, ...]]:
    """Return the lines and the rejections above them, each once and at its place.

    The errors at the top repeat those below. One without a loop is the same as one of its code that has a loop; one of
    a benefit's loop belongs to a line, where it is a problem beside the answer.
    """
    above = [
        elements.rejection(node, loop)
        for key, loop in _HOLDERS
        for holder in root.each(key)
        for node in holder.each("aaaErrors", "allAAAErrors")
        if isinstance(node.value, dict)
    ]
    at_lines = {one.code for benefit in lines for one in benefit.rejections}
    loose: list[Rejection] = []
    for error, placed in _top(root):
        if not placed and error.code in at_lines | {one.code for one in above}:
            continue
        if not error.loop.startswith("2110") or not lines:
            above.append(error)
        elif error.code not in at_lines:
            loose.append(error)
    if loose:
        lines = (lines[0]._replace(rejections=(*lines[0].rejections, *loose)), *lines[1:])
    return lines, elements.drop_repeats(above)


def _top(root: Node) -> Iterable[tuple[Rejection, bool]]:
    """Yield the errors at the top that are an AAA, each with whether it names its loop."""
    if _is_unparsed(root):
        return
    for node in root.each("errors"):
        if node.has("code") or node.text("field") == "AAA":
            yield (
                elements.rejection(node, elements.usual_loop(node.text("code"))),
                bool(elements.loop_of(node.text("location"), "")),
            )


def _is_unparsed(root: Node) -> bool:
    """Whether the gateway could not read our own X12: its errors have codes of an AAA and name no loop."""
    errors = [node for node in root.each("errors") if node.has("code")]
    lost = bool(errors) and not any(elements.loop_of(node.text("location"), "") for node in errors)
    return lost and root.text("status").upper() == "ERROR"


def _acknowledgment(root: Node) -> Acknowledgment | None:
    """Return the acknowledgment of a 999 in words, or of a parse error, in place of a reply."""
    code = root.text("transactionSetAcknowledgement", "transactionSetAcknowledgment")[:1].upper()
    if _is_unparsed(root):
        code = "R"
    if not code and not root.has("implementationTransactionSetSyntaxError"):
        return None
    return Acknowledgment(at=root.path, text=root.own_json(), kind="999", accepted=code in {"A", "E"}, code=code or "R")
