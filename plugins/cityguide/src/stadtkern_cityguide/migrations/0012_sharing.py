"""Tours that towns offer to one another, and what was adopted.

Revision: 0012.
"""

import sqlalchemy as sa
from alembic import op

from stadtkern.db import UTCDateTime

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def _text(name: str, length: int) -> sa.Column[str]:
    return sa.Column(name, sa.String(length=length), nullable=False)


def _number(name: str) -> sa.Column[int]:
    return sa.Column(name, sa.Integer(), nullable=False)


def upgrade() -> None:
    op.create_table(
        "cityguide_offer",
        _number("id"),
        *(_number(name) for name in ("town_id", "node_id")),
        _text("town", 200),
        _text("address", 1300),
        _text("language", 12),
        _text("title", 200),
        _text("summary", 500),
        _text("licence", 200),
        _text("attribution", 500),
        *(_number(name) for name in ("stops", "places", "media", "rev", "revision")),
        _text("sha256", 64),
        *(sa.Column(name, sa.Text(), nullable=False) for name in ("package", "towns")),
        sa.Column("offered_at", UTCDateTime(), nullable=False),
        sa.Column("withdrawn_at", UTCDateTime(), nullable=True),
        sa.ForeignKeyConstraint(
            ["town_id"],
            ["tenant.id"],
            name=op.f("fk_cityguide_offer_town_id_tenant"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_cityguide_offer")),
        sa.UniqueConstraint("town_id", "node_id", name=op.f("uq_cityguide_offer_town_id_node_id")),
    )
    op.create_table(
        "cityguide_adoption",
        *(_number(name) for name in ("node_id", "offer_id")),
        _text("town", 200),
        _text("address", 1300),
        _text("licence", 200),
        _number("rev"),
        sa.Column("adopted_at", UTCDateTime(), nullable=False),
        _number("tenant_id"),
        sa.ForeignKeyConstraint(
            ["node_id"],
            ["node.id"],
            name=op.f("fk_cityguide_adoption_node_id_node"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id"],
            ["tenant.id"],
            name=op.f("fk_cityguide_adoption_tenant_id_tenant"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("node_id", name=op.f("pk_cityguide_adoption")),
    )
    op.create_index(op.f("ix_cityguide_adoption_tenant_id"), "cityguide_adoption", ["tenant_id"])
