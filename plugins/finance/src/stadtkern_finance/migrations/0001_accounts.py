"""Accounts with their earlier numbers, rates, assessments.

Revision: 0001; the first.
"""

import sqlalchemy as sa
from alembic import op

from stadtkern.db import JSONBody, UTCDateTime

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the tables."""
    op.create_table(
        "finance_account",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("tenant_id", sa.Integer(), nullable=False),
        sa.Column("kassenzeichen", sa.String(length=40), nullable=False),
        sa.Column("tax_kind", sa.String(length=40), nullable=False),
        sa.Column("number", sa.String(length=30), nullable=False),
        sa.Column("place", JSONBody, nullable=False),
        sa.Column("place_key", sa.String(length=200), nullable=False),
        sa.Column("owners", JSONBody, nullable=False),
        sa.Column("messbetrag_cent", sa.BigInteger(), nullable=True),
        sa.Column("notice_date", sa.Date(), nullable=True),
        sa.Column("year", sa.Integer(), nullable=True),
        sa.Column("amount_cent", sa.BigInteger(), nullable=True),
        sa.Column("changed_at", UTCDateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant_id"],
            ["tenant.id"],
            name=op.f("fk_finance_account_tenant_id_tenant"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_finance_account")),
        sa.UniqueConstraint(
            "tenant_id", "kassenzeichen", name=op.f("uq_finance_account_tenant_id_kassenzeichen")
        ),
    )
    op.create_index(
        "ix_finance_account_tenant_id_number",
        "finance_account",
        ["tenant_id", "number"],
        unique=False,
    )
    op.create_index(
        "ix_finance_account_tenant_id_place_key",
        "finance_account",
        ["tenant_id", "place_key"],
        unique=False,
    )
    op.create_table(
        "finance_rate",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("tenant_id", sa.Integer(), nullable=False),
        sa.Column("tax", sa.String(length=40), nullable=False),
        sa.Column("first_year", sa.Integer(), nullable=False),
        sa.Column("percent", sa.Integer(), nullable=False),
        sa.Column("resolved_on", sa.Date(), nullable=True),
        sa.ForeignKeyConstraint(
            ["tenant_id"],
            ["tenant.id"],
            name=op.f("fk_finance_rate_tenant_id_tenant"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_finance_rate")),
        sa.UniqueConstraint(
            "tenant_id", "tax", "first_year", name=op.f("uq_finance_rate_tenant_id_tax_first_year")
        ),
    )
    op.create_table(
        "finance_alias",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("tenant_id", sa.Integer(), nullable=False),
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.Column("number", sa.String(length=30), nullable=False),
        sa.Column("until", sa.Date(), nullable=True),
        sa.ForeignKeyConstraint(
            ["account_id"],
            ["finance_account.id"],
            name=op.f("fk_finance_alias_account_id_finance_account"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id"],
            ["tenant.id"],
            name=op.f("fk_finance_alias_tenant_id_tenant"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_finance_alias")),
        sa.UniqueConstraint(
            "tenant_id",
            "number",
            "account_id",
            name=op.f("uq_finance_alias_tenant_id_number_account_id"),
        ),
    )
    op.create_index(
        op.f("ix_finance_alias_account_id"), "finance_alias", ["account_id"], unique=False
    )
    op.create_table(
        "finance_assessment",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("tenant_id", sa.Integer(), nullable=False),
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.Column("reference", sa.String(length=60), nullable=False),
        sa.Column("record_id", sa.Integer(), nullable=True),
        sa.Column("tax_kind", sa.String(length=40), nullable=False),
        sa.Column("year", sa.Integer(), nullable=True),
        sa.Column("messbetrag_cent", sa.BigInteger(), nullable=False),
        sa.Column("hebesatz", sa.String(length=10), nullable=False),
        sa.Column("amount_cent", sa.BigInteger(), nullable=False),
        sa.Column("before_cent", sa.BigInteger(), nullable=True),
        sa.Column("instalments", JSONBody, nullable=False),
        sa.Column("notice_date", sa.Date(), nullable=True),
        sa.Column("booked_at", UTCDateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id"],
            ["finance_account.id"],
            name=op.f("fk_finance_assessment_account_id_finance_account"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["record_id"],
            ["exchange_record.id"],
            name=op.f("fk_finance_assessment_record_id_exchange_record"),
            ondelete="SET NULL",
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id"],
            ["tenant.id"],
            name=op.f("fk_finance_assessment_tenant_id_tenant"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_finance_assessment")),
        sa.UniqueConstraint(
            "tenant_id", "reference", name=op.f("uq_finance_assessment_tenant_id_reference")
        ),
    )
    op.create_index(
        op.f("ix_finance_assessment_account_id"), "finance_assessment", ["account_id"], unique=False
    )
    op.create_index(
        op.f("ix_finance_assessment_record_id"), "finance_assessment", ["record_id"], unique=False
    )
