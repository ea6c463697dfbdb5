"""Why the answer to a delivered batch is no receipt.

Revision: 0010, after resolutions and limits by role.
"""

import sqlalchemy as sa
from alembic import op

from stadtkern.db import JSONBody

revision = "0010"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the column in place: lines refer to this table."""
    op.add_column("finance_batch", sa.Column("answer_problem", JSONBody, nullable=True))
