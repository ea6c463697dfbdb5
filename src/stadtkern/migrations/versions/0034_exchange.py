"""Deliveries of other systems, their records, findings, releases and dispatches.

Revision: 0034, after 0033.
"""

import sqlalchemy as sa
from alembic import op

from stadtkern.db import JSONBody, UTCDateTime

revision = "0034"
down_revision = "0033"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the tables."""
    op.create_table(
        "exchange_batch",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("area", sa.String(length=40), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("sample", JSONBody, nullable=False),
        sa.Column("state", sa.String(length=12), nullable=False),
        sa.Column("proposer_id", sa.Integer(), nullable=True),
        sa.Column("releaser_id", sa.Integer(), nullable=True),
        sa.Column("proposed_at", UTCDateTime(), nullable=False),
        sa.Column("decided_at", UTCDateTime(), nullable=True),
        sa.Column("tenant_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["proposer_id"],
            ["account.id"],
            name=op.f("fk_exchange_batch_proposer_id_account"),
            ondelete="SET NULL",
        ),
        sa.ForeignKeyConstraint(
            ["releaser_id"],
            ["account.id"],
            name=op.f("fk_exchange_batch_releaser_id_account"),
            ondelete="SET NULL",
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id"],
            ["tenant.id"],
            name=op.f("fk_exchange_batch_tenant_id_tenant"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_exchange_batch")),
    )
    op.create_index(
        op.f("ix_exchange_batch_tenant_id"), "exchange_batch", ["tenant_id"], unique=False
    )
    op.create_table(
        "exchange_delivery",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("tenant_id", sa.Integer(), nullable=False),
        sa.Column("area", sa.String(length=40), nullable=False),
        sa.Column("sha", sa.String(length=64), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("source", sa.String(length=40), nullable=False),
        sa.Column("account_id", sa.Integer(), nullable=True),
        sa.Column("format", sa.String(length=60), nullable=True),
        sa.Column("state", sa.String(length=12), nullable=False),
        sa.Column("staged", sa.Integer(), nullable=False),
        sa.Column("total", sa.Integer(), nullable=False),
        sa.Column("known", sa.Integer(), nullable=False),
        sa.Column("reason", JSONBody, nullable=True),
        sa.Column("received_at", UTCDateTime(), nullable=False),
        sa.Column("staged_at", UTCDateTime(), nullable=True),
        sa.Column("confirmed_at", UTCDateTime(), nullable=True),
        sa.ForeignKeyConstraint(
            ["account_id"],
            ["account.id"],
            name=op.f("fk_exchange_delivery_account_id_account"),
            ondelete="SET NULL",
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id"],
            ["tenant.id"],
            name=op.f("fk_exchange_delivery_tenant_id_tenant"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_exchange_delivery")),
        sa.UniqueConstraint(
            "tenant_id", "area", "sha", name=op.f("uq_exchange_delivery_tenant_id_area_sha")
        ),
    )
    op.create_index(
        op.f("ix_exchange_delivery_received_at"), "exchange_delivery", ["received_at"], unique=False
    )
    op.create_index(
        "ix_exchange_delivery_tenant_id_state",
        "exchange_delivery",
        ["tenant_id", "state"],
        unique=False,
    )
    op.create_table(
        "exchange_record",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("tenant_id", sa.Integer(), nullable=False),
        sa.Column("delivery_id", sa.Integer(), nullable=False),
        sa.Column("area", sa.String(length=40), nullable=False),
        sa.Column("format", sa.String(length=60), nullable=False),
        sa.Column("key", sa.String(length=160), nullable=False),
        sa.Column("entry", sa.Text(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("subject", sa.String(length=120), nullable=False),
        sa.Column("summary", sa.String(length=300), nullable=False),
        sa.Column("state", sa.String(length=12), nullable=False),
        sa.Column("severity", sa.String(length=8), nullable=False),
        sa.Column("payload", JSONBody, nullable=False),
        sa.Column("content_hash", sa.String(length=64), nullable=False),
        sa.Column("decisions", JSONBody, nullable=False),
        sa.Column("proposal", JSONBody, nullable=False),
        sa.Column("payload_hash", sa.String(length=64), nullable=False),
        sa.Column("unmapped", sa.Integer(), nullable=False),
        sa.Column("edited_by", sa.Integer(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", UTCDateTime(), nullable=False),
        sa.Column("changed_at", UTCDateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["delivery_id"],
            ["exchange_delivery.id"],
            name=op.f("fk_exchange_record_delivery_id_exchange_delivery"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["edited_by"],
            ["account.id"],
            name=op.f("fk_exchange_record_edited_by_account"),
            ondelete="SET NULL",
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id"],
            ["tenant.id"],
            name=op.f("fk_exchange_record_tenant_id_tenant"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_exchange_record")),
        sa.UniqueConstraint(
            "tenant_id", "format", "key", name=op.f("uq_exchange_record_tenant_id_format_key")
        ),
    )
    op.create_index(
        op.f("ix_exchange_record_delivery_id"), "exchange_record", ["delivery_id"], unique=False
    )
    op.create_index(
        "ix_exchange_record_tenant_id_state_severity",
        "exchange_record",
        ["tenant_id", "state", "severity"],
        unique=False,
    )
    op.create_index(
        "ix_exchange_record_tenant_id_subject",
        "exchange_record",
        ["tenant_id", "subject"],
        unique=False,
    )
    op.create_table(
        "exchange_dispatch",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("tenant_id", sa.Integer(), nullable=False),
        sa.Column("record_id", sa.Integer(), nullable=False),
        sa.Column("target", sa.String(length=60), nullable=False),
        sa.Column("payload_hash", sa.String(length=64), nullable=False),
        sa.Column("state", sa.String(length=12), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("due_at", UTCDateTime(), nullable=False),
        sa.Column("error", sa.String(length=200), nullable=True),
        sa.Column("receipt", sa.String(length=12), nullable=True),
        sa.Column("reference", sa.String(length=200), nullable=False),
        sa.Column("note", sa.String(length=500), nullable=False),
        sa.Column("created_at", UTCDateTime(), nullable=False),
        sa.Column("sent_at", UTCDateTime(), nullable=True),
        sa.Column("receipted_at", UTCDateTime(), nullable=True),
        sa.ForeignKeyConstraint(
            ["record_id"],
            ["exchange_record.id"],
            name=op.f("fk_exchange_dispatch_record_id_exchange_record"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id"],
            ["tenant.id"],
            name=op.f("fk_exchange_dispatch_tenant_id_tenant"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_exchange_dispatch")),
        sa.UniqueConstraint(
            "tenant_id",
            "record_id",
            "target",
            "payload_hash",
            name=op.f("uq_exchange_dispatch_tenant_id_record_id_target_payload_hash"),
        ),
    )
    op.create_index(
        op.f("ix_exchange_dispatch_record_id"), "exchange_dispatch", ["record_id"], unique=False
    )
    op.create_index(
        "ix_exchange_dispatch_tenant_id_target_state",
        "exchange_dispatch",
        ["tenant_id", "target", "state"],
        unique=False,
    )
    op.create_table(
        "exchange_finding",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("tenant_id", sa.Integer(), nullable=False),
        sa.Column("record_id", sa.Integer(), nullable=False),
        sa.Column("severity", sa.String(length=8), nullable=False),
        sa.Column("read", sa.Boolean(), nullable=False),
        sa.Column("code", sa.String(length=60), nullable=False),
        sa.Column("field", sa.String(length=300), nullable=False),
        sa.Column("message", JSONBody, nullable=False),
        sa.Column("mends", JSONBody, nullable=False),
        sa.ForeignKeyConstraint(
            ["record_id"],
            ["exchange_record.id"],
            name=op.f("fk_exchange_finding_record_id_exchange_record"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id"],
            ["tenant.id"],
            name=op.f("fk_exchange_finding_tenant_id_tenant"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_exchange_finding")),
    )
    op.create_index(
        op.f("ix_exchange_finding_record_id"), "exchange_finding", ["record_id"], unique=False
    )
    op.create_index(
        "ix_exchange_finding_tenant_id_code",
        "exchange_finding",
        ["tenant_id", "code"],
        unique=False,
    )
    op.create_table(
        "exchange_release",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("record_id", sa.Integer(), nullable=False),
        sa.Column("batch_id", sa.Integer(), nullable=True),
        sa.Column("payload_hash", sa.String(length=64), nullable=False),
        sa.Column("state", sa.String(length=12), nullable=False),
        sa.Column("proposer_id", sa.Integer(), nullable=True),
        sa.Column("releaser_id", sa.Integer(), nullable=True),
        sa.Column("note", sa.String(length=500), nullable=False),
        sa.Column("proposed_at", UTCDateTime(), nullable=False),
        sa.Column("decided_at", UTCDateTime(), nullable=True),
        sa.Column("tenant_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["batch_id"],
            ["exchange_batch.id"],
            name=op.f("fk_exchange_release_batch_id_exchange_batch"),
            ondelete="SET NULL",
        ),
        sa.ForeignKeyConstraint(
            ["proposer_id"],
            ["account.id"],
            name=op.f("fk_exchange_release_proposer_id_account"),
            ondelete="SET NULL",
        ),
        sa.ForeignKeyConstraint(
            ["record_id"],
            ["exchange_record.id"],
            name=op.f("fk_exchange_release_record_id_exchange_record"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["releaser_id"],
            ["account.id"],
            name=op.f("fk_exchange_release_releaser_id_account"),
            ondelete="SET NULL",
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id"],
            ["tenant.id"],
            name=op.f("fk_exchange_release_tenant_id_tenant"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_exchange_release")),
    )
    op.create_index(
        op.f("ix_exchange_release_batch_id"), "exchange_release", ["batch_id"], unique=False
    )
    op.create_index(
        op.f("ix_exchange_release_record_id"), "exchange_release", ["record_id"], unique=False
    )
    op.create_index(
        op.f("ix_exchange_release_tenant_id"), "exchange_release", ["tenant_id"], unique=False
    )
