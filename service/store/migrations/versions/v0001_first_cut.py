"""Jobs, verifications, attempts with their numbers, sealed replies, quarantine, API keys and the audit stand.

Instants are whole microseconds since 1970 (UTC), truths are 0 or 1, so that both engines hold the same values. Columns
named ``sealed…`` hold sealed blobs; no other column holds anything of a member. ``twin_key``, ``member_key``, digests
and fingerprints are keyed blind indexes.
"""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

SEQUENCE = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
"""SQLite counts rows by itself only for the type INTEGER."""


def upgrade() -> None:
    """Make the tables."""
    _counters()
    _jobs()
    _verifications()
    _attempts()
    _replies("replies")
    _replies("quarantine")
    _keys()
    _audit()


def downgrade() -> None:
    """Refuse: what was answered is not thrown away by a step back."""
    raise NotImplementedError("the first step of the schema is not undone")


def _counters() -> None:
    """``counters`` hold numbers that only grow; ``key_ring`` holds the index key, wrapped under each sealing key."""
    counters = op.create_table(
        "counters",
        sa.Column("name", sa.Text, primary_key=True),
        sa.Column("value", sa.BigInteger, nullable=False),
    )
    op.bulk_insert(counters, [{"name": name, "value": 0} for name in ("key_ring", "probe")])
    op.create_table(
        "key_ring",
        sa.Column("id", sa.Text, primary_key=True),
        sa.Column("sealed_index_key", sa.LargeBinary, nullable=False),
        sa.Column("created_at", sa.BigInteger, nullable=False),
    )


def _jobs() -> None:
    op.create_table(
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
        sa.CheckConstraint("state IN ('pending', 'final')", name="jobs_state"),
        sa.CheckConstraint("state = 'pending' OR sealed_answer IS NOT NULL", name="jobs_final_has_answer"),
    )
    pending = sa.text("state = 'pending'")
    op.create_index("jobs_twins", "jobs", ["twin_key", "settled_at"])
    op.create_index(
        "jobs_one_pending", "jobs", ["twin_key"], unique=True, sqlite_where=pending, postgresql_where=pending
    )
    op.create_index("jobs_waiting", "jobs", ["created_at"], sqlite_where=pending, postgresql_where=pending)


def _verifications() -> None:
    op.create_table(
        "verifications",
        sa.Column("id", sa.Text, primary_key=True),
        sa.Column("job_id", sa.Text, sa.ForeignKey("jobs.id"), nullable=False),
        sa.Column("caller_id", sa.Text, nullable=False),
        sa.Column("role", sa.Text, nullable=False),
        sa.Column("sealed_reference", sa.LargeBinary),
        sa.Column("created_at", sa.BigInteger, nullable=False),
    )
    op.create_index("verifications_of_job", "verifications", ["job_id"])
    op.create_table(
        "idempotency",
        sa.Column("caller_id", sa.Text, primary_key=True),
        sa.Column("key_digest", sa.LargeBinary, primary_key=True),
        sa.Column("fingerprint", sa.LargeBinary, nullable=False),
        sa.Column("verification_id", sa.Text, nullable=False),
        sa.Column("expires_at", sa.BigInteger, nullable=False),
    )


def _attempts() -> None:
    """``outcome`` is null while the attempt is under way; ``sent`` says whether a byte may have left."""
    op.create_table(
        "attempts",
        sa.Column("id", sa.Text, primary_key=True),
        sa.Column("job_id", sa.Text, sa.ForeignKey("jobs.id"), nullable=False),
        sa.Column("payer", sa.Text, nullable=False),
        sa.Column("road", sa.Text, nullable=False),
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
    )
    op.create_index("attempts_of_job", "attempts", ["job_id", "sent_at"])
    op.create_index("attempts_bodies", "attempts", ["body_digest"])


def _replies(table: str) -> None:
    """Raw replies; those in ``quarantine`` belong to nobody who asked and are kept apart, for a restricted role."""
    op.create_table(
        table,
        sa.Column("attempt_id", sa.Text, sa.ForeignKey("attempts.id"), primary_key=True),
        sa.Column("sealed_body", sa.LargeBinary, nullable=False),
        sa.Column("media_type", sa.Text, nullable=False),
        sa.Column("received_at", sa.BigInteger, nullable=False),
    )


def _keys() -> None:
    op.create_table(
        "api_keys",
        sa.Column("id", sa.Text, primary_key=True),
        sa.Column("digest", sa.LargeBinary, nullable=False),
        sa.Column("role", sa.Text, nullable=False),
        sa.Column("label", sa.Text, nullable=False),
        sa.Column("created_at", sa.BigInteger, nullable=False),
        sa.Column("revoked_at", sa.BigInteger),
        sa.CheckConstraint("role IN ('staff', 'batch')", name="api_keys_role"),
    )


def _audit() -> None:
    op.create_table(
        "audit",
        sa.Column("seq", SEQUENCE, primary_key=True, autoincrement=True),
        sa.Column("at", sa.BigInteger, nullable=False),
        sa.Column("actor", sa.Text, nullable=False),
        sa.Column("role", sa.Text, nullable=False),
        sa.Column("action", sa.Text, nullable=False),
        sa.Column("verification_id", sa.Text),
        sa.Column("job_id", sa.Text),
        sa.Column("attempt_id", sa.Text),
        sa.Column("payer", sa.Text),
        sa.Column("outcome", sa.Text),
        sqlite_autoincrement=True,
    )
    op.create_index("audit_of_verification", "audit", ["verification_id"])
    op.create_index("audit_of_job", "audit", ["job_id"])
