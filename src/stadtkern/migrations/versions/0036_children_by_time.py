"""Lists of what stands in a folder are read in the order of their changes, too.

Revision: 0036, after 0035.
"""

import sqlalchemy as sa
from alembic import op

revision = "0036"
down_revision = "0035"
branch_labels = None
depends_on = None

LISTED = sa.text("deleted_at IS NULL AND version > 0")


def upgrade() -> None:
    """Add an index that serves only queries which say its condition."""
    op.create_index(
        "ix_node_tenant_id_parent_id_updated_at",
        "node",
        ["tenant_id", "parent_id", "updated_at"],
        sqlite_where=LISTED,
        postgresql_where=LISTED,
    )


def downgrade() -> None:
    """Drop it."""
    op.drop_index("ix_node_tenant_id_parent_id_updated_at", "node")
