"""Redirects that editors set, their use, and what visitors ask for in vain.

Revision: 0006, after 0003. Redirects that are there are those of moved pages.
"""

import sqlalchemy as sa
from alembic import op

from stadtkern.db.base import UTCDateTime

revision = "0006"
down_revision = "0003"
branch_labels = None
depends_on = None

PATH = sa.String(length=1000).with_variant(sa.String(length=1000, collation="C"), "postgresql")


def upgrade() -> None:
    with op.batch_alter_table("redirect") as table:
        table.alter_column("node_id", existing_type=sa.Integer(), nullable=True)
        table.add_column(sa.Column("target", sa.String(length=1000), nullable=True))
        table.add_column(
            sa.Column("kind", sa.String(length=12), nullable=False, server_default="moved")
        )
        table.add_column(
            sa.Column("permanent", sa.Boolean(), nullable=False, server_default=sa.true())
        )
        table.add_column(sa.Column("below", sa.Boolean(), nullable=False, server_default=sa.true()))
        table.add_column(sa.Column("hits", sa.Integer(), nullable=False, server_default="0"))
        table.add_column(sa.Column("last_hit_at", UTCDateTime(), nullable=True))
    op.create_table(
        "missed_path",
        sa.Column("tenant_id", sa.Integer(), nullable=False),
        sa.Column("path", PATH, nullable=False),
        sa.Column("hits", sa.Integer(), nullable=False),
        sa.Column("first_at", UTCDateTime(), nullable=False),
        sa.Column("last_at", UTCDateTime(), nullable=False),
        sa.Column("ignored", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant_id"],
            ["tenant.id"],
            name=op.f("fk_missed_path_tenant_id_tenant"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("tenant_id", "path", name=op.f("pk_missed_path")),
    )
