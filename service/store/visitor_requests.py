"""Requests of visitors: each is work for the staff from the moment that it is made, whatever a payer says to it.

A request is made in one transaction with the counts of its identity, with the question, its consent and its first step.
"""

from collections.abc import Sequence
from typing import NamedTuple

import sqlalchemy as sa
from sqlalchemy import Connection

from service.security.access import Caller, Role
from service.security.encryption import Place, SealBroken, Sealer
from service.security.random_bytes import random_bytes
from service.store import audit, identity_tries, intents
from service.store.identifiers import instant, maybe_instant, new_id, stamp, word_of
from service.store.row_digests import check, covered_columns, open_each, row_digest
from service.store.rows import AuditEntry, Intended
from service.store.statements import execute, fetch_all, fetch_first, fetch_scalar, upsert
from service.store.tables import VISITOR_REQUESTS, Row, Value
from service.store.visitor_values import Caps, NotAsked, RequestChange, RequestRow, RequestState, Submission, Submitted

VISITOR = Caller(id="visitor", role=Role.PUBLIC)
"""Who asks for a visitor: visitors have no names here."""

CODE_LETTERS = "23456789BCDFGHJKMNPQRTVWXYZ"
"""What codes are made of: nothing that sounds or looks like another one, and no vowels, so that no word arises."""

_COLUMNS = (
    *covered_columns(VISITOR_REQUESTS),
    VISITOR_REQUESTS.c.state,
    VISITOR_REQUESTS.c.assignee,
    VISITOR_REQUESTS.c.closed_at,
)
_ID = VISITOR_REQUESTS.c.id == sa.bindparam("request")
_ADD = upsert(VISITOR_REQUESTS, lambda insert: insert.on_conflict_do_nothing(index_elements=["reference_key"]))
_OF_REFERENCE = sa.select(*_COLUMNS).where(VISITOR_REQUESTS.c.reference_key == sa.bindparam("reference"))
_LOCKED = sa.select(*_COLUMNS).where(_ID).with_for_update()
_LIST = (
    sa.select(*_COLUMNS)
    .where(VISITOR_REQUESTS.c.state == sa.bindparam("in_state"))
    .order_by(VISITOR_REQUESTS.c.promised_by, VISITOR_REQUESTS.c.id)
    .limit(sa.bindparam("most"))
)
_COUNT = (
    sa.select(sa.func.count()).select_from(VISITOR_REQUESTS).where(VISITOR_REQUESTS.c.state == sa.bindparam("in_state"))
)
_CHANGE = sa.update(VISITOR_REQUESTS).where(_ID)


class PreparedRequest(NamedTuple):
    """A submission with all that is computed before the transaction begins."""

    request_id: str
    row: dict[str, Value]
    intent: intents.Prepared | None
    caps: Caps | None
    not_asked: NotAsked | None
    now: int

    def __repr__(self) -> str:
        """Show nothing of the visitor."""
        return f"PreparedRequest({self.request_id!r})"


def prepare(sealer: Sealer, submission: Submission, intent: intents.Prepared | None, now: int) -> PreparedRequest:
    """Seal and index what ``submission`` brings. Raises ``KeysMissing``."""
    request_id = new_id("vis")
    row: dict[str, Value] = {
        "id": request_id,
        "reference_key": reference_key(sealer, submission.reference),
        "code": _new_code(),
        "created_at": now,
        "promised_by": stamp(submission.promised_by),
        "sealed_request": sealer.seal(submission.content, _place(request_id)),
        "verification_id": None,
        "not_asked": None if submission.not_asked is None else submission.not_asked.value,
        "state": RequestState.OPEN.value,
    }
    return PreparedRequest(request_id, row, intent, submission.caps, submission.not_asked, now)


def reference_key(sealer: Sealer, reference: str) -> bytes:
    """Return the blind index of a request's reference. Raises ``KeysMissing``."""
    return sealer.blind("visitor_request", reference)


def submit(connection: Connection, sealer: Sealer, ready: PreparedRequest) -> Submitted:
    """Make the request of a draft, and ask its question below the caps; once, however often it is sent."""
    row = ready.row
    if execute(connection, _ADD, {**row, "mac": row_digest(sealer, "visitor_requests", row)}) != 1:
        earlier = fetch_first(connection, _OF_REFERENCE, {"reference": row["reference_key"]})
        if earlier is None:  # pragma: no cover - it was there a statement ago
            raise LookupError("request_vanished")
        return Submitted(earlier["id"], is_new=False)
    intended, not_asked = _ask(connection, sealer, ready)
    known = {
        "verification_id": None if intended is None else intended.verification_id,
        "not_asked": None if not_asked is None else not_asked.value,
    }
    mac = row_digest(sealer, "visitor_requests", {**row, **known})
    execute(connection, _CHANGE, {"request": ready.request_id, **known, "mac": mac})
    outcome = f"{ready.request_id}:{known['not_asked'] or 'asked'}"
    made = AuditEntry(VISITOR.id, VISITOR.role_name, "visitor_request.made", known["verification_id"], outcome=outcome)
    audit.append(connection, sealer, made, ready.now)
    return Submitted(ready.request_id, is_new=True, intended=intended, not_asked=not_asked)


def _ask(connection: Connection, sealer: Sealer, ready: PreparedRequest) -> tuple[Intended | None, NotAsked | None]:
    """Record the question unless a cap was reached; returns it, or why no payer is asked."""
    if ready.intent is None:
        return None, ready.not_asked
    reached = None if ready.caps is None else identity_tries.take(connection, sealer, ready.caps)
    if reached is not None:
        return None, reached
    return intents.intend(connection, sealer, ready.intent), None


def of_reference(connection: Connection, sealer: Sealer, key: bytes) -> RequestRow | None:
    """Return the request whose reference has that blind index. Raises ``SealBroken``."""
    row = fetch_first(connection, _OF_REFERENCE, {"reference": key})
    return None if row is None else open_request(sealer, row)


def show_list(
    connection: Connection, sealer: Sealer, states: Sequence[RequestState], most: int, caller: Caller, now: int
) -> tuple[list[RequestRow], list[SealBroken]]:
    """Return the requests in ``states``, in each what was promised first first; the audit says that they were shown.

    One whose record is broken takes no other one away; what is wrong with it is returned beside them.
    """
    found = [row for state in states for row in fetch_all(connection, _LIST, {"in_state": state.value, "most": most})]
    broken = list[SealBroken]()
    shown = open_each(found, lambda row: open_request(sealer, row), broken)
    if shown:
        entry = AuditEntry(caller.id, caller.role_name, "visitor_requests.shown", times=len(shown))
        audit.append(connection, sealer, entry, now)
    return shown, broken


def count(connection: Connection) -> dict[RequestState, int]:
    """Return how many requests are in each state that leaves work to do."""
    to_do = (RequestState.OPEN, RequestState.CLAIMED)
    return {state: fetch_scalar(connection, _COUNT, {"in_state": state.value}) for state in to_do}


class Changing(NamedTuple):
    """A change of a request by ``caller``; one that is assigned is ``assignee``'s afterwards."""

    request_id: str
    change: RequestChange
    assignee: str | None
    caller: Caller
    now: int


def change_state(connection: Connection, sealer: Sealer, changing: Changing) -> bool | None:
    """Change a request as work, with its line of the audit; false, and nothing changed, in a state that forbids it.

    None when there is no such request.
    """
    row = fetch_first(connection, _LOCKED, {"request": changing.request_id})
    if row is None:
        return None
    check(sealer, "visitor_requests", row)
    change = changing.change
    if word_of(RequestState, row["state"]) not in change.allowed:
        return False
    is_done = change.to is RequestState.DONE
    # Who closes what is somebody's does not become the one whose it was.
    owner = changing.assignee or (row["assignee"] if is_done else None) or changing.caller.id
    values: dict[str, Value] = {
        "state": change.to.value,
        "assignee": None if change.to is RequestState.OPEN else owner,
        "closed_at": changing.now if is_done else None,
    }
    execute(connection, _CHANGE, {"request": changing.request_id, **values})
    _note(connection, sealer, changing.caller, change.verb, changing.request_id, changing.now)
    return True


def open_request(sealer: Sealer, row: Row) -> RequestRow:
    """Return a request with what it holds in clear. Raises ``SealBroken``."""
    check(sealer, "visitor_requests", row)
    return RequestRow(
        id=row["id"],
        code=row["code"],
        state=word_of(RequestState, row["state"]),
        created_at=instant(row["created_at"]),
        promised_by=instant(row["promised_by"]),
        content=sealer.open(row["sealed_request"], _place(row["id"])),
        verification_id=row["verification_id"],
        not_asked=None if row["not_asked"] is None else NotAsked(row["not_asked"]),
        assignee=row["assignee"],
        closed_at=maybe_instant(row["closed_at"]),
    )


def _note(connection: Connection, sealer: Sealer, caller: Caller, verb: str, request_id: str, now: int) -> None:
    entry = AuditEntry(caller.id, caller.role_name, f"visitor_request.{verb}", outcome=request_id)
    audit.append(connection, sealer, entry, now)


def _new_code() -> str:
    """Return six letters and digits in two groups."""
    letters = [CODE_LETTERS[byte % len(CODE_LETTERS)] for byte in random_bytes(6)]
    return f"{''.join(letters[:3])}-{''.join(letters[3:])}"


def _place(request_id: str) -> Place:
    return Place("visitor_requests", request_id, "request")
