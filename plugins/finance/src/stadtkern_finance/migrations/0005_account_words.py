"""Words that accounts are found by.

Revision: 0005; down_revision is the one before it in this plugin's own line.
"""

from typing import Any

import sqlalchemy as sa
from alembic import op

from stadtkern.db import JSONBody
from stadtkern_finance.stock.words import words_of

revision = "0005"
down_revision = "0002"
branch_labels = None
depends_on = None

AT_ONCE = 500


def upgrade() -> None:
    """Make the table, and the words of accounts that stand."""
    op.create_table(
        "finance_account_word",
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.Column("word", sa.String(length=60), nullable=False),
        sa.Column("tenant_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id"],
            ["finance_account.id"],
            name=op.f("fk_finance_account_word_account_id_finance_account"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id"],
            ["tenant.id"],
            name=op.f("fk_finance_account_word_tenant_id_tenant"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("account_id", "word", name=op.f("pk_finance_account_word")),
    )
    op.create_index(
        "ix_finance_account_word_tenant_id_word",
        "finance_account_word",
        ["tenant_id", "word"],
        unique=False,
    )
    _fill()


def _fill() -> None:
    columns: list[Any] = [sa.column(name) for name in ("id", "tenant_id", "kassenzeichen")]
    columns += [sa.column(name, JSONBody) for name in ("place", "owners")]
    account = sa.table("finance_account", *columns)
    word = sa.table(
        "finance_account_word", *(sa.column(name) for name in ("account_id", "word", "tenant_id"))
    )
    after, bind = 0, op.get_bind()
    while rows := bind.execute(
        sa.select(account).where(account.c.id > after).order_by(account.c.id).limit(AT_ONCE)
    ).all():
        after = rows[-1].id
        values = [
            {"account_id": row.id, "word": one, "tenant_id": row.tenant_id}
            for row in rows
            for one in sorted(words_of(row.kassenzeichen, row.place, row.owners))
        ]
        if values:
            bind.execute(sa.insert(word), values)
