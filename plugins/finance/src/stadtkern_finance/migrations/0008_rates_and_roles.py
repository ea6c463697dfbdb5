"""A year can have several resolutions on a rate: the last one counts. Limits of release by role.

Revision: 0008, after notes and limits.
"""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Let resolutions of one first year differ by their day, and limits name a role."""
    # No other table refers to these two: they may be made anew.
    with op.batch_alter_table("finance_rate") as rate:
        rate.drop_constraint(op.f("uq_finance_rate_tenant_id_tax_first_year"), type_="unique")
        rate.create_unique_constraint(
            op.f("uq_finance_rate_tenant_id_tax_first_year_resolved_on"),
            ["tenant_id", "tax", "first_year", "resolved_on"],
        )
    with op.batch_alter_table("finance_release_limit") as limit:
        limit.add_column(sa.Column("role", sa.String(60), nullable=True))
        limit.create_unique_constraint(
            op.f("uq_finance_release_limit_tenant_id_role"), ["tenant_id", "role"]
        )
