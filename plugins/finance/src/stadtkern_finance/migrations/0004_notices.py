"""Letterheads by day, notices of assessments, piles for the post.

Revision: 0004.
"""

import sqlalchemy as sa
from alembic import op

from stadtkern.db import JSONBody, UTCDateTime

revision = "0004"
down_revision = "0005"
branch_labels = None
depends_on = None


def _tenant(table: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        ["tenant_id"],
        ["tenant.id"],
        name=op.f(f"fk_{table}_tenant_id_tenant"),
        ondelete="CASCADE",
    )


def _other(column: str, table: str, ondelete: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        [column],
        [f"{table}.id"],
        name=op.f(f"fk_finance_notice_{column}_{table}"),
        ondelete=ondelete,
    )


def upgrade() -> None:
    """Make the tables."""
    op.create_table(
        "finance_letterhead",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("tenant_id", sa.Integer(), nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("facts", JSONBody, nullable=False),
        sa.Column("changed_at", UTCDateTime(), nullable=False),
        _tenant("finance_letterhead"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_finance_letterhead")),
        sa.UniqueConstraint(
            "tenant_id", "valid_from", name=op.f("uq_finance_letterhead_tenant_id_valid_from")
        ),
    )
    op.create_table(
        "finance_pile",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("tenant_id", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("letters", sa.Integer(), nullable=False),
        sa.Column("pages", sa.Integer(), nullable=False),
        sa.Column("amount_cent", sa.BigInteger(), nullable=False),
        sa.Column("hash", sa.String(length=64), nullable=False),
        sa.Column("file_sha", sa.String(length=64), nullable=True),
        sa.Column("file_size", sa.BigInteger(), nullable=False),
        sa.Column("posted_on", sa.Date(), nullable=True),
        sa.Column("created_at", UTCDateTime(), nullable=False),
        _tenant("finance_pile"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_finance_pile")),
        sa.UniqueConstraint("tenant_id", "number", name=op.f("uq_finance_pile_tenant_id_number")),
    )
    op.create_table(
        "finance_notice",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("tenant_id", sa.Integer(), nullable=False),
        sa.Column("assessment_id", sa.Integer(), nullable=False),
        sa.Column("letterhead_id", sa.Integer(), nullable=True),
        sa.Column("pile_id", sa.Integer(), nullable=True),
        sa.Column("number", sa.String(length=40), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("way", sa.String(length=12), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("message_id", sa.String(length=36), nullable=False),
        sa.Column("stem", sa.String(length=160), nullable=False),
        sa.Column("pdf_sha", sa.String(length=64), nullable=True),
        sa.Column("xml_sha", sa.String(length=64), nullable=True),
        sa.Column("pages", sa.Integer(), nullable=False),
        sa.Column("amount_cent", sa.BigInteger(), nullable=False),
        sa.Column("facts", JSONBody, nullable=False),
        sa.Column("given", JSONBody, nullable=False),
        sa.Column("problems", JSONBody, nullable=False),
        sa.Column("code_hash", sa.String(length=64), nullable=True),
        sa.Column("code_until", UTCDateTime(), nullable=True),
        sa.Column("code_used_at", UTCDateTime(), nullable=True),
        sa.Column("ordered_at", UTCDateTime(), nullable=True),
        sa.Column("order_note", sa.String(length=60), nullable=False),
        sa.Column("sent_on", sa.Date(), nullable=True),
        sa.Column("regime", sa.String(length=20), nullable=False),
        sa.Column("announced_at", sa.Date(), nullable=True),
        sa.Column("objection_until", sa.Date(), nullable=True),
        sa.Column("made_at", UTCDateTime(), nullable=True),
        sa.Column("changed_at", UTCDateTime(), nullable=False),
        _tenant("finance_notice"),
        _other("assessment_id", "finance_assessment", "CASCADE"),
        _other("letterhead_id", "finance_letterhead", "SET NULL"),
        _other("pile_id", "finance_pile", "SET NULL"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_finance_notice")),
        sa.UniqueConstraint(
            "tenant_id", "assessment_id", name=op.f("uq_finance_notice_tenant_id_assessment_id")
        ),
    )
    for name in ("assessment_id", "letterhead_id", "pile_id"):
        op.create_index(op.f(f"ix_finance_notice_{name}"), "finance_notice", [name], unique=False)
    for name in ("state", "number", "code_hash"):
        op.create_index(
            f"ix_finance_notice_tenant_id_{name}",
            "finance_notice",
            ["tenant_id", name],
            unique=False,
        )
