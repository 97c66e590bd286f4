"""Which inquiry a reply answers: a question whose process died before it was settled asks for nothing twice."""

import sqlalchemy as sa
from alembic import op

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the column; what an earlier version kept names no inquiry, and is asked again."""
    op.add_column("replies", sa.Column("inquiry_key", sa.LargeBinary))


def downgrade() -> None:
    """Refuse, as the first step does."""
    raise NotImplementedError("the schema is not undone")
