"""People of the staff sign in; a key may be rotated, and may be bound to networks."""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the tables and the columns."""
    op.add_column("api_keys", sa.Column("caller_id", sa.Text))
    op.add_column("api_keys", sa.Column("networks", sa.Text))
    op.create_table(
        "staff",
        sa.Column("id", sa.Text, primary_key=True),
        sa.Column("label", sa.Text, nullable=False),
        sa.Column("roles", sa.Text, nullable=False),
        sa.Column("invited", sa.Integer, nullable=False),
        sa.Column("created_at", sa.BigInteger, nullable=False),
        sa.Column("ended_at", sa.BigInteger),
        sa.Column("mac", sa.LargeBinary),
    )
    op.create_table(
        "sign_in_links",
        sa.Column("id", sa.Text, primary_key=True),
        sa.Column("digest", sa.LargeBinary, nullable=False),
        sa.Column("staff_id", sa.Text, sa.ForeignKey("staff.id"), nullable=False),
        sa.Column("created_at", sa.BigInteger, nullable=False),
        sa.Column("expires_at", sa.BigInteger, nullable=False),
        sa.Column("used_at", sa.BigInteger),
        sa.Column("mac", sa.LargeBinary),
    )
    op.create_table(
        "sessions",
        sa.Column("id", sa.Text, primary_key=True),
        sa.Column("digest", sa.LargeBinary, nullable=False),
        sa.Column("staff_id", sa.Text, sa.ForeignKey("staff.id"), nullable=False),
        sa.Column("created_at", sa.BigInteger, nullable=False),
        sa.Column("ends_at", sa.BigInteger, nullable=False),
        sa.Column("ended_at", sa.BigInteger),
        sa.Column("seen_at", sa.BigInteger, nullable=False),
        sa.Column("mac", sa.LargeBinary),
    )
    op.create_table(
        "used_sign_ins",
        sa.Column("digest", sa.LargeBinary, primary_key=True),
        sa.Column("expires_at", sa.BigInteger, nullable=False),
    )
    op.create_table(
        "emergencies",
        sa.Column("id", sa.Text, primary_key=True),
        sa.Column("staff_id", sa.Text, sa.ForeignKey("staff.id"), nullable=False),
        sa.Column("sealed_reason", sa.LargeBinary, nullable=False),
        sa.Column("started_at", sa.BigInteger, nullable=False),
        sa.Column("ends_at", sa.BigInteger, nullable=False),
        sa.Column("mac", sa.LargeBinary),
    )
    for table in ("sign_in_links", "sessions"):
        op.create_index(f"{table}_of_staff", table, ["staff_id"])
    op.create_index("emergencies_of_staff", "emergencies", ["staff_id", "ends_at"])


def downgrade() -> None:
    """Refuse, as the first step does."""
    raise NotImplementedError("the schema is not undone")
