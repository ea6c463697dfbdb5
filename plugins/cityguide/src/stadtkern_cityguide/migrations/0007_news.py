"""What a source newly says and an editor's word hides is counted, so that it can be listed.

Revision: 0007.
"""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column(
        "cityguide_origin",
        sa.Column("fresh", sa.Integer(), nullable=False, server_default="0"),
    )
