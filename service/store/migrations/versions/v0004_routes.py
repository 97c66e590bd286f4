"""An attempt names the route that it went over, as cards, settings and answers do."""

from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Rename the column."""
    op.alter_column("attempts", "road", new_column_name="route")


def downgrade() -> None:
    """Refuse, as the first step does."""
    raise NotImplementedError("the schema is not undone")
