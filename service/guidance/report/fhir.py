"""A report as FHIR R4: a Bundle of a CoverageEligibilityRequest, its response, and whom they name."""

from collections.abc import Iterator

from contracts import Answer, CoverageStatus, State
from contracts.report.words import STATUS
from service.guidance.report.fhir_codes import (
    NPI,
    OURS,
    TAX_ID,
    TERMINOLOGY,
    Resource,
    extension,
    make_concept,
    present,
    security_labels,
    text_of,
    url_of,
)
from service.guidance.report.fhir_items import items_of, services_of
from service.guidance.report.page import points_of
from service.guidance.report.page_values import PagePoint
from service.guidance.report.record import SealedReport
from service.guidance.report.values import VobReport

_PURPOSE = ["auth-requirements", "benefits", "validation"]
_IN_FORCE = {CoverageStatus.ACTIVE: True, CoverageStatus.INACTIVE: False}


def write_fhir(sealed: SealedReport) -> bytes:
    """Return the report as JSON of a FHIR R4 Bundle; the same record gives the same bytes.

    The library's models of R4B are those of R4 for the resources that are used here.
    """
    from fhir.resources.R4B.bundle import Bundle

    written: str = Bundle.model_validate(_bundle(sealed)).model_dump_json()
    return written.encode()


def _bundle(sealed: SealedReport) -> Resource:
    report = sealed.report
    resources, labels = dict(_resources(report)), security_labels(part_two=report.redisclosure_notice is not None)
    return {
        "resourceType": "Bundle",
        "meta": {"tag": [{"system": f"{OURS}record-sha256", "code": sealed.digest}], **labels},
        "identifier": {"system": f"{OURS}verification", "value": text_of(report.verification_id)},
        "type": "collection",
        "timestamp": report.answer.as_of.isoformat(),
        "entry": [
            {"fullUrl": url_of(report.verification_id, name), "resource": {**resource, **present(meta=labels or None)}}
            for name, resource in resources.items()
        ],
    }


def _resources(report: VobReport) -> Iterator[tuple[str, Resource]]:
    yield "request", _request(report)
    yield "response", _response(report)
    yield "patient", _patient(report)
    yield "coverage", _coverage(report)
    yield "insurer", _insurer(report)
    yield "provider", _provider(report)
    if _has_subscriber(report):
        yield "subscriber", _subscriber(report)


def _ref(report: VobReport, name: str) -> Resource:
    return {"reference": url_of(report.verification_id, name)}


def _shared(report: VobReport) -> Resource:
    """Return what request and response both hold."""
    answer = report.answer
    return {
        "status": "active",
        "purpose": _PURPOSE,
        "patient": _ref(report, "patient"),
        "servicedDate": answer.service_date.isoformat(),
        "created": answer.as_of.isoformat(),
        "insurer": _ref(report, "insurer"),
    }


def _request(report: VobReport) -> Resource:
    return {
        "resourceType": "CoverageEligibilityRequest",
        **_shared(report),
        "provider": _ref(report, "provider"),
        "insurance": [{"focal": True, "coverage": _ref(report, "coverage")}],
        "item": list(services_of(report)),
    }


def _response(report: VobReport) -> Resource:
    answer = report.answer
    status = answer.coverage.status
    return {
        "resourceType": "CoverageEligibilityResponse",
        **_shared(report),
        "extension": [
            extension("coverage-status", valueCode=status.value),
            *map(_point, points_of(report)),
        ],
        "requestor": _ref(report, "provider"),
        "request": _ref(report, "request"),
        "outcome": _outcome(report),
        "disposition": text_of(" ".join(filter(None, (report.redisclosure_notice, _disposition(answer))))),
        "insurance": [
            present(coverage=_ref(report, "coverage"), inforce=_IN_FORCE.get(status), item=list(items_of(report)))
        ],
        **present(
            error=[
                {"code": make_concept(f"{OURS}problem", one.code.value, one.code.value.replace("_", " "))}
                for one in answer.problems
            ]
        ),
    }


def _disposition(answer: Answer) -> str:
    return f"{STATUS[answer.coverage.status.value]}. No promise of payment. {answer.summary.en}"


def _point(point: PagePoint) -> Resource:
    """Return one point of the form, as it is stated and by whom."""
    return {
        "url": f"{OURS}point",
        "extension": [
            {"url": "number", "valueInteger": point.number},
            {"url": "label", "valueString": text_of(point.label)},
            {"url": "stated", "valueString": text_of(point.text)},
            {"url": "by", "valueString": point.source},
        ],
    }


def _outcome(report: VobReport) -> str:
    answer = report.answer
    if answer.state is State.PENDING:
        return "queued"
    if answer.coverage.status is CoverageStatus.COULD_NOT_CHECK:
        return "error"
    return "partial" if answer.problems else "complete"


def _patient(report: VobReport) -> Resource:
    ours = report.identifiers
    return {
        "resourceType": "Patient",
        **present(
            identifier=_member_number(ours.member_id),
            name=_human_name(ours.first_name, ours.last_name),
            birthDate=ours.birth_date and ours.birth_date.isoformat(),
        ),
    }


def _has_subscriber(report: VobReport) -> bool:
    ours = report.identifiers
    return bool(ours.subscriber_first_name or ours.subscriber_last_name or ours.subscriber_birth_date)


def _subscriber(report: VobReport) -> Resource:
    ours = report.identifiers
    return {
        "resourceType": "RelatedPerson",
        "patient": _ref(report, "patient"),
        **present(
            name=_human_name(ours.subscriber_first_name, ours.subscriber_last_name),
            birthDate=ours.subscriber_birth_date and ours.subscriber_birth_date.isoformat(),
        ),
    }


def _member_number(member_id: str | None) -> list[Resource] | None:
    return [{"type": make_concept(f"{TERMINOLOGY}v2-0203", "MB"), "value": text_of(member_id)}] if member_id else None


def _human_name(first: str | None, last: str | None) -> list[Resource] | None:
    name = present(family=text_of(last) if last else None, given=[text_of(first)] if first else None)
    return [name] if name else None


def _coverage(report: VobReport) -> Resource:
    coverage, ours = report.answer.coverage, report.identifiers
    period = present(
        start=coverage.begins_on and coverage.begins_on.isoformat(),
        end=coverage.ends_on and coverage.ends_on.isoformat(),
    )
    relation = next((said.value for one in report.entries if one.id == "p4" for said in one.statements[:1]), "other")
    group = coverage.group_number or coverage.group_name
    classes = [
        present(
            type=make_concept(f"{TERMINOLOGY}coverage-class", kind),
            value=text_of(value),
            name=text_of(name) if name else None,
        )
        for kind, value, name in (("group", group, coverage.group_name), ("plan", coverage.plan_name, None))
        if value
    ]
    return {
        "resourceType": "Coverage",
        "status": "active",
        **present(
            subscriber=_ref(report, "subscriber" if _has_subscriber(report) else "patient"),
            subscriberId=text_of(ours.member_id) if ours.member_id else None,
            beneficiary=_ref(report, "patient"),
            relationship=make_concept(f"{TERMINOLOGY}subscriber-relationship", relation),
            period=period or None,
            payor=[_ref(report, "insurer")],
            **{"class": classes},
        ),
    }


def _insurer(report: VobReport) -> Resource:
    payer = report.answer.payer
    return {
        "resourceType": "Organization",
        **present(
            identifier=[{"system": f"{OURS}payer", "value": text_of(payer)}] if payer else None,
            name=text_of(report.payer_name or payer or "the payer"),
        ),
    }


def _provider(report: VobReport) -> Resource:
    ours = report.identifiers
    numbers = ((NPI, ours.our_npi), (TAX_ID, ours.our_tax_id))
    return {
        "resourceType": "Organization",
        "identifier": [{"system": system, "value": text_of(value)} for system, value in numbers if value],
        "name": text_of(ours.our_name),
    }
