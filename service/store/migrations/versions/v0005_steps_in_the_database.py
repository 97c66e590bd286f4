"""Later steps are kept in this database; whatever is pending is owed one, since it was kept elsewhere or nowhere.

The scheduler's own tables are made when it starts, so this only counts what it then has to enqueue.
"""

from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Note how many steps are owed."""
    op.execute("INSERT INTO counters (name, value) SELECT 'steps_owed', count(*) FROM jobs WHERE state = 'pending'")


def downgrade() -> None:
    """Refuse, as the first step does."""
    raise NotImplementedError("the schema is not undone")
