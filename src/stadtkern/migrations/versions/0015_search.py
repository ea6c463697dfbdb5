"""Search: what can be found, its words, and the words of the town.

Revision: 0015, after 0021.
"""

import contextlib

import sqlalchemy as sa
from alembic import op

from stadtkern.db.base import JSONBody, UTCDateTime

revision = "0015"
down_revision = "0021"
branch_labels = None
depends_on = None

SEARCH = "stadtkern_search(tsquery, tsquery, tsquery[], real[], tsquery, real, integer)"
SIMILAR = "stadtkern_search_similar(text[], integer)"
HERE = "nullif(current_setting('stadtkern.tenant', true), '')::bigint"
PATH = sa.String(1000).with_variant(sa.String(1000, collation="C"), "postgresql")
WORD = sa.String(40).with_variant(sa.String(40, collation="C"), "postgresql")


def upgrade() -> None:
    """Make the tables, and what each database searches with."""
    op.create_table(
        "search_entry",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("tenant_id", sa.Integer(), nullable=False),
        sa.Column("source", sa.String(60), nullable=False),
        sa.Column("key", sa.String(120), nullable=False),
        sa.Column("node_id", sa.Integer(), nullable=True),
        sa.Column("kind", sa.String(60), nullable=False),
        sa.Column("language", sa.String(12), nullable=False),
        sa.Column("visible", sa.Boolean(), nullable=False),
        sa.Column("plugins", JSONBody, nullable=False),
        sa.Column("weight", sa.Double(), nullable=False),
        sa.Column("title_words", sa.Integer(), nullable=False),
        sa.Column("dated", sa.Boolean(), nullable=False),
        sa.Column("at", UTCDateTime(), nullable=False),
        sa.Column("digest", sa.String(32), nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant_id"],
            ["tenant.id"],
            name=op.f("fk_search_entry_tenant_id_tenant"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["node_id"],
            ["node.id"],
            name=op.f("fk_search_entry_node_id_node"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_search_entry")),
        sa.UniqueConstraint(
            "tenant_id", "source", "key", name=op.f("uq_search_entry_tenant_id_source_key")
        ),
    )
    op.create_index(op.f("ix_search_entry_node_id"), "search_entry", ["node_id"])
    op.create_table(
        "search_text",
        sa.Column("entry_id", sa.Integer(), nullable=False),
        sa.Column("tenant_id", sa.Integer(), nullable=False),
        sa.Column("title", sa.String(200), nullable=False),
        sa.Column("path", PATH, nullable=False),
        sa.Column("summary", sa.String(500), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["entry_id"],
            ["search_entry.id"],
            name=op.f("fk_search_text_entry_id_search_entry"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id"],
            ["tenant.id"],
            name=op.f("fk_search_text_tenant_id_tenant"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("entry_id", name=op.f("pk_search_text")),
    )
    op.create_table(
        "search_word",
        sa.Column("tenant_id", sa.Integer(), nullable=False),
        sa.Column("word", WORD, nullable=False),
        sa.Column("shown", sa.String(40), nullable=False),
        sa.Column("stem", WORD, nullable=False),
        sa.Column("language", sa.String(12), nullable=False),
        sa.Column("entries", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant_id"],
            ["tenant.id"],
            name=op.f("fk_search_word_tenant_id_tenant"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("tenant_id", "word", name=op.f("pk_search_word")),
    )
    op.create_table(
        "search_state",
        sa.Column("tenant_id", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("indexed_at", UTCDateTime(), nullable=False),
        sa.Column("entries", sa.Integer(), nullable=False),
        sa.Column("words", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant_id"],
            ["tenant.id"],
            name=op.f("fk_search_state_tenant_id_tenant"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("tenant_id", name=op.f("pk_search_state")),
    )
    if op.get_bind().dialect.name == "postgresql":
        _postgresql()
    else:
        _sqlite()


def _sqlite() -> None:
    # Words come ready-made, apart by spaces: "ascii" leaves every other letter as it is.
    op.execute(
        "create virtual table search_fts using fts5("
        "title, names, lead, body, title_parts, body_parts, beginnings, tokenize='ascii')"
    )
    # Cascades (a purged page, a deleted municipality) come past here, too.
    op.execute(
        "create trigger search_entry_gone after delete on search_entry "
        "begin delete from search_fts where rowid = old.id; end"
    )
    op.execute(
        "create table search_gram ("
        "tenant_id integer not null, gram varchar(3) not null, word varchar(40) not null, "
        "primary key (tenant_id, gram, word), "
        "foreign key (tenant_id, word) references search_word (tenant_id, word) on delete cascade"
        ") without rowid"
    )
    op.execute("create index ix_search_gram_word on search_gram (tenant_id, word)")


def _postgresql() -> None:
    op.execute(
        "create table search_tokens ("
        "entry_id integer primary key references search_entry (id) on delete cascade, "
        "tenant_id integer not null references tenant (id) on delete cascade, "
        "tokens tsvector not null)"
    )
    op.execute("create index ix_search_tokens_tokens on search_tokens using gin (tokens)")
    op.execute("create index ix_search_tokens_tenant_id on search_tokens (tenant_id)")
    # Row-level security keeps the index from being used: "@@" is not leak-proof. The functions
    # run as the owner and put up the same wall themselves.
    op.execute(f"""
        create function stadtkern_search(
            wanted tsquery, titled tsquery, parts tsquery[], shares real[], titles tsquery,
            title_share real, most integer
        ) returns table (entry_id integer, score double precision)
        language sql stable security definer set search_path = pg_catalog, public, pg_temp as $$
            with found as (
                (select t.entry_id, t.tokens from search_tokens t
                  where t.tenant_id = {HERE} and t.tokens @@ wanted and t.tokens @@ titled
                  limit most / 4)
                union
                (select t.entry_id, t.tokens from search_tokens t
                  where t.tenant_id = {HERE} and t.tokens @@ wanted limit most)
            )
            select found.entry_id,
                   coalesce((select sum(share * (
                        ts_rank('{{0.06, 0.25, 0.8, 1.0}}', tokens, part)
                        + case when tokens @@ part then 0.2 else 0 end))
                      from unnest(parts, shares) as one(part, share)), 0)
                   + title_share * ts_rank('{{0.0, 0.0, 0.9, 1.0}}', tokens, titles)
              from found
        $$
    """)  # noqa: S608 - a constant of ours
    op.execute(f"""
        create function stadtkern_search_similar(asked text[], most integer)
        returns table (typed text, word varchar, shown varchar, stem varchar, entries integer)
        language plpgsql stable security definer set search_path = pg_catalog, public, pg_temp as $$
        begin
            if not exists (select 1 from pg_extension where extname = 'pg_trgm') then
                return;
            end if;
            return query
                select one.typed, near.* from unnest(asked) as one(typed), lateral (
                    select w.word, w.shown, w.stem, w.entries from search_word w
                     where w.tenant_id = {HERE} and w.word % one.typed
                     order by similarity(w.word, one.typed) desc, w.entries desc limit most
                ) near;
        end
        $$
    """)  # noqa: S608 - a constant of ours
    for name in (SEARCH, SIMILAR):
        op.execute(f"revoke all on function {name} from public")
        op.execute(f"grant execute on function {name} to stadtkern_app")
    # The owner may add it where it is installed (it is a trusted extension); else it stays away,
    # and /health/ready says so.
    bind = op.get_bind()
    with contextlib.suppress(sa.exc.DBAPIError), bind.begin_nested():
        bind.execute(sa.text("create extension if not exists pg_trgm with schema public"))
        bind.execute(
            sa.text(
                "create index ix_search_word_grams on search_word using gin (word gin_trgm_ops)"
            )
        )


def downgrade() -> None:
    """Drop everything."""
    if op.get_bind().dialect.name == "postgresql":
        op.execute(f"drop function {SIMILAR}")
        op.execute(f"drop function {SEARCH}")
        op.execute("drop table search_tokens")
    else:
        op.execute("drop table search_gram")
        op.execute("drop table search_fts")
    for table in ("search_state", "search_word", "search_text", "search_entry"):
        op.drop_table(table)
