"""A delivery says how many of its records hold elements that no mapping knows.

Revision: 0039, after 0038.
"""

import sqlalchemy as sa
from alembic import op

revision = "0039"
down_revision = "0038"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the column, filled from the records that are here."""
    op.add_column(
        "exchange_delivery",
        sa.Column("unmapped", sa.Integer(), nullable=False, server_default="0"),
    )
    op.execute(
        "update exchange_delivery set unmapped = (select count(*) from exchange_record"
        " where exchange_record.delivery_id = exchange_delivery.id"
        " and exchange_record.unmapped > 0)"
    )


def downgrade() -> None:
    """Drop it."""
    op.drop_column("exchange_delivery", "unmapped")
