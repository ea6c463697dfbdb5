"""What visitors say of the guide, and which deeds of devices have arrived.

Revision: 0014.
"""

import sqlalchemy as sa
from alembic import op

from stadtkern.db import UTCDateTime

revision = "0014"
down_revision = "0013"
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
        "cityguide_feedback",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("reference", sa.String(length=20), nullable=False),
        sa.Column("node_id", sa.Integer(), nullable=True),
        sa.Column("page", sa.String(length=1000), nullable=False),
        sa.Column("kind", sa.String(length=12), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("sealed", sa.Text(), nullable=True),
        sa.Column("status", sa.String(length=12), nullable=False),
        sa.Column("created_at", UTCDateTime(), nullable=False),
        sa.Column("closed_at", UTCDateTime(), nullable=True),
        sa.Column("tenant_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["node_id"],
            ["node.id"],
            name=op.f("fk_cityguide_feedback_node_id_node"),
            ondelete="SET NULL",
        ),
        _tenant("cityguide_feedback"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_cityguide_feedback")),
        sa.UniqueConstraint(
            "tenant_id", "reference", name=op.f("uq_cityguide_feedback_tenant_id_reference")
        ),
    )
    op.create_index(op.f("ix_cityguide_feedback_node_id"), "cityguide_feedback", ["node_id"])
    op.create_table(
        "cityguide_arrived",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("key_hash", sa.String(length=64), nullable=False),
        sa.Column("body_hash", sa.String(length=64), nullable=False),
        sa.Column("reference", sa.String(length=20), nullable=False),
        sa.Column("created_at", UTCDateTime(), nullable=False),
        sa.Column("tenant_id", sa.Integer(), nullable=False),
        _tenant("cityguide_arrived"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_cityguide_arrived")),
        sa.UniqueConstraint(
            "tenant_id", "key_hash", name=op.f("uq_cityguide_arrived_tenant_id_key_hash")
        ),
    )
    for table in ("cityguide_feedback", "cityguide_arrived"):
        op.create_index(op.f(f"ix_{table}_tenant_id"), table, ["tenant_id"])
    op.create_index(op.f("ix_cityguide_arrived_created_at"), "cityguide_arrived", ["created_at"])
