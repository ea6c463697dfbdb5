"""kill -9 while saving: a page is wholly old or wholly new."""

import os
import random
import signal
import subprocess
import sys
import time

from sqlalchemy import func, select, text

from stadtkern.content.models import Node, Redirect, Revision

MOMENTS = 25 if os.environ.get("STADTKERN_THOROUGH") == "1" else 3

WRITER = """
import sys
from stadtkern.app import build
from stadtkern.content import Content
from stadtkern.db import work
from stadtkern.tenants import tenant_by_slug

files, secret, slug, node_id = sys.argv[1:]
config = build({"stadtkern.files": files, "stadtkern.secret_file": secret,
                "stadtkern.plugins": ""})
database = config.registry["database"]
with work(database, write=False) as session:
    tenant = tenant_by_slug(session, slug)
while True:
    with work(database, tenant.id) as session:
        content = Content(config.registry, session, tenant, plugins=frozenset())
        node = content.get(int(node_id), lock=True)
        number = int(node.title.rpartition(" ")[2]) + 1
        block = {"id": "b1", "type": "text", "data": {"html": f"<p>Stand {number}</p>"}}
        content.save(node.id, version=node.version, title=f"Seite {number}", blocks=[block])
        session.flush()
        content.rename(node.id, f"seite-{number}")
    print(number, flush=True)
"""


def test_a_kill_leaves_every_page_whole(town, database, tmp_path) -> None:
    seed = random.SystemRandom().randrange(10**9)
    print(f"seed {seed}")  # noqa: T201 - a failure must be repeatable
    rng = random.Random(seed)  # noqa: S311 - no secret
    block = {"id": "b1", "type": "text", "data": {"html": "<p>Stand 0</p>"}}
    node = town.page("Seite 0", slug="seite-0", blocks=[block])
    script = tmp_path / "writer.py"
    script.write_text(WRITER, "utf-8")
    arguments = [str(tmp_path / "files"), str(tmp_path / "secret"), town.slug, str(node.id)]
    said = 0
    for _moment in range(MOMENTS):
        with subprocess.Popen(
            [sys.executable, "-W", "ignore", str(script), *arguments],
            env=os.environ | database.environment,
            stdout=subprocess.PIPE,
            text=True,
        ) as writer:
            for _line in range(rng.randrange(1, 12)):
                said = int(writer.stdout.readline())
            time.sleep(rng.random() * 0.02)
            writer.send_signal(signal.SIGKILL)
            # What it had said before it died was promised to be stored.
            said = max([said, *(int(line) for line in writer.stdout if line.endswith("\n"))])
        wait_until_gone(database)
        number = check(town, node.id)
        assert number in {said, said + 1}


def wait_until_gone(database) -> None:
    """Wait until PostgreSQL has noticed: it may still be storing what the dead client sent."""
    if not database.is_postgresql:
        return
    database.app.dispose()
    left = text(
        "select count(*) from pg_stat_activity "
        "where datname = current_database() and usename = 'stadtkern_app'"
    )
    with database.superuser.reader.connect() as connection:
        while connection.scalar(left):
            connection.rollback()
            time.sleep(0.01)


def check(town, node_id: int) -> int:
    """Check that the database is sound and the page in one piece; return its number."""
    with town.session(write=False) as session:
        if session.get_bind().dialect.name != "postgresql":
            assert session.scalar(text("PRAGMA integrity_check")) == "ok"
            assert session.execute(text("PRAGMA foreign_key_check")).all() == []
        node = session.get(Node, node_id)
        number = int(node.title.removeprefix("Seite "))
        assert node.path == f"/seite-{number}"
        assert node.slug == f"seite-{number}"
        assert node.body["blocks"][0]["data"] == {"html": f"<p>Stand {number}</p>"}
        revisions = session.scalars(
            select(Revision).where(Revision.node_id == node_id).order_by(Revision.number)
        ).all()
        # One of the creation, one of each save, none without its page and no page without its own.
        assert [row.number for row in revisions] == list(range(1, number + 2))
        assert node.revision == node.live_revision == number + 1
        assert [row.title for row in revisions] == [f"Seite {n}" for n in range(number + 1)]
        assert revisions[-1].body == node.body
        assert session.scalar(select(func.count()).select_from(Redirect)) == number
        newest = session.scalar(select(Redirect.path).order_by(Redirect.created_at.desc()))
        assert newest == f"/seite-{number - 1}"
    assert f"Stand {number}" in town.get(f"/seite-{number}").text
    town.get(f"/seite-{number - 1}", status=301)
    return number
