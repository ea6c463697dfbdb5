"""What mandates were used for, and why clerks entered or ended them.

Revision: 0011, after answers to deliveries.
"""

import sqlalchemy as sa
from alembic import op

from stadtkern.db import UTCDateTime

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

TABLE = "finance_collection"


def _key(column: str, other: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        [column], [f"{other}.id"], name=op.f(f"fk_{TABLE}_{column}_{other}"), ondelete="CASCADE"
    )


def upgrade() -> None:
    """Widen mandates in place, make the table."""
    for name in ("reason", "end_reason"):
        op.add_column(
            "finance_mandate", sa.Column(name, sa.String(500), nullable=False, server_default="")
        )
    op.create_table(
        TABLE,
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("tenant_id", sa.Integer(), nullable=False),
        sa.Column("batch_id", sa.Integer(), nullable=False),
        sa.Column("mandate_id", sa.Integer(), nullable=False),
        sa.Column("last_day", sa.Date(), nullable=False),
        sa.Column("written_at", UTCDateTime(), nullable=False),
        _key("tenant_id", "tenant"),
        _key("batch_id", "finance_batch"),
        _key("mandate_id", "finance_mandate"),
        sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{TABLE}")),
        sa.UniqueConstraint(
            "tenant_id",
            "batch_id",
            "mandate_id",
            name=op.f(f"uq_{TABLE}_tenant_id_batch_id_mandate_id"),
        ),
    )
    for column in ("batch_id", "mandate_id"):
        op.create_index(op.f(f"ix_{TABLE}_{column}"), TABLE, [column], unique=False)
