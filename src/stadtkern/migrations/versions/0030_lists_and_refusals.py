"""Lists of nodes are read in their order instead of being sorted; refused mails are counted.

Revision: 0030, after 0029.
"""

import sqlalchemy as sa
from alembic import op

from stadtkern.db.base import UTCDateTime

revision = "0030"
down_revision = "0029"
branch_labels = None
depends_on = None

LISTED = sa.text("deleted_at IS NULL AND version > 0")


def upgrade() -> None:
    """Add indexes that serve only queries which say their condition, and columns."""
    for column in ("id", "updated_at"):
        op.create_index(
            f"ix_node_tenant_id_{column}",
            "node",
            ["tenant_id", column],
            sqlite_where=LISTED,
            postgresql_where=LISTED,
        )
    op.add_column(
        "subscriber", sa.Column("refusals", sa.Integer(), server_default="0", nullable=False)
    )
    for name in ("refused_since", "suspended_at"):
        op.add_column("subscriber", sa.Column(name, UTCDateTime(), nullable=True))


def downgrade() -> None:
    """Drop them."""
    with op.batch_alter_table("subscriber") as batch:
        for name in ("suspended_at", "refused_since", "refusals"):
            batch.drop_column(name)
    op.drop_index("ix_node_tenant_id_updated_at", "node")
    op.drop_index("ix_node_tenant_id_id", "node")
