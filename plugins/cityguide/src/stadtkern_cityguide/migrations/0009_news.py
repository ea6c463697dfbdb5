"""What a source newly says and an editor's word hides is counted, so that it can be listed.

Revision: 0009.
"""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column(
        "cityguide_origin",
        sa.Column("fresh", sa.Integer(), nullable=False, server_default="0"),
    )
