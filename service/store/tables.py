"""Every table of the store with its columns, indexes and constraints: what the migrations make, and statements name.

Instants are whole microseconds since 1970 (UTC), truths are 0 or 1, so that both engines hold the same values. Columns
named ``sealed…`` hold sealed blobs; no other column holds anything of a member. ``twin_key``, ``member_key``, digests
and fingerprints are keyed blind indexes; ``mac`` is the digest of the row (``row_digests.py``).

To add a column: a new column stands here, in a migration, in ``row_digests.py``, and in the statements that need it.
"""

from collections.abc import Mapping
from typing import Any

import sqlalchemy as sa
from sqlalchemy.schema import SchemaItem

from contracts import State

Value = str | int | bytes | None
Row = Mapping[Any, Any]
"""A row by column name. The columns are typed where a module of this package reads them."""

METADATA = sa.MetaData()


def _authenticated_table(name: str, *parts: SchemaItem) -> sa.Table:
    """A table whose rows carry their digest in ``mac`` (``row_digests``)."""
    return sa.Table(name, METADATA, *parts, sa.Column("mac", sa.LargeBinary))


def _index_of_filled(name: str, column: str) -> sa.Index:
    """An index of the rows that have a value in ``column``: most have none, and cost nothing there."""
    filled = sa.column(column).is_not(None)
    return sa.Index(name, column, sqlite_where=filled, postgresql_where=filled)


COUNTERS = sa.Table(
    "counters",
    METADATA,
    sa.Column("name", sa.Text, primary_key=True),
    sa.Column("value", sa.BigInteger, nullable=False),
)
"""Numbers that only grow. The row ``key_ring`` is locked by who changes the key ring."""

KEY_RING = sa.Table(
    "key_ring",
    METADATA,
    sa.Column("id", sa.Text, primary_key=True),
    sa.Column("sealed_index_key", sa.LargeBinary, nullable=False),
    sa.Column("created_at", sa.BigInteger, nullable=False),
)
"""The index key, wrapped under each sealing key; ``id`` is that of the sealing key."""

PROCESSES = sa.Table(
    "processes",
    METADATA,
    sa.Column("name", sa.Text, primary_key=True),
    sa.Column("seen_at", sa.BigInteger, nullable=False),
)
"""The last heartbeat of each process."""

API_KEYS = _authenticated_table(
    "api_keys",
    sa.Column("id", sa.Text, primary_key=True),
    sa.Column("digest", sa.LargeBinary, nullable=False),
    sa.Column("role", sa.Text, nullable=False),
    sa.Column("label", sa.Text, nullable=False),
    sa.Column("created_at", sa.BigInteger, nullable=False),
    sa.Column("revoked_at", sa.BigInteger),
    sa.Column("expires_at", sa.BigInteger),
    sa.Column("last_used_at", sa.BigInteger),
    sa.Column("caller_id", sa.Text),
    sa.Column("networks", sa.Text),
    sa.CheckConstraint("role IN ('staff', 'batch')", name="api_keys_role"),
)
"""``caller_id`` is the id of the first key of a caller whose key was rotated, and null in that key itself; ``networks``
are those it may come from (CIDR, comma-separated), null when it may come from anywhere."""

STAFF = _authenticated_table(
    "staff",
    sa.Column("id", sa.Text, primary_key=True),
    sa.Column("label", sa.Text, nullable=False),
    sa.Column("roles", sa.Text, nullable=False),
    sa.Column("invited", sa.Integer, nullable=False),
    sa.Column("created_at", sa.BigInteger, nullable=False),
    sa.Column("ended_at", sa.BigInteger),
)
"""The people of the staff: ``invited`` by the operator (1), or known by the identity provider (0)."""

SIGN_IN_LINKS = _authenticated_table(
    "sign_in_links",
    sa.Column("id", sa.Text, primary_key=True),
    sa.Column("digest", sa.LargeBinary, nullable=False),
    sa.Column("staff_id", sa.Text, sa.ForeignKey("staff.id"), nullable=False),
    sa.Column("created_at", sa.BigInteger, nullable=False),
    sa.Column("expires_at", sa.BigInteger, nullable=False),
    sa.Column("used_at", sa.BigInteger),
    sa.Index("sign_in_links_of_staff", "staff_id"),
)

SESSIONS = _authenticated_table(
    "sessions",
    sa.Column("id", sa.Text, primary_key=True),
    sa.Column("digest", sa.LargeBinary, nullable=False),
    sa.Column("staff_id", sa.Text, sa.ForeignKey("staff.id"), nullable=False),
    sa.Column("created_at", sa.BigInteger, nullable=False),
    sa.Column("ends_at", sa.BigInteger, nullable=False),
    sa.Column("ended_at", sa.BigInteger),
    sa.Column("seen_at", sa.BigInteger, nullable=False),
    sa.Index("sessions_of_staff", "staff_id"),
)
"""Sessions of people who signed in: each ends at ``ends_at``, or when nothing was asked in it for a time."""

USED_SIGN_INS = sa.Table(
    "used_sign_ins",
    METADATA,
    sa.Column("digest", sa.LargeBinary, primary_key=True),
    sa.Column("expires_at", sa.BigInteger, nullable=False),
)
"""Sign-ins at the identity provider that were completed: each counts once."""

EMERGENCIES = _authenticated_table(
    "emergencies",
    sa.Column("id", sa.Text, primary_key=True),
    sa.Column("staff_id", sa.Text, sa.ForeignKey("staff.id"), nullable=False),
    sa.Column("sealed_reason", sa.LargeBinary, nullable=False),
    sa.Column("started_at", sa.BigInteger, nullable=False),
    sa.Column("ends_at", sa.BigInteger, nullable=False),
    sa.Index("emergencies_of_staff", "staff_id", "ends_at"),
)
"""Times for which somebody broke the glass, each with its reason."""

JOBS = _authenticated_table(
    "jobs",
    sa.Column("id", sa.Text, primary_key=True),
    sa.Column("twin_key", sa.LargeBinary, nullable=False),
    sa.Column("member_key", sa.LargeBinary, nullable=False),
    sa.Column("payer", sa.Text, nullable=False),
    sa.Column("role", sa.Text, nullable=False),
    sa.Column("state", sa.Text, nullable=False),
    sa.Column("sealed_question", sa.LargeBinary, nullable=False),
    sa.Column("sealed_answer", sa.LargeBinary),
    sa.Column("reusable", sa.Integer, nullable=False),
    sa.Column("created_at", sa.BigInteger, nullable=False),
    sa.Column("life_ends_at", sa.BigInteger, nullable=False),
    sa.Column("next_step_at", sa.BigInteger),
    sa.Column("settled_at", sa.BigInteger),
    sa.Column("claimed_at", sa.BigInteger),
    sa.Column("runner", sa.Text),
    sa.Column("next_step", sa.Text),
    sa.Column("ends_key", sa.LargeBinary),
    sa.Column("terms_key", sa.LargeBinary),
    sa.Column("has_changed", sa.Integer),
    sa.CheckConstraint("state IN ('pending', 'final')", name="jobs_state"),
    sa.CheckConstraint("state = 'pending' OR sealed_answer IS NOT NULL", name="jobs_final_has_answer"),
    sa.Index("jobs_twins", "twin_key", "settled_at"),
    sa.Index("jobs_of_member", "member_key"),
    _index_of_filled("jobs_that_end", "ends_key"),
    _index_of_filled("jobs_that_changed", "has_changed"),
)
"""One payer question each, shared by its twins. ``runner`` is the process that works on it. The work list counts by
``next_step``, ``ends_key``, ``terms_key`` and ``has_changed``, which is 1 or null (``work.py``)."""

PENDING = JOBS.c.state == sa.literal_column(f"'{State.PENDING.value}'")
"""The condition of two indexes; written out, since no engine takes a partial index for a value it does not know yet."""

sa.Index("jobs_one_pending", JOBS.c.twin_key, unique=True, sqlite_where=PENDING, postgresql_where=PENDING)
sa.Index("jobs_waiting", JOBS.c.created_at, sqlite_where=PENDING, postgresql_where=PENDING)

VERIFICATIONS = _authenticated_table(
    "verifications",
    sa.Column("id", sa.Text, primary_key=True),
    sa.Column("job_id", sa.Text, sa.ForeignKey("jobs.id"), nullable=False),
    sa.Column("caller_id", sa.Text, nullable=False),
    sa.Column("role", sa.Text, nullable=False),
    sa.Column("sealed_reference", sa.LargeBinary),
    sa.Column("created_at", sa.BigInteger, nullable=False),
    sa.Column("purpose", sa.Text),
    sa.Index("verifications_of_job", "job_id"),
)

OF_PEOPLE = VERIFICATIONS.c.role != sa.literal_column("'batch'")
"""The condition of an index, written out as ``PENDING`` is."""

sa.Index("verifications_of_people", VERIFICATIONS.c.created_at, sqlite_where=OF_PEOPLE, postgresql_where=OF_PEOPLE)

WORK_MARKS = _authenticated_table(
    "work_marks",
    sa.Column("verification_id", sa.Text, sa.ForeignKey("verifications.id"), primary_key=True),
    sa.Column("assignee", sa.Text),
    sa.Column("closed_at", sa.BigInteger),
)
"""Who of the staff works on a verification, and since when nothing is left to do; most verifications have no row."""

RETRIES = _authenticated_table(
    "retries",
    sa.Column("verification_id", sa.Text, sa.ForeignKey("verifications.id"), primary_key=True),
    sa.Column("earlier_id", sa.Text, sa.ForeignKey("verifications.id"), nullable=False),
    sa.Index("retries_of_earlier", "earlier_id"),
)
"""Which earlier verification a later one mends; a verification that mends none has no row."""

CALL_NOTES = _authenticated_table(
    "call_notes",
    sa.Column("id", sa.Text, primary_key=True),
    sa.Column("verification_id", sa.Text, sa.ForeignKey("verifications.id"), nullable=False),
    sa.Column("number", sa.BigInteger, nullable=False),
    sa.Column("caller_id", sa.Text, nullable=False),
    sa.Column("sealed_note", sa.LargeBinary, nullable=False),
    sa.Column("created_at", sa.BigInteger, nullable=False),
    sa.Index("call_notes_of_verification", "verification_id", "number", unique=True),
)
"""What was said in calls about a verification, counted from 1 by ``number``. Nothing of it is ever changed."""

BATCHES = _authenticated_table(
    "batches",
    sa.Column("id", sa.Text, primary_key=True),
    sa.Column("caller_id", sa.Text, nullable=False),
    sa.Column("state", sa.Text, nullable=False),
    sa.Column("sealed_preflight", sa.LargeBinary),
    sa.Column("created_at", sa.BigInteger, nullable=False),
    sa.Column("started_at", sa.BigInteger),
    sa.Column("ended_at", sa.BigInteger),
    sa.Index("batches_by_state", "state", "started_at"),
)

BATCH_ITEMS = _authenticated_table(
    "batch_items",
    sa.Column("batch_id", sa.Text, sa.ForeignKey("batches.id"), primary_key=True),
    sa.Column("number", sa.BigInteger, primary_key=True),
    sa.Column("payer", sa.Text, nullable=False),
    sa.Column("state", sa.Text, nullable=False),
    sa.Column("sealed_row", sa.LargeBinary, nullable=False),
    sa.Column("duplicate_of", sa.BigInteger),
    sa.Column("verification_id", sa.Text),
    sa.Column("job_id", sa.Text),
    sa.Column("reason", sa.Text),
    sa.Column("settled_at", sa.BigInteger),
    sa.Index("batch_items_by_state", "batch_id", "state", "payer", "number"),
    _index_of_filled("batch_items_of_job", "job_id"),
)
"""The rows of rosters, by the ``number`` that each has in its file. ``payer`` is empty for a row without one."""

CONSENTS = _authenticated_table(
    "consents",
    sa.Column("verification_id", sa.Text, sa.ForeignKey("verifications.id"), primary_key=True),
    sa.Column("version", sa.Text, nullable=False),
    sa.Column("language", sa.Text, nullable=False),
    sa.Column("given_at", sa.BigInteger, nullable=False),
    sa.Column("text_digest", sa.LargeBinary, nullable=False),
    sa.Column("recorded_at", sa.BigInteger, nullable=False),
)
"""The consents under which verifications were asked. ``text_digest`` is the SHA-256 of the text that was shown."""

VISITOR_DRAFTS = _authenticated_table(
    "visitor_drafts",
    sa.Column("id", sa.Text, primary_key=True),
    sa.Column("sealed_draft", sa.LargeBinary, nullable=False),
    sa.Column("created_at", sa.BigInteger, nullable=False),
    sa.Column("expires_at", sa.BigInteger, nullable=False),
    sa.Index("visitor_drafts_by_end", "expires_at"),
)
"""What visitors have typed so far. ``id`` is the blind index of the reference, which the visitor alone has."""

VISITOR_REQUESTS = _authenticated_table(
    "visitor_requests",
    sa.Column("id", sa.Text, primary_key=True),
    sa.Column("reference_key", sa.LargeBinary, nullable=False),
    sa.Column("code", sa.Text, nullable=False),
    sa.Column("created_at", sa.BigInteger, nullable=False),
    sa.Column("promised_by", sa.BigInteger, nullable=False),
    sa.Column("sealed_request", sa.LargeBinary, nullable=False),
    sa.Column("verification_id", sa.Text),
    sa.Column("not_asked", sa.Text),
    sa.Column("state", sa.Text, nullable=False),
    sa.Column("assignee", sa.Text),
    sa.Column("closed_at", sa.BigInteger),
    sa.CheckConstraint("state IN ('open', 'claimed', 'done')", name="visitor_requests_state"),
    sa.Index("visitor_requests_of_reference", "reference_key", unique=True),
    sa.Index("visitor_requests_by_state", "state", "promised_by"),
    sa.Index("visitor_requests_by_age", "created_at"),
)
"""What visitors asked for, as work for the staff. ``not_asked`` is the code of why no payer was asked, null when one
was; ``reference_key`` is the blind index of the reference that the visitor alone has, ``code`` is for reading aloud."""

IDENTITY_TRIES = sa.Table(
    "identity_tries",
    METADATA,
    sa.Column("day", sa.BigInteger, primary_key=True),
    sa.Column("bucket", sa.LargeBinary, primary_key=True),
    sa.Column("count", sa.BigInteger, nullable=False),
)
"""Inquiries of visitors on a day (the ordinal of the date in US Eastern) about an identity, and of all together.
``bucket`` is the blind index of what is counted."""

IDEMPOTENCY = _authenticated_table(
    "idempotency",
    sa.Column("caller_id", sa.Text, primary_key=True),
    sa.Column("key_digest", sa.LargeBinary, primary_key=True),
    sa.Column("fingerprint", sa.LargeBinary, nullable=False),
    sa.Column("verification_id", sa.Text, nullable=False),
    sa.Column("expires_at", sa.BigInteger, nullable=False),
)

ATTEMPTS = _authenticated_table(
    "attempts",
    sa.Column("id", sa.Text, primary_key=True),
    sa.Column("job_id", sa.Text, sa.ForeignKey("jobs.id"), nullable=False),
    sa.Column("payer", sa.Text, nullable=False),
    sa.Column("route", sa.Text, nullable=False),
    sa.Column("service_types", sa.Text, nullable=False),
    sa.Column("interchange", sa.Text, nullable=False, unique=True),
    sa.Column("group_number", sa.Text, nullable=False),
    sa.Column("trace", sa.Text, nullable=False, unique=True),
    sa.Column("originator", sa.Text, nullable=False),
    sa.Column("transaction_number", sa.Text, nullable=False, unique=True),
    sa.Column("envelope_id", sa.Text, nullable=False, unique=True),
    sa.Column("sender", sa.Text),
    sa.Column("receiver", sa.Text),
    sa.Column("sent_at", sa.BigInteger, nullable=False),
    sa.Column("closed_at", sa.BigInteger),
    sa.Column("outcome", sa.Text),
    sa.Column("sent", sa.Integer, nullable=False),
    sa.Column("ms", sa.BigInteger),
    sa.Column("consumed", sa.Integer, nullable=False),
    sa.Column("body_digest", sa.LargeBinary),
    sa.Index("attempts_of_job", "job_id", "sent_at"),
    _index_of_filled("attempts_bodies", "body_digest"),
)
"""``outcome`` is null while the attempt is under way; ``sent`` says whether a byte may have left."""


def _replies(name: str, *more: sa.Column[Any]) -> sa.Table:
    return _authenticated_table(
        name,
        sa.Column("attempt_id", sa.Text, sa.ForeignKey("attempts.id"), primary_key=True),
        sa.Column("sealed_body", sa.LargeBinary, nullable=False),
        sa.Column("media_type", sa.Text, nullable=False),
        sa.Column("received_at", sa.BigInteger, nullable=False),
        *more,
    )


REPLIES = _replies("replies", sa.Column("inquiry_key", sa.LargeBinary))
"""``inquiry_key`` is a blind index of the inquiry that a reply answers."""

QUARANTINE = _replies("quarantine")
"""Replies that belong to nobody who asked, kept apart for a restricted role."""

SHREDDING = _authenticated_table(
    "shredding",
    sa.Column("key_id", sa.Text, primary_key=True),
)
"""Data keys that are to be deleted, since what they sealed was taken out; a key is forgotten here once it is."""

AUDIT = sa.Table(
    "audit",
    METADATA,
    # SQLite counts rows by itself only for the type INTEGER.
    sa.Column("seq", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), primary_key=True, autoincrement=True),
    sa.Column("at", sa.BigInteger, nullable=False),
    sa.Column("actor", sa.Text, nullable=False),
    sa.Column("role", sa.Text, nullable=False),
    sa.Column("action", sa.Text, nullable=False),
    sa.Column("verification_id", sa.Text),
    sa.Column("job_id", sa.Text),
    sa.Column("attempt_id", sa.Text),
    sa.Column("payer", sa.Text),
    sa.Column("outcome", sa.Text),
    sa.Column("source", sa.Text),
    sa.Column("times", sa.BigInteger),
    sa.Column("member_key", sa.LargeBinary),
    sa.Column("mac", sa.LargeBinary),
    _index_of_filled("audit_of_verification", "verification_id"),
    _index_of_filled("audit_of_member", "member_key"),
    sa.Index("audit_of_job", "job_id"),
    sqlite_autoincrement=True,
)

AUDIT_MARKS = sa.Table(
    "audit_marks",
    METADATA,
    sa.Column("strand", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("kind", sa.Text, primary_key=True),
    *(sa.Column(name, sa.BigInteger, nullable=False) for name in ("seq", "lines", "at")),
    sa.Column("line_mac", sa.LargeBinary, nullable=False),
    sa.Column("mac", sa.LargeBinary),
)
"""Lines of the audit that are known to have stood: the last one that was removed, and the last one of a heartbeat."""
