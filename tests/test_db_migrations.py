"""Migrations of the core and of plugins."""

import json
from pathlib import Path

import pytest
from alembic import command
from sqlalchemy import create_engine, inspect, text

from stadtkern.db import migrate
from stadtkern.testing.databases import on_sqlite

STEP = '''"""A step of a plugin for tests."""

import sqlalchemy as sa
from alembic import op

revision = "{name}_1"
down_revision = None
branch_labels = None
depends_on = None


def upgrade():
    op.create_table("{name}_item", sa.Column("id", sa.Integer(), primary_key=True),
        sa.Column("tenant_id", sa.Integer(), sa.ForeignKey("tenant.id"), nullable=False))
    {last}
'''


@pytest.fixture(autouse=True)
def _core_only(settings) -> None:
    # What installed plugins bring is their own tests' business.
    settings["stadtkern.plugins"] = ""


def line(folder: Path, name: str, last: str = "pass") -> migrate.Migrations:
    """Write a line of one migration."""
    versions = folder / name
    versions.mkdir()
    (versions / f"{name}_1.py").write_text(STEP.format(name=name, last=last), "utf-8")
    return migrate.Migrations(name, versions)


def tables(database) -> set[str]:
    with database.superuser.reader.connect() as connection:
        return set(inspect(connection).get_table_names())


def test_models_and_migrations_agree(stadtkern) -> None:
    result = stadtkern("db", "check")
    assert (result.exit_code, result.stderr) == (0, "")
    assert json.loads(stadtkern("db", "check", "--json").stdout) == {"status": "ok"}


def test_migrating_twice_does_nothing(stadtkern, database) -> None:
    assert migrate.upgrade(database.owner, migrate.CORE) is False
    result = stadtkern("db", "upgrade")
    assert result.exit_code == 0
    assert "nothing to do" in result.stdout


def test_a_failing_migration_leaves_nothing_behind(stadtkern, database, tmp_path) -> None:
    before = tables(database)
    broken = line(tmp_path, "broken", 'raise RuntimeError("half way")')
    with pytest.raises(RuntimeError, match="half way"):
        migrate.upgrade(database.owner, broken)
    assert tables(database) - before <= {"alembic_version_broken"}
    with database.owner.reader.connect() as connection:
        assert broken.current(connection) == set()
    assert stadtkern("db", "check").exit_code == 0


def test_a_plugins_tables_get_walls_and_rights(database, tmp_path) -> None:
    assert migrate.upgrade(database.owner, line(tmp_path, "guest")) is True
    with database.app.writer.begin() as connection:
        connection.exec_driver_sql("select * from guest_item")
        if database.is_postgresql:
            secured = connection.exec_driver_sql(
                "select relrowsecurity from pg_class where relname = 'guest_item'"
            ).scalar()
            assert secured is True


def test_upgrade_goes_on_after_a_plugin_was_removed(stadtkern, database, tmp_path) -> None:
    migrate.upgrade(database.owner, line(tmp_path, "gone"))
    assert {"gone_item", "alembic_version_gone"} <= tables(database)
    assert stadtkern("db", "upgrade").exit_code == 0
    assert stadtkern("db", "check").exit_code == 0
    assert "gone_item" in tables(database)


@on_sqlite
def test_an_empty_database_is_refused_until_it_is_migrated(
    stadtkern, tmp_path, monkeypatch
) -> None:
    url = f"sqlite:///{tmp_path}/new/empty.sqlite"
    monkeypatch.setenv("STADTKERN_DATABASE_URL", url)
    monkeypatch.setenv("STADTKERN_OWNER_DATABASE_URL", url)
    add = ("tenants", "add", "neu", "--host", "neu.example", "--name", "Neu", "--ags", "06439015")
    refused = stadtkern(*add)
    assert refused.exit_code == 1
    assert "stadtkern db upgrade" in refused.stderr
    behind = stadtkern("db", "check")
    assert behind.exit_code == 1
    assert "core is not up to date" in behind.stderr
    upgraded = stadtkern("db", "upgrade")
    assert upgraded.exit_code == 0
    assert "core" in upgraded.stdout
    assert stadtkern(*add).exit_code == 0


def test_entries_of_before_keep_their_marks_and_files(tmp_path) -> None:
    engine = create_engine(f"sqlite:///{tmp_path}/before.sqlite")
    entry = (
        "insert into submission (id, tenant_id, form_title, form_version, reference, secret_hash,"
        " token, sealed, mail_mark, locale, status, created_at, purge_at) values"
        " (:id, 1, 'Anmeldung', 1, :id, '', :id, '', :mark, 'de', 'received', 0, 0)"
    )
    with engine.begin() as connection:
        command.upgrade(migrate.CORE.config(connection), "0036")
        connection.execute(
            text(
                "insert into tenant (id, slug, name, ags, locales, timezone, accent, status, demo,"
                " created_at) values (1, 'a', 'A', '06439015', '[]', 'UTC', '', 'active', 0, 0)"
            )
        )
        for number, mark in ((1, "m" * 64), (2, None)):
            connection.execute(text(entry), {"id": number, "mark": mark})
        connection.execute(
            text(
                "insert into submission_file"
                " (tenant_id, submission_id, field, stored, size, sealed)"
                " values (1, 1, 'q', '', 1, '')"
            )
        )
    with engine.begin() as connection:
        connection.execute(text("pragma foreign_keys = on"))
        command.upgrade(migrate.CORE.config(connection), "heads")
        marks = connection.execute(
            text("select tenant_id, submission_id, mark from submission_mail")
        )
        assert marks.all() == [(1, 1, "m" * 64)]
        # The first may have named further persons: it is looked at again by night.
        marked = connection.execute(text("select id, marked from submission order by id"))
        assert marked.all() == [(1, 0), (2, 1)]
        assert connection.scalar(text("select count(*) from submission_file")) == 1
    engine.dispose()
