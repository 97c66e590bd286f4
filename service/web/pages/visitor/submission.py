"""What becomes of a draft that a visitor sends: a request for the staff, and a question to the payer where one may be.

``submit`` is the only way; a draft becomes one request, however often it is sent. The response to it leaves at a fixed
instant, and says the same whether a payer is asked, a cap was reached, or nobody can be asked.
"""

from collections.abc import Mapping
from datetime import UTC, datetime
from hmac import compare_digest

import structlog
from starlette.requests import Request

from contracts import Card, Deadline, Member, Question, QuestionIncomplete, Subscriber, plain_family_id, plain_name
from service.errors import Draining, Overloaded
from service.security.access import Role
from service.security.consent import Consent, ConsentEnded, ConsentRequired, ConsentUnknown
from service.security.proof_of_work import is_solved, make_challenge
from service.store import Intent
from service.store.visitor_requests import VISITOR
from service.store.visitor_values import Caps, NotAsked, Submission, Submitted
from service.web.client_address import client_address
from service.web.fixed_instants import FixedInstants
from service.web.pages.forms import read_form
from service.web.pages.visitor.draft import VisitorDraft
from service.web.pages.visitor.limits import VisitorLimits
from service.web.pages.visitor.promised_time import promised_by
from service.web.problems import RequestRefused
from service.web.same_site import began_elsewhere
from service.web.services import Services

log = structlog.get_logger()

TOKEN_FIELD = "token"  # noqa: S105 - the name of a field, and no secret
"""The hidden input that holds ``form_token``."""

PROOF_FIELD = "proof"
"""The hidden input in which the script puts the solved challenge; it is empty without script."""

ANSWERED_AT: Mapping[str, float] = {"coarse": 0.5, "receipt": 1.5}
"""By mode: seconds after which the response to a form leaves, whatever became of it."""

PART_WITHOUT_PROOF = 10
"""Of the inquiries of a day, one in so many may come without a proof of work."""

_KEY = "proof_of_work"


def form_token(services: Services, reference: str) -> str:
    """Return what every form of the draft ``reference`` sends along, so that nobody else's page can send one."""
    return services.store.visitor_token("form", reference)


def form_challenge(services: Services, reference: str) -> str:
    """Return the challenge (JSON) whose solution the last form of the draft ``reference`` brings along."""
    bound_to = services.store.visitor_token(_KEY, reference)
    return make_challenge(services.store.derived_key(_KEY), bound_to, datetime.now(UTC))


def request_reference(services: Services, reference: str) -> str:
    """Return the reference of the request that the draft ``reference`` becomes; it opens nothing that was typed."""
    return services.store.reference_after(reference)


def count_draft(request: Request, services: Services) -> None:
    """Count a draft that is begun from the request's address. Raises ``TooManyRequests``."""
    limits_of(request).use_draft(_address_of(request, services))


async def submit(request: Request, services: Services, reference: str, draft: VisitorDraft) -> str:
    """Make the request of the draft ``reference``; returns the reference by which ``look`` finds it.

    Raises ``RequestRefused`` for another site's form, and ``ServiceRefusal`` when too many come at once or nothing
    can be kept; nothing was sent then, and the same draft may be sent again.
    """
    instants = FixedInstants(ANSWERED_AT[services.public.mode])
    form = await read_form(request)
    refuse_foreign_form(request, services, reference, form.get(TOKEN_FIELD, ""))
    found = request_reference(services, reference)
    if await services.store.request_of(found) is None:
        has_proof = is_solved(
            form.get(PROOF_FIELD, ""),
            services.store.derived_key(_KEY),
            services.store.visitor_token(_KEY, reference),
        )
        limits_of(request).use_form(_address_of(request, services), has_proof=has_proof)
        await _make_request(services, found, draft, has_proof=has_proof)
    await instants.wait()
    return found


def refuse_foreign_form(request: Request, services: Services, reference: str, token: str) -> None:
    """Raise ``RequestRefused`` 403 for a form that another site sent, or that is no page's of the draft.

    An old browser says nothing of where a form came from; then the token is enough, which only our page has.
    """
    is_ours = compare_digest(token.encode(), form_token(services, reference).encode())
    if not is_ours or began_elsewhere(request.headers, None):
        raise RequestRefused(403, "cross_site")


def limits_of(request: Request) -> VisitorLimits:
    """Return what counts the bursts of each address in this process."""
    limits: VisitorLimits = request.app.state.visitor_limits
    return limits


async def _make_request(services: Services, found: str, draft: VisitorDraft, *, has_proof: bool) -> None:
    now = datetime.now(UTC)
    intent = _intent_of(draft, services)
    wanted = Submission(
        reference=found,
        content=draft.model_dump_json(exclude={"typed", "asked", "checked"}).encode(),
        promised_by=promised_by(now, services.public),
        intent=intent if isinstance(intent, Intent) else None,
        caps=_caps_of(intent, services, has_proof=has_proof) if isinstance(intent, Intent) else None,
        not_asked=intent if isinstance(intent, NotAsked) else None,
    )
    submitted = await _submit(services, wanted)
    if submitted.intended is not None:
        services.verifier.begin(submitted.intended)


async def _submit(services: Services, wanted: Submission) -> Submitted:
    """Record ``wanted``; without its question where there is too much to do, so that a person takes care of it."""
    store, verifier = services.store, services.verifier
    if wanted.intent is not None:
        try:
            with verifier.admission.enter(Role.PUBLIC, Deadline(services.waits[Role.PUBLIC])):
                submitted = await store.submit_request(wanted, then=verifier.first_step())
        except (Overloaded, Draining):
            wanted = wanted._replace(intent=None, caps=None, not_asked=NotAsked.OVERLOADED)
        else:
            _log(submitted, wanted)
            return submitted
    submitted = await store.submit_request(wanted)
    _log(submitted, wanted)
    return submitted


def _log(submitted: Submitted, wanted: Submission) -> None:
    """Count it by its code alone."""
    if submitted.is_new:
        reason = submitted.not_asked or wanted.not_asked
        log.info("visitor.submitted", code="asked" if reason is None else reason.value)


def _intent_of(draft: VisitorDraft, services: Services) -> Intent | NotAsked:
    """Return the question of ``draft``, or why no payer can be asked."""
    if not draft.can_be_asked or draft.payer is None:
        return NotAsked.NOT_WANTED
    payer = services.directory.resolve(draft.payer)
    if payer is None:
        return NotAsked.INCOMPLETE
    question = Question(
        payer=payer,
        member=Member(
            first_name=draft.first_name,
            last_name=draft.last_name,
            birth_date=draft.birth_date,
            member_id=draft.member_id,
            group_number=draft.group_number,
        ),
        subscriber=_subscriber_of(draft),
        provider=services.provider,
        service_date=services.today(),
    )
    try:
        return services.verifier.prepare(question, caller=VISITOR, consent=_consent_of(draft))
    except QuestionIncomplete:
        return NotAsked.INCOMPLETE
    except (ConsentEnded, ConsentRequired, ConsentUnknown):
        return NotAsked.CONSENT


def _subscriber_of(draft: VisitorDraft) -> Subscriber | None:
    if draft.is_subscriber != "no" or not draft.subscriber_last_name:
        return None
    relation = {} if draft.relationship is None else {"relationship": draft.relationship}
    return Subscriber(
        first_name=draft.subscriber_first_name,
        last_name=draft.subscriber_last_name,
        birth_date=draft.subscriber_birth_date,
        member_id=draft.member_id,
        **relation,
    )


def _consent_of(draft: VisitorDraft) -> Consent | None:
    if draft.consent_version is None or draft.consent_sha256 is None or draft.consent_given_at is None:
        return None
    return Consent(
        version=draft.consent_version,
        language=draft.language,
        given_at=draft.consent_given_at,
        text_sha256=draft.consent_sha256,
    )


def _caps_of(intent: Intent, services: Services, *, has_proof: bool) -> Caps:
    public = services.public
    return Caps(
        day=services.today(),
        identities=identities_of(intent.question, services.directory.adapter(intent.question.payer).card),
        of_identity=public.tries_of_identity,
        of_day=public.inquiries_a_day,
        without_proof=None if has_proof else public.inquiries_a_day // PART_WITHOUT_PROOF,
    )


def identities_of(question: Question, card: Card) -> tuple[str, ...]:
    """Return whom a question is about, each in one way: by member id, by last name and birth date, and by full name.

    One that two inquiries share is enough for them to be counted together. Names and ids stand as replies are compared
    with them: who writes another title, suffix or letter that a payer makes nothing of asks about the same person.
    """
    people = [question.member, *([] if question.subscriber is None else [question.subscriber])]
    ids = [f"id:{plain_family_id(one.member_id, card)}" for one in people if one.member_id]
    born = [
        f"born:{plain_name(one.last_name)}:{one.birth_date.isoformat()}"
        for one in people
        if one.birth_date and one.last_name
    ]
    called = [
        f"name:{plain_name(one.first_name)}:{plain_name(one.last_name)}"
        for one in people
        if one.first_name and one.last_name
    ]
    return tuple(dict.fromkeys([*ids, *born, *called]))


def _address_of(request: Request, services: Services) -> str:
    peer = request.client.host if request.client else "unknown"
    return client_address(peer, request.headers.getlist("x-forwarded-for"), services.trusted_proxies)
