"""What staff send of a call: who said what to which question."""

from typing import Annotated

from pydantic import AwareDatetime, ConfigDict, Field
from pydantic.config import JsonDict

from service.guidance.vob_values import CallAnswer, CallContent
from service.web.api.bodies import RequestBody

Line = Annotated[str, Field(min_length=1, max_length=200)]
Remark = Annotated[str, Field(min_length=1, max_length=2000)]


class CallAnswerBody(RequestBody):
    """The answer to one question. ``entry`` is the question's, ``value`` in the form of its kind, or ``not_known``."""

    entry: Annotated[str, Field(min_length=2, max_length=80)]
    value: Annotated[str, Field(min_length=1, max_length=500)]
    remark: Remark | None = None


_ANSWERS: list[JsonDict] = [{"entry": "p41.iop.mental_health.in_network", "value": "yes", "remark": "after visit 15"}]
_EXAMPLE: JsonDict = {
    "called_at": "2026-12-01T15:04:00Z",
    "representative": "Pat",
    "reference_number": "I-20261201-7",
    "answers": [*_ANSWERS],
}


class CallNoteBody(RequestBody):
    """One call about a verification."""

    model_config = ConfigDict(json_schema_extra={"examples": [_EXAMPLE]})

    called_at: AwareDatetime
    representative: Line
    reference_number: Line | None = None
    department: Line | None = None
    phone: Line | None = None
    answers: Annotated[tuple[CallAnswerBody, ...], Field(max_length=200)] | None = None
    remark: Remark | None = None


def content_of(body: CallNoteBody) -> CallContent:
    """Return what is kept of the call in ``body``."""
    answers = tuple(CallAnswer(**dict(one)) for one in body.answers or ())
    return CallContent(**dict(body) | {"answers": answers})
