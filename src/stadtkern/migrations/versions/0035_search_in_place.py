"""PostgreSQL ranks what it found where it lies, by a plan that is made once a connection.

Beside its row every list of words was read from another table, three times for each rank, and
once more as a whole to tell two rows apart. New rows keep theirs in place; building a town's index
anew writes all. What was written at once stands unsorted beside the index of words until somebody
puts it in order: the owner's right, lent by a function.

Revision: 0035, after 0034.
"""

from alembic import op

revision = "0035"
down_revision = "0034"
branch_labels = None
depends_on = None

HERE = "nullif(current_setting('stadtkern.tenant', true), '')::bigint"
SETTLE = "stadtkern_search_settle()"
BEGUN = "stadtkern_search_begun(tsquery, integer)"
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
# A sum is in no index of towns: each word begins with its town's number, and leads by itself.
MINE = f"t.tenant_id + 0 = {HERE}"
BEFORE = f"""
    create or replace function stadtkern_search({ARGUMENTS})
    returns table (entry_id integer, score double precision)
    language sql stable security definer set search_path = pg_catalog, public, pg_temp as $$
        with found as (
            (select t.entry_id, t.tokens from search_tokens t
              where {MINE} and t.tokens @@ wanted and t.tokens @@ titled limit most / 4)
            union
            (select t.entry_id, t.tokens from search_tokens t
              where {MINE} and t.tokens @@ wanted limit most)
        )
        select found.entry_id, {RANK} from found
    $$
"""  # noqa: S608 - constants of ours
# Rows are short where their words lie apart, so that reading all seems cheap: it never is.
AFTER = f"""
    create or replace function stadtkern_search({ARGUMENTS})
    returns table (entry_id integer, score double precision)
    language plpgsql stable security definer
    set search_path = pg_catalog, public, pg_temp set enable_seqscan = off as $$
    #variable_conflict use_column
    begin
        return query
            with found as materialized (
                (select t.entry_id from search_tokens t
                  where {MINE} and t.tokens @@ wanted and t.tokens @@ titled limit most / 4)
                union
                (select t.entry_id from search_tokens t
                  where {MINE} and t.tokens @@ wanted limit most)
            )
            select t.entry_id, {RANK} from found join search_tokens t using (entry_id);
    end
    $$
"""  # noqa: S608 - constants of ours


def upgrade() -> None:
    """Rank in place."""
    if op.get_bind().dialect.name != "postgresql":
        return
    op.execute("alter table search_tokens alter column tokens set storage main")
    op.execute(AFTER)
    op.execute(f"""
        create function {SETTLE} returns void language sql security definer
        set search_path = pg_catalog, public, pg_temp as $$
            select gin_clean_pending_list('ix_search_tokens_tokens')
        $$
    """)
    op.execute(f"""
        create function stadtkern_search_begun(wanted tsquery, most integer)
        returns table (entry_id integer)
        language plpgsql stable security definer
        set search_path = pg_catalog, public, pg_temp set enable_seqscan = off as $$
        #variable_conflict use_column
        begin
            return query
                select t.entry_id from search_tokens t
                 where {MINE} and t.tokens @@ wanted limit most;
        end
        $$
    """)  # noqa: S608 - a constant of ours
    for name in (SETTLE, BEGUN):
        op.execute(f"revoke all on function {name} from public")
        op.execute(f"grant execute on function {name} to stadtkern_app")


def downgrade() -> None:
    """Rank as before."""
    if op.get_bind().dialect.name != "postgresql":
        return
    for name in (SETTLE, BEGUN):
        op.execute(f"drop function {name}")
    op.execute(BEFORE)
    op.execute("alter table search_tokens alter column tokens set storage extended")
