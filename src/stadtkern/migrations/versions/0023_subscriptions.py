"""Subscriptions by mail: who gets what how often, and what is new.

Revision: 0023, after 0022.
"""

import sqlalchemy as sa
from alembic import op

from stadtkern.db.base import JSONBody, UTCDateTime

revision = "0023"
down_revision = "0022"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the tables; mails get headers of their own, and some do not outlive their sending."""
    op.add_column("mail_message", sa.Column("headers", JSONBody, nullable=True))
    op.add_column(
        "mail_message",
        sa.Column("keep", sa.Boolean(), server_default=sa.true(), nullable=False),
    )
    op.create_table(
        "subscriber",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("mail", sa.String(600), nullable=False),
        sa.Column("mail_hash", sa.String(64), nullable=False),
        sa.Column("locale", sa.String(12), nullable=False),
        sa.Column("nonce", sa.String(32), nullable=False),
        sa.Column("key_hash", sa.String(64), nullable=False),
        sa.Column("code_hash", sa.String(64), nullable=True),
        sa.Column("code_until", UTCDateTime(), nullable=True),
        sa.Column("created_at", UTCDateTime(), nullable=False),
        sa.Column("tenant_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant_id"],
            ["tenant.id"],
            name=op.f("fk_subscriber_tenant_id_tenant"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_subscriber")),
        sa.UniqueConstraint(
            "tenant_id", "mail_hash", name=op.f("uq_subscriber_tenant_id_mail_hash")
        ),
    )
    op.create_index(op.f("ix_subscriber_key_hash"), "subscriber", ["key_hash"])
    op.create_index(op.f("ix_subscriber_code_hash"), "subscriber", ["code_hash"])
    op.create_table(
        "subscription",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("subscriber_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(10), nullable=False),
        sa.Column("node_id", sa.Integer(), nullable=True),
        sa.Column("type", sa.String(60), nullable=False),
        sa.Column("words", sa.String(200), nullable=False),
        sa.Column("language", sa.String(12), nullable=False),
        sa.Column("frequency", sa.String(10), nullable=False),
        sa.Column("nonce", sa.String(32), nullable=False),
        sa.Column("key_hash", sa.String(64), nullable=False),
        sa.Column("code_hash", sa.String(64), nullable=True),
        sa.Column("created_at", UTCDateTime(), nullable=False),
        sa.Column("confirmed_at", UTCDateTime(), nullable=True),
        sa.Column("told_until", UTCDateTime(), nullable=True),
        sa.Column("tenant_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["subscriber_id"],
            ["subscriber.id"],
            name=op.f("fk_subscription_subscriber_id_subscriber"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["node_id"],
            ["node.id"],
            name=op.f("fk_subscription_node_id_node"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id"],
            ["tenant.id"],
            name=op.f("fk_subscription_tenant_id_tenant"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_subscription")),
    )
    op.create_index(
        "ix_subscription_frequency",
        "subscription",
        ["tenant_id", "frequency", "confirmed_at"],
    )
    for column in ("subscriber_id", "node_id", "key_hash", "code_hash"):
        op.create_index(op.f(f"ix_subscription_{column}"), "subscription", [column])
    op.create_table(
        "subscription_notice",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("node_id", sa.Integer(), nullable=False),
        sa.Column("made_at", UTCDateTime(), nullable=False),
        sa.Column("at", UTCDateTime(), nullable=True),
        sa.Column("tenant_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["node_id"],
            ["node.id"],
            name=op.f("fk_subscription_notice_node_id_node"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id"],
            ["tenant.id"],
            name=op.f("fk_subscription_notice_tenant_id_tenant"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_subscription_notice")),
        sa.UniqueConstraint(
            "tenant_id", "node_id", name=op.f("uq_subscription_notice_tenant_id_node_id")
        ),
    )
    op.create_index(op.f("ix_subscription_notice_node_id"), "subscription_notice", ["node_id"])
