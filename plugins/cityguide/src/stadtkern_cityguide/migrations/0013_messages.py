"""Messages to devices that asked for them.

Revision: 0013.
"""

import sqlalchemy as sa
from alembic import op

from stadtkern.db import UTCDateTime

revision = "0013"
down_revision = "0012"
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
        "cityguide_push_key",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("public", sa.String(length=100), nullable=False),
        sa.Column("sealed", sa.Text(), nullable=False),
        sa.Column("tenant_id", sa.Integer(), nullable=False),
        _tenant("cityguide_push_key"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_cityguide_push_key")),
        sa.UniqueConstraint("tenant_id", name=op.f("uq_cityguide_push_key_tenant_id")),
    )
    op.create_table(
        "cityguide_device",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("mark", sa.String(length=64), nullable=False),
        sa.Column("sealed", sa.Text(), nullable=False),
        sa.Column("events", sa.Boolean(), nullable=False),
        sa.Column("warnings", sa.Boolean(), nullable=False),
        sa.Column("created_at", UTCDateTime(), nullable=False),
        sa.Column("tenant_id", sa.Integer(), nullable=False),
        _tenant("cityguide_device"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_cityguide_device")),
        sa.UniqueConstraint("tenant_id", "mark", name=op.f("uq_cityguide_device_tenant_id_mark")),
    )
    op.create_table(
        "cityguide_message",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("topic", sa.String(length=20), nullable=False),
        sa.Column("title", sa.String(length=80), nullable=False),
        sa.Column("text", sa.String(length=300), nullable=False),
        sa.Column("path", sa.String(length=900), nullable=False),
        sa.Column("author_id", sa.Integer(), nullable=True),
        sa.Column("created_at", UTCDateTime(), nullable=False),
        sa.Column("reached", sa.Integer(), nullable=False),
        sa.Column("failed", sa.Integer(), nullable=False),
        sa.Column("last_device", sa.Integer(), nullable=False),
        sa.Column("finished_at", UTCDateTime(), nullable=True),
        sa.Column("tenant_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["author_id"],
            ["account.id"],
            name=op.f("fk_cityguide_message_author_id_account"),
            ondelete="SET NULL",
        ),
        _tenant("cityguide_message"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_cityguide_message")),
    )
    for table in ("cityguide_push_key", "cityguide_device", "cityguide_message"):
        op.create_index(op.f(f"ix_{table}_tenant_id"), table, ["tenant_id"])
