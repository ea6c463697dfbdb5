"""Audit: entries and the chain of seals over them.

Revision: 0004; after 0002. The triggers that keep both append-only stand in ``db.migrate``.
"""

import sqlalchemy as sa
from alembic import op

from stadtkern.db.base import UTCDateTime

revision = "0004"
down_revision = "0002"
branch_labels = None
depends_on = None

COUNT = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "audit_entry",
        sa.Column("id", COUNT, nullable=False),
        sa.Column("tenant_id", sa.Integer(), nullable=False),
        sa.Column("at", UTCDateTime(), nullable=False),
        sa.Column("actor_id", sa.Integer(), nullable=True),
        sa.Column("origin", sa.String(length=16), nullable=False),
        sa.Column("deed", sa.String(length=60), nullable=False),
        sa.Column("kind", sa.String(length=60), nullable=False),
        sa.Column("subject", sa.String(length=80), nullable=False),
        sa.Column("content", sa.String(length=64), nullable=True),
        sa.ForeignKeyConstraint(
            ["tenant_id"],
            ["tenant.id"],
            name=op.f("fk_audit_entry_tenant_id_tenant"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_audit_entry")),
    )
    op.create_index("ix_audit_entry_tenant_id_at", "audit_entry", ["tenant_id", "at"])
    op.create_index(
        "ix_audit_entry_tenant_id_kind_subject", "audit_entry", ["tenant_id", "kind", "subject"]
    )
    op.create_index("ix_audit_entry_tenant_id_actor_id", "audit_entry", ["tenant_id", "actor_id"])
    op.create_table(
        "audit_seal",
        sa.Column("tenant_id", sa.Integer(), nullable=False),
        sa.Column("number", COUNT, nullable=False),
        sa.Column("entry_id", COUNT, nullable=False),
        sa.Column("sealed_at", UTCDateTime(), nullable=False),
        sa.Column("hash", sa.String(length=64), nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant_id"],
            ["tenant.id"],
            name=op.f("fk_audit_seal_tenant_id_tenant"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("tenant_id", "number", name=op.f("pk_audit_seal")),
    )
    op.create_index("uq_audit_seal_entry_id", "audit_seal", ["entry_id"], unique=True)
