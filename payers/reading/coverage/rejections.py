"""What an AAA or an acknowledgment means: whose it is, which fields mend it, whether the reply is still an answer.

Source: ``ANSWER.md`` 3, ``REFERENCE.md`` 7.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

from contracts import Benefits, CoverageStatus, FindingCode, Problem, ProblemCode, Rejection, Responsible
from payers.reading.evidence import Book
from payers.reading.lines import codes
from payers.reading.lines.codes import RejectionClass, RejectionCode
from payers.reading.numbers import later

_UNKNOWN = RejectionCode(RejectionClass.LATER)
_WAITS = {
    "N": timedelta(minutes=5),
    "S": timedelta(minutes=5),
    "Y": timedelta(minutes=5),
    "X": timedelta(days=10),
    "W": timedelta(days=30),
}
"""How long AAA04 keeps us away from a payer that is busy. Source: ``RELIABILITY.md`` 4 (C)."""


class Rejected(NamedTuple):
    """What the rejections of all replies come to.

    ``status`` is the coverage status when they decide alone, ``unclear`` when they stand beside benefit lines, and None
    when there is none above the benefit lines. ``usable``: of each reply, whether its lines may be read at all.
    """

    status: CoverageStatus | None = None
    problems: tuple[Problem, ...] = ()
    evidence: tuple[str, ...] = ()
    usable: tuple[bool, ...] = ()


def read_rejections(replies: Sequence[Benefits], as_of: datetime, book: Book) -> Rejected:
    """Read the rejections of every reply; a reply that answers makes up for another that was only rejected."""
    problems: list[Problem] = []
    evidence: list[str] = []
    statuses: list[CoverageStatus | None] = []
    usable: list[bool] = []
    for number, benefits in enumerate(replies):
        completes = _says_authorization_alone(benefits)
        if completes and len(replies) > 1:
            usable.append(True)
            continue
        status, found = _of_reply(benefits)
        usable.append(completes or status in _USABLE)
        statuses.append(status)
        for rejection in found:
            evidence.append(book.mark(number, rejection.at, rejection.text, f"rejection {_show_codes(rejection)}"))
            problems.append(_problem(rejection, as_of, book))
        if benefits.acknowledgment is not None:
            said = benefits.acknowledgment
            evidence.append(book.mark(number, said.at, said.text, f"acknowledgment {said.kind}"))
            problems.append(_of_acknowledgment(accepted=said.accepted))
        elif status is CoverageStatus.COULD_NOT_CHECK and not found and not benefits.in_progress:
            problems.append(Problem(code=ProblemCode.REPLY_UNREADABLE, responsible=Responsible.PAYER))
        elif benefits.in_progress:
            problems.append(Problem(code=ProblemCode.PAYER_BUSY, responsible=Responsible.PAYER))
    return Rejected(_together(statuses), _merge(problems) if problems else (), tuple(evidence), tuple(usable))


def _of_reply(benefits: Benefits) -> tuple[CoverageStatus | None, list[Rejection]]:
    above = list(benefits.rejections)
    if benefits.acknowledgment is not None or benefits.in_progress:
        return CoverageStatus.COULD_NOT_CHECK, above
    beside = list(benefits.rejections_below)
    at_member = [rejection for rejection in above if rejection.loop in codes.MEMBER_LOOPS]
    if len(at_member) < len(above):
        return CoverageStatus.COULD_NOT_CHECK, [*above, *beside]
    if at_member and any(line.information in codes.BENEFIT_LINES for line in benefits.lines):
        return CoverageStatus.UNCLEAR, [*above, *beside]
    if at_member:
        found = any(rejection.code in codes.NOT_FOUND for rejection in at_member)
        return (CoverageStatus.NOT_FOUND if found else CoverageStatus.COULD_NOT_CHECK), [*above, *beside]
    if not benefits.lines:
        return CoverageStatus.COULD_NOT_CHECK, above
    return None, beside


def _together(statuses: Sequence[CoverageStatus | None]) -> CoverageStatus | None:
    """Of several replies about one member, one that answers decides; none that answers: not found before unknown."""
    if not statuses:
        return CoverageStatus.COULD_NOT_CHECK
    for status in (None, CoverageStatus.UNCLEAR, CoverageStatus.NOT_FOUND):
        if status in statuses:
            return status
    return CoverageStatus.COULD_NOT_CHECK


def usable(benefits: Benefits) -> bool:
    """Whether the lines of a reply may be read at all."""
    return _says_authorization_alone(benefits) or _of_reply(benefits)[0] in _USABLE


_USABLE = frozenset({None, CoverageStatus.UNCLEAR})


def _says_authorization_alone(benefits: Benefits) -> bool:
    """Whether a reply completes others: it says whether procedures need authorization, and nothing of a plan."""
    return bool(benefits.authorizations) and not (
        benefits.lines or benefits.rejections or benefits.acknowledgment or benefits.in_progress
    )


def _problem(rejection: Rejection, as_of: datetime, book: Book) -> Problem:
    known = codes.REJECTIONS.get(rejection.code)
    if known is None:
        book.find(FindingCode.UNKNOWN_CODE, rejection.at, f"AAA03={_show_codes(rejection)}")
    kind, fields = known or _UNKNOWN
    if rejection.code == "15" and rejection.loop not in codes.MEMBER_LOOPS:
        kind = RejectionClass.OURS
    code, responsible = codes.PROBLEM_OF_CLASS[kind]
    if kind is RejectionClass.CONFIG and rejection.loop == "2100B":
        responsible = Responsible.PROVIDER
    wait = _WAITS.get(rejection.follow_up) if code is ProblemCode.PAYER_BUSY else None
    return Problem(code=code, responsible=responsible, fields=fields, retry_at=later(as_of, wait) if wait else None)


def _of_acknowledgment(*, accepted: bool) -> Problem:
    if accepted:
        return Problem(code=ProblemCode.PAYER_SILENT, responsible=Responsible.PAYER)
    return Problem(code=ProblemCode.SETUP_PROBLEM, responsible=Responsible.SERVICE)


def _merge(problems: Sequence[Problem]) -> tuple[Problem, ...]:
    """One problem for each code and owner, with all the fields that the rejections name."""
    merged: dict[tuple[ProblemCode, Responsible], Problem] = {}
    for problem in problems:
        key = (problem.code, problem.responsible)
        earlier = merged.get(key)
        if earlier is not None:
            fields = tuple(dict.fromkeys((*earlier.fields, *problem.fields)))
            waits = [at for at in (earlier.retry_at, problem.retry_at) if at is not None]
            merged[key] = earlier.model_copy(update={"fields": fields, "retry_at": max(waits, default=None)})
        else:
            merged[key] = problem
    return tuple(merged.values())


def _show_codes(rejection: Rejection) -> str:
    code = rejection.code
    return code if len(code) <= 3 and code.isascii() and code.isalnum() else "?"
