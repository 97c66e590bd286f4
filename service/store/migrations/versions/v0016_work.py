"""What the work list counts by: codes of final answers, and what people of the staff did with their verifications.

Answers of before have no codes: they are in no list of the work list, and are found as before.
"""

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the columns, the table and the indexes."""
    op.add_column("jobs", sa.Column("next_step", sa.Text))
    op.add_column("jobs", sa.Column("ends_key", sa.LargeBinary))
    op.add_column("jobs", sa.Column("terms_key", sa.LargeBinary))
    op.add_column("jobs", sa.Column("has_changed", sa.Integer))
    for name, column in (("jobs_that_end", "ends_key"), ("jobs_that_changed", "has_changed")):
        filled = sa.text(f"{column} IS NOT NULL")
        op.create_index(name, "jobs", [column], sqlite_where=filled, postgresql_where=filled)
    people = sa.text("role != 'batch'")
    op.create_index(
        "verifications_of_people", "verifications", ["created_at"], sqlite_where=people, postgresql_where=people
    )
    op.create_table(
        "work_marks",
        sa.Column("verification_id", sa.Text, sa.ForeignKey("verifications.id"), primary_key=True),
        sa.Column("assignee", sa.Text),
        sa.Column("closed_at", sa.BigInteger),
        sa.Column("mac", sa.LargeBinary),
    )


def downgrade() -> None:
    """Refuse, as the first step does."""
    raise NotImplementedError("the schema is not undone")
