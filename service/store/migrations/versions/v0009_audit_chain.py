"""The lines of the audit are linked to each other by keyed digests, and name their member by a blind index.

``mac`` is null in the lines of before: the start of the service fills it in once, since no key is at hand here.
"""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the columns and the index."""
    op.add_column("audit", sa.Column("member_key", sa.LargeBinary))
    op.add_column("audit", sa.Column("mac", sa.LargeBinary))
    filled = sa.column("member_key").is_not(None)
    op.create_index("audit_of_member", "audit", ["member_key"], sqlite_where=filled, postgresql_where=filled)


def downgrade() -> None:
    """Refuse, as the first step does."""
    raise NotImplementedError("the schema is not undone")
