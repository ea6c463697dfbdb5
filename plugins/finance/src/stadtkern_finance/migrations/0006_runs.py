"""Annual runs and their rows.

Revision: 0006, the last of this plugin's own line.
"""

import sqlalchemy as sa
from alembic import op

from stadtkern.db import UTCDateTime

revision = "0006"
down_revision = "0003"
branch_labels = None
depends_on = None


def _to(table: str, column: str, target: str, ondelete: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        [column],
        [f"{target}.id"],
        name=op.f(f"fk_{table}_{column}_{target}"),
        ondelete=ondelete,
    )


def upgrade() -> None:
    """Make the tables."""
    op.create_table(
        "finance_run",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("tenant_id", sa.Integer(), nullable=False),
        sa.Column("year", sa.Integer(), nullable=False),
        sa.Column("open_year", sa.Integer(), nullable=True),
        sa.Column("state", sa.String(length=12), nullable=False),
        sa.Column("after", sa.Integer(), nullable=False),
        sa.Column("done", sa.Integer(), nullable=False),
        sa.Column("total", sa.Integer(), nullable=False),
        sa.Column("written_after", sa.Integer(), nullable=False),
        sa.Column("written", sa.Integer(), nullable=False),
        sa.Column("overtaken", sa.Integer(), nullable=False),
        sa.Column("rows_hash", sa.String(length=64), nullable=False),
        sa.Column("started_by", sa.Integer(), nullable=True),
        sa.Column("proposed_by", sa.Integer(), nullable=True),
        sa.Column("released_by", sa.Integer(), nullable=True),
        sa.Column("started_at", UTCDateTime(), nullable=False),
        sa.Column("released_at", UTCDateTime(), nullable=True),
        sa.Column("ended_at", UTCDateTime(), nullable=True),
        _to("finance_run", "tenant_id", "tenant", "CASCADE"),
        *(
            _to("finance_run", column, "account", "SET NULL")
            for column in ("started_by", "proposed_by", "released_by")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_finance_run")),
        sa.UniqueConstraint(
            "tenant_id", "open_year", name=op.f("uq_finance_run_tenant_id_open_year")
        ),
    )
    op.create_table(
        "finance_run_row",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("run_id", sa.Integer(), nullable=False),
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.Column("tax_kind", sa.String(length=40), nullable=False),
        sa.Column("messbetrag_cent", sa.BigInteger(), nullable=True),
        sa.Column("percent", sa.Integer(), nullable=True),
        sa.Column("amount_cent", sa.BigInteger(), nullable=True),
        sa.Column("before_cent", sa.BigInteger(), nullable=True),
        sa.Column("standing_cent", sa.BigInteger(), nullable=True),
        sa.Column("outcome", sa.String(length=12), nullable=False),
        sa.Column("writing", sa.String(length=12), nullable=False),
        sa.Column("tenant_id", sa.Integer(), nullable=False),
        _to("finance_run_row", "run_id", "finance_run", "CASCADE"),
        _to("finance_run_row", "account_id", "finance_account", "CASCADE"),
        _to("finance_run_row", "tenant_id", "tenant", "CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_finance_run_row")),
        sa.UniqueConstraint(
            "run_id", "account_id", name=op.f("uq_finance_run_row_run_id_account_id")
        ),
    )
    op.create_index(
        op.f("ix_finance_run_row_account_id"), "finance_run_row", ["account_id"], unique=False
    )
    op.create_index(
        op.f("ix_finance_run_row_tenant_id"), "finance_run_row", ["tenant_id"], unique=False
    )
