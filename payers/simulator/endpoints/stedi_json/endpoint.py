"""Stedi's endpoint of the eligibility check of 2026-06-01: an API key, a JSON inquiry, the raw 271 beside its reading.

Source: ``PROTOCOLS.md`` 4.4, 4.4.1, 4.4.4 and 7.
"""

from collections.abc import Mapping, Sequence
from itertools import count
from typing import Any, Final

from contracts import NoReplyAtAll
from payers.simulator.endpoints.shared.request_rules import Rules, body_of, find_violation
from payers.simulator.endpoints.shared.unsaid import UNTRACED
from payers.simulator.endpoints.stedi_json.writer import reply_of
from payers.simulator.faults import Fault, FaultKind, FaultSource
from payers.simulator.gateway_inquiry import InquiryHeader, NamedPerson, inquiry_of
from payers.simulator.http_messages import Request, Response, respond_json
from payers.simulator.payer_system import InterchangeKind, PayerSystem, Written
from payers.x12 import Inquiry270, read_interchange

PATH = "/stedi/2026-06-01/eligibility-check"
API_KEY = "simulator"
SETTINGS: Final[Mapping[str, str]] = {"URL": PATH, "API_KEY": API_KEY}
UNSAID: Final[Mapping[str, str]] = UNTRACED
IN_FLIGHT = 50
"""Checks that one customer may have under way at once."""

_DAY = r"(19|20)\d\d-\d\d-\d\d"
_NAME: Final[Rules] = {
    "person!": {
        "firstName": r"[^*:^~]{1,35}",
        "lastName": r"[^*:^~]{1,60}",
        "middleName": r"[^*:^~]{1,25}",
        "suffix": r"[^*:^~]{1,10}",
    }
}
RULES: Final[Rules] = {
    "payerId!": r"[^*:^~]{1,80}",
    "payerName": r"[^*:^~]{1,60}",
    "externalPatientId": r".{1,36}",
    "eligibilitySearchId": r".{1,36}",
    "provider!": {
        "name!": {
            "organization": r"[^*:^~]{1,60}",
            "person": {"firstName": r"[^*:^~]{1,35}", "lastName": r"[^*:^~]{1,60}"},
        },
        "npi!": r"\d{10}",
        "tin": r"\d{9}",
        "type": r"PROVIDER|FACILITY|HOSPITAL|THIRD_PARTY_ADMINISTRATOR|EMPLOYER|GATEWAY_PROVIDER|PLAN_SPONSOR",
    },
    "subscriber!": {"memberId": r"[^*:^~\s]{2,80}", "dateOfBirth": _DAY, "name": _NAME},
    "dependent": {"name!": _NAME, "dateOfBirth": _DAY, "relationship": r"SPOUSE|CHILD|OTHER_ADULT"},
    "encounter": {
        "services[]": {"value!": r"[A-Z0-9]{1,5}", "system!": r"STC|CPT|HCPCS|CDT|NDC|ICD-10-PCS"},
        "dates": {"service!": {"start!": _DAY, "end": _DAY}},
        "placeOfService": {"code!": r"\d{2}"},
        "additionalInformation": {"priorAuthNumber": r".{1,50}", "referralNumber": r".{1,50}"},
    },
}
"""What a request may hold; a name with ``!`` must be there, one with ``[]`` is a list."""


class StediJsonEndpoint:
    """One endpoint for all simulated payers; the inquiry names the payer."""

    paths: Sequence[str] = (PATH,)
    asked_at = PATH

    def __init__(self, faults: FaultSource, payers: PayerSystem) -> None:
        """Take the faults and the payers."""
        self._faults = faults
        self._payers = payers
        self._count = count(1)
        self._under_way = 0
        self.violations: list[str] = []

    async def answer(self, request: Request) -> Response:
        """Return the response to one request."""
        if request.method != "POST":
            self.violations.append("method")
            return respond_json(403, {"message": "Forbidden"})
        if request.headers.get("authorization", "").removeprefix("Key ") != API_KEY:
            self.violations.append("authorization")
            return respond_json(403, {"message": "Forbidden"})
        asked = body_of(request)
        violation = find_violation(asked, RULES)
        if violation is not None:
            self.violations.append(violation)
            return _invalid(violation)
        if self._under_way >= IN_FLIGHT:
            return respond_json(429, {"message": "Rate exceeded: CUSTOMER_LIMIT", "code": "TOO_MANY_REQUESTS"})
        inquiry = self._inquiry(asked)
        fault = self._faults.fault_for(inquiry.subscriber.member_id)
        self._under_way += 1
        try:
            await self._faults.wait(fault)
        finally:
            self._under_way -= 1
        return self._respond_with_fault(inquiry, fault)._replace(fault=fault)

    def _respond_with_fault(self, inquiry: Inquiry270, fault: Fault) -> Response:
        if fault.kind is FaultKind.ENVELOPE:
            return respond_json(403, {"message": "Forbidden"})
        try:
            written = self._payers.serve(inquiry, fault)
        except ValueError as error:
            self.violations.append(f"unwritable {error}")
            return self._around(inquiry, {"errors": []}, self._payers.rejection(inquiry))
        if written.payer is None:
            return respond_json(400, {"message": "Payer not found"})
        return self._write_reply(inquiry, written)

    def _write_reply(self, inquiry: Inquiry270, written: Written) -> Response:
        """Return the reply with the raw one beside it; an acknowledgment says nothing more."""
        if written.form is not InterchangeKind.REPLY:
            return self._around(inquiry, {"errors": []}, written.payload)
        try:
            people = read_interchange(written.payload).people
        except NoReplyAtAll:
            return self._around(inquiry, {"errors": []}, written.payload)
        return self._around(inquiry, reply_of(people[0]), written.payload)

    def _around(self, inquiry: Inquiry270, body: Mapping[str, Any], raw: bytes) -> Response:
        own = f"{next(self._count):012d}"
        meta = {"traceId": f"01{own}", "outboundTraceId": f"01{own}", **body.get("meta", {})}
        ids = {"id": f"ec_00000000-0000-4000-8000-{own}", "payerId": inquiry.payer_id, "meta": meta}
        return respond_json(200, {**body, **ids, "x12": raw.decode("latin-1")})

    def _inquiry(self, asked: dict[str, Any]) -> Inquiry270:
        """Return the inquiry as Stedi writes it for the payer: every number of it is Stedi's own."""
        provider, encounter = asked["provider"], asked.get("encounter", {})
        person = provider["name"].get("person", {})
        number = next(self._count)
        header = InquiryHeader(
            payer_id=asked["payerId"],
            provider_name=provider["name"].get("organization", person.get("lastName", "")),
            provider_npi=provider["npi"],
            interchange=f"{number % 1_000_000_000:09d}",
            trace=f"STEDI{number:012d}",
            transaction=f"STEDI{number:012d}",
        )
        dependent = asked.get("dependent")
        services = [one["value"] for one in encounter.get("services", ()) if one["system"] == "STC"]
        on = encounter.get("dates", {}).get("service", {}).get("start", "")
        return inquiry_of(
            header,
            _person(asked["subscriber"]),
            _person(dependent) if dependent else None,
            tuple(services) or ("30",),
            on,
        )


def _person(person: dict[str, Any]) -> NamedPerson:
    named = person.get("name", {}).get("person", {})
    return NamedPerson(
        named.get("lastName", ""), named.get("firstName", ""), person.get("dateOfBirth", ""), person.get("memberId", "")
    )


def _invalid(field: str) -> Response:
    pointer = "/" + field.replace(".", "/")
    return respond_json(400, {"message": "Invalid request", "errors": [{"path": pointer, "message": "is not valid"}]})
