"""Work for the staff: what is to be done about verifications, counted and listed without opening an answer.

What is counted by stands in the row of a job when its answer is final: the code of the next step, and two blind
indexes, of the month in which the coverage ends and of the terms. ``has_changed`` says that the terms differ from those
of the member's answer before, by the same payer. A row of ``work_marks`` is written when a person claims, assigns or
closes a verification.
"""

from collections.abc import Iterable, Mapping
from datetime import date
from functools import cache
from typing import Any

import sqlalchemy as sa
from sqlalchemy import Connection

from contracts import Answer, CoverageStatus, ProgramTerms, State, Terms
from contracts.kept_json import FoundOnce
from contracts.vocabulary import NextStepCode
from service.security.access import Caller, Role
from service.security.encryption import SealBroken, Sealer
from service.store import audit
from service.store.row_digests import check, covered_columns, row_digest
from service.store.rows import AuditEntry
from service.store.statements import execute, fetch_all, fetch_first, fetch_scalar, upsert
from service.store.tables import JOBS, OF_PEOPLE, PENDING, RETRIES, VERIFICATIONS, WORK_MARKS, Value
from service.store.work_values import MOST_COUNTED, WorkChange, WorkCounts, WorkMark, WorkQuery, WorkView

_CALLS = frozenset({NextStepCode.CALL_PAYER, NextStepCode.CALL_ADMINISTRATOR})
_KEPT_CODES = {**dict.fromkeys(_CALLS, "call"), NextStepCode.CORRECT_DETAILS: "correct"}
"""What the list needs of the next step; every other one leaves nothing to do here."""

_EARLIER = JOBS.alias("earlier")
_TERMS_KEY: sa.BindParameter[bytes] = sa.bindparam("its_terms", type_=sa.LargeBinary)
_LAST_TERMS = (
    sa.select(sa.case((_EARLIER.c.terms_key != _TERMS_KEY, 1)))
    .where(
        _EARLIER.c.member_key == JOBS.c.member_key,
        _EARLIER.c.payer == JOBS.c.payer,
        _EARLIER.c.terms_key.is_not(None),
        _EARLIER.c.id != JOBS.c.id,
    )
    .order_by(_EARLIER.c.settled_at.desc())
    .limit(1)
    .correlate(JOBS)
    .scalar_subquery()
)
CHANGE = {"has_changed": _LAST_TERMS}
"""What the statement that settles a job sets beside ``columns_of``; ``its_terms`` is the value of ``terms_key``."""


def columns_of(sealer: Sealer, answer: Answer, role: Role) -> dict[str, Value]:
    """Return what the row of a final job holds for the work list. A batch's answers are work where they changed."""
    coverage = answer.coverage
    ends_on = coverage.ends_on
    is_usable = coverage.status is not CoverageStatus.COULD_NOT_CHECK
    terms_key = sealer.blind("work.terms", _describe_terms(answer)) if is_usable else None
    return {
        "next_step": None if role is Role.BATCH else _KEPT_CODES.get(answer.next_step.code),
        "ends_key": None if ends_on is None else month_key(sealer, ends_on),
        "terms_key": terms_key,
        "its_terms": terms_key,
    }


def month_key(sealer: Sealer, day: date) -> bytes:
    """Return the blind index of the month of ``day``."""
    return sealer.blind("work.month", f"{day.year}-{day.month}")


def _describe_terms(answer: Answer) -> str:
    """Return what a plan promises as one text; what is used up of it meanwhile makes no difference."""
    coverage, found = answer.coverage, answer.accumulators
    plan = (coverage.status, coverage.plan_name, coverage.plan_type, coverage.group_number, coverage.ends_on)
    totals = [
        figure.total
        for side in (found.in_network, found.out_of_network)
        for level in (side.individual, side.family)
        for figure in (level.deductible, level.out_of_pocket)
    ]
    rows = _ROWS.find(answer.programs, (), lambda: _describe_rows(answer.programs))
    return "|".join((*map(str, plan), rows, *map(str, totals)))


_ROWS = FoundOnce(256)


def _describe_rows(rows: Iterable[ProgramTerms]) -> str:
    sides = [terms for row in rows for terms in (row.in_network, row.out_of_network)]
    # Programs about which the same was found share their terms.
    texts = {key: _describe_side(terms) for key, terms in {id(terms): terms for terms in sides}.items()}
    return "|".join([texts[id(terms)] for terms in sides])


def _describe_side(terms: Terms) -> str:
    copay, limits = terms.copay, terms.limits
    return (
        f"{terms.verdict} {terms.authorization} {copay and (copay.amount, copay.per)} {terms.coinsurance} "
        f"{terms.deductible_applies} {[(one.quantity, one.unit, one.period) for one in limits] if limits else ''}"
    )


_IS_KEPT = JOBS.c.sealed_question != b""
"""Nothing is left to be shown of a question that was shredded."""

_IS_OPEN = WORK_MARKS.c.closed_at.is_(None)
_IS_MENDED = sa.exists().where(RETRIES.c.earlier_id == VERIFICATIONS.c.id).correlate(VERIFICATIONS)
_OF_STAFF = VERIFICATIONS.c.role == sa.literal_column(f"'{Role.STAFF.value}'")
_SINCE = VERIFICATIONS.c.created_at >= sa.bindparam("since", type_=sa.BigInteger)
_ME: sa.BindParameter[str] = sa.bindparam("me", type_=sa.Text)
_MINE = sa.or_(WORK_MARKS.c.assignee == _ME, sa.and_(WORK_MARKS.c.assignee.is_(None), VERIFICATIONS.c.caller_id == _ME))
_JOINED = VERIFICATIONS.join(JOBS, VERIFICATIONS.c.job_id == JOBS.c.id).outerjoin(
    WORK_MARKS, WORK_MARKS.c.verification_id == VERIFICATIONS.c.id
)
_CONDITIONS: Mapping[WorkView, tuple[sa.ColumnElement[bool], ...]] = {
    WorkView.CALL: (OF_PEOPLE, _OF_STAFF, JOBS.c.next_step == "call", _IS_OPEN, ~_IS_MENDED),
    WorkView.CORRECT: (OF_PEOPLE, _OF_STAFF, JOBS.c.next_step == "correct", _IS_OPEN, ~_IS_MENDED),
    WorkView.WAITING: (OF_PEOPLE, _OF_STAFF, PENDING, _IS_OPEN, ~_IS_MENDED),
    WorkView.CHANGED: (JOBS.c.has_changed.is_not(None), _IS_OPEN),
    WorkView.ENDING: (JOBS.c.ends_key == sa.bindparam("month", type_=sa.LargeBinary), _IS_OPEN),
    WorkView.MINE: (OF_PEOPLE, _OF_STAFF, _MINE, _IS_OPEN, ~_IS_MENDED),
    WorkView.ALL: (OF_PEOPLE,),
}
"""What makes a verification stand in a view, beside its age."""

_NEWEST_FIRST = frozenset({WorkView.CHANGED, WorkView.ALL, WorkView.MINE})
_OWNERS: Mapping[str, sa.ColumnElement[bool]] = {
    "me": WORK_MARKS.c.assignee == _ME,
    "nobody": WORK_MARKS.c.assignee.is_(None),
}


@cache
def _select_view(view: WorkView, owner: str | None, *, of_payer: bool) -> sa.Select[Any]:
    order = VERIFICATIONS.c.created_at.desc() if view in _NEWEST_FIRST else VERIFICATIONS.c.created_at
    conditions = [_IS_KEPT, _SINCE, *_CONDITIONS[view]]
    if of_payer:
        conditions.append(JOBS.c.payer == sa.bindparam("payer", type_=sa.Text))
    if owner is not None:
        conditions.append(_OWNERS[owner])
    marks = (one.label(f"mark_{one.name}") for one in covered_columns(WORK_MARKS))
    return (
        sa.select(VERIFICATIONS.c.id, *marks)
        .select_from(_JOINED)
        .where(*conditions)
        .order_by(order, VERIFICATIONS.c.id)
    )


@cache
def _select_count(view: WorkView, owner: str | None, *, of_payer: bool) -> sa.Select[Any]:
    some = _select_view(view, owner, of_payer=of_payer).order_by(None).limit(MOST_COUNTED).subquery()
    return sa.select(sa.func.count()).select_from(some)


@cache
def _select_page(view: WorkView, owner: str | None, *, of_payer: bool) -> sa.Select[Any]:
    most, skipped = (sa.bindparam(name, type_=sa.BigInteger) for name in ("most", "skipped"))
    return _select_view(view, owner, of_payer=of_payer).limit(most).offset(skipped)


def _values_of(sealer: Sealer, wanted: WorkQuery, view: WorkView) -> dict[str, Value]:
    values: dict[str, Value] = {"since": wanted.since}
    if view is WorkView.ENDING:
        values["month"] = month_key(sealer, wanted.today)
    if view is WorkView.MINE or wanted.owner == "me":
        values["me"] = wanted.caller_id
    if wanted.payer is not None:
        values["payer"] = wanted.payer
    return values


def count(connection: Connection, sealer: Sealer, wanted: WorkQuery) -> WorkCounts:
    """Return how many verifications stand in each view; counting ends at ``MOST_COUNTED``."""
    of_payer = wanted.payer is not None
    return {
        view: fetch_scalar(
            connection, _select_count(view, wanted.owner, of_payer=of_payer), _values_of(sealer, wanted, view)
        )
        for view in WorkView
    }


def find(connection: Connection, sealer: Sealer, wanted: WorkQuery) -> tuple[list[WorkMark], list[SealBroken]]:
    """Return a page of a view, each verification with its mark, and which marks are not ours: those count as none."""
    values = {**_values_of(sealer, wanted, wanted.view), "most": wanted.most, "skipped": wanted.skip}
    page = _select_page(wanted.view, wanted.owner, of_payer=wanted.payer is not None)
    broken = list[SealBroken]()
    return [_mark_in(sealer, row, broken) for row in fetch_all(connection, page, values)], broken


def _mark_in(sealer: Sealer, row: Mapping[Any, Any], broken: list[SealBroken]) -> WorkMark:
    mark = {name.removeprefix("mark_"): value for name, value in row.items() if name.startswith("mark_")}
    if mark["verification_id"] is None:
        return WorkMark(row["id"])
    try:
        check(sealer, "work_marks", mark)
    except SealBroken as wrong:
        broken.append(wrong)
        return WorkMark(row["id"])
    return WorkMark(row["id"], mark["assignee"], mark["closed_at"] is not None)


_MARK_COLUMNS = ("assignee", "closed_at", "mac")
_MARK = upsert(
    WORK_MARKS,
    lambda insert: insert.on_conflict_do_update(
        index_elements=WORK_MARKS.primary_key.columns, set_={name: insert.excluded[name] for name in _MARK_COLUMNS}
    ),
)
_KNOWN = sa.select(*covered_columns(WORK_MARKS)).where(WORK_MARKS.c.verification_id == sa.bindparam("verification"))
_VERIFICATION = sa.select(VERIFICATIONS.c.id).where(VERIFICATIONS.c.id == sa.bindparam("verification"))


def mark_of(connection: Connection, sealer: Sealer, verification_id: str) -> WorkMark:
    """Return the mark of a verification. Raises ``RowForged``."""
    row = fetch_first(connection, _KNOWN, {"verification": verification_id})
    if row is None:
        return WorkMark(verification_id)
    check(sealer, "work_marks", row)
    return WorkMark(verification_id, row["assignee"], row["closed_at"] is not None)


def change_mark(connection: Connection, sealer: Sealer, change: WorkChange, caller: Caller, now: int) -> bool:
    """Assign, release, close or reopen a verification, with a line of the audit; false when there is none."""
    if fetch_first(connection, _VERIFICATION, {"verification": change.verification_id}) is None:
        return False
    row: dict[str, Value] = {
        "verification_id": change.verification_id,
        "assignee": change.assignee,
        "closed_at": now if change.is_closed else None,
    }
    execute(connection, _MARK, {**row, "mac": row_digest(sealer, "work_marks", row)})
    entry = AuditEntry(caller.id, caller.role_name, f"work.{change.verb}", verification_id=change.verification_id)
    audit.append(connection, sealer, entry, now)
    return True


_LATELY = (
    sa.select(VERIFICATIONS.c.id, VERIFICATIONS.c.created_at, JOBS.c.state)
    .join_from(JOBS, VERIFICATIONS, VERIFICATIONS.c.job_id == JOBS.c.id)
    .where(JOBS.c.member_key == sa.bindparam("member"), JOBS.c.payer == sa.bindparam("payer"))
    .where(VERIFICATIONS.c.created_at >= sa.bindparam("since"), _IS_KEPT)
    .order_by(VERIFICATIONS.c.created_at.desc())
    .limit(1)
)


def asked_lately(connection: Connection, member: bytes, payer: str, since: int) -> tuple[str, int, State] | None:
    """Return the newest verification of a member by a payer since then: its id, when it was asked, and its state."""
    row = fetch_first(connection, _LATELY, {"member": member, "payer": payer, "since": since})
    return None if row is None else (row["id"], row["created_at"], State(row["state"]))
