"""Availity's end: a token, a form, and a coverage at once or by polling; strict about everything that is documented.

Source: ``PROTOCOLS.md`` 4.2 and 7.
"""

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from itertools import count
from time import monotonic
from typing import Any, Final, NamedTuple
from urllib.parse import parse_qsl

from payers.simulator.endpoints.availity_rest.coverage import coverage_of, instant
from payers.simulator.endpoints.shared.json_faults import DAMAGES, MISNUMBERED, Damage, damage_response
from payers.simulator.endpoints.shared.token_endpoint import CLIENT_SETTINGS, TokenEndpoint
from payers.simulator.endpoints.shared.unsaid import NO_DIAGNOSIS, PLAN_ALONE, UNTRACED
from payers.simulator.faults import NO_FAULT, Fault, FaultKind, FaultSource
from payers.simulator.gateway_inquiry import InquiryHeader, NamedPerson, inquiry_of
from payers.simulator.http_messages import Request, Response, respond_json
from payers.simulator.payer_system import InterchangeKind, PayerSystem
from payers.x12 import Inquiry270, read_interchange

ROOT = "/availity/v1"
TOKEN_PATH = f"{ROOT}/token"
PATH = f"{ROOT}/coverages"
SETTINGS: Final[Mapping[str, str]] = {"URL": PATH, "TOKEN_URL": TOKEN_PATH, **CLIENT_SETTINGS}
UNSAID: Final[Mapping[str, str]] = {**UNTRACED, **PLAN_ALONE, **NO_DIAGNOSIS}
INTERVALS: Final = (1.0, 2.0, 5.0, 10.0)
"""Seconds before each poll that Availity's own client keeps; a poll that comes sooner is a violation."""

POLLED_PAYERS = frozenset({"florida_blue"})
"""Payers that are never quick: a form about their members is accepted first, and the coverage polled."""

_JSON = (("Content-Type", "application/json"), ("X-Availity-Transaction-ID", "imaginary"))
_MOCK = ("X-Api-Mock-Response", "true")
_BASE, _DEMO = "healthcare-hipaa-transactions", "healthcare-hipaa-transactions-demo"
_SCOPES = frozenset(
    {_BASE, *(f"{_BASE}-{plan}" for plan in ("standard", "highvolume-standard", "highvolume-unlimited"))}
)
_TEXT = r"[A-Za-z0-9 .,'-]{1,60}"
_REQUIRED: Final[Mapping[str, str]] = {
    "payerId": r"[A-Za-z0-9-]{2,30}",
    "providerLastName": _TEXT,
    "providerNpi": r"\d{10}",
    "memberId": r"[A-Za-z0-9-]{2,80}",
    "patientLastName": _TEXT,
    "patientFirstName": _TEXT,
    "patientBirthDate": r"(19|20)\d\d-\d\d-\d\d",
    "subscriberRelationship": r"01|18|19|20|21|34|39|40|53|G8",
    "asOfDate": r"20\d\d-\d\d-\d\d",
    "serviceType": r"[A-Z0-9]{1,2}",
}
_OPTIONAL: Final[Mapping[str, str]] = {
    **dict.fromkeys(("providerFirstName", "patientMiddleName", "patientSuffix", "providerCity"), _TEXT),
    **dict.fromkeys(("groupNumber", "planNumber", "caseNumber", "submitterId"), r"[A-Za-z0-9./_-]{1,50}"),
    "providerTaxId": r"\d{9}",
    "providerState": r"[A-Z]{2}",
    "patientGender": r"[MFU]",
    "toDate": r"20\d\d-\d\d-\d\d",
    "placeOfService": r"\d\d",
    "procedureCode": r"[A-Z0-9]{5}",
}
_RULES = {**_REQUIRED, **_OPTIONAL}
_REPEATED = frozenset({"serviceType", "procedureCode"})
_KEPT = 5_000


class _Made(NamedTuple):
    """A coverage that a form made: its body when it is done, and when and how often it was asked for."""

    body: dict[str, Any]
    fault: Fault
    last_at: float
    polls: int = 0


class AvailityRestEndpoint:
    """One endpoint for all simulated payers; the form names the payer."""

    paths: Sequence[str] = (ROOT,)
    asked_at = PATH

    def __init__(self, faults: FaultSource, payers: PayerSystem) -> None:
        """Take the faults and the payers."""
        self._faults = faults
        self._payers = payers
        self.violations: list[str] = []
        self._tokens = TokenEndpoint(faults, self.violations, _scope_error)
        self._made: dict[str, _Made] = {}
        self._numbers = count(1)

    async def answer(self, request: Request) -> Response:
        """Return the response to one request."""
        if request.path == TOKEN_PATH:
            return self._tokens.grant(request)
        scope = self._tokens.scope_of(request)
        if scope is None:
            return _error(401, "token")
        response = await self._handle_authorized(request)
        return response._replace(headers=(*response.headers, _MOCK)) if scope == _DEMO else response

    async def _handle_authorized(self, request: Request) -> Response:
        if request.path == PATH and request.method == "POST":
            return await self._form(request)
        id_ = request.path.removeprefix(f"{PATH}/")
        if request.path == PATH or "/" in id_ or request.method not in {"GET", "DELETE"}:
            return self._refuse(405, "method")
        if id_ not in self._made:
            return self._refuse(404, "id")
        if request.method == "DELETE":
            del self._made[id_]
            return Response(status=204)
        return self._poll(id_)

    def _refuse(self, status: int, field: str) -> Response:
        self.violations.append(field)
        return _error(status, field)

    # --- The form ---

    async def _form(self, request: Request) -> Response:
        if request.content_type.partition(";")[0].strip().lower() != "application/x-www-form-urlencoded":
            return self._refuse(415, "media_type")
        if "application/json" not in request.headers.get("accept", ""):
            return self._refuse(406, "accept")
        pairs = parse_qsl(request.body.decode("latin-1"), keep_blank_values=True)
        violation = _find_violation(pairs)
        if violation is not None:
            return self._refuse(400, violation)
        form = dict(pairs)
        inquiry = _inquiry(form, tuple(value for name, value in pairs if name == "serviceType"))
        fault = self._faults.fault_for(inquiry.subscriber.member_id)
        await self._faults.wait(fault)
        if fault.kind is FaultKind.TOKEN and self._tokens.turns_away(request.body.decode("latin-1"), fault.number):
            return _error(401, "token")._replace(fault=fault)
        return self._respond_with_fault(form, inquiry, fault)._replace(fault=fault)

    def _respond_with_fault(self, form: Mapping[str, str], inquiry: Inquiry270, fault: Fault) -> Response:
        if fault.kind in _REFUSALS:
            return _error(*_REFUSALS[fault.kind])
        try:
            written = self._payers.serve(inquiry, NO_FAULT if fault.kind in _OURS else fault)
        except ValueError as error:
            self.violations.append(f"unwritable {error}")
            return _error(400, "unwritable")
        if written.payer is None:
            return _error(400, "payerId", "79")
        body = {**_around(form, inquiry), **self._coverage_of(written.form, written.payload, fault)}
        id_ = f"8{next(self._numbers):017d}"
        self._made[id_] = _Made(body, fault, monotonic())
        for old in list(self._made)[:-_KEPT]:
            del self._made[old]
        if fault.kind in _POLLED or (written.payer.id in POLLED_PAYERS and fault.kind not in _AT_ONCE):
            return self._accept(id_, form, fault)
        return damage_response(_respond(200, _set(_with_id(body, id_), fault)), fault, _DAMAGES)

    def _coverage_of(self, form: InterchangeKind, payload: bytes, fault: Fault) -> dict[str, Any]:
        """Return what the coverage holds beside the form's fields; a bare acknowledgment stays pending."""
        if form is not InterchangeKind.REPLY:
            return {"status": "In Progress", "statusCode": "0"}
        # Where a subscriber and a dependent have benefits, the last one is the patient.
        coverage = coverage_of(read_interchange(payload).people[-1])
        if fault.kind is FaultKind.CODE:
            code = str(fault.number)
            coverage |= {"status": f"Status {code}", "statusCode": code}
            coverage |= {"plans": []} if code != "3" else {}
        return coverage

    def _accept(self, id_: str, form: Mapping[str, str], fault: Fault) -> Response:
        where = fault.to if fault.kind is FaultKind.LOCATION else f"{PATH}/{id_}"
        working = {"id": id_, "customerId": "1194", "controlNumber": f"4{id_[-7:]}", **_working(form)}
        response = _respond(202, _set(working, NO_FAULT))
        return response._replace(headers=(*response.headers, ("Location", where)))

    # --- Polls ---

    def _poll(self, id_: str) -> Response:
        made = self._made[id_]
        kind, number = made.fault.kind, made.fault.number
        if kind is FaultKind.TOKEN and self._tokens.turns_away(id_, number):
            return _error(401, "token")
        now = monotonic()
        if now - made.last_at < INTERVALS[min(made.polls, len(INTERVALS) - 1)] * 0.95:
            self.violations.append("polled_early")
        made = self._made[id_] = made._replace(polls=made.polls + 1, last_at=now)
        if kind is FaultKind.POLL and made.polls == 1:
            return _error(number or 504, "gateway")
        if made.body["statusCode"] == "0":
            return _respond(202, _with_id(made.body, id_))
        return damage_response(
            _respond(200, _with_id(made.body, f"9{id_[1:]}" if kind is FaultKind.OTHERID else id_)),
            made.fault,
            _DAMAGES,
        )


_REFUSALS: Final = {
    FaultKind.REJECTED: (400, "serviceType"),
    FaultKind.INTERCHANGE: (422, "payerId"),
    FaultKind.ENVELOPE: (403, "scope"),
}
"""What stands in place of a 999, a TA1 and an error of the CORE envelope: Availity's own refusals."""

_OURS = frozenset({*MISNUMBERED, FaultKind.TRUNCATED, FaultKind.TWICE, FaultKind.CODED, FaultKind.FLOOD})
"""Fault that damages an interchange; here it damages the JSON that is written from a good one."""

_POLLED = frozenset({FaultKind.ACCEPTED, FaultKind.LOCATION, FaultKind.OTHERID, FaultKind.POLL, FaultKind.TOKEN})
_AT_ONCE = frozenset({*MISNUMBERED, FaultKind.TWICE})


def _scope_error(scope: str) -> str | None:
    """Return what is wrong with a scope: the demo scope must be alone, the others may be combined."""
    words = scope.split()
    if words == [_DEMO]:
        return None
    if _DEMO in words:
        return "unauthorized_client"
    return None if words and _SCOPES.issuperset(words) else "invalid_scope"


def _find_violation(pairs: Sequence[tuple[str, str]]) -> str | None:
    """Return the first field that is missing, unknown, given twice or wrong; None when all is right."""
    names = Counter(name for name, _ in pairs)
    for name, value in pairs:
        if name not in _RULES:
            return "unknown"
        if not re.fullmatch(_RULES[name], value) or (names[name] > 1 and name not in _REPEATED):
            return name
    return next((name for name in _REQUIRED if name not in names), None)


def _inquiry(form: Mapping[str, str], service_types: tuple[str, ...]) -> Inquiry270:
    """Return the inquiry that Availity writes for the payer; a dependent's subscriber has an id and nothing else."""
    patient = NamedPerson(form["patientLastName"], form["patientFirstName"], form["patientBirthDate"], form["memberId"])
    alone = form["subscriberRelationship"] == "18"
    header = InquiryHeader(form["payerId"], form["providerLastName"], form["providerNpi"])
    holder = patient if alone else NamedPerson(member_id=form["memberId"])
    dependent = None if alone else patient._replace(member_id="")
    return inquiry_of(header, holder, dependent, service_types, form["asOfDate"])


def _around(form: Mapping[str, str], inquiry: Inquiry270) -> dict[str, Any]:
    return {**_working(form), "requestedServiceType": [{"code": code} for code in inquiry.service_types]}


def _working(form: Mapping[str, str]) -> dict[str, Any]:
    now = datetime.now(UTC)
    return {
        "status": "In Progress",
        "statusCode": "0",
        "createdDate": _write_instant(now),
        "updatedDate": _write_instant(now),
        "expirationDate": _write_instant(now + timedelta(days=1)),
        "asOfDate": instant(form["asOfDate"].replace("-", "")),
    }


def _write_instant(at: datetime) -> str:
    return at.strftime("%Y-%m-%dT%H:%M:%S.000+0000")


def _with_id(body: dict[str, Any], id_: str) -> dict[str, Any]:
    return {"id": id_, "customerId": "1194", "controlNumber": f"4{id_[-7:]}", **body}


def _set(coverage: dict[str, Any], fault: Fault) -> dict[str, Any]:
    """Return a set of one coverage; the fault may count it wrongly, or send it twice."""
    coverages = [coverage, coverage] if fault.kind is FaultKind.TWICE else [coverage]
    counted = 99 if fault.kind in MISNUMBERED else len(coverages)
    links = {"self": {"href": f"{PATH}?offset=0"}}
    return {"totalCount": counted, "count": counted, "offset": 0, "limit": 50, "links": links, "coverages": coverages}


def _respond(status: int, body: dict[str, Any]) -> Response:
    return respond_json(status, body, _JSON)


def _error(status: int, field: str, code: str = "INVALID") -> Response:
    """Return Availity's error; it names the field and never its value."""
    errors = [{"field": field, "code": code, "errorMessage": "Invalid or missing value", "index": 0}]
    body = {
        "userMessage": "The request could not be completed.",
        "developerMessage": "One or more fields failed validation.",
        "reasonCode": 0,
        "statusCode": status,
        "errors": errors,
    }
    return _respond(status, body)


def _flood(body: bytes, number: int) -> bytes:
    """Return the body with so many thousand benefits added."""
    more = b'{"type": "30", "statusCode": "1"}, ' * (number or 100) * 1000
    return body.replace(b'"benefits": [', b'"benefits": [' + more, 1)


_DAMAGES: Final[Mapping[FaultKind, Damage]] = {**DAMAGES, FaultKind.FLOOD: _flood}
