"""A town's map background in one file.

Revision: 0008.
"""

import sqlalchemy as sa
from alembic import op

from stadtkern.db import UTCDateTime

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "cityguide_map",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("bytes", sa.Integer(), nullable=False),
        sa.Column("style", sa.String(length=20), nullable=False),
        sa.Column("attribution", sa.String(length=300), nullable=False),
        *(
            sa.Column(name, sa.Double(), nullable=False)
            for name in ("south", "west", "north", "east")
        ),
        sa.Column("min_zoom", sa.Integer(), nullable=False),
        sa.Column("max_zoom", sa.Integer(), nullable=False),
        sa.Column("made_at", UTCDateTime(), nullable=False),
        sa.Column("tenant_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant_id"],
            ["tenant.id"],
            name=op.f("fk_cityguide_map_tenant_id_tenant"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_cityguide_map")),
        sa.UniqueConstraint("tenant_id", name=op.f("uq_cityguide_map_tenant_id")),
    )
    op.create_index(op.f("ix_cityguide_map_tenant_id"), "cityguide_map", ["tenant_id"])
