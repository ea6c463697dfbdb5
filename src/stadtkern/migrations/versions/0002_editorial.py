"""The editorial core: revisions, comments, references, edit locks, autosaves, preview links.

Revision: 0002, after 0001. Every node there is gets its present contents as revision 1.
"""

import sqlalchemy as sa
from alembic import op

from stadtkern.db.base import JSONBody, UTCDateTime

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def tenant() -> sa.Column[int]:
    return sa.Column("tenant_id", sa.Integer(), nullable=False)


def tenant_key(table: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        ["tenant_id"],
        ["tenant.id"],
        name=op.f(f"fk_{table}_tenant_id_tenant"),
        ondelete="CASCADE",
    )


def node_key(table: str, column: str = "node_id", ondelete: str = "CASCADE") -> sa.Constraint:
    return sa.ForeignKeyConstraint(
        [column], ["node.id"], name=op.f(f"fk_{table}_{column}_node"), ondelete=ondelete
    )


def account_key(table: str, ondelete: str = "SET NULL") -> sa.Constraint:
    return sa.ForeignKeyConstraint(
        ["account_id"],
        ["account.id"],
        name=op.f(f"fk_{table}_account_id_account"),
        ondelete=ondelete,
    )


def upgrade() -> None:
    add_node_columns()
    op.create_table(
        "revision",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("node_id", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("title", sa.String(length=200), nullable=False),
        sa.Column("summary", sa.String(length=500), nullable=False),
        sa.Column("in_nav", sa.Boolean(), nullable=False),
        sa.Column("body_version", sa.Integer(), nullable=False),
        sa.Column("body", JSONBody, nullable=False),
        sa.Column("restored", sa.Integer(), nullable=True),
        sa.Column("note", sa.String(length=200), nullable=False),
        sa.Column("account_id", sa.Integer(), nullable=True),
        sa.Column("created_at", UTCDateTime(), nullable=False),
        tenant(),
        account_key("revision"),
        node_key("revision"),
        tenant_key("revision"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_revision")),
        sa.UniqueConstraint("node_id", "number", name=op.f("uq_revision_node_id_number")),
    )
    op.create_index(op.f("ix_revision_tenant_id"), "revision", ["tenant_id"], unique=False)
    op.create_table(
        "node_comment",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("node_id", sa.Integer(), nullable=False),
        sa.Column("transition", sa.String(length=40), nullable=False),
        sa.Column("state", sa.String(length=30), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("account_id", sa.Integer(), nullable=True),
        sa.Column("created_at", UTCDateTime(), nullable=False),
        tenant(),
        account_key("node_comment"),
        node_key("node_comment"),
        tenant_key("node_comment"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_node_comment")),
    )
    op.create_index(op.f("ix_node_comment_node_id"), "node_comment", ["node_id"], unique=False)
    op.create_index(op.f("ix_node_comment_tenant_id"), "node_comment", ["tenant_id"], unique=False)
    op.create_table(
        "reference",
        sa.Column("id", sa.Integer(), nullable=False),
        tenant(),
        sa.Column("source_id", sa.Integer(), nullable=False),
        sa.Column("block", sa.String(length=16), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("target_id", sa.Integer(), nullable=True),
        sa.Column("target", sa.String(length=2000), nullable=False),
        node_key("reference", "source_id"),
        node_key("reference", "target_id", "SET NULL"),
        tenant_key("reference"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_reference")),
    )
    op.create_index("ix_reference_source_id", "reference", ["source_id"], unique=False)
    op.create_index(
        "ix_reference_tenant_id_target_id", "reference", ["tenant_id", "target_id"], unique=False
    )
    op.create_table(
        "edit_lock",
        tenant(),
        sa.Column("node_id", sa.Integer(), nullable=False),
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.Column("token", sa.String(length=64), nullable=False),
        sa.Column("taken_at", UTCDateTime(), nullable=False),
        sa.Column("expires_at", UTCDateTime(), nullable=False),
        account_key("edit_lock", "CASCADE"),
        node_key("edit_lock"),
        tenant_key("edit_lock"),
        sa.PrimaryKeyConstraint("tenant_id", "node_id", name=op.f("pk_edit_lock")),
    )
    op.create_table(
        "autosave",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.Column("place", sa.String(length=100), nullable=False),
        sa.Column("base_version", sa.Integer(), nullable=False),
        sa.Column("controls", JSONBody, nullable=False),
        sa.Column("saved_at", UTCDateTime(), nullable=False),
        tenant(),
        account_key("autosave", "CASCADE"),
        tenant_key("autosave"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_autosave")),
        sa.UniqueConstraint(
            "tenant_id", "account_id", "place", name=op.f("uq_autosave_tenant_id_account_id_place")
        ),
    )
    op.create_index(op.f("ix_autosave_tenant_id"), "autosave", ["tenant_id"], unique=False)
    op.create_table(
        "preview_link",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("node_id", sa.Integer(), nullable=False),
        sa.Column("token_hash", sa.String(length=64), nullable=False),
        sa.Column("account_id", sa.Integer(), nullable=True),
        sa.Column("created_at", UTCDateTime(), nullable=False),
        sa.Column("expires_at", UTCDateTime(), nullable=False),
        tenant(),
        account_key("preview_link"),
        node_key("preview_link"),
        tenant_key("preview_link"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_preview_link")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_preview_link_token_hash")),
    )
    op.create_index(op.f("ix_preview_link_node_id"), "preview_link", ["node_id"], unique=False)
    op.create_index(op.f("ix_preview_link_tenant_id"), "preview_link", ["tenant_id"], unique=False)
    op.execute(
        "INSERT INTO revision (node_id, number, kind, title, summary, in_nav, body_version, body,"
        " note, account_id, created_at, tenant_id)"
        " SELECT id, 1, 'create', title, summary, in_nav, body_version, body,"
        " '', author_id, updated_at, tenant_id FROM node"
    )
    op.execute("UPDATE node SET revision = 1, live_revision = 1")


def add_node_columns() -> None:
    """Add columns one by one.

    Making the table anew, as batch mode does on SQLite, would drop it, and with it by cascade all
    that refers to a node.
    """
    op.add_column("node", sa.Column("revision", sa.Integer(), nullable=False, server_default="0"))
    op.add_column(
        "node", sa.Column("live_revision", sa.Integer(), nullable=False, server_default="0")
    )
    op.add_column("node", sa.Column("draft_revision", sa.Integer(), nullable=True))
    op.add_column("node", sa.Column("draft_state", sa.String(length=30), nullable=True))
    op.add_column("node", sa.Column("source_revision", sa.Integer(), nullable=True))
    op.add_column("node", sa.Column("deleted_with", sa.Integer(), nullable=True))
    op.add_column("node", sa.Column("deleted_by", sa.Integer(), nullable=True))
    op.add_column("node", sa.Column("derived", JSONBody, nullable=False, server_default="{}"))
    op.add_column("node", sa.Column("source_id", sa.Integer(), nullable=True))
    op.create_index(op.f("ix_node_deleted_with"), "node", ["deleted_with"], unique=False)
    # What lies in the trash keeps the name that an import gave it.
    live = sa.text("deleted_at IS NULL")
    op.drop_index("uq_node_tenant_id_key", table_name="node")
    op.create_index(
        "uq_node_tenant_id_key",
        "node",
        ["tenant_id", "key"],
        unique=True,
        sqlite_where=live,
        postgresql_where=live,
    )
    op.execute("UPDATE node SET deleted_with = id WHERE deleted_at IS NOT NULL")
