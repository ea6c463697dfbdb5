"""SQLite ranks by titles, names and headings, in an index of their own.

FTS5 counts, for the rank of one page, all pages that have a word: of a word in thousands of texts
that cost more than finding it. Few pages have it in what says what they are about.

Revision: 0040, after 0039.
"""

from alembic import op

revision = "0040"
down_revision = "0039"
branch_labels = None
depends_on = None

COLUMNS = "title, names, lead, title_parts"


def _trigger(*tables: str) -> None:
    deletes = " ".join(f"delete from {table} where rowid = old.id;" for table in tables)  # noqa: S608
    op.execute("drop trigger search_entry_gone")
    op.execute(f"create trigger search_entry_gone after delete on search_entry begin {deletes} end")


def upgrade() -> None:
    """Make the index of what stands there already."""
    if op.get_bind().dialect.name != "sqlite":
        return
    op.execute(f"create virtual table search_heads using fts5({COLUMNS}, tokenize='ascii')")
    op.execute(
        f"insert into search_heads (rowid, {COLUMNS}) select rowid, {COLUMNS} from search_fts"  # noqa: S608
    )
    _trigger("search_fts", "search_heads")


def downgrade() -> None:
    """Rank by all texts."""
    if op.get_bind().dialect.name != "sqlite":
        return
    _trigger("search_fts")
    op.execute("drop table search_heads")
