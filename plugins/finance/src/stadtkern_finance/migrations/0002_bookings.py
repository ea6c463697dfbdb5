"""Booking lines, the batches in which they go out, profiles of a town.

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


def upgrade() -> None:
    """Make the tables."""
    op.create_table(
        "finance_profile",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("tenant_id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=60), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("changed_at", UTCDateTime(), nullable=False),
        _tenant("finance_profile"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_finance_profile")),
        sa.UniqueConstraint("tenant_id", "name", name=op.f("uq_finance_profile_tenant_id_name")),
    )
    op.create_table(
        "finance_batch",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("tenant_id", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("town", sa.String(length=200), nullable=False),
        sa.Column("zone", sa.String(length=60), nullable=False),
        sa.Column("created_at", UTCDateTime(), nullable=False),
        sa.Column("profile", sa.String(length=60), nullable=False),
        sa.Column("profile_text", sa.Text(), nullable=False),
        sa.Column("count", sa.Integer(), nullable=False),
        sa.Column("debit_cent", sa.BigInteger(), nullable=False),
        sa.Column("credit_cent", sa.BigInteger(), nullable=False),
        sa.Column("lines_hash", sa.String(length=64), nullable=False),
        sa.Column("hash", sa.String(length=64), nullable=False),
        sa.Column("prev_hash", sa.String(length=64), nullable=False),
        sa.Column("file_sha", sa.String(length=64), nullable=False),
        _tenant("finance_batch"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_finance_batch")),
        sa.UniqueConstraint("tenant_id", "number", name=op.f("uq_finance_batch_tenant_id_number")),
    )
    op.create_table(
        "finance_line",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("tenant_id", sa.Integer(), nullable=False),
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.Column("batch_id", sa.Integer(), nullable=True),
        sa.Column("line_id", sa.String(length=20), nullable=False),
        sa.Column("reference", sa.String(length=60), nullable=False),
        sa.Column("year", sa.Integer(), nullable=False),
        sa.Column("amount_cent", sa.BigInteger(), nullable=False),
        sa.Column("facts", JSONBody, nullable=False),
        sa.Column("answer", sa.String(length=10), nullable=True),
        sa.Column("reason", sa.String(length=500), nullable=False),
        sa.Column("answered_at", UTCDateTime(), nullable=True),
        _tenant("finance_line"),
        sa.ForeignKeyConstraint(
            ["account_id"],
            ["finance_account.id"],
            name=op.f("fk_finance_line_account_id_finance_account"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["batch_id"],
            ["finance_batch.id"],
            name=op.f("fk_finance_line_batch_id_finance_batch"),
            ondelete="SET NULL",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_finance_line")),
        sa.UniqueConstraint("tenant_id", "line_id", name=op.f("uq_finance_line_tenant_id_line_id")),
    )
    for name in ("account_id", "batch_id"):
        op.create_index(op.f(f"ix_finance_line_{name}"), "finance_line", [name], unique=False)
    op.create_index(
        "ix_finance_line_tenant_id_batch_id",
        "finance_line",
        ["tenant_id", "batch_id"],
        unique=False,
    )
