"""Which earlier verification a later one mends, and the verifications of a member by an index."""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the table and the indexes."""
    op.create_table(
        "retries",
        sa.Column("verification_id", sa.Text, sa.ForeignKey("verifications.id"), primary_key=True),
        sa.Column("earlier_id", sa.Text, sa.ForeignKey("verifications.id"), nullable=False),
        sa.Column("mac", sa.LargeBinary),
    )
    op.create_index("retries_of_earlier", "retries", ["earlier_id"])
    op.create_index("jobs_of_member", "jobs", ["member_key"])


def downgrade() -> None:
    """Refuse, as the first step does."""
    raise NotImplementedError("the schema is not undone")
