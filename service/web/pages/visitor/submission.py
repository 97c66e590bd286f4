"""What becomes of a draft that a visitor sends: a request for the staff, and a question to the payer where one may be.

``submit`` is the only way; a draft becomes one request, however often it is sent.
"""

from starlette.requests import Request

from service.web.pages.visitor.draft import VisitorDraft
from service.web.services import Services

TOKEN_FIELD = "token"  # noqa: S105 - the name of a field, and no secret
"""The hidden input that holds ``form_token``."""

PROOF_FIELD = "proof"
"""The hidden input in which the script puts the solved challenge; it is empty without script."""


def form_token(services: Services, reference: str) -> str:
    """Return what every form of the draft ``reference`` sends along, so that nobody else's page can send one."""
    return services.store.visitor_token("form", reference)


async def submit(request: Request, services: Services, reference: str, draft: VisitorDraft) -> str:
    """Make the request of the draft ``reference``; returns the reference by which ``look`` finds it.

    Raises ``RequestRefused`` for another site's form, and ``ServiceRefusal`` when too many come at once or nothing
    can be kept; nothing was sent then, and the same draft may be sent again.
    """
    raise NotImplementedError
