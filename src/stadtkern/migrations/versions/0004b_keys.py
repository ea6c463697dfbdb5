"""The vault's keys, second factors and recovery codes, and what a login knows of its device.

Revision: 0004b; after 0007.
"""

import sqlalchemy as sa
from alembic import op

from stadtkern.db.base import UTCDateTime

revision = "0004b"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "vault_key",
        sa.Column("tenant_id", sa.Integer(), nullable=False),
        sa.Column("purpose", sa.String(length=8), nullable=False),
        sa.Column("version", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("master", sa.Integer(), nullable=False),
        sa.Column("wrapped", sa.String(length=120), nullable=False),
        sa.Column("created_at", UTCDateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant_id"],
            ["tenant.id"],
            name=op.f("fk_vault_key_tenant_id_tenant"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("tenant_id", "purpose", "version", name=op.f("pk_vault_key")),
    )
    op.create_table(
        "vault_installation_key",
        sa.Column("purpose", sa.String(length=8), nullable=False),
        sa.Column("version", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("master", sa.Integer(), nullable=False),
        sa.Column("wrapped", sa.String(length=120), nullable=False),
        sa.Column("created_at", UTCDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("purpose", "version", name=op.f("pk_vault_installation_key")),
    )
    op.create_table(
        "account_factor",
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.Column("secret", sa.String(length=200), nullable=False),
        sa.Column("confirmed_at", UTCDateTime(), nullable=True),
        sa.Column("last_step", sa.Integer(), nullable=False),
        sa.Column("created_at", UTCDateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id"],
            ["account.id"],
            name=op.f("fk_account_factor_account_id_account"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("account_id", name=op.f("pk_account_factor")),
    )
    op.create_table(
        "account_recovery",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.Column("code_hash", sa.String(length=64), nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id"],
            ["account.id"],
            name=op.f("fk_account_recovery_account_id_account"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_account_recovery")),
    )
    op.create_index(op.f("ix_account_recovery_account_id"), "account_recovery", ["account_id"])
    # Whoever is logged in while this runs has proved it then, and on a device unknown to us.
    with op.batch_alter_table("login_ticket") as batch:
        batch.add_column(sa.Column("proved_at", UTCDateTime(), nullable=True))
        batch.add_column(sa.Column("device", sa.String(60), nullable=False, server_default=""))
        batch.add_column(sa.Column("tries", sa.Integer(), nullable=False, server_default="0"))
    op.execute("update login_ticket set proved_at = created_at")
    with op.batch_alter_table("login_ticket") as batch:
        batch.alter_column("proved_at", existing_type=UTCDateTime(), nullable=False)
        batch.alter_column("device", existing_type=sa.String(60), server_default=None)
        batch.alter_column("tries", existing_type=sa.Integer(), server_default=None)
