"""Nodes, and what is kept about each: revisions, comments, references, locks, redirects."""

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, String, Text, UniqueConstraint, text, true
from sqlalchemy.orm import Mapped, mapped_column

from stadtkern.db import Base, TenantScoped, utcnow

PATH = String(1000).with_variant(String(1000, collation="C"), "postgresql")
"""Paths sort by code point on both databases, so that a subtree is one range of the index."""

LIVE = text("deleted_at IS NULL")
LISTED = text("deleted_at IS NULL AND version > 0")
"""All that is not deleted; SQLite takes an index with this condition for nobody who does not say
both. Without statistics it would otherwise read a whole town for the children of one node."""


class Node(TenantScoped, Base):
    """One item of a tenant's content tree."""

    __tablename__ = "node"
    __table_args__ = (
        Index(
            "uq_node_tenant_id_path",
            "tenant_id",
            "path",
            unique=True,
            sqlite_where=LIVE,
            postgresql_where=LIVE,
        ),
        Index("ix_node_parent_id_position", "parent_id", "position"),
        Index("ix_node_tenant_id_type_sort_at", "tenant_id", "type", "sort_at"),
        Index("ix_node_tenant_id_translation_group", "tenant_id", "translation_group"),
        # Lists of all that a town has, in their two orders (see ``LISTED``): a page of them is no
        # sort of them all.
        Index(
            "ix_node_tenant_id_id",
            "tenant_id",
            "id",
            sqlite_where=LISTED,
            postgresql_where=LISTED,
        ),
        Index(
            "ix_node_tenant_id_updated_at",
            "tenant_id",
            "updated_at",
            sqlite_where=LISTED,
            postgresql_where=LISTED,
        ),
        Index(
            "ix_node_tenant_id_parent_id_updated_at",
            "tenant_id",
            "parent_id",
            "updated_at",
            sqlite_where=LISTED,
            postgresql_where=LISTED,
        ),
        Index(
            "uq_node_tenant_id_key",
            "tenant_id",
            "key",
            unique=True,
            sqlite_where=LIVE,
            postgresql_where=LIVE,
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    # Not indexed by itself: SQLite would take that index where a narrower one begins with it.
    tenant_id: Mapped[int] = mapped_column(ForeignKey("tenant.id", ondelete="CASCADE"))
    parent_id: Mapped[int | None] = mapped_column(ForeignKey("node.id", ondelete="CASCADE"))
    path: Mapped[str] = mapped_column(PATH, doc="/a/b; roots: / and /<language>")
    slug: Mapped[str] = mapped_column(String(100))
    type: Mapped[str] = mapped_column(String(60))
    state: Mapped[str] = mapped_column(String(30), default="draft")
    language: Mapped[str] = mapped_column(String(12))
    translation_group: Mapped[str | None] = mapped_column(String(36))
    position: Mapped[int] = mapped_column(default=0)
    title: Mapped[str] = mapped_column(String(200))
    summary: Mapped[str] = mapped_column(String(500), default="")
    in_nav: Mapped[bool] = mapped_column(default=False)
    sort_at: Mapped[datetime | None] = mapped_column(doc="what lists of its type sort by")
    until_at: Mapped[datetime | None] = mapped_column(doc="when it is over, for what takes place")
    publish_at: Mapped[datetime | None]
    expire_at: Mapped[datetime | None]
    version: Mapped[int] = mapped_column(default=1)
    deleted_at: Mapped[datetime | None]
    body_version: Mapped[int] = mapped_column(default=1)
    body: Mapped[dict[str, Any]] = mapped_column(default=dict, doc="{fields: {}, blocks: []}")
    key: Mapped[str | None] = mapped_column(String(120), doc="stable name given by an import")
    author_id: Mapped[int | None] = mapped_column(ForeignKey("account.id", ondelete="SET NULL"))
    revision: Mapped[int] = mapped_column(default=0, server_default="0", doc="number of the last")
    live_revision: Mapped[int] = mapped_column(
        default=0, server_default="0", doc="the one that title, fields and body show"
    )
    draft_revision: Mapped[int | None] = mapped_column(doc="the working copy, if there is one")
    draft_state: Mapped[str | None] = mapped_column(String(30), doc="of the working copy")
    source_id: Mapped[int | None] = mapped_column(doc="the node that this one translates")
    source_revision: Mapped[int | None] = mapped_column(
        doc="live revision of the source that this translation is up to"
    )
    deleted_with: Mapped[int | None] = mapped_column(
        index=True, doc="id of the node whose deletion took this one along; itself for that node"
    )
    deleted_by: Mapped[int | None] = mapped_column(doc="the account that deleted it")
    derived: Mapped[dict[str, Any]] = mapped_column(
        default=dict,
        server_default="{}",
        doc="what jobs make of the body; written past ``version``, so that no form becomes stale",
    )
    created_at: Mapped[datetime] = mapped_column(default=utcnow)
    updated_at: Mapped[datetime] = mapped_column(default=utcnow)

    __mapper_args__ = {"version_id_col": version}  # noqa: RUF012 - SQLAlchemy reads it


class Redirect(TenantScoped, Base):
    """An address that a node has had, or that an editor lets lead elsewhere."""

    __tablename__ = "redirect"
    __audit_subject__ = "node_id"

    tenant_id: Mapped[int] = mapped_column(
        ForeignKey("tenant.id", ondelete="CASCADE"), primary_key=True
    )
    path: Mapped[str] = mapped_column(PATH, primary_key=True)
    node_id: Mapped[int | None] = mapped_column(
        ForeignKey("node.id", ondelete="CASCADE"), index=True
    )
    target: Mapped[str | None] = mapped_column(
        String(1000), doc="path or https address, where it is no node"
    )
    kind: Mapped[str] = mapped_column(
        String(12), default="moved", server_default="moved", doc="moved or manual"
    )
    permanent: Mapped[bool] = mapped_column(default=True, server_default=true())
    below: Mapped[bool] = mapped_column(
        default=True, server_default=true(), doc="whether all addresses below it follow"
    )
    hits: Mapped[int] = mapped_column(default=0, server_default="0")
    last_hit_at: Mapped[datetime | None]
    created_at: Mapped[datetime] = mapped_column(default=utcnow)


class Revision(TenantScoped, Base):
    """A snapshot of what editors write, kept as it was. Numbers count up within a node."""

    __tablename__ = "revision"
    __audited__ = False  # written with its node, whose entry stands for it
    __table_args__ = (UniqueConstraint("node_id", "number"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    node_id: Mapped[int] = mapped_column(ForeignKey("node.id", ondelete="CASCADE"))
    number: Mapped[int]
    kind: Mapped[str] = mapped_column(String(20), doc="create, save, draft, restore or merge")
    title: Mapped[str] = mapped_column(String(200))
    summary: Mapped[str] = mapped_column(String(500), default="")
    in_nav: Mapped[bool] = mapped_column(default=False)
    body_version: Mapped[int] = mapped_column(default=1)
    body: Mapped[dict[str, Any]] = mapped_column(default=dict)
    restored: Mapped[int | None] = mapped_column(doc="number of the revision that came back")
    note: Mapped[str] = mapped_column(String(200), default="")
    account_id: Mapped[int | None] = mapped_column(ForeignKey("account.id", ondelete="SET NULL"))
    created_at: Mapped[datetime] = mapped_column(default=utcnow)


class NodeComment(TenantScoped, Base):
    """A step of a node's workflow, with what was said about it."""

    __tablename__ = "node_comment"
    __audited__ = False  # written with a step, whose entry stands for it

    id: Mapped[int] = mapped_column(primary_key=True)
    node_id: Mapped[int] = mapped_column(ForeignKey("node.id", ondelete="CASCADE"), index=True)
    transition: Mapped[str] = mapped_column(String(40))
    state: Mapped[str] = mapped_column(String(30), doc="the state that it led to")
    text: Mapped[str] = mapped_column(Text, default="")
    account_id: Mapped[int | None] = mapped_column(ForeignKey("account.id", ondelete="SET NULL"))
    created_at: Mapped[datetime] = mapped_column(default=utcnow)


class Reference(TenantScoped, Base):
    """That a node's public contents refer to another node or to an address; filled on save."""

    __tablename__ = "reference"
    __audited__ = False  # derived from the node that refers
    __table_args__ = (
        Index("ix_reference_tenant_id_target_id", "tenant_id", "target_id"),
        Index("ix_reference_source_id", "source_id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    tenant_id: Mapped[int] = mapped_column(ForeignKey("tenant.id", ondelete="CASCADE"))
    source_id: Mapped[int] = mapped_column(ForeignKey("node.id", ondelete="CASCADE"))
    block: Mapped[str] = mapped_column(String(16), default="", doc="the block's id; empty: a field")
    kind: Mapped[str] = mapped_column(String(20), doc="link (in text), block or field")
    target_id: Mapped[int | None] = mapped_column(ForeignKey("node.id", ondelete="SET NULL"))
    target: Mapped[str] = mapped_column(String(2000), default="", doc="the address as written")


class EditLock(TenantScoped, Base):
    """Who has a node's form open: a lease that ends by itself. A help; versions are the guard."""

    __tablename__ = "edit_lock"
    __audited__ = False  # a lease, no deed

    tenant_id: Mapped[int] = mapped_column(
        ForeignKey("tenant.id", ondelete="CASCADE"), primary_key=True
    )
    node_id: Mapped[int] = mapped_column(
        ForeignKey("node.id", ondelete="CASCADE"), primary_key=True
    )
    account_id: Mapped[int] = mapped_column(ForeignKey("account.id", ondelete="CASCADE"))
    token: Mapped[str] = mapped_column(String(64), doc="of the open form, not of the person")
    taken_at: Mapped[datetime] = mapped_column(default=utcnow)
    expires_at: Mapped[datetime]


class Autosave(TenantScoped, Base):
    """What somebody has typed into a form and not saved yet."""

    __tablename__ = "autosave"
    __audited__ = False  # not saved by anybody yet
    __table_args__ = (UniqueConstraint("tenant_id", "account_id", "place"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    account_id: Mapped[int] = mapped_column(ForeignKey("account.id", ondelete="CASCADE"))
    place: Mapped[str] = mapped_column(String(100), doc="node:12, or add:12:page below node 12")
    base_version: Mapped[int] = mapped_column(default=0, doc="the version that the form began with")
    controls: Mapped[list[Any]] = mapped_column(default=list, doc="pairs of name and value")
    saved_at: Mapped[datetime] = mapped_column(default=utcnow)


class PreviewLink(TenantScoped, Base):
    """A link that shows a node's working copy to whoever has it, until it expires."""

    __tablename__ = "preview_link"
    __audit_subject__ = "node_id"

    id: Mapped[int] = mapped_column(primary_key=True)
    node_id: Mapped[int] = mapped_column(ForeignKey("node.id", ondelete="CASCADE"), index=True)
    token_hash: Mapped[str] = mapped_column(String(64), unique=True, doc="sha256 of the token")
    account_id: Mapped[int | None] = mapped_column(ForeignKey("account.id", ondelete="SET NULL"))
    created_at: Mapped[datetime] = mapped_column(default=utcnow)
    expires_at: Mapped[datetime]
