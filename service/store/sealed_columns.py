"""What of a member goes into columns, sealed each for its own row, and the blind indexes by which it is found."""

from contracts import Answer, Purpose, Question
from service.security.encryption import Place, Sealer
from service.store.stored_forms import read_stored


def question_sealed(sealer: Sealer, job_id: str, shared: str) -> bytes:
    """What ``shared_form`` says of a question, for the row of its job."""
    return sealer.seal(shared.encode(), Place("jobs", job_id, "question"))


def question_opened(sealer: Sealer, job_id: str, blob: bytes) -> Question:
    """The question of a job's row. Raises ``SealBroken``."""
    return read_stored(Question, sealer.open(blob, Place("jobs", job_id, "question")))


def answer_sealed(
    sealer: Sealer, job_id: str, answer: Answer, replies: bytes | None = None, *, beside: bytes | None = None
) -> bytes:
    """``answer`` for the row of its job, and below it the ``replies`` that a later run reads again (one line, JSON).

    It is sealed under the key of ``beside``, the question of the job.
    """
    lines = [answer.to_json(), *([] if replies is None else [replies])]
    return sealer.seal(b"\n".join(lines), Place("jobs", job_id, "answer"), beside=beside)


def answer_opened(sealer: Sealer, job_id: str, blob: bytes | None) -> tuple[Answer | None, bytes | None]:
    """The answer of a job's row and the replies kept with it, if there are any. Raises ``SealBroken``."""
    if blob is None:
        return None, None
    answer, _, replies = sealer.open(blob, Place("jobs", job_id, "answer")).partition(b"\n")
    return read_stored(Answer, answer), replies or None


def reference_sealed(
    sealer: Sealer, verification_id: str, reference: str | None, *, beside: bytes | None = None
) -> bytes | None:
    """The caller's own reference, for the row of its verification; under the key of ``beside``."""
    if reference is None:
        return None
    return sealer.seal(reference.encode(), Place("verifications", verification_id, "reference"), beside=beside)


def reference_opened(sealer: Sealer, verification_id: str, blob: bytes | None) -> str | None:
    """The reference of a verification's row, if it has one. Raises ``SealBroken``."""
    if blob is None:
        return None
    return sealer.open(blob, Place("verifications", verification_id, "reference")).decode()


def shared_form(question: Question) -> str:
    """``question`` as JSON without what is each caller's own, the reference and the purpose."""
    return question.model_copy(update={"reference": None}).model_dump_json(exclude={"purpose"})


def twin_key(sealer: Sealer, shared: str) -> bytes:
    """Equal for questions that one exchange answers; ``shared`` (``shared_form``) is all that is sent or read by."""
    return sealer.blind("twin", _fold(shared))


def canonical_form(question: Question) -> str:
    """The same text for questions that one exchange answers."""
    return _fold(shared_form(question))


def _fold(shared: str) -> str:
    # Case and runs of spaces do not count, since neither reaches a payer.
    return " ".join(shared.upper().split())


def member_key(sealer: Sealer, question: Question) -> bytes:
    """Equal for questions about one person, whatever is asked and whoever asks."""
    member, subscriber = question.member, question.subscriber
    member_id = member.member_id or (subscriber.member_id if subscriber else None) or ""
    birth_date = member.birth_date.isoformat() if member.birth_date else ""
    parts = (member_id, birth_date, member.last_name or "", member.first_name or "")
    return sealer.blind("member", *("".join(part.upper().split()) for part in parts))


def fingerprint(sealer: Sealer, question: Question, retries: str | None) -> bytes:
    """Equal for requests that are the same in every field, the reference and what they mend included."""
    # Requests of callers who name no purpose have the digest that an earlier version gave them.
    unusual = {"purpose"} if question.purpose is Purpose.PROSPECT else set[str]()
    return sealer.blind("request", question.model_dump_json(exclude=unusual), *([] if retries is None else [retries]))
