"""Data keys that are to be deleted are noted, so that nothing is shredded by half."""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the table."""
    op.create_table(
        "shredding",
        sa.Column("key_id", sa.Text, primary_key=True),
        sa.Column("mac", sa.LargeBinary),
    )


def downgrade() -> None:
    """Refuse, as the first step does."""
    raise NotImplementedError("the schema is not undone")
