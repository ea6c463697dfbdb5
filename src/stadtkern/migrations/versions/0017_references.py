"""Pages of before get their references soon after the upgrade, so that the link report is true.

Revision: 0017, after 0016.
"""

from datetime import UTC, datetime

import sqlalchemy as sa
from alembic import op

from stadtkern.db.base import UTCDateTime

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None

NAME = "content.references"
LONG_AGO = datetime(2000, 1, 1, tzinfo=UTC)
SCHEDULE = sa.table("job_schedule", sa.column("name", sa.String), sa.column("last_at", UTCDateTime))


def upgrade() -> None:
    """Let the schedule be overdue where there are towns: whatever runs jobs fires it at once."""
    connection = op.get_bind()
    if connection.scalar(sa.text("select 1 from tenant limit 1")) is None:
        return
    known = sa.select(SCHEDULE.c.name).where(SCHEDULE.c.name == NAME)
    if connection.scalar(known) is None:
        connection.execute(sa.insert(SCHEDULE).values(name=NAME, last_at=LONG_AGO))


def downgrade() -> None:
    """Forget it: the former version has no such schedule."""
    op.execute(sa.delete(SCHEDULE).where(SCHEDULE.c.name == NAME))
