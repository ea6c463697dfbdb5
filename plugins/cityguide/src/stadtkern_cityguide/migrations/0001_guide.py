"""The city guide: where places lie, and how tours run.

Revision: 0001; the first.
"""

import sqlalchemy as sa
from alembic import op

from stadtkern.db import JSONBody, UTCDateTime

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "cityguide_point",
        sa.Column("node_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("lat", sa.Double(), nullable=False),
        sa.Column("lon", sa.Double(), nullable=False),
        sa.Column("tenant_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["node_id"],
            ["node.id"],
            name=op.f("fk_cityguide_point_node_id_node"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id"],
            ["tenant.id"],
            name=op.f("fk_cityguide_point_tenant_id_tenant"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("node_id", name=op.f("pk_cityguide_point")),
    )
    op.create_index(op.f("ix_cityguide_point_tenant_id"), "cityguide_point", ["tenant_id"])
    op.create_index(
        "ix_cityguide_point_tenant_id_lat_lon", "cityguide_point", ["tenant_id", "lat", "lon"]
    )
    op.create_table(
        "cityguide_track",
        sa.Column("node_id", sa.Integer(), nullable=False),
        sa.Column("mode", sa.String(length=20), nullable=False),
        sa.Column("line", sa.Text(), nullable=False),
        sa.Column("elevations", sa.Text(), nullable=False),
        sa.Column("stops", JSONBody, nullable=False),
        sa.Column("length_m", sa.Double(), nullable=False),
        sa.Column("ascent_m", sa.Double(), nullable=True),
        sa.Column("descent_m", sa.Double(), nullable=True),
        sa.Column("south", sa.Double(), nullable=False),
        sa.Column("west", sa.Double(), nullable=False),
        sa.Column("north", sa.Double(), nullable=False),
        sa.Column("east", sa.Double(), nullable=False),
        sa.Column("start_lat", sa.Double(), nullable=False),
        sa.Column("start_lon", sa.Double(), nullable=False),
        sa.Column("source_name", sa.String(length=200), nullable=False),
        sa.Column("source_sha256", sa.String(length=64), nullable=False),
        sa.Column("imported_at", UTCDateTime(), nullable=False),
        sa.Column("tenant_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["node_id"],
            ["node.id"],
            name=op.f("fk_cityguide_track_node_id_node"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id"],
            ["tenant.id"],
            name=op.f("fk_cityguide_track_tenant_id_tenant"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("node_id", name=op.f("pk_cityguide_track")),
    )
    op.create_index(op.f("ix_cityguide_track_tenant_id"), "cityguide_track", ["tenant_id"])
    op.create_index(
        "ix_cityguide_track_tenant_id_source_sha256",
        "cityguide_track",
        ["tenant_id", "source_sha256"],
    )
