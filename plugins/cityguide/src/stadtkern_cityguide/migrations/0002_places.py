"""Places know their hours and step-free access, categories, and where an import had them from.

Revision: 0002.
"""

import sqlalchemy as sa
from alembic import op

from stadtkern.db import JSONBody, UTCDateTime

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def _tenant(table: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        ["tenant_id"],
        ["tenant.id"],
        name=op.f(f"fk_{table}_tenant_id_tenant"),
        ondelete="CASCADE",
    )


def _node(table: str, column: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        [column], ["node.id"], name=op.f(f"fk_{table}_{column}_node"), ondelete="CASCADE"
    )


def upgrade() -> None:
    for name, length in (("hours", 255), ("step_free", 10)):
        op.add_column(
            "cityguide_point",
            sa.Column(name, sa.String(length=length), nullable=False, server_default=""),
        )
    op.add_column("cityguide_point", sa.Column("closed_until", sa.Date(), nullable=True))
    op.create_table(
        "cityguide_filing",
        sa.Column("node_id", sa.Integer(), nullable=False),
        sa.Column("category_id", sa.Integer(), nullable=False),
        sa.Column("tenant_id", sa.Integer(), nullable=False),
        _node("cityguide_filing", "node_id"),
        _node("cityguide_filing", "category_id"),
        _tenant("cityguide_filing"),
        sa.PrimaryKeyConstraint("node_id", "category_id", name=op.f("pk_cityguide_filing")),
    )
    op.create_index(op.f("ix_cityguide_filing_tenant_id"), "cityguide_filing", ["tenant_id"])
    op.create_index(op.f("ix_cityguide_filing_category_id"), "cityguide_filing", ["category_id"])
    op.create_table(
        "cityguide_origin",
        sa.Column("node_id", sa.Integer(), nullable=False),
        sa.Column("source", sa.String(length=200), nullable=False),
        sa.Column("item", sa.String(length=200), nullable=False),
        sa.Column("given", JSONBody, nullable=False),
        sa.Column("imported_at", UTCDateTime(), nullable=False),
        sa.Column("tenant_id", sa.Integer(), nullable=False),
        _node("cityguide_origin", "node_id"),
        _tenant("cityguide_origin"),
        sa.PrimaryKeyConstraint("node_id", name=op.f("pk_cityguide_origin")),
        sa.UniqueConstraint(
            "tenant_id", "source", "item", name=op.f("uq_cityguide_origin_tenant_id_source_item")
        ),
    )
    op.create_index(op.f("ix_cityguide_origin_tenant_id"), "cityguide_origin", ["tenant_id"])
