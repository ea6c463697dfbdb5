"""PostgreSQL ranks the newest of what everybody may see, not what was stored first.

A word that hundreds of pages have found those that lay first in the table, and drafts and archived
pages took their places. Now their numbers are sorted before the rest of them is looked at.

Revision: 0038, after 0037.
"""

from alembic import op

revision = "0038"
down_revision = "0037"
branch_labels = None
depends_on = None

HERE = "nullif(current_setting('stadtkern.tenant', true), '')::bigint"
ARGUMENTS = """
    wanted tsquery, titled tsquery, parts tsquery[], shares real[], titles tsquery,
    title_share real, most integer
"""
RANK = """
    coalesce((select sum(share * (
         ts_rank('{0.06, 0.25, 0.8, 1.0}', tokens, part)
         + case when tokens @@ part then 0.2 else 0 end))
       from unnest(parts, shares) as one(part, share)), 0)
    + title_share * ts_rank('{0.0, 0.0, 0.9, 1.0}', tokens, titles)
"""
MINE = f"t.tenant_id + 0 = {HERE}"
# One look-up of its key for each entry, as far as it is needed.
SEEN = """
    join lateral (select 1 from search_entry e where e.id = number and e.visible offset 0) s on true
"""
HEAD = f"""
    create or replace function stadtkern_search({ARGUMENTS})
    returns table (entry_id integer, score double precision)
    language plpgsql stable security definer
    set search_path = pg_catalog, public, pg_temp set enable_seqscan = off as $$
    #variable_conflict use_column
    begin
        return query
"""
TAIL = f"""
            select t.entry_id, {RANK} from found join search_tokens t using (entry_id);
    end
    $$
"""  # noqa: S608 - constants of ours
AFTER = f"""
    {HEAD}
            with fits as materialized (
                select t.entry_id as number from search_tokens t
                 where {MINE} and t.tokens @@ wanted
            ), named as materialized (
                select t.entry_id as number from search_tokens t
                 where {MINE} and t.tokens @@ wanted and t.tokens @@ titled
            ), found as materialized (
                (select number as entry_id
                   from (select number from named order by number desc) newest {SEEN}
                  limit most / 4)
                union
                (select number as entry_id
                   from (select number from fits order by number desc) newest {SEEN}
                  limit most)
            )
    {TAIL}
"""  # noqa: S608 - constants of ours
BEFORE = f"""
    {HEAD}
            with found as materialized (
                (select t.entry_id from search_tokens t
                  where {MINE} and t.tokens @@ wanted and t.tokens @@ titled limit most / 4)
                union
                (select t.entry_id from search_tokens t
                  where {MINE} and t.tokens @@ wanted limit most)
            )
    {TAIL}
"""  # noqa: S608 - constants of ours


def upgrade() -> None:
    """Rank the newest."""
    if op.get_bind().dialect.name == "postgresql":
        op.execute(AFTER)


def downgrade() -> None:
    """Rank as before."""
    if op.get_bind().dialect.name == "postgresql":
        op.execute(BEFORE)
