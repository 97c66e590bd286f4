"""The history of a member as it is shown: searches in order, and in each the tries of one question."""

from datetime import date, datetime

from contracts import (
    Answer,
    Condition,
    CoverageStatus,
    Deadline,
    Frozen,
    MemberMatch,
    ProblemCode,
    Program,
    State,
    Verdict,
)
from service.plugins.loading import Directory
from service.store import HistoryEntry, HistoryPage
from service.verification.shown_answer import About, card_of, view


class HistoryProgram(Frozen):
    """What one try said of one program and condition, in network and out of it."""

    program: Program
    condition: Condition
    in_network: Verdict
    out_of_network: Verdict


class HistoryTry(Frozen):
    """One verification: when and whom it asked, and what came of it.

    ``retries`` is the earlier try that it mends. ``reference`` is the caller's own id. The whole answer is found under
    ``verification_id``.
    """

    verification_id: str
    retries: str | None
    reference: str | None
    asked_at: datetime
    payer: str
    service_date: date
    state: State
    member_match: MemberMatch | None
    coverage_status: CoverageStatus
    programs: tuple[HistoryProgram, ...]
    problems: tuple[ProblemCode, ...]


class HistorySearch(Frozen):
    """The tries of one question, in the order in which they were asked: the last one counts."""

    tries: tuple[HistoryTry, ...]


class MemberHistory(Frozen):
    """A page of the searches about one member, oldest first. ``after`` asks for the next page; null at the end."""

    verification_id: str
    searches: tuple[HistorySearch, ...]
    after: str | None


def history_of(verification_id: str, page: HistoryPage, directory: Directory) -> MemberHistory:
    """Return what is shown of a page."""
    searches = (
        HistorySearch(tries=tuple(_try_of(one, directory) for one in tries)) for tries in page.searches if tries
    )
    return MemberHistory(verification_id=verification_id, searches=tuple(searches), after=page.after)


def _try_of(one: HistoryEntry, directory: Directory) -> HistoryTry:
    fetched = one.fetched
    question, job = fetched.question, fetched.job
    about = About(question, fetched.verification_id, card_of(question, directory), fetched.created_at, job.life_ends_at)
    answer: Answer = view(job.answer, about, Deadline(0))
    return HistoryTry(
        verification_id=fetched.verification_id,
        retries=one.retries,
        reference=fetched.reference,
        asked_at=fetched.created_at,
        payer=question.payer,
        service_date=question.service_date,
        state=answer.state,
        member_match=answer.member_match,
        coverage_status=answer.coverage.status,
        programs=tuple(
            HistoryProgram(
                program=row.program,
                condition=row.condition,
                in_network=row.in_network.verdict,
                out_of_network=row.out_of_network.verdict,
            )
            for row in answer.programs
        ),
        problems=tuple(problem.code for problem in answer.problems),
    )
