"""Data protection: legal holds, reports of deletion, certificates of erasure.

Revision: 0022, after 0018.
"""

import sqlalchemy as sa
from alembic import op

from stadtkern.db.base import JSONBody, UTCDateTime

revision = "0022"
down_revision = "0018"
branch_labels = None
depends_on = None


def _tenant(table: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        ["tenant_id"],
        ["tenant.id"],
        name=op.f(f"fk_{table}_tenant_id_tenant"),
        ondelete="CASCADE",
    )


def _account(table: str, column: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        [column], ["account.id"], name=op.f(f"fk_{table}_{column}_account"), ondelete="SET NULL"
    )


def upgrade() -> None:
    """Make the tables."""
    op.create_table(
        "legal_hold",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("tenant_id", sa.Integer(), nullable=False),
        sa.Column("token", sa.String(32), nullable=False),
        sa.Column("kind", sa.String(60), nullable=False),
        sa.Column("subject", sa.String(80), nullable=False),
        sa.Column("subject_account", sa.Integer(), nullable=True),
        sa.Column("sealed_mail", sa.String(500), nullable=True),
        sa.Column("sealed_reason", sa.Text(), nullable=True),
        sa.Column("until", sa.Date(), nullable=True),
        sa.Column("account_id", sa.Integer(), nullable=True),
        sa.Column("created_at", UTCDateTime(), nullable=False),
        sa.Column("lifted_by", sa.Integer(), nullable=True),
        sa.Column("lifted_at", UTCDateTime(), nullable=True),
        _tenant("legal_hold"),
        _account("legal_hold", "account_id"),
        _account("legal_hold", "lifted_by"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_legal_hold")),
    )
    op.create_index("ix_legal_hold_tenant_id_kind", "legal_hold", ["tenant_id", "kind", "subject"])
    op.create_table(
        "retention_run",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("key", sa.String(60), nullable=False),
        sa.Column("started_at", UTCDateTime(), nullable=False),
        sa.Column("finished_at", UTCDateTime(), nullable=True),
        sa.Column("results", JSONBody, nullable=False),
        sa.Column("tenant_id", sa.Integer(), nullable=False),
        _tenant("retention_run"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_retention_run")),
        sa.UniqueConstraint("tenant_id", "key", name=op.f("uq_retention_run_tenant_id_key")),
    )
    op.create_index(op.f("ix_retention_run_tenant_id"), "retention_run", ["tenant_id"])
    op.create_table(
        "privacy_certificate",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("number", sa.String(20), nullable=False),
        sa.Column("person", sa.String(64), nullable=False),
        sa.Column("account_id", sa.Integer(), nullable=True),
        sa.Column("document", JSONBody, nullable=False),
        sa.Column("digest", sa.String(64), nullable=False),
        sa.Column("created_at", UTCDateTime(), nullable=False),
        sa.Column("tenant_id", sa.Integer(), nullable=False),
        _tenant("privacy_certificate"),
        _account("privacy_certificate", "account_id"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_privacy_certificate")),
        sa.UniqueConstraint(
            "tenant_id", "number", name=op.f("uq_privacy_certificate_tenant_id_number")
        ),
    )
    op.create_index(op.f("ix_privacy_certificate_tenant_id"), "privacy_certificate", ["tenant_id"])
