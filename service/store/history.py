"""The history of a member: every verification of one person, in order, the tries of one question together.

A person is found by the blind index of a job. A try that mends an earlier one says so (``retries``): it belongs to the
same search though a detail differs, such as a birth date that was mistyped. Nothing else of the mistyped person does.
"""

from typing import NamedTuple

import sqlalchemy as sa
from sqlalchemy import Connection

from contracts import Answer, CoverageStatus, Question, State
from service.security.access import Caller, may_see
from service.security.encryption import Sealer
from service.store import jobs
from service.store.errors import RetriesRefused
from service.store.row_digests import covered_columns, fetch_checked, row_digest
from service.store.rows import Fetched, Intent, JobRow
from service.store.statements import execute, fetch_all, fetch_first
from service.store.tables import JOBS, RETRIES, VERIFICATIONS, Row, Value

ALIKE = 2
"""Of member id, birth date, first and last name so many agree in two tries about one person. Source: ANSWER.md [H4]."""

_ID: sa.BindParameter[str] = sa.bindparam("verification")
_LINK = sa.insert(RETRIES)
_EARLIER = sa.select(*covered_columns(RETRIES)).where(RETRIES.c.verification_id == _ID)
_LATER = sa.select(*covered_columns(RETRIES)).where(RETRIES.c.earlier_id == _ID)
_OF_MEMBER = (
    sa.select(VERIFICATIONS.c.id)
    .join_from(JOBS, VERIFICATIONS, VERIFICATIONS.c.job_id == JOBS.c.id)
    .where(JOBS.c.member_key == sa.bindparam("member"))
)
_MEMBER = (
    sa.select(JOBS.c.member_key)
    .join_from(VERIFICATIONS, JOBS, VERIFICATIONS.c.job_id == JOBS.c.id)
    .where(VERIFICATIONS.c.id == _ID)
)


_BEFORE = (
    sa.select(VERIFICATIONS.c.id)
    .join_from(JOBS, VERIFICATIONS, VERIFICATIONS.c.job_id == JOBS.c.id)
    .where(JOBS.c.member_key == sa.bindparam("member"), JOBS.c.payer == sa.bindparam("payer"))
    .where(JOBS.c.state == State.FINAL.value, JOBS.c.id != sa.bindparam("job"))
    .where(VERIFICATIONS.c.created_at <= sa.bindparam("before"))
    .order_by(VERIFICATIONS.c.created_at.desc(), VERIFICATIONS.c.id)
    .limit(20)
)
"""The newest answers about a member before one; a payer that was down for weeks leaves a row of useless ones."""


class EarlierAnswer(NamedTuple):
    """The last usable answer about a member before another one."""

    verification_id: str
    job: JobRow


class HistoryEntry(NamedTuple):
    """One verification of a history. ``retries`` is the verification that it mends."""

    fetched: Fetched
    retries: str | None


class HistoryPage(NamedTuple):
    """Some searches of a history with their tries, oldest first. ``after`` begins the next page; None at the end."""

    searches: list[list[HistoryEntry]]
    after: str | None


class HistoryRequest(NamedTuple):
    """Whose history: a verification's member's; and which page: ``limit`` searches behind the one of ``after``."""

    verification_id: str
    limit: int
    after: str | None = None


class FoundPage(NamedTuple):
    """The ids of a page's tries, by search, and what each try mends."""

    searches: list[list[str]]
    retries: dict[str, str]
    after: str | None


def check_retries(connection: Connection, sealer: Sealer, intent: Intent) -> None:
    """Raise ``RetriesRefused`` unless the caller may see what its question mends, and that is about the same person."""
    earlier = jobs.verification(connection, sealer, intent.retries or "")
    if earlier is None or not may_see(intent.caller, earlier["caller_id"]):
        raise RetriesRefused
    job = jobs.read_job(connection, sealer, earlier["job_id"])
    if job is None or sum(map(_agree, _details(job.question), _details(intent.question))) < ALIKE:
        raise RetriesRefused


def _details(question: Question) -> tuple[str, ...]:
    member, holder = question.member, question.subscriber
    member_id = member.member_id or (holder.member_id if holder else None)
    details = (member_id, member.birth_date, member.first_name, member.last_name)
    return tuple("".join(str(one or "").upper().split()) for one in details)


def _agree(one: str, other: str) -> bool:
    return bool(one) and one == other


def link(connection: Connection, sealer: Sealer, verification_id: str, earlier_id: str) -> None:
    """Record that a verification mends an earlier one."""
    row: dict[str, Value] = {"verification_id": verification_id, "earlier_id": earlier_id}
    execute(connection, _LINK, {**row, "mac": row_digest(sealer, "retries", row)})


def find_earlier(connection: Connection, sealer: Sealer, verification_id: str, caller: Caller) -> EarlierAnswer | None:
    """Return the last usable answer about a verification's member before it, by the same payer, if there is one.

    Only what ``caller`` may see counts. Raises ``SealBroken``.
    """
    known = jobs.verification(connection, sealer, verification_id)
    if known is None:
        return None
    asked = jobs.read_job(connection, sealer, known["job_id"])
    if asked is None:
        return None
    about: dict[str, Value] = {
        "member": _member_of(connection, verification_id),
        "payer": asked.question.payer,
        "job": asked.id,
        "before": known["created_at"],
    }
    for row in fetch_all(connection, _BEFORE, about):
        one = jobs.verification(connection, sealer, row["id"])
        if one is None or not may_see(caller, one["caller_id"]):
            continue
        job = jobs.read_job(connection, sealer, one["job_id"])
        if job is not None and job.answer is not None and _is_usable(job.answer):
            return EarlierAnswer(row["id"], job)
    return None


def _is_usable(answer: Answer) -> bool:
    return answer.coverage.status is not CoverageStatus.COULD_NOT_CHECK


def find_page(connection: Connection, sealer: Sealer, wanted: HistoryRequest, caller: Caller) -> FoundPage | None:
    """Which verifications stand on a page of a history, of those that ``caller`` may see.

    None when there is no such verification or ``caller`` may not see it. Raises ``RowForged``.
    """
    known = jobs.verification(connection, sealer, wanted.verification_id)
    if known is None or not may_see(caller, known["caller_id"]):
        return None
    retries: dict[str, str] = {}
    chain = _close(connection, sealer, {wanted.verification_id}, retries)
    # What was mended may be about somebody whom nobody meant; what nothing mends is about the member.
    members = {_member_of(connection, one) for one in chain - set(retries.values())}
    ids = chain.union(*(_ids_of(connection, member) for member in members))
    ids = _close(connection, sealer, ids, retries)
    rows = [row for one in ids if (row := jobs.verification(connection, sealer, one)) is not None]
    searches = _group([row for row in rows if may_see(caller, row["caller_id"])], retries)
    begin = next((at for at, search in enumerate(searches, start=1) if search[0] == wanted.after), 0)
    page = searches[begin : begin + wanted.limit]
    is_last = begin + wanted.limit >= len(searches)
    return FoundPage(page, retries, None if is_last or not page else page[-1][0])


def _close(connection: Connection, sealer: Sealer, ids: set[str], retries: dict[str, str]) -> set[str]:
    """``ids`` with all that mend them or are mended by them; ``retries`` gets each link."""
    found: set[str] = set()
    waiting = set(ids)
    while waiting:
        one = waiting.pop()
        found.add(one)
        for links in (_EARLIER, _LATER):
            for row in fetch_checked(connection, sealer, "retries", links, {"verification": one}):
                retries[row["verification_id"]] = row["earlier_id"]
                waiting |= {row["verification_id"], row["earlier_id"]} - found
    return found


def _member_of(connection: Connection, verification_id: str) -> bytes:
    row = fetch_first(connection, _MEMBER, {"verification": verification_id})
    return b"" if row is None else bytes(row["member_key"])


def _ids_of(connection: Connection, member: bytes) -> set[str]:
    return {row["id"] for row in fetch_all(connection, _OF_MEMBER, {"member": member})}


def _group(rows: list[Row], retries: dict[str, str]) -> list[list[str]]:
    """The ids of rows by the first try that each goes back to, in the order in which they were asked."""
    searches: dict[str, list[str]] = {}
    for row in sorted(rows, key=lambda row: (row["created_at"], row["id"])):
        first: str = row["id"]
        while first in retries:
            first = retries[first]
        searches.setdefault(first, []).append(row["id"])
    return list(searches.values())
