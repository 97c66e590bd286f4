"""Optum Real: UnitedHealthcare's eligibility as GraphQL, then its Benefit Check for the programs' procedures.

Benefit Check is the only answer about authorization by procedure that there is. It is asked in the same exchange, once
the plan is known to be active, for a few seconds at most; when it fails, the eligibility answer stands as it is.
Source: ``PROTOCOLS.md`` 4.5 (S7).
"""

import json
from collections.abc import Callable, Mapping
from http import HTTPStatus
from time import monotonic
from uuid import UUID, uuid5

import httpx

from contracts import (
    AttemptNumbers,
    Benefits,
    Deadline,
    Echo,
    Inquiry,
    NoReplyAtAll,
    PayerError,
    PayerRefused,
    PayerSilent,
    Reply,
    ReplyUnreadable,
    Route,
    RouteSettings,
)
from payers.routes.http import HttpRoom, Received, refuse_status
from payers.routes.json_replies import HEADERS, MEDIA_TYPE, body_of, reply_of
from payers.routes.offload import offload
from payers.routes.probing import ProbedRoute
from payers.routes.replies import optum_real
from payers.routes.replies.optum_real_errors import Fault, fault
from payers.routes.replies.tree import Node, grow
from payers.routes.spelled import holder_of, patient_of, provider_name
from payers.routes.tokens import Tokens

NAME = "optum_real"
ATTEMPT_CAP = 60.0
"""Seconds; nothing is published, and CORE's cap is a payer's usual patience. Source: ``PROTOCOLS.md`` 6."""

CHECK_SECONDS = 4.0
"""What the benefit check may take: the eligibility answer waits for it."""

SCOPE = "create_txn read_txn"
"""When the settings name none."""

PROCEDURES = {"MH": ("S9480", "H0035", "S0201"), "AI": ("H0015", "H2036")}
"""What is checked beside each service type: the programs' procedures of its condition, each once for a question."""

_ELIGIBILITY_PATH = b"/eligibility/v1/pre-service/member"
_CHECK_PATH = b"/patient/benefit/check/v1"

_AMOUNTS = "{ networkStatus planAmount planAmountFrequency remainingAmount }"
ELIGIBILITY = (
    "query CheckEligibility($input: EligibilityInput!) { checkEligibility(input: $input) { eligibility {"
    " eligibilityInfo { trnId"
    " member { memberId firstName lastName dateOfBirth gender relationshipCode }"
    " insuranceInfo { policyNumber planStartDate planEndDate policyStatus groupName productType payerId"
    " lineOfBusinessCode coverageType insuranceType }"
    f" planLevels {{ level individual {_AMOUNTS} family {_AMOUNTS} }}"
    " delegatedInfo { entity payerId contact { phone fax email } } }"
    " providerNetwork { status tier }"
    " serviceLevels { vendorServices { vendorName phone url serviceDescription serviceTypeCode }"
    " individual { networkStatus services { service serviceCode status planAmount remainingAmount"
    " message { coPay { messages } coInsurance { messages } deductible { messages } benefitsAllowed { messages } }"
    " coPayList { placeOfService copay service messages }"
    " coInsuranceList { placeOfService coinsurancePercent service messages } } } } } } }"
)
BENEFIT_CHECK = (
    "query CheckPriorAuthBenefitCoverage($benChkInput: CheckPriorAuthBenefitCoverageInput!) {"
    " checkPriorAuthBenefitCoverage(benChkInput: $benChkInput) {"
    " caseOutcome { casePriorAuth { requestMessages { messageText } requestOutcomeCode requestOutcomeCodeDescription"
    " requestReferenceNumber } }"
    " serviceOutcomes { procedureCode procedureCodeDescription"
    " servicePriorAuth { isPriorAuthOnFile messages { messageText } serviceOutcomeCode } } } }"
)


class OptumReal(ProbedRoute):
    """The route; a token is shared by its exchanges, and nothing else is."""

    name = NAME
    provider_fields = frozenset({"npi", "name", "tax_id"})
    imaginary_settings = frozenset[str]()

    def __init__(self, settings: RouteSettings, *, clock: Callable[[], float] = monotonic) -> None:
        """Take the settings. Raises ``ValueError``, naming the setting, when one is missing or unsafe."""
        self._room = HttpRoom.of(settings)
        self._check_url = _beside(self._room.url)
        self._tokens = Tokens(settings, default_scope=SCOPE)
        self._environment = {"environment": "sandbox"} if settings.test_indicator else {}
        self._clock = clock
        self.attempt_cap = settings.attempt_cap or ATTEMPT_CAP

    async def exchange(self, inquiry: Inquiry, numbers: AttemptNumbers, *, seconds: float) -> Reply:
        """Send the eligibility query and, for an active plan, the benefit check; read what comes back.

        Raises a leaf of the error tree; ``PayerUnreachable`` only when nothing was sent.
        """
        deadline = Deadline(seconds, self._clock)
        asked, tax_id = _query_input(inquiry, numbers), _tax_id(inquiry)
        query = {"query": ELIGIBILITY, "variables": {"input": asked}}
        received = await self._send(self._room.url, query, tax_id, numbers.envelope_id, deadline.seconds_left())
        reply = await reply_of(received, lambda root: _read(root, received.body, numbers))
        procedures = tuple(code for kind in inquiry.service_types for code in PROCEDURES.get(kind, ()))
        if not procedures or not _is_active(reply, numbers):
            return reply
        check = _check(asked, tax_id, procedures)
        try:
            return await self._check_benefits(received, check, tax_id, numbers, deadline)
        except (PayerError, NoReplyAtAll):
            # Whatever became of the check, the plan's answer came and is whole; authorization stays unknown.
            return reply

    async def _send(
        self, url: httpx.URL, query: Mapping[str, object], tax_id: str, correlation_id: str, seconds: float
    ) -> Received:
        headers = {
            **HEADERS,
            "providerTaxId": tax_id,
            "x-optum-consumer-correlation-id": correlation_id,
            **self._environment,
        }
        return await self._room.send(
            "POST", seconds=seconds, url=url, headers=headers, content=body_of(query), auth=self._tokens
        )

    async def _check_benefits(
        self,
        eligibility: Received,
        query: Mapping[str, object],
        tax_id: str,
        numbers: AttemptNumbers,
        deadline: Deadline,
    ) -> Reply:
        """Both replies, as one: a list of the two, each as it came."""
        # Each request has an id of its own; this one follows from the eligibility query's, which is committed.
        id_ = str(uuid5(UUID(numbers.envelope_id), "benefit check"))
        received = await self._send(self._check_url, query, tax_id, id_, deadline.slice(CHECK_SECONDS))
        refuse_status(received)
        if not await offload(lambda: _answers_check(received.body), len(received.body)):
            raise ReplyUnreadable("no_outcome")
        raw = b"[" + _plain(eligibility.body) + b"," + _plain(received.body) + b"]"
        both = Received(HTTPStatus.OK, eligibility.headers, raw)
        return await reply_of(both, lambda root: _read(root, raw, numbers))


def _beside(url: httpx.URL) -> httpx.URL:
    """Where the benefit check stands: at its documented path beside the eligibility's, else at the same address."""
    path, mark, query = url.raw_path.partition(b"?")
    if not path.endswith(_ELIGIBILITY_PATH):
        return url
    return url.copy_with(raw_path=path.removesuffix(_ELIGIBILITY_PATH) + _CHECK_PATH + mark + query)


def _tax_id(inquiry: Inquiry) -> str:
    """The header that says who asks. Raises ``PayerRefused``, unsent, when the settings have no usable tax id."""
    tax_id = "".join(sign for sign in inquiry.provider.tax_id or "" if sign not in "- ")
    if len(tax_id) != 9 or not (tax_id.isascii() and tax_id.isdigit()):
        refused = PayerRefused("provider_tax_id")
        refused.sent = False
        raise refused
    return tax_id


def _query_input(inquiry: Inquiry, numbers: AttemptNumbers) -> dict[str, object]:
    """The input of the eligibility query: the patient, under the member id of whoever holds the insurance."""
    patient, member = patient_of(inquiry), inquiry.member
    member_id = patient.member_id if inquiry.subscriber is None else holder_of(inquiry, inquiry.subscriber).member_id
    day = inquiry.service_date.isoformat()
    return {
        "memberId": member_id,
        "firstName": patient.first_name,
        "lastName": patient.last_name,
        "dateOfBirth": member.birth_date.isoformat() if member.birth_date else "",
        "groupNumber": patient.group_number,
        "serviceStartDate": day,
        "serviceEndDate": day,
        "coverageTypes": ["Medical"],
        "payerId": inquiry.payer_id,
        "trnId": numbers.trace,
        "serviceLevelCodes": list(inquiry.service_types),
        "providerLastName": provider_name(inquiry).upper(),
        "providerNPI": inquiry.provider.npi,
    }


def _check(asked: Mapping[str, object], tax_id: str, procedures: tuple[str, ...]) -> dict[str, object]:
    """The benefit check of ``procedures`` on one day, about the member as the eligibility query named them.

    No diagnosis is sent: nobody told us one.
    """
    days = {"serviceStartDate": asked["serviceStartDate"], "serviceEndDate": asked["serviceEndDate"]}
    provider: dict[str, object] = {
        "providerType": "Facility",
        "providerTaxIdNumber": tax_id,
        "providerNPI": asked["providerNPI"],
        "providerLastOrOrganizationName": asked["providerLastName"],
        "providerRoles": [{"role": "Requesting"}],
        "procedureDetails": [
            {
                "procedureCode": code,
                "codeType": "HCPCS",
                "isPrimary": code == procedures[0],
                **days,
                "procedureUnitCount": "1",
                "procedureUnitOfMeasure": "UN",
            }
            for code in procedures
        ],
    }
    checked = {
        "payerId": asked["payerId"],
        "beneficiaryDetail": {
            "beneficiaryId": asked["memberId"],
            "dateOfBirth": asked["dateOfBirth"],
            "firstName": asked["firstName"],
            "lastName": asked["lastName"],
            "groupNumber": asked["groupNumber"],
            **days,
        },
        "serviceLocation": {
            "placeOfServiceCode": "52",
            "claimType": "I",
            "serviceDetail": "Medical",
            "serviceDescription": "Scheduled",
        },
        "caseDetailProvider": [provider],
    }
    return {
        "operationName": "CheckPriorAuthBenefitCoverage",
        "query": BENEFIT_CHECK,
        "variables": {"benChkInput": checked},
    }


def _answers_check(body: bytes) -> bool:
    try:
        return optum_real.answers_check(grow(body))
    except NoReplyAtAll as error:
        raise ReplyUnreadable(str(error)) from None


def _read(root: Node, raw: bytes, numbers: AttemptNumbers) -> Reply:
    """The reply. Raises what its errors mean when it has nothing else."""
    if not optum_real.fits(root):
        raise NoReplyAtAll("no_reply")
    people = optum_real.read(root)
    if not any(_says(one) for one in people):
        found = fault(root)
        if found is Fault.OURS:
            raise PayerRefused("graphql:validation")
        if found is Fault.THEIRS:
            raise PayerSilent("graphql:internal")
        raise ReplyUnreadable("graphql:unknown" if found else "says_nothing")
    if not any(one.patient for one in people):
        # An error names nobody, so that two members' errors are equal byte by byte: it is kept beside its own id.
        raw = b'[{"correlationId":"' + numbers.envelope_id.encode("ascii") + b'"},' + _plain(raw) + b"]"
        people = optum_real.read(grow(raw))
    return Reply(people, Echo(), raw, MEDIA_TYPE)


def _says(benefits: Benefits) -> bool:
    return bool(benefits.lines or benefits.rejections)


def _is_active(reply: Reply, numbers: AttemptNumbers) -> bool:
    """Whether the reply is ours, and about a plan that is active: nobody else's authorization is asked for."""
    return any(
        one.trace == numbers.trace and any(line.information == "1" and "30" in line.service_types for line in one.lines)
        for one in reply.people
    )


def _plain(body: bytes) -> bytes:
    """JSON in UTF-8 without a mark before it, so that it may stand within other JSON."""
    return body.decode(json.detect_encoding(body)).lstrip("\ufeff").encode("utf-8")


def open_route(settings: RouteSettings) -> Route:
    """The route with its settings; nothing is sent. Raises ``ValueError``, naming the setting."""
    return OptumReal(settings)
