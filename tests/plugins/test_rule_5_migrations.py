"""Rule 5: a line of migrations for each plugin; removing its package leaves the rest working."""

import importlib
import sys
from typing import Any

import pytest
from sqlalchemy import inspect, text

from stadtkern.db import metadata, migrate
from stadtkern.plugins.loading import discover
from stadtkern.testing.databases import TestDatabase
from stadtkern.testing.plugin import Command, MakeTown

MODELS = """
    from sqlalchemy import Text
    from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column
    from stadtkern.db import TenantScoped, metadata

    class Base(DeclarativeBase):
        metadata = metadata

    class Thing(TenantScoped, Base):
        __tablename__ = "moving_thing"
        id: Mapped[int] = mapped_column(primary_key=True)
        text: Mapped[str] = mapped_column(Text)
"""

MIGRATION = """
    import sqlalchemy as sa
    from alembic import op

    revision = "0001"
    down_revision = None
    branch_labels = None
    depends_on = None


    def upgrade():
        op.create_table(
            "moving_thing",
            sa.Column("id", sa.Integer(), nullable=False),
            sa.Column("text", sa.Text(), nullable=False),
            sa.Column("tenant_id", sa.Integer(), nullable=False),
            sa.ForeignKeyConstraint(
                ["tenant_id"], ["tenant.id"], name="fk_moving_thing_tenant_id_tenant",
                ondelete="CASCADE",
            ),
            sa.PrimaryKeyConstraint("id", name="pk_moving_thing"),
        )
        op.create_index("ix_moving_thing_tenant_id", "moving_thing", ["tenant_id"])
"""

FILES = {"models.py": MODELS, "migrations/0001_first.py": MIGRATION}
KEYWORDS = "migrations='stadtkern_moving:migrations'"


def tables(database: TestDatabase) -> set[str]:
    with database.owner.reader.connect() as connection:
        return set(inspect(connection).get_table_names())


def test_tables_come_with_db_upgrade_and_a_version_table_of_their_own(
    stadtkern: Command, write_package: Any, database: TestDatabase, make_town: MakeTown
) -> None:
    write_package("moving", FILES, keywords=KEYWORDS)
    found = discover(["moving"])
    make_town(plugins=found)
    assert found["moving"].problem == "Its tables are not up to date. Run `stadtkern db upgrade`."
    refused = stadtkern("plugins", "enable", "moving", "--tenant", "musterstadt")
    assert refused.exit_code == 1
    assert "stadtkern db upgrade" in refused.stderr

    done = stadtkern("db", "upgrade")
    assert done.exit_code == 0, done.output
    assert "moving" in done.stdout
    assert {"moving_thing", "alembic_version_moving"} <= tables(database)
    assert stadtkern("db", "check").exit_code == 0
    assert "nothing to do" in stadtkern("db", "upgrade").stdout
    enabled = stadtkern("plugins", "enable", "moving", "--tenant", "musterstadt")
    assert enabled.exit_code == 0, enabled.output


def test_a_plugins_table_stands_behind_the_walls(
    stadtkern: Command, write_package: Any, database: TestDatabase, make_town: MakeTown
) -> None:
    write_package("moving", FILES, keywords=KEYWORDS)
    assert stadtkern("db", "upgrade").exit_code == 0
    town = make_town(plugins=discover(["moving"]))
    other = town.second_tenant()
    thing = importlib.import_module("stadtkern_moving.models").Thing
    with town.session() as session:
        session.add(thing(text="ours"))
    with other.session(write=False) as session:
        assert session.query(thing).count() == 0
        if database.is_postgresql:
            assert session.execute(text("select count(*) from moving_thing")).scalar() == 0
    with town.session(write=False) as session:
        assert session.query(thing).one().text == "ours"


def test_a_migration_that_fails_leaves_nothing_and_holds_nobody_up(
    stadtkern: Command, write_package: Any, database: TestDatabase, make_town: MakeTown
) -> None:
    broken = MIGRATION.rstrip() + '\n        op.execute("drop table nowhere")\n'
    write_package("moving", FILES | {"migrations/0001_first.py": broken}, keywords=KEYWORDS)
    later = {
        "migrations/0001_first.py": MIGRATION.replace("moving", "zlast"),
        "models.py": MODELS.replace("moving", "zlast"),
    }
    write_package("zlast", later, keywords=KEYWORDS.replace("moving", "zlast"))
    result = stadtkern("db", "upgrade")
    assert result.exit_code == 1
    assert "Plugin moving" in result.stderr
    assert "taken back" in result.stderr
    assert "zlast" in result.stdout
    assert "moving_thing" not in tables(database)
    found = discover(["moving", "zlast"])
    make_town(plugins=found).get("/")
    assert "stadtkern db upgrade" in (found["moving"].problem or "")
    assert found["zlast"].problem is None
    doctor = stadtkern("plugins", "doctor")
    assert doctor.exit_code == 1
    assert "moving" in doctor.stdout


@pytest.mark.parametrize("text_", ["this is no Python", "revision = None"])
def test_a_migration_file_that_cannot_be_read(
    write_package: Any, make_town: MakeTown, text_: str
) -> None:
    write_package("moving", {"migrations/0001_first.py": text_}, keywords=KEYWORDS)
    found = discover(["moving"])
    make_town(plugins=found).get("/")
    assert "migrations" in (found["moving"].problem or "")


def test_removing_the_package_leaves_the_commands_working(
    stadtkern: Command,
    write_package: Any,
    database: TestDatabase,
    make_town: MakeTown,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    site = write_package("moving", FILES, keywords=KEYWORDS)
    assert stadtkern("db", "upgrade").exit_code == 0
    make_town(plugins=discover(["moving"])).enable("moving")

    monkeypatch.setattr(sys, "path", [path for path in sys.path if path != str(site)])
    importlib.invalidate_caches()
    for module in [key for key in sys.modules if key.startswith("stadtkern_moving")]:
        del sys.modules[module]
    metadata.remove(metadata.tables["moving_thing"])
    assert "moving" not in discover()

    for command in (("db", "upgrade"), ("db", "check"), ("plugins", "list"), ("plugins", "doctor")):
        result = stadtkern(*command)
        assert result.exit_code == 0, (command, result.output)
    listed = stadtkern("plugins", "list", "--tenant", "musterstadt")
    assert listed.exit_code == 0
    assert "moving" not in listed.stdout
    # Its data stay, for the day it comes back.
    assert {"moving_thing", "alembic_version_moving"} <= tables(database)


def test_version_tables_do_not_meet(database: TestDatabase) -> None:
    names = {item.name for item in discover().values() if item.plugin and item.plugin.migrations}
    assert {f"alembic_version_{name}" for name in names} | {"alembic_version"} == {
        name for name in tables(database) if name.startswith("alembic_version")
    }
    assert migrate.CORE.version_table == "alembic_version"
