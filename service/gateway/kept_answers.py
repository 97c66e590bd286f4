"""What an inquiry of a job was answered in a run that was never settled: the reply stands in the store.

A run that ends writes its answer down with the replies that the next one needs (``earlier_answers.py``). One whose
process died did not, and each of its replies is read again from what came and is judged as it was then.
"""

import structlog

from contracts import Benefits, Card, Echo, Inquiry, Reply
from contracts.readings import READINGS
from service.errors import ServiceRefusal
from service.gateway.correlation import SentInquiry, judge
from service.gateway.earlier_answers import is_answer, key_of
from service.gateway.guards import Guards
from service.store.attempts import KeptAnswer

log = structlog.get_logger()


async def answer_kept_for(guards: Guards, job_id: str, card: Card, inquiry: Inquiry) -> Benefits | None:
    """Return what the last reply of ``job_id`` to ``inquiry`` says; None when there is none that answers it."""
    try:
        kept = await guards.store.reply_to(job_id, key_of(inquiry))
    except ServiceRefusal:
        return None
    if kept is None:
        return None
    try:
        benefits = await READINGS.beside_the_loop(lambda: _read(guards, kept, inquiry, card))
    except Exception as failure:  # noqa: BLE001 - a reader is a plugin's; whatever it can't read is asked again
        log.warning("gateway.kept_reply_unread", job_id=job_id, payer=card.id, error=type(failure).__name__)
        return None
    return benefits if is_answer(benefits) else None


def _read(guards: Guards, kept: KeptAnswer, inquiry: Inquiry, card: Card) -> Benefits:
    """What the reply says of the member. Raises what the reader and the check of correlation raise."""
    people, ours = tuple(guards.read_reply(kept.reply.raw)), kept.numbers.trace
    traced = any(trace.number == ours for one in people for trace in one.traces if trace.kind == "2")
    # Its envelope was checked when it came; whom it is about is what has to be found again.
    reply = Reply(people, Echo(), kept.reply.raw, "", traced=traced)
    benefits = judge(reply, SentInquiry(inquiry, kept.numbers, card, guards.cards))
    return benefits._replace(route=kept.reply.route, asked=kept.reply.service_types)
