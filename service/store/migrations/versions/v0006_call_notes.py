"""What was said in calls about a verification is kept beside its answer, sealed."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the table."""
    op.create_table(
        "call_notes",
        sa.Column("id", sa.Text, primary_key=True),
        sa.Column("verification_id", sa.Text, sa.ForeignKey("verifications.id"), nullable=False),
        sa.Column("number", sa.BigInteger, nullable=False),
        sa.Column("caller_id", sa.Text, nullable=False),
        sa.Column("sealed_note", sa.LargeBinary, nullable=False),
        sa.Column("created_at", sa.BigInteger, nullable=False),
        sa.Column("mac", sa.LargeBinary),
    )
    op.create_index("call_notes_of_verification", "call_notes", ["verification_id", "number"], unique=True)


def downgrade() -> None:
    """Refuse, as the first step does."""
    raise NotImplementedError("the schema is not undone")
