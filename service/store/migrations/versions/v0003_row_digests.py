"""Rows that grant or link carry a keyed digest; API keys end by themselves and say when they were last used.

``mac`` is null in rows of before: the start of the service fills it in once, since no key is at hand here. The audit
says where a refused caller came from and how often.
"""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

TABLES = ("api_keys", "verifications", "idempotency", "jobs", "attempts", "replies", "quarantine")


def upgrade() -> None:
    """Add the columns."""
    for table in TABLES:
        op.add_column(table, sa.Column("mac", sa.LargeBinary))
    op.add_column("api_keys", sa.Column("expires_at", sa.BigInteger))
    op.add_column("api_keys", sa.Column("last_used_at", sa.BigInteger))
    op.add_column("audit", sa.Column("source", sa.Text))
    op.add_column("audit", sa.Column("times", sa.BigInteger))


def downgrade() -> None:
    """Refuse, as the first step does."""
    raise NotImplementedError("the schema is not undone")
