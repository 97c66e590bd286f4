"""Batches and their items, one for each row of a roster; what a row says of a member is sealed."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the tables."""
    op.create_table(
        "batches",
        sa.Column("id", sa.Text, primary_key=True),
        sa.Column("caller_id", sa.Text, nullable=False),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("sealed_preflight", sa.LargeBinary),
        sa.Column("created_at", sa.BigInteger, nullable=False),
        sa.Column("started_at", sa.BigInteger),
        sa.Column("ended_at", sa.BigInteger),
        sa.Column("mac", sa.LargeBinary),
    )
    op.create_index("batches_by_state", "batches", ["state", "started_at"])
    op.create_table(
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
        sa.Column("mac", sa.LargeBinary),
    )
    op.create_index("batch_items_by_state", "batch_items", ["batch_id", "state", "payer", "number"])
    filled = sa.column("job_id").is_not(None)
    op.create_index("batch_items_of_job", "batch_items", ["job_id"], sqlite_where=filled, postgresql_where=filled)


def downgrade() -> None:
    """Refuse, as the first step does."""
    raise NotImplementedError("the schema is not undone")
