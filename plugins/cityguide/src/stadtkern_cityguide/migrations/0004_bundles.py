"""Tours packed for keeping on a device, and the bytes that the packs name.

Revision: 0004.
"""

import sqlalchemy as sa
from alembic import op

from stadtkern.db import UTCDateTime

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def _tenant(table: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        ["tenant_id"],
        ["tenant.id"],
        name=op.f(f"fk_{table}_tenant_id_tenant"),
        ondelete="CASCADE",
    )


def upgrade() -> None:
    op.create_table(
        "cityguide_bundle",
        sa.Column("tour_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("language", sa.String(length=12), nullable=False),
        sa.Column("title", sa.String(length=200), nullable=False),
        sa.Column("rev", sa.Integer(), nullable=False),
        sa.Column("etag", sa.String(length=64), nullable=False),
        sa.Column("manifest", sa.Text(), nullable=False),
        sa.Column("built_at", UTCDateTime(), nullable=False),
        sa.Column("tenant_id", sa.Integer(), nullable=False),
        _tenant("cityguide_bundle"),
        sa.PrimaryKeyConstraint("tour_id", name=op.f("pk_cityguide_bundle")),
    )
    op.create_index(op.f("ix_cityguide_bundle_tenant_id"), "cityguide_bundle", ["tenant_id"])
    op.create_table(
        "cityguide_asset",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("ending", sa.String(length=12), nullable=False),
        sa.Column("type", sa.String(length=100), nullable=False),
        sa.Column("bytes", sa.Integer(), nullable=False),
        sa.Column("node_id", sa.Integer(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("listed_at", UTCDateTime(), nullable=False),
        sa.Column("tenant_id", sa.Integer(), nullable=False),
        _tenant("cityguide_asset"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_cityguide_asset")),
    )
    op.create_index(op.f("ix_cityguide_asset_tenant_id"), "cityguide_asset", ["tenant_id"])
    op.create_index(
        "ix_cityguide_asset_tenant_id_sha256", "cityguide_asset", ["tenant_id", "sha256"]
    )
