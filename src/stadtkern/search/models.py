"""What can be found, and the words that the town's texts are made of."""

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from stadtkern.content import PATH
from stadtkern.db import Base, TenantScoped

NODES = "node"
"""The source of what stands in the content tree."""
WORD = String(40).with_variant(String(40, collation="C"), "postgresql")
"""Words sort by code point on both databases."""


class SearchEntry(TenantScoped, Base):
    """One thing that can be found: a node, or a record of a source.

    The words of its texts stand beside it in ``search_fts`` (SQLite) or ``search_tokens``
    (PostgreSQL), under the same id.
    """

    __tablename__ = "search_entry"
    __audited__ = False  # derived from what it leads to
    __table_args__ = (
        UniqueConstraint("tenant_id", "source", "key"),
        Index("ix_search_entry_node_id", "node_id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    # Not indexed by itself: the unique constraint begins with it.
    tenant_id: Mapped[int] = mapped_column(ForeignKey("tenant.id", ondelete="CASCADE"))
    source: Mapped[str] = mapped_column(String(60))
    key: Mapped[str] = mapped_column(String(120), doc="the record's name within its source")
    node_id: Mapped[int | None] = mapped_column(ForeignKey("node.id", ondelete="CASCADE"))
    kind: Mapped[str] = mapped_column(String(60), doc="content type, or the source's name")
    language: Mapped[str] = mapped_column(String(12))
    visible: Mapped[bool] = mapped_column(doc="whether everybody may see it")
    plugins: Mapped[list[Any]] = mapped_column(doc="whose blocks its text comes from")
    weight: Mapped[float] = mapped_column(doc="times its rank")
    title_words: Mapped[int] = mapped_column(doc="how many its title has: short ones come first")
    dated: Mapped[bool] = mapped_column(doc="whether it is about a day, and so becomes old")
    at: Mapped[datetime] = mapped_column(doc="its day, else when it was changed")
    digest: Mapped[str] = mapped_column(String(32), doc="of all that was indexed")


class SearchText(TenantScoped, Base):
    """What is shown of an entry: apart, so that what is gone through for ranks stays small."""

    __tablename__ = "search_text"
    __audited__ = False  # derived

    entry_id: Mapped[int] = mapped_column(
        ForeignKey("search_entry.id", ondelete="CASCADE"), primary_key=True
    )
    tenant_id: Mapped[int] = mapped_column(ForeignKey("tenant.id", ondelete="CASCADE"))
    title: Mapped[str] = mapped_column(String(200))
    path: Mapped[str] = mapped_column(PATH, doc="empty for nodes: theirs changes")
    summary: Mapped[str] = mapped_column(String(500))
    text: Mapped[str] = mapped_column(Text, doc="plain, for the passage that is shown")


class SearchWord(TenantScoped, Base):
    """A word of the town's published texts: what typing errors are compared with."""

    __tablename__ = "search_word"
    __audited__ = False  # derived

    tenant_id: Mapped[int] = mapped_column(
        ForeignKey("tenant.id", ondelete="CASCADE"), primary_key=True
    )
    word: Mapped[str] = mapped_column(WORD, primary_key=True, doc="folded")
    shown: Mapped[str] = mapped_column(String(40), doc="as it was written first")
    stem: Mapped[str] = mapped_column(WORD)
    language: Mapped[str] = mapped_column(String(12))
    entries: Mapped[int] = mapped_column(doc="in how many entries, when last counted")


class SearchState(TenantScoped, Base):
    """When a town was last indexed as a whole, and by which rules."""

    __tablename__ = "search_state"
    __audited__ = False  # derived

    tenant_id: Mapped[int] = mapped_column(
        ForeignKey("tenant.id", ondelete="CASCADE"), primary_key=True
    )
    version: Mapped[int] = mapped_column(doc="of the rules that make words")
    indexed_at: Mapped[datetime]
    entries: Mapped[int]
    words: Mapped[int]
