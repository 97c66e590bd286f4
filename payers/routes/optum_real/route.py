"""Optum Real: UnitedHealthcare's eligibility as GraphQL, then its Benefit Check for the programs' procedures.

Benefit Check is the only answer about authorization by procedure that there is. It is asked in the same exchange once
the plan is known to be active, for a few seconds at most; when it fails, the eligibility answer is returned without it.
Source: ``PROTOCOLS.md`` 4.5 (S7).
"""

import json
from collections.abc import Callable, Mapping, Sequence
from http import HTTPStatus
from time import monotonic
from uuid import UUID, uuid5

import httpx

from contracts import (
    PROGRAM_PROCEDURES,
    AttemptNumbers,
    Benefits,
    Condition,
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
from payers.routes.optum_real.errors import GraphqlFault, find_fault
from payers.routes.optum_real.reply import answers_check, fits, read
from payers.routes.optum_real.request import ELIGIBILITY, require_tax_id, write_benefit_check, write_query_input
from payers.routes.shared.http import Received, refuse_status
from payers.routes.shared.json_replies.exchange import HEADERS, MEDIA_TYPE, read_response, write_json
from payers.routes.shared.json_replies.tree import Node, parse_json
from payers.routes.shared.offload import offload
from payers.routes.shared.probing import ProbedRoute
from payers.routes.shared.tokens import Tokens

ATTEMPT_CAP = 60.0
"""Seconds; nothing is published, and CORE's cap is a payer's usual patience. Source: ``PROTOCOLS.md`` 6."""

CHECK_SECONDS = 4.0
"""Seconds that the benefit check may take, since the eligibility answer waits for it."""

SCOPE = "create_txn read_txn"
"""The scope when the settings name none."""

_SUBSTANCE_ALONE = (Condition.SUBSTANCE_USE,)
PROCEDURES = {
    "MH": tuple(one.code for one in PROGRAM_PROCEDURES if one.conditions != _SUBSTANCE_ALONE),
    "AI": tuple(one.code for one in PROGRAM_PROCEDURES if one.conditions == _SUBSTANCE_ALONE),
}
"""The procedures that are checked beside each service type: those of the programs for its condition."""

_ELIGIBILITY_PATH = b"/eligibility/v1/pre-service/member"
_CHECK_PATH = b"/patient/benefit/check/v1"


class OptumReal(ProbedRoute):
    """The route. Its exchanges share a token and nothing else."""

    name = "optum_real"
    provider_fields = frozenset({"npi", "name", "tax_id"})

    def __init__(self, settings: RouteSettings, *, clock: Callable[[], float] = monotonic) -> None:
        """Take the settings. Raises ``ValueError``, naming the setting, when one is missing or unsafe."""
        super().__init__(settings, ATTEMPT_CAP)
        self._check_url = _benefit_check_url(self._http.url)
        self._tokens = Tokens(settings, default_scope=SCOPE)
        self._environment = {"environment": "sandbox"} if settings.test_indicator else {}
        self._clock = clock

    async def exchange(self, inquiry: Inquiry, numbers: AttemptNumbers, *, seconds: float) -> Reply:
        """Send the eligibility query and, for an active plan, the benefit check; read what comes back.

        Raises a leaf of the error tree; ``PayerUnreachable`` only when nothing was sent.
        """
        deadline = Deadline(seconds, self._clock)
        asked, tax_id = write_query_input(inquiry, numbers), require_tax_id(inquiry)
        query = {"query": ELIGIBILITY, "variables": {"input": asked}}
        received = await self._send(self._http.url, query, tax_id, numbers.envelope_id, deadline.seconds_left())
        reply = await read_response(received, lambda root: _read(root, received.body, numbers))
        procedures = tuple(code for kind in inquiry.service_types for code in PROCEDURES.get(kind, ()))
        if not procedures or not _is_active(reply, numbers):
            return reply
        try:
            check = await self.check_authorization(inquiry, procedures, numbers, seconds=deadline.slice(CHECK_SECONDS))
            return await _join_replies(received, check, numbers)
        except (PayerError, NoReplyAtAll):
            # The plan's answer is whole without the check; authorization stays unknown.
            return reply

    async def check_authorization(
        self, inquiry: Inquiry, procedures: Sequence[str], numbers: AttemptNumbers, *, seconds: float
    ) -> Reply:
        """Ask the benefit check whether ``procedures`` need authorization, for a member whose plan is active.

        Raises a leaf of the error tree.
        """
        asked, tax_id = write_query_input(inquiry, numbers), require_tax_id(inquiry)
        query = write_benefit_check(asked, tax_id, tuple(procedures))
        # Each request has an id of its own; this one is derived from the eligibility query's, which is in the store.
        id_ = str(uuid5(UUID(numbers.envelope_id), "benefit check"))
        received = await self._send(self._check_url, query, tax_id, id_, seconds)
        refuse_status(received)
        return await offload(lambda: _read_authorizations(received.body), len(received.body))

    async def _send(
        self, url: httpx.URL, query: Mapping[str, object], tax_id: str, correlation_id: str, seconds: float
    ) -> Received:
        headers = {
            **HEADERS,
            "providerTaxId": tax_id,
            "x-optum-consumer-correlation-id": correlation_id,
            **self._environment,
        }
        return await self._http.send(
            "POST", seconds=seconds, url=url, headers=headers, content=write_json(query), auth=self._tokens
        )


async def _join_replies(eligibility: Received, check: Reply, numbers: AttemptNumbers) -> Reply:
    """Return both replies as one: a list of the two, each as it came."""
    raw = b"[" + _to_utf8(eligibility.body) + b"," + _to_utf8(check.raw) + b"]"
    both = Received(HTTPStatus.OK, eligibility.headers, raw)
    return await read_response(both, lambda root: _read(root, raw, numbers))


def _benefit_check_url(url: httpx.URL) -> httpx.URL:
    """Return the address of the benefit check: its documented path beside the eligibility's, else the same address."""
    path, mark, query = url.raw_path.partition(b"?")
    if not path.endswith(_ELIGIBILITY_PATH):
        return url
    return url.copy_with(raw_path=path.removesuffix(_ELIGIBILITY_PATH) + _CHECK_PATH + mark + query)


def _read_authorizations(body: bytes) -> Reply:
    """Return what a benefit check says. Raises ``ReplyUnreadable`` when it says nothing of any procedure."""
    try:
        root = parse_json(body)
        if not answers_check(root):
            raise ReplyUnreadable("no_outcome")
        return Reply(read(root), Echo(), body, MEDIA_TYPE)
    except NoReplyAtAll as error:
        raise ReplyUnreadable(str(error)) from None


def _read(root: Node, raw: bytes, numbers: AttemptNumbers) -> Reply:
    """Return the reply. Raises the error that its GraphQL errors mean when they are all that it holds."""
    if not fits(root):
        raise NoReplyAtAll("no_reply")
    people = read(root)
    if not any(_has_content(one) for one in people):
        found = find_fault(root)
        if found is GraphqlFault.OURS:
            raise PayerRefused("graphql:validation")
        if found is GraphqlFault.THEIRS:
            raise PayerSilent("graphql:internal")
        raise ReplyUnreadable("graphql:unknown" if found else "says_nothing")
    if not any(one.patient for one in people):
        # An error names nobody, so two members' errors may be equal byte by byte: the request's id is kept beside it.
        raw = b'[{"correlationId":"' + numbers.envelope_id.encode("ascii") + b'"},' + _to_utf8(raw) + b"]"
        people = read(parse_json(raw))
    return Reply(people, Echo(), raw, MEDIA_TYPE)


def _has_content(benefits: Benefits) -> bool:
    return bool(benefits.lines or benefits.rejections)


def _is_active(reply: Reply, numbers: AttemptNumbers) -> bool:
    """Whether the reply is ours, and about a plan that is active: nobody else's authorization is asked for."""
    return any(
        one.trace == numbers.trace and any(line.information == "1" and "30" in line.service_types for line in one.lines)
        for one in reply.people
    )


def _to_utf8(body: bytes) -> bytes:
    """Return JSON in UTF-8 without a byte order mark, so that it can be put inside other JSON."""
    return body.decode(json.detect_encoding(body)).lstrip("\ufeff").encode("utf-8")


def open_route(settings: RouteSettings) -> Route:
    """Return the route with its settings; nothing is sent. Raises ``ValueError``, naming the setting."""
    return OptumReal(settings)
