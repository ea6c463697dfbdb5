"""Notes, follow-ups, changes of owner, objections, suspensions, deputies, limits of release.

Revision: 0007, after annual runs.
"""

from typing import Any

import sqlalchemy as sa
from alembic import op

from stadtkern.db import JSONBody, UTCDateTime

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def _to(table: str, column: str, target: str, ondelete: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        [column],
        [f"{target}.id"],
        name=op.f(f"fk_{table}_{column}_{target}"),
        ondelete=ondelete,
    )


def _column(name: str, kind: Any, *, nullable: bool = False) -> sa.Column[Any]:
    return sa.Column(name, kind, nullable=nullable)


def _table(name: str, *parts: Any) -> None:
    op.create_table(
        name,
        _column("id", sa.Integer()),
        *parts,
        _column("tenant_id", sa.Integer()),
        _to(name, "tenant_id", "tenant", "CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{name}")),
    )


def _index(table: str, *columns: str) -> None:
    op.create_index(op.f(f"ix_{table}_{'_'.join(columns)}"), table, list(columns), unique=False)


def upgrade() -> None:
    """Make the tables."""
    _table(
        "finance_note",
        _column("account_id", sa.Integer()),
        _column("text", sa.String(length=2_000)),
        _column("author_id", sa.Integer(), nullable=True),
        _column("created_at", UTCDateTime()),
        _to("finance_note", "account_id", "finance_account", "CASCADE"),
        _to("finance_note", "author_id", "account", "SET NULL"),
    )
    _table(
        "finance_follow_up",
        _column("account_id", sa.Integer()),
        _column("day", sa.Date()),
        _column("text", sa.String(length=500)),
        _column("person_id", sa.Integer(), nullable=True),
        _column("done_at", UTCDateTime(), nullable=True),
        _column("done_by", sa.Integer(), nullable=True),
        _column("instead_of", sa.Integer(), nullable=True),
        _to("finance_follow_up", "account_id", "finance_account", "CASCADE"),
        *(
            _to("finance_follow_up", column, "account", "SET NULL")
            for column in ("person_id", "done_by", "instead_of")
        ),
    )
    _table(
        "finance_owner_change",
        _column("account_id", sa.Integer()),
        _column("day", sa.Date()),
        _column("first_year", sa.Integer()),
        _column("before", JSONBody),
        _column("after", JSONBody),
        _column("applied_at", UTCDateTime(), nullable=True),
        _column("created_by", sa.Integer(), nullable=True),
        _column("created_at", UTCDateTime()),
        _to("finance_owner_change", "account_id", "finance_account", "CASCADE"),
        _to("finance_owner_change", "created_by", "account", "SET NULL"),
    )
    _table(
        "finance_objection",
        _column("account_id", sa.Integer()),
        _column("posted_on", sa.Date()),
        _column("until", sa.Date()),
        _column("received_on", sa.Date()),
        _column("state", sa.String(length=12)),
        _column("decision", sa.String(length=2_000)),
        _column("decided_on", sa.Date(), nullable=True),
        _column("created_at", UTCDateTime()),
        _to("finance_objection", "account_id", "finance_account", "CASCADE"),
    )
    _table(
        "finance_suspension",
        _column("account_id", sa.Integer()),
        _column("amount_cent", sa.BigInteger()),
        _column("first_day", sa.Date()),
        _column("last_day", sa.Date(), nullable=True),
        _column("created_at", UTCDateTime()),
        _to("finance_suspension", "account_id", "finance_account", "CASCADE"),
    )
    _table(
        "finance_deputy",
        _column("person_id", sa.Integer()),
        _column("deputy_id", sa.Integer()),
        _column("first_day", sa.Date()),
        _column("last_day", sa.Date()),
        _to("finance_deputy", "person_id", "account", "CASCADE"),
        _to("finance_deputy", "deputy_id", "account", "CASCADE"),
    )
    _table(
        "finance_release_limit",
        _column("person_id", sa.Integer(), nullable=True),
        _column("cents", sa.BigInteger(), nullable=True),
        _to("finance_release_limit", "person_id", "account", "CASCADE"),
        sa.UniqueConstraint(
            "tenant_id", "person_id", name=op.f("uq_finance_release_limit_tenant_id_person_id")
        ),
    )
    for name in ("note", "owner_change", "objection", "suspension"):
        _index(f"finance_{name}", "account_id")
        _index(f"finance_{name}", "tenant_id")
    _index("finance_follow_up", "account_id")
    op.create_index(
        "ix_finance_follow_up_tenant_id_day",
        "finance_follow_up",
        ["tenant_id", "done_at", "day"],
        unique=False,
    )
    _index("finance_deputy", "tenant_id", "deputy_id")
