"""Lists of all nodes of a town are read in their order instead of being sorted.

Revision: 0027, after 0023.
"""

from alembic import op

revision = "0027"
down_revision = "0023"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the indexes."""
    op.create_index("ix_node_tenant_id_id", "node", ["tenant_id", "id"])
    op.create_index("ix_node_tenant_id_updated_at", "node", ["tenant_id", "updated_at"])


def downgrade() -> None:
    """Drop them."""
    op.drop_index("ix_node_tenant_id_updated_at", "node")
    op.drop_index("ix_node_tenant_id_id", "node")
