"""Annual runs of prepayments: which kind a run is, and what each account's base comes from.

Revision: 0012, after what mandates were used for.
"""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the columns in place: rows refer to the table of runs."""
    op.add_column(
        "finance_run", sa.Column("kind", sa.String(12), nullable=False, server_default="property")
    )
    op.add_column("finance_run", sa.Column("open_prepayments", sa.Integer(), nullable=True))
    op.create_index(
        "ix_finance_run_tenant_id_open_prepayments",
        "finance_run",
        ["tenant_id", "open_prepayments"],
        unique=True,
    )
    op.add_column(
        "finance_run_row", sa.Column("basis", sa.String(12), nullable=False, server_default="")
    )
    op.add_column("finance_run_row", sa.Column("basis_year", sa.Integer(), nullable=True))
