"""Optum Real: UnitedHealthcare's eligibility as GraphQL, and what its Benefit Check says of authorization.

A reply is that of the eligibility query, or a list of it and the benefit check's, each as it came. The plan is a
status line with its own dates, a delegate is a line with EB01 ``U`` as in a 271, and whether the asking provider is in
network is an ``X`` line. Source: ``PROTOCOLS.md`` 4.5 (S7).
"""

from collections.abc import Iterator
from typing import Final

from contracts import Benefit, Benefits, Dated, Entity, FindingCode, Message, Noticed, Person, Reference, Trace
from payers.routes.optum_real import errors as optum_real_errors
from payers.routes.optum_real.services import lines, network_of
from payers.routes.shared.json_replies import codes
from payers.routes.shared.json_replies.codes import find_code, fold
from payers.routes.shared.json_replies.elements import choose_trace, day, limit_lines, read_date, show_code
from payers.routes.shared.json_replies.tree import Node

_ELIGIBILITY = "checkEligibility"
_BENEFIT_CHECK = "checkPriorAuthBenefitCoverage"

_ENVELOPE: Final = frozenset({"data", "errors", "extensions"})
_ERROR: Final = frozenset({"message", "locations", "path", "extensions"})
"""The fields that GraphQL allows in a reply and in an error; only an error's message is required."""

_STATUSES: Final = {
    "ACTIVEPOLICY": "1",
    "ACTIVE": "1",
    "PASTPOLICY": "6",
    "INACTIVEPOLICY": "6",
    "INACTIVE": "6",
    "TERMINATED": "6",
    "TERMINATEDPOLICY": "6",
}
"""EB01 of a policy's status. A future policy is neither active nor inactive and becomes a finding."""

_COVERAGES: Final = {
    "MEDICAL": "30",
    "DENTAL": "35",
    "VISION": "AL",
    "PHARMACY": "88",
    "BEHAVIORAL": "MH",
    "BEHAVIORALHEALTH": "MH",
    "MENTALHEALTH": "MH",
}
_LEVELS: Final = {"DEDUCTIBLEINFO": "C", "DEDUCTIBLE": "C", "OUTOFPOCKET": "G", "OUTOFPOCKETINFO": "G"}
"""EB01 of a plan level. A maximum of copays (``coPayMax``) has no code in X12 and is kept as words."""

_AUTHORIZATIONS: Final = {"1": "Y"}
"""EB11 of an outcome; ``1`` is the only one that is documented. Source: ``PROTOCOLS.md`` 4.5, U8."""


def fits(root: Node) -> bool:
    """Whether this is such a reply: one of the two queries' data, or GraphQL errors in place of it."""
    return any(_is_reply(node) for node in documents(root))


def _is_reply(node: Node) -> bool:
    data = node.at("data").keys()
    if _ELIGIBILITY in data or _BENEFIT_CHECK in data:
        return True
    errors = list(node.each("errors"))
    bare = _ENVELOPE.issuperset(node.keys())
    return bool(errors) and all(_is_error(one, bare=bare) for one in errors)


def _is_error(node: Node, *, bare: bool) -> bool:
    """Whether this is an error of GraphQL. In a ``bare`` envelope its message is enough.

    A gateway's field errors have a message too, and a ``path`` that is a text.
    """
    if not node.has("message"):
        return False
    return node.has("extensions", "locations") or (bare and _ERROR.issuperset(node.keys()) and not node.text("path"))


def documents(root: Node) -> tuple[Node, ...]:
    """Return the replies of one exchange in their order: the members of a list, or the root alone."""
    return tuple(root.members()) or (root,)


def read(root: Node) -> tuple[Benefits, ...]:
    """Return what the reply says: one ``Benefits`` for each member and trace in it, or one that holds its errors."""
    checks = tuple(_read_check(root))
    noticed = tuple(_odd_outcomes(root))
    found: dict[tuple[str, ...], Benefits] = {}
    for document in documents(root):
        for node in _eligibilities(document):
            benefits = _read(node)
            key = _key(benefits)
            found[key] = _join(found[key], benefits) if key in found else benefits
    rejections = tuple(one for document in documents(root) for one in optum_real_errors.rejections(document))
    if not found:
        fault = next((one for one in map(optum_real_errors.acknowledgment, documents(root)) if one), None)
        alone = Benefits(rejections=rejections, authorizations=checks, noticed=noticed)
        return (alone if rejections else alone._replace(acknowledgment=fault),)
    # Data beside errors: a part of the eligibility is missing, and the reply does not say which.
    errors = documents(root)[0].at("errors")
    partial = bool(errors)
    if partial:
        noticed = (*noticed, Noticed(FindingCode.TRUNCATED, errors.path, "errors beside data"))
    return tuple(
        limit_lines(one._replace(authorizations=checks, noticed=noticed, truncated=partial)) for one in found.values()
    )


def _eligibilities(document: Node) -> Iterator[Node]:
    for answer in document.at("data").each(_ELIGIBILITY):
        yield from answer.each("eligibility")


def _key(benefits: Benefits) -> tuple[str, ...]:
    """Return the key of one person under one trace: several plans of one person are one reply."""
    who = benefits.patient
    named = (who.member_id, who.last_name, who.first_name, who.birth_date) if who else ()
    return (benefits.trace, *named)


def _join(one: Benefits, other: Benefits) -> Benefits:
    return one._replace(lines=(*one.lines, *other.lines))


def _read(node: Node) -> Benefits:
    about = node.at("eligibilityInfo")
    plan = about.at("insuranceInfo")
    payer_id = plan.text("payerId")
    patient = _person(about.at("member"))
    trace = about.text("trnId")
    traces = (Trace("2", trace),) if trace else ()
    return Benefits(
        payer=Entity(plan.at("payerId").path, "", "PR", "", id_kind="PI", id=payer_id) if payer_id else None,
        subscriber=patient if patient is not None and patient.role == "IL" else None,
        patient=patient,
        traces=traces,
        lines=(
            *_plan(plan),
            *_levels(about),
            *_provider(node.at("providerNetwork")),
            *_elsewhere(node, payer_id),
            *(line for levels in node.each("serviceLevels") for line in lines(levels)),
        ),
        trace=choose_trace(traces),
    )


def _person(node: Node) -> Person | None:
    if not node.has("memberId", "lastName", "firstName", "dateOfBirth"):
        return None
    relationship = find_code(codes.RELATIONSHIPS, node.text("relationshipCode"))
    return Person(
        at=node.path,
        text=node.own_json(),
        role="IL" if relationship in {"", "18"} else "03",
        last_name=node.text("lastName"),
        first_name=node.text("firstName"),
        id_kind="MI" if node.has("memberId") else "",
        member_id=node.text("memberId"),
        birth_date=day(node.text("dateOfBirth")),
        gender=node.text("gender"),
        relationship=relationship,
    )


def _plan(node: Node) -> Iterator[Benefit]:
    if not node.has("policyStatus", "coverageType", "planStartDate"):
        return
    kind = node.text("coverageType")
    dates: list[Dated] = []
    for field, code in (("planStartDate", "346"), ("planEndDate", "347")):
        if node.has(field):
            dates.append(read_date(node.at(field).path, code, node.text(field)))
    group = Reference(node.at("policyNumber").path, "1L", node.text("policyNumber"), node.text("groupName"))
    yield Benefit(
        at=node.path,
        text=node.json(),
        information=find_code(_STATUSES, node.text("policyStatus")),
        service_types=(find_code(_COVERAGES, kind) if kind else "30",),
        insurance=_insurance(node),
        references=(group,) if group.value else (),
        dates=tuple(dates),
    )


def _insurance(node: Node) -> str:
    """EB04, when the type or the product names one."""
    found = (codes.INSURANCE.get(fold(node.text(field)), "") for field in ("insuranceType", "productType"))
    return next((code for code in found if code), "")


def _levels(about: Node) -> Iterator[Benefit]:
    """Yield the plan's deductible and out-of-pocket lines: the total, and what remains of it."""
    for level in about.each("planLevels"):
        name = level.text("level")
        information = _LEVELS.get(fold(name), "D")
        for key, who in (("individual", "IND"), ("family", "FAM")):
            for node in level.each(key):
                network = network_of(node)
                words = () if information != "D" else (Message(level.at("level").path, name),)
                line = Benefit(
                    at=node.path,
                    text=node.json(),
                    information=information,
                    level=who,
                    service_types=("30",),
                    network=network.code,
                    messages=(*words, *network.tier),
                )
                if node.has("planAmount"):
                    period = find_code(codes.PERIODS, node.text("planAmountFrequency"))
                    yield line._replace(amount=node.text("planAmount"), period=period)
                if node.has("remainingAmount"):
                    at = node.at("remainingAmount").path
                    yield line._replace(at=at, amount=node.text("remainingAmount"), period="29")


def _provider(node: Node) -> Iterator[Benefit]:
    """Yield whether the asking provider is in the plan's network."""
    if node.has("status"):
        network = network_of(node, "status")
        words = (Message(node.at("status").path, node.text("status")),)
        tier = (Message(node.at("tier").path, f"Tier {node.text('tier')}"),) if node.has("tier") else ()
        yield Benefit(at=node.path, text=node.json(), information="X", network=network.code, messages=(*words, *tier))


def _elsewhere(node: Node, payer_id: str) -> Iterator[Benefit]:
    """Yield who runs a part of the benefit: vendors of a service, delegates of a service or of the whole plan."""
    served: dict[str, tuple[str, ...]] = {}
    for vendor in (one for level in node.each("serviceLevels") for one in level.each("vendorServices")):
        name = vendor.text("vendorName")
        kind = vendor.text("serviceTypeCode") or find_code(codes.SERVICE_TYPES, vendor.text("serviceDescription"))
        types = (kind,) if kind else ()
        served[fold(name)] = (*served.get(fold(name), ()), *types)
        urls = (vendor.text("url"),) if vendor.has("url") else ()
        entity = Entity(vendor.path, vendor.json(), "VN", name, phones=_phones(vendor), urls=urls)
        # A vendor without a named service does not run the whole plan.
        yield _contact(vendor, entity, types) if types else _contact(vendor, entity, ("30",))._replace(information="D")
    for delegate in node.at("eligibilityInfo").each("delegatedInfo"):
        name, id_ = delegate.text("entity"), delegate.text("payerId")
        # The plan's own payer id is where to send a claim; it does not identify the delegate.
        own = not id_ or not payer_id or id_ == payer_id
        entity = Entity(
            at=delegate.path,
            text=delegate.json(),
            role="VN",
            name=name,
            id_kind="" if own else "PI",
            id="" if own else id_,
            phones=_phones(delegate.at("contact")),
        )
        if name:
            yield _contact(delegate, entity, served.get(fold(name), ()))


def _contact(node: Node, entity: Entity, types: tuple[str, ...]) -> Benefit:
    return Benefit(at=node.path, text=node.json(), information="U", service_types=types, entities=(entity,))


def _phones(node: Node) -> tuple[str, ...]:
    return (node.text("phone"),) if node.has("phone") else ()


def answers_check(root: Node) -> bool:
    """Whether this is the benefit check's reply, and says something of a procedure."""
    return any(True for _ in _read_check(root))


def _outcomes(root: Node) -> Iterator[Node]:
    for document in documents(root):
        for answer in document.at("data").each(_BENEFIT_CHECK):
            yield from answer.each("serviceOutcomes")


def _read_check(root: Node) -> Iterator[Benefit]:
    """Yield what the benefit check says of each procedure: authorization, and nothing of coverage."""
    for node in _outcomes(root):
        outcome = node.at("servicePriorAuth")
        if node.has("procedureCode") and outcome:
            yield Benefit(
                at=node.path,
                text=node.json(),
                information="D",
                procedure_kind="HC",
                procedure=node.text("procedureCode").upper(),
                authorization=_AUTHORIZATIONS.get(outcome.text("serviceOutcomeCode"), ""),
                messages=outcome.notes("messages", "messageText"),
            )


def _odd_outcomes(root: Node) -> Iterator[Noticed]:
    for node in _outcomes(root):
        code = node.at("servicePriorAuth").text("serviceOutcomeCode")
        if code and code not in _AUTHORIZATIONS:
            yield Noticed(FindingCode.UNKNOWN_CODE, node.path, show_code("serviceOutcomeCode", code))
