"""The migration runner: one version table for the core and one for each plugin.

After each run the walls are put up again: every table with a ``tenant_id`` gets its row-level
security and the application's role its rights, so that no migration can forget them.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, inspect, text

from stadtkern.db.base import metadata
from stadtkern.db.engine import Database

APP_ROLE = "stadtkern_app"
"""PostgreSQL's role that serves: no owner, no superuser, bound by row-level security."""

HOME = Path(__file__).parent.parent / "migrations"
_LOCK = 7_205_131  # any number, as long as every process takes the same


@dataclass(frozen=True)
class Migrations:
    """One line of migrations: the core's (``name`` None) or a plugin's."""

    name: str | None
    versions: Path

    @property
    def version_table(self) -> str:
        """Return the name of the table that holds the revision reached."""
        return "alembic_version" if self.name is None else f"alembic_version_{self.name}"

    def config(self, connection: Connection | None = None) -> Config:
        """Build alembic's configuration for this line over the shared ``env.py``."""
        config = Config()
        config.set_main_option("script_location", str(HOME))
        config.set_main_option("path_separator", "newline")
        config.set_main_option("version_locations", str(self.versions))
        config.attributes["connection"] = connection
        config.attributes["version_table"] = self.version_table
        return config

    def heads(self) -> set[str]:
        """Return the revisions that the code needs."""
        return set(ScriptDirectory.from_config(self.config()).get_heads())

    def current(self, connection: Connection) -> set[str]:
        """Return the revisions that the database has reached."""
        context = MigrationContext.configure(connection, opts={"version_table": self.version_table})
        return set(context.get_current_heads())

    def is_current(self, connection: Connection) -> bool:
        """Whether nothing is left to migrate."""
        return self.current(connection) == self.heads()


CORE = Migrations(None, HOME / "versions")


@contextmanager
def _exclusive(database: Database) -> Iterator[Connection]:
    """One migration at a time: SQLite by its write lock, PostgreSQL by an advisory lock."""
    with database.writer.begin() as connection:
        if database.is_postgresql:
            connection.execute(text("set local lock_timeout = '20s'"))
            connection.execute(text("select pg_advisory_xact_lock(:key)"), {"key": _LOCK})
        yield connection


def upgrade(database: Database, line: Migrations) -> bool:
    """Bring one line to its head in one transaction; return whether anything was done.

    Whatever a migration raises comes through and nothing of the line is kept.
    """
    with _exclusive(database) as connection:
        if line.is_current(connection):
            put_up_walls(connection)
            return False
        command.upgrade(line.config(connection), "heads")
        put_up_walls(connection)
        return True


def put_up_walls(connection: Connection) -> None:
    """Give every tenant's table its row-level security and the application its rights.

    On SQLite, where the automatic filter stands alone, only what is append-only is guarded.
    """
    inspector = inspect(connection)
    _guard_appended(connection, set(inspector.get_table_names()))
    if connection.dialect.name != "postgresql":
        return
    for table in inspector.get_table_names():
        quoted = connection.dialect.identifier_preparer.quote(table)
        if table.startswith("alembic_version"):
            connection.execute(text(f"grant select on {quoted} to {APP_ROLE}"))
            continue
        connection.execute(text(f"grant select, insert, update, delete on {quoted} to {APP_ROLE}"))
        if table in APPEND_ONLY:
            connection.execute(text(f"revoke update, delete on {quoted} from {APP_ROLE}"))
        columns = {column["name"] for column in inspector.get_columns(table)}
        if "tenant_id" not in columns or table in GLOBAL_TABLES:
            continue
        here = "tenant_id = nullif(current_setting('stadtkern.tenant', true), '')::bigint"
        connection.execute(text(f"alter table {quoted} enable row level security"))
        connection.execute(text(f"drop policy if exists tenant_wall on {quoted}"))
        connection.execute(
            text(f"create policy tenant_wall on {quoted} using ({here}) with check ({here})")
        )
    connection.execute(text(f"grant usage on all sequences in schema public to {APP_ROLE}"))


APPEND_ONLY = {
    "audit_entry": "what was done stays done",
    "audit_seal": "the chain over it",
}
"""Tables whose rows are neither changed nor deleted, but together with their tenant."""

_APPENDED = """
create or replace function stadtkern_append_only() returns trigger language plpgsql as $$
begin
    if tg_op = 'DELETE' then
        -- Only the cascade of a deleted tenant comes here when the tenant is gone.
        if not exists (select 1 from tenant where id = old.tenant_id) then
            return old;
        end if;
    end if;
    raise exception using message = 'rows of ' || tg_table_name || ' are never changed';
end $$
"""


def _guard_appended(connection: Connection, tables: set[str]) -> None:
    """Put triggers before every change of what is append-only, on both databases."""
    present = sorted(tables & set(APPEND_ONLY))
    if connection.dialect.name == "postgresql":
        if present:
            connection.exec_driver_sql(_APPENDED)
        for table in present:
            for name, when, each in (
                ("append_only", "update or delete", "row"),
                ("append_only_all", "truncate", "statement"),
            ):
                connection.exec_driver_sql(f"drop trigger if exists {name} on {table}")
                connection.exec_driver_sql(
                    f"create trigger {name} before {when} on {table} for each {each} "
                    "execute function stadtkern_append_only()"
                )
        return
    for table in present:
        for verb, when in (
            ("update", ""),
            ("delete", "when exists (select 1 from tenant where id = old.tenant_id)"),
        ):
            connection.exec_driver_sql(
                f"create trigger if not exists {table}_no_{verb} before {verb} on {table} {when} "
                f"begin select raise(abort, 'rows of {table} are never changed'); end"
            )


GLOBAL_TABLES: dict[str, str] = {
    "tenant": "found by the Host header before a tenant is known",
    "tenant_host": "as tenant",
    "tenant_generation": "read with the host on every request; numbers only",
    "account": "a person's account is one for the installation; memberships are the tenant's",
    "login_ticket": "logging out everywhere reaches all tenants; each ticket names its tenant",
    "login_failure": "attempts count across tenants, or a guesser would change the host",
    "password_reset": "belongs to an account",
    "job": "workers and operators see all towns' jobs; ids and class names only",
    "job_lease": "belongs to a process",
    "job_schedule": "belongs to the installation",
    "account_factor": "belongs to an account",
    "account_recovery": "belongs to an account",
    "town_arrival": "as town_import; its queries name the operator who has sent the archive",
    "town_import": "whoever imports a town has none yet; ids and numbers of rows only",
    "vault_installation_key": "wrapped keys of what belongs to no municipality: factors",
}
"""Tables without a tenant's wall, each with its reason. A test compares this with the models."""


def global_tables() -> dict[str, str]:
    """Return all of them: the core's, and those of plugins, which say so in the table's ``info``.

    ``__table_args__ = {"info": {"global": "the reason"}}``
    """
    told = {
        name: str(table.info["global"])
        for name, table in metadata.tables.items()
        if table.info.get("global")
    }
    return GLOBAL_TABLES | told


OPTIONAL_INDEXES = {
    "ix_search_word_grams": "only where PostgreSQL has the extension pg_trgm",
}
"""Indexes that a database may have beside the models' own, each with its reason."""


def differences(database: Database) -> list[str]:
    """Compare the models with the migrated database; each difference as one line.

    Tables without a model (those of a removed plugin) are left out.
    """
    known = set(metadata.tables)
    with database.reader.connect() as connection:
        context = MigrationContext.configure(
            connection,
            opts={
                "compare_type": True,
                "include_object": lambda _obj, name, kind, reflected, _other: (
                    not (kind == "table" and reflected and name not in known)
                    and not (kind == "index" and name in OPTIONAL_INDEXES)
                ),
            },
        )
        return [str(difference) for difference in compare_metadata(context, metadata)]
