"""Archives of towns that operators bring in through the back office.

Revision: 0031, after 0030.
"""

import sqlalchemy as sa
from alembic import op

from stadtkern.db.base import JSONBody, UTCDateTime

revision = "0031"
down_revision = "0030"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the table."""
    op.create_table(
        "town_arrival",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.Column("sha", sa.String(64), nullable=False),
        sa.Column("digest", sa.String(64), nullable=False),
        sa.Column("report", JSONBody, nullable=False),
        sa.Column("state", sa.String(10), nullable=False),
        sa.Column("slug", sa.String(63), nullable=True),
        sa.Column("host", sa.String(253), nullable=True),
        sa.Column("suspended", sa.Boolean(), nullable=False),
        sa.Column("job", sa.String(36), nullable=True),
        sa.Column("import_id", sa.Integer(), nullable=True),
        sa.Column("reason", JSONBody, nullable=True),
        sa.Column("created_at", UTCDateTime(), nullable=False),
        sa.Column("finished_at", UTCDateTime(), nullable=True),
        sa.ForeignKeyConstraint(
            ["account_id"],
            ["account.id"],
            name=op.f("fk_town_arrival_account_id_account"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_town_arrival")),
    )
    op.create_index(op.f("ix_town_arrival_account_id"), "town_arrival", ["account_id"])


def downgrade() -> None:
    """Drop it."""
    op.drop_table("town_arrival")
