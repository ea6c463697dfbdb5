"""Versions of profiles, where batches go, receipts, lines sent once more, mandates.

Revision: 0003; after 0004, which was there before it.
"""

import sqlalchemy as sa
from alembic import op

from stadtkern.db import UTCDateTime

revision = "0003"
down_revision = "0004"
branch_labels = None
depends_on = None


def _tenant(table: str) -> sa.ForeignKeyConstraint:
    return _key(table, "tenant_id", "tenant")


def _key(table: str, column: str, other: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        [column], [f"{other}.id"], name=op.f(f"fk_{table}_{column}_{other}"), ondelete="CASCADE"
    )


def upgrade() -> None:
    """Widen profiles and batches, make the tables."""
    with op.batch_alter_table("finance_profile") as profile:
        profile.add_column(sa.Column("version", sa.Integer(), nullable=False, server_default="1"))
        profile.drop_constraint(op.f("uq_finance_profile_tenant_id_name"), type_="unique")
        profile.create_unique_constraint(
            op.f("uq_finance_profile_tenant_id_name_version"), ["tenant_id", "name", "version"]
        )
    # Columns are added in place: lines refer to this table.
    for column in (
        sa.Column("state", sa.String(20), nullable=False, server_default="rendered"),
        sa.Column("way", sa.String(10), nullable=False, server_default=""),
        sa.Column("attempts", sa.Integer(), nullable=False, server_default="0"),
        sa.Column("error", sa.String(60), nullable=False, server_default=""),
        sa.Column("delivered_at", UTCDateTime(), nullable=True),
    ):
        op.add_column("finance_batch", column)
    op.create_table(
        "finance_sent_before",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("tenant_id", sa.Integer(), nullable=False),
        sa.Column("line_id", sa.Integer(), nullable=False),
        sa.Column("batch_id", sa.Integer(), nullable=False),
        sa.Column("reason", sa.String(length=500), nullable=False),
        sa.Column("answered_at", UTCDateTime(), nullable=False),
        _tenant("finance_sent_before"),
        _key("finance_sent_before", "line_id", "finance_line"),
        _key("finance_sent_before", "batch_id", "finance_batch"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_finance_sent_before")),
        sa.UniqueConstraint(
            "tenant_id",
            "line_id",
            "batch_id",
            name=op.f("uq_finance_sent_before_tenant_id_line_id_batch_id"),
        ),
    )
    op.create_index(
        op.f("ix_finance_sent_before_batch_id"), "finance_sent_before", ["batch_id"], unique=False
    )
    op.create_table(
        "finance_receipt",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("tenant_id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("sha", sa.String(length=64), nullable=False),
        sa.Column("data", sa.Text(), nullable=False),
        sa.Column("received_at", UTCDateTime(), nullable=False),
        sa.Column("accepted", sa.Integer(), nullable=False),
        sa.Column("rejected", sa.Integer(), nullable=False),
        sa.Column("known", sa.Integer(), nullable=False),
        _tenant("finance_receipt"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_finance_receipt")),
        sa.UniqueConstraint("tenant_id", "sha", name=op.f("uq_finance_receipt_tenant_id_sha")),
    )
    op.create_table(
        "finance_way",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("tenant_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=10), nullable=False),
        sa.Column("host", sa.String(length=255), nullable=False),
        sa.Column("port", sa.Integer(), nullable=False),
        sa.Column("user", sa.String(length=100), nullable=False),
        sa.Column("folder", sa.String(length=300), nullable=False),
        sa.Column("host_key", sa.String(length=60), nullable=False),
        sa.Column("url", sa.String(length=2000), nullable=False),
        sa.Column("secret", sa.Text(), nullable=False),
        sa.Column("changed_at", UTCDateTime(), nullable=False),
        _tenant("finance_way"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_finance_way")),
        sa.UniqueConstraint("tenant_id", name=op.f("uq_finance_way_tenant_id")),
    )
    op.create_table(
        "finance_mandate",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("tenant_id", sa.Integer(), nullable=False),
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.Column("reference", sa.String(length=35), nullable=False),
        sa.Column("signed", sa.Date(), nullable=False),
        sa.Column("holder", sa.String(length=70), nullable=False),
        sa.Column("iban", sa.String(length=300), nullable=False),
        sa.Column("iban_end", sa.String(length=4), nullable=False),
        sa.Column("sequence", sa.String(length=4), nullable=False),
        sa.Column("ended", sa.Date(), nullable=True),
        _tenant("finance_mandate"),
        _key("finance_mandate", "account_id", "finance_account"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_finance_mandate")),
        sa.UniqueConstraint(
            "tenant_id",
            "account_id",
            "reference",
            name=op.f("uq_finance_mandate_tenant_id_account_id_reference"),
        ),
    )
    op.create_index(
        op.f("ix_finance_mandate_account_id"), "finance_mandate", ["account_id"], unique=False
    )
