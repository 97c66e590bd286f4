"""The gateway's endpoint of Medical Network Eligibility v3: a token, then a JSON inquiry, strict about the document.

Source: ``PROTOCOLS.md`` 4.3.1 to 4.3.3 and 7.
"""

from collections import deque
from collections.abc import Mapping, Sequence
from typing import Any, Final

from payers.simulator.endpoints.optum_json.writer import reply_of
from payers.simulator.endpoints.shared.json_faults import damage_response, damages_with_number
from payers.simulator.endpoints.shared.json_words import drop_empty
from payers.simulator.endpoints.shared.request_rules import Rules, body_of, find_violation
from payers.simulator.endpoints.shared.token_endpoint import CLIENT_SETTINGS, TokenEndpoint
from payers.simulator.endpoints.shared.unsaid import UNTRACED
from payers.simulator.faults import NO_FAULT, Fault, FaultKind, FaultSource
from payers.simulator.gateway_inquiry import InquiryHeader, NamedPerson, inquiry_of
from payers.simulator.http_messages import Request, Response, respond_json
from payers.simulator.payer_system import InterchangeKind, PayerSystem, Written
from payers.x12 import Inquiry270, read_interchange

TOKEN_PATH = "/optum/token"  # noqa: S105 - a path, and no secret
PATH = "/optum/medicalnetwork/eligibility/v3"
SETTINGS: Final[Mapping[str, str]] = {"URL": PATH, "TOKEN_URL": TOKEN_PATH, **CLIENT_SETTINGS}
UNSAID: Final[Mapping[str, str]] = UNTRACED

_DAY = r"(19|20)\d{6}"
_PERSON: Final[Rules] = {
    "memberId": r"[A-Za-z0-9-]{2,80}",
    "firstName": r"[^*:^~]{1,35}",
    "lastName": r"[^*:^~]{1,60}",
    "middleName": r"[^*:^~]{1,25}",
    "suffix": r"[^*:^~]{1,10}",
    "gender": r"[MF]",
    "dateOfBirth": _DAY,
    "groupNumber": r"[^*:^~]{1,50}",
    "ssn": r"\d{9}",
    "idCard": r".+",
    "caseNumber": r".+",
}
RULES: Final[Rules] = {
    "controlNumber!": r"\d{9}",
    "submitterTransactionIdentifier": r"[^*:^~]{1,50}",
    "tradingPartnerServiceId!": r"[^*:^~]{1,80}",
    "provider!": {
        "organizationName": r"[^*:^~]{1,60}",
        "firstName": r"[^*:^~]{1,35}",
        "lastName": r"[^*:^~]{1,60}",
        "npi!": r"\d{10}",
        "taxId": r"\d{9}",
        "providerType": r"payer|third-party administrator|employer|hospital|facility|gateway provider|plan sponsor"
        r"|provider",
    },
    "subscriber!": _PERSON,
    "dependents[]": {**_PERSON, "individualRelationshipCode": r"01|19|34"},
    "encounter": {
        "dateOfService": _DAY,
        "beginningDateOfService": _DAY,
        "endDateOfService": _DAY,
        "serviceTypeCodes[]": r"[A-Z0-9]{1,2}",
        "industryCode": r"\d{2}",
        "productOrServiceIDQualifier": r"AD|CJ|HC|ID|IV|N4|ZZ",
        "procedureCode": r"[A-Z0-9]{5}",
    },
}
"""What a request may hold; a name with ``!`` must be there, one with ``[]`` is a list."""

_REMEMBERED = 10_000


class OptumJsonEndpoint:
    """One endpoint for all simulated payers; the inquiry names the payer."""

    paths: Sequence[str] = (TOKEN_PATH, PATH)
    asked_at = PATH

    def __init__(self, faults: FaultSource, payers: PayerSystem) -> None:
        """Take the faults and the payers."""
        self._faults = faults
        self._payers = payers
        self.violations: list[str] = []
        self._tokens = TokenEndpoint(faults, self.violations)
        self._numbers: deque[tuple[str, str]] = deque(maxlen=_REMEMBERED)

    async def answer(self, request: Request) -> Response:
        """Return the response to one request."""
        if request.path.rstrip("/") == TOKEN_PATH:
            return self._tokens.grant(request)
        if request.method != "POST":
            return self._refuse("method", 405)
        if self._tokens.scope_of(request) is None:
            # A token may have ended; no inquiry is at fault for that.
            return _refuse_token()
        asked = body_of(request)
        violation = find_violation(asked, RULES) or self._find_misuse(asked)
        if violation is not None:
            return self._refuse(violation)
        inquiry = _inquiry(asked)
        fault = self._faults.fault_for(inquiry.subscriber.member_id)
        if self._turns_away(inquiry, fault):
            return _refuse_token()._replace(fault=fault)
        self._numbers.append((inquiry.interchange, inquiry.transaction))
        await self._faults.wait(fault)
        return self._respond_with_fault(inquiry, fault)._replace(fault=fault)

    def _turns_away(self, inquiry: Inquiry270, fault: Fault) -> bool:
        """Whether the token is refused, so that the same inquiry may come again under another one."""
        if fault.kind is FaultKind.TOKEN:
            return self._tokens.turns_away(inquiry.interchange, fault.number)
        return fault.kind is FaultKind.ENVELOPE or (fault.kind, fault.number) == (FaultKind.STATUS, 401)

    def _find_misuse(self, asked: dict[str, Any]) -> str | None:
        """Return what is wrong with a request that the rules of single fields do not cover."""
        if any(asked["controlNumber"] == number for number, _ in self._numbers):
            return "controlNumber_reused"
        if len(asked.get("dependents", ())) > 1:
            return "dependents"
        named = asked["provider"]
        return None if named.get("organizationName") or named.get("lastName") else "provider.organizationName"

    def _refuse(self, field: str, status: int = 400) -> Response:
        self.violations.append(field)
        return _respond(status, {"errors": [{"field": field, "description": "Invalid or missing value"}]})

    def _respond_with_fault(self, inquiry: Inquiry270, fault: Fault) -> Response:
        if fault.kind is FaultKind.INTERCHANGE:
            return _respond(400, {"errors": [{"field": "controlNumber", "description": "Invalid or missing value"}]})
        try:
            written = self._payers.serve(inquiry, fault if fault.kind not in _DAMAGES else NO_FAULT)
        except ValueError as error:
            self.violations.append(f"unwritable {error}")
            return self._unread(inquiry, "R")
        if written.payer is None:
            return _respond(400, _stranger(inquiry))
        if written.form is InterchangeKind.REJECTION:
            return self._unread(inquiry, "A" if fault.kind is FaultKind.ACCEPTED else "R")
        return self._write_reply(inquiry, written, fault)

    def _write_reply(self, inquiry: Inquiry270, written: Written, fault: Fault) -> Response:
        """Return the reply, under the numbers of the inquiry that it answers."""
        people, echo = read_interchange(written.payload)
        transaction = echo.transaction or ""
        number = next((one for one, other in reversed(self._numbers) if other == transaction), _OF_ANOTHER)
        if fault.kind is FaultKind.CROSS:
            number = _OF_ANOTHER if fault.number & 4 else inquiry.interchange
        around = _around(inquiry)
        around["meta"] |= {"outboundTraceId": transaction}
        response = _respond(200, {**around, "controlNumber": number, "reassociationKey": number, **reply_of(people[0])})
        return damage_response(response, fault, _DAMAGES)

    def _unread(self, inquiry: Inquiry270, code: str) -> Response:
        """Return a 999 in words in place of a reply: ``R`` when the payer could not read the inquiry, else ``A``."""
        acknowledgment = {"transactionSetAcknowledgement": code}
        if code == "R":
            acknowledgment |= {"status": "ERROR", "implementationTransactionSetSyntaxError": "I5"}
        return _respond(200, {**_around(inquiry), "controlNumber": inquiry.interchange, **acknowledgment, "errors": []})


_OF_ANOTHER = "999999999"
"""A control number that nobody gave out."""

_DAMAGES: Final = damages_with_number(rb'("controlNumber": ")\d{9}')
"""What the faults of an interchange do to this JSON."""


def _refuse_token() -> Response:
    return _respond(401, {"error": "invalid_token", "error_description": "Access token is invalid or expired"})


def _around(inquiry: Inquiry270) -> dict[str, Any]:
    meta = {"senderId": "SIMULATOR", "applicationMode": "production", "traceId": f"simulated-{inquiry.interchange}"}
    return {"meta": meta, "tradingPartnerServiceId": inquiry.payer_id}


def _stranger(inquiry: Inquiry270) -> dict[str, Any]:
    """Return the body of a 400 for an unknown payer: an AAA 79."""
    error = {
        "field": "AAA",
        "code": "79",
        "description": "Invalid Participant Identification",
        "followupAction": "Please Correct and Resubmit",
        "location": "Loop 2100A",
    }
    return {**_around(inquiry), "controlNumber": inquiry.interchange, "errors": [error]}


def _inquiry(asked: dict[str, Any]) -> Inquiry270:
    """Return the inquiry as the gateway writes it for the payer: it chooses the trace and takes our BHT03."""
    provider, encounter = asked["provider"], asked.get("encounter", {})
    header = InquiryHeader(
        payer_id=asked["tradingPartnerServiceId"],
        provider_name=provider.get("organizationName", provider.get("lastName", "")),
        provider_npi=provider["npi"],
        interchange=asked["controlNumber"],
        trace=asked.get("submitterTransactionIdentifier", ""),
        transaction=asked.get("submitterTransactionIdentifier", ""),
    )
    dependent = next(iter(asked.get("dependents", ())), None)
    return inquiry_of(
        header,
        _person(asked["subscriber"]),
        _person(dependent) if dependent else None,
        tuple(encounter.get("serviceTypeCodes", ("30",))),
        encounter.get("dateOfService", encounter.get("beginningDateOfService", "")),
    )


def _person(person: dict[str, Any]) -> NamedPerson:
    fields = ("lastName", "firstName", "dateOfBirth", "memberId")
    return NamedPerson(*(person.get(field, "") for field in fields))


def _respond(status: int, body: dict[str, Any]) -> Response:
    return respond_json(status, drop_empty(body) | _empty(body))


def _empty(body: dict[str, Any]) -> dict[str, Any]:
    """Return an empty list of errors, which the real gateway writes too."""
    return {"errors": body["errors"]} if "errors" in body else {}
