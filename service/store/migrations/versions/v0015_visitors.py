"""What visitors type and ask for, and how many inquiries were made about an identity on a day."""

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None

_ASKED = sa.text("verification_id IS NOT NULL")


def upgrade() -> None:
    """Make the tables."""
    op.create_table(
        "visitor_drafts",
        sa.Column("id", sa.Text, primary_key=True),
        sa.Column("sealed_draft", sa.LargeBinary, nullable=False),
        sa.Column("created_at", sa.BigInteger, nullable=False),
        sa.Column("expires_at", sa.BigInteger, nullable=False),
        sa.Column("mac", sa.LargeBinary),
    )
    op.create_index("visitor_drafts_by_end", "visitor_drafts", ["expires_at"])
    op.create_table(
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
        sa.Column("mac", sa.LargeBinary),
        sa.CheckConstraint("state IN ('open', 'claimed', 'done')", name="visitor_requests_state"),
    )
    op.create_index("visitor_requests_of_reference", "visitor_requests", ["reference_key"], unique=True)
    op.create_index("visitor_requests_by_state", "visitor_requests", ["state", "promised_by"])
    op.create_index("visitor_requests_by_age", "visitor_requests", ["created_at"])
    op.create_index(
        "visitor_requests_of_verification",
        "visitor_requests",
        ["verification_id"],
        sqlite_where=_ASKED,
        postgresql_where=_ASKED,
    )
    op.create_table(
        "identity_tries",
        sa.Column("day", sa.BigInteger, primary_key=True),
        sa.Column("bucket", sa.LargeBinary, primary_key=True),
        sa.Column("count", sa.BigInteger, nullable=False),
    )


def downgrade() -> None:
    """Refuse, as the first step does."""
    raise NotImplementedError("the schema is not undone")
