"""Two indexes leave out rows without a value: most rows have none, and each wrote a page more for it."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

_INDEXES = (("attempts_bodies", "attempts", "body_digest"), ("audit_of_verification", "audit", "verification_id"))


def upgrade() -> None:
    """Make them anew."""
    for name, table, column in _INDEXES:
        filled = sa.column(column).is_not(None)
        op.drop_index(name, table)
        op.create_index(name, table, [column], sqlite_where=filled, postgresql_where=filled)


def downgrade() -> None:
    """Refuse, as the first step does."""
    raise NotImplementedError("the schema is not undone")
