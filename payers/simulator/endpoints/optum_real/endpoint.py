"""Optum Real's endpoint: a token, the eligibility query and the benefit check at one address, strict on the schema.

Source: ``PROTOCOLS.md`` 4.5 and 7.
"""

import re
from collections import deque
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, Final, NamedTuple

from contracts import Benefits
from payers.simulator.endpoints.optum_real.graphql import NoQuery, Selection, select_fields, selection_of, unknown
from payers.simulator.endpoints.optum_real.schema import CHECK, ELIGIBILITY, SCHEMA
from payers.simulator.endpoints.optum_real.writer import eligibility_of, error_of, outcome_of
from payers.simulator.endpoints.shared.json_faults import damage_response, damages_with_number
from payers.simulator.endpoints.shared.request_rules import Rules, body_of, find_violation, is_uuid
from payers.simulator.endpoints.shared.token_endpoint import CLIENT_SETTINGS, TokenEndpoint
from payers.simulator.faults import NO_FAULT, Fault, FaultKind, FaultSource
from payers.simulator.gateway_inquiry import InquiryHeader, NamedPerson, inquiry_of
from payers.simulator.http_messages import Request, Response, respond_json
from payers.simulator.payer_system import InterchangeKind, PayerSystem, Written
from payers.simulator.payers import payer_called
from payers.simulator.replies import reply_to
from payers.x12 import Inquiry270, read_interchange

TOKEN_PATH = "/optum-real/token"  # noqa: S105 - a path, and no secret
PATH = "/optum-real/graphql"
SETTINGS: Final[Mapping[str, str]] = {"URL": PATH, "TOKEN_URL": TOKEN_PATH, **CLIENT_SETTINGS}
STRANGER = "000000000"
"""A tax id that nobody has on file."""

_SCOPES = frozenset({"create_txn", "read_txn", "read_healthcheck"})
_CORRELATION = "x-optum-consumer-correlation-id"
_SIDE_REQUEST = b"checkPriorAuthBenefitCoverage"


class _Query(NamedTuple):
    """A parsed query: which of the two, what it selects, its input."""

    operation: str
    selection: Selection
    asked: dict[str, Any]

    @property
    def member_id(self) -> str:
        """The member that it is about."""
        return str(self.asked.get("memberId") or self.asked.get("beneficiaryDetail", {}).get("beneficiaryId", ""))

    @property
    def trace(self) -> str:
        """The caller's own number; a benefit check has none."""
        return str(self.asked.get("trnId", ""))


class _Invalid(Exception):
    """A query that the schema does not allow; the message is a path."""


class OptumRealEndpoint:
    """One endpoint for all simulated payers; the input names the payer."""

    paths: Sequence[str] = ("/optum-real",)
    asked_at = PATH

    def __init__(self, faults: FaultSource, payers: PayerSystem) -> None:
        """Take the faults and the payers."""
        self._faults = faults
        self._payers = payers
        self.violations: list[str] = []
        self._tokens = TokenEndpoint(faults, self.violations, _scope_error)
        self._used: deque[str] = deque(maxlen=20_000)

    def is_side_request(self, request: Request) -> bool:
        """Whether a request to the exchange's address asks for something beside it: the benefit check does."""
        return _SIDE_REQUEST in request.body

    async def answer(self, request: Request) -> Response:
        """Return the response to one request."""
        path = request.path.rstrip("/")
        if path == TOKEN_PATH:
            return self._tokens.grant(request)
        if path != PATH or request.method != "POST":
            return self._refuse("method", 405)
        if self._tokens.scope_of(request) is None:
            # A token may have ended; no query is at fault for that.
            return respond_json(401, _UNAUTHORIZED)
        return await self._handle_authorized(request)

    async def _handle_authorized(self, request: Request) -> Response:
        violation = self._wrong_head(request.headers)
        if violation is not None:
            return self._refuse(violation)
        try:
            query = _parse_query(body_of(request))
        except (_Invalid, NoQuery) as error:
            return self._invalid(str(error))
        return await self._answer_query(query, request.headers)

    async def _answer_query(self, query: _Query, headers: Mapping[str, str]) -> Response:
        """Return the response to a query that is right in itself."""
        fault = self._faults.fault_for(query.member_id)
        if fault.kind is FaultKind.TOKEN and query.trace and self._tokens.turns_away(query.trace, fault.number):
            # A request without access may come again under the same numbers.
            return respond_json(401, _UNAUTHORIZED)._replace(fault=fault)
        for name, used in (("correlation_id", headers[_CORRELATION]), ("trnId", query.trace)):
            if used in self._used:
                return self._refuse(name)
            self._used.append(used or "-")
        if headers["providertaxid"] == STRANGER:
            return respond_json(200, _errors("Provider tax id is not on file", "FORBIDDEN_PROVIDER"))
        if query.operation == "checkEligibility":
            return await self._eligibility(query, fault)
        return self._check(query, fault)

    def _wrong_head(self, headers: Mapping[str, str]) -> str | None:
        """Return what is wrong with the headers: who asks, and an id of the request."""
        if not re.fullmatch(r"\d{9}", headers.get("providertaxid", "")):
            return "providerTaxId"
        return None if is_uuid(headers.get(_CORRELATION, "")) else "correlation_id"

    def _refuse(self, what: str, status: int = 400) -> Response:
        self.violations.append(what)
        return respond_json(status, {"message": f"Invalid {what}", "statusCode": status})

    def _invalid(self, path: str) -> Response:
        self.violations.append(f"query {path}")
        return respond_json(400, _errors(f"Validation error (FieldUndefined@[{path}])", "ValidationError"))

    # --- The eligibility query ---

    async def _eligibility(self, query: _Query, fault: Fault) -> Response:
        await self._faults.wait(fault)
        return self._respond_with_fault(query, _inquiry(query.asked), fault)._replace(fault=fault)

    def _respond_with_fault(self, query: _Query, inquiry: Inquiry270, fault: Fault) -> Response:
        if fault.kind in _REFUSALS:
            return respond_json(*_REFUSALS[fault.kind])
        try:
            written = self._payers.serve(inquiry, NO_FAULT if fault.kind in _DAMAGES else fault)
        except ValueError as error:
            self.violations.append(f"unwritable {error}")
            return respond_json(400, _errors("Invalid input", "ValidationError"))
        return damage_response(_write_reply(query, written), fault, _DAMAGES)

    # --- The benefit check ---

    def _check(self, query: _Query, fault: Fault) -> Response:
        """Return what the member's scenario says of each procedure's authorization."""
        if fault.kind is FaultKind.UNCHECKED:
            return respond_json(504, {"message": "System Unavailable at this time", "statusCode": 504})
        benefits = _scenario(_checked_inquiry(query.asked))
        if benefits is None or benefits.rejections:
            return respond_json(200, {"data": None, **_errors("Member not found", "DataFetchingException")})
        details = [one for case in query.asked["caseDetailProvider"] for one in case["procedureDetails"]]
        outcomes = [outcome_of(one["procedureCode"], benefits.lines) for one in details]
        return respond_json(
            200, {"data": select_fields({query.operation: {"serviceOutcomes": outcomes}}, query.selection)}
        )


def _parse_query(body: object) -> _Query:
    """Return the parsed query. Raises ``_Invalid`` or ``NoQuery`` for what the schema does not allow."""
    violation = find_violation(body, {"query!": r"(?s).+", "operationName": r"\w+", "variables!": _ANYTHING})
    if violation is not None or not isinstance(body, dict):
        raise _Invalid(violation or "body")
    selection = selection_of(body["query"])
    odd = unknown(selection, SCHEMA)
    if odd is not None or len(selection) != 1:
        raise _Invalid(odd or "operations")
    (operation,) = selection
    name, rules = _INPUTS[operation]
    violation = find_violation(body["variables"], {f"{name}!": rules})
    if violation is not None:
        raise _Invalid(violation)
    return _Query(operation, selection, body["variables"][name])


_ANYTHING: Final[Rules] = {"input": {}, "benChkInput": {}}
_INPUTS: Final[Mapping[str, tuple[str, Rules]]] = {
    "checkEligibility": ("input", ELIGIBILITY),
    "checkPriorAuthBenefitCoverage": ("benChkInput", CHECK),
}


def _write_reply(query: _Query, written: Written) -> Response:
    """Return the payers' reply in the words of this form, with what was selected alone."""
    if written.payer is None:
        return respond_json(200, {"data": None, "errors": [error_of("79")]})
    if written.form is not InterchangeKind.REPLY:
        return respond_json(500, {"message": "Internal server error", "statusCode": 500})
    people = read_interchange(written.payload).people
    errors = [error_of(one.code) for person in people for one in person.rejections]
    eligibility = [eligibility_of(person) for person in people if person.lines]
    data = select_fields({query.operation: {"eligibility": eligibility}}, query.selection) if eligibility else None
    return respond_json(200, {"data": data, **({"errors": errors} if errors else {})})


def _inquiry(asked: Mapping[str, Any]) -> Inquiry270:
    """Return the inquiry as the payer's own system takes it: the patient, as a subscriber."""
    header = InquiryHeader(
        payer_id=asked["payerId"],
        provider_name=asked["providerLastName"],
        provider_npi=asked.get("providerNPI", ""),
        trace=asked.get("trnId", ""),
    )
    member = NamedPerson(
        asked.get("lastName", ""), asked.get("firstName", ""), asked.get("dateOfBirth", ""), asked.get("memberId", "")
    )
    types = tuple(asked.get("serviceLevelCodes", ("30",)))
    return inquiry_of(header, member, None, types, asked.get("serviceStartDate", ""))


def _checked_inquiry(asked: Mapping[str, Any]) -> Inquiry270:
    member = asked["beneficiaryDetail"]
    named = NamedPerson(
        member["lastName"], member.get("firstName", ""), member.get("dateOfBirth", ""), member["beneficiaryId"]
    )
    header = InquiryHeader(payer_id=asked["payerId"])
    return inquiry_of(header, named, None, ("MH", "AI", "BB"), member["serviceStartDate"])


def _scenario(inquiry: Inquiry270) -> Benefits | None:
    """Return what the payer says of a member; None when no payer of that id is simulated."""
    payer = payer_called(inquiry.payer_id, inquiry.subscriber.member_id)
    if payer is None:
        return None
    return read_interchange(reply_to(inquiry, payer, datetime.now(UTC))).people[0]


def _scope_error(scope: str) -> str | None:
    return None if scope and set(scope.split()) <= _SCOPES else "invalid_scope"


def _errors(message: str, classification: str) -> dict[str, Any]:
    return {"errors": [{"message": message, "extensions": {"classification": classification}}]}


_UNAUTHORIZED: Final = {"message": "UnAuthorized", "statusCode": 401}
_REFUSALS: Final = {
    FaultKind.ENVELOPE: (401, _UNAUTHORIZED),
    FaultKind.INTERCHANGE: (400, _errors("Validation error (FieldUndefined@[input])", "ValidationError")),
    FaultKind.REJECTED: (200, _errors("Validation error (FieldUndefined@[input])", "ValidationError")),
}
"""What stands in place of a 999, a TA1 and an error of the CORE envelope: this form's own refusals."""

_DAMAGES: Final = damages_with_number(rb'("trnId": ")[^"]*')
"""What the faults of an interchange do to this JSON."""
