"""Events that repeat have their dates of the coming 18 months in a table.

Revision: 0011.
"""

import sqlalchemy as sa
from alembic import op

from stadtkern.db import UTCDateTime

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

TABLE = "cityguide_occurrence"


def upgrade() -> None:
    op.create_table(
        TABLE,
        sa.Column("node_id", sa.Integer(), nullable=False),
        sa.Column("starts_at", UTCDateTime(), nullable=False),
        sa.Column("ends_at", UTCDateTime(), nullable=False),
        sa.Column("place_id", sa.Integer(), nullable=True),
        sa.Column("tenant_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["node_id"], ["node.id"], name=op.f(f"fk_{TABLE}_node_id_node"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["place_id"], ["node.id"], name=op.f(f"fk_{TABLE}_place_id_node"), ondelete="SET NULL"
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id"],
            ["tenant.id"],
            name=op.f(f"fk_{TABLE}_tenant_id_tenant"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("node_id", "starts_at", name=op.f(f"pk_{TABLE}")),
    )
    op.create_index(op.f(f"ix_{TABLE}_tenant_id"), TABLE, ["tenant_id"])
    op.create_index(f"ix_{TABLE}_tenant_id_ends_at", TABLE, ["tenant_id", "ends_at"])
    op.create_index(f"ix_{TABLE}_place_id_ends_at", TABLE, ["place_id", "ends_at"])
