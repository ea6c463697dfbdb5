"""kill -9 during a change of 1,000 pages: whole chunks or nothing, and each page once."""

import os
import random
import signal
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select, text

from stadtkern.accounts.models import Account
from stadtkern.audit.models import AuditEntry
from stadtkern.content import bulk
from stadtkern.content.models import Node, NodeComment, Revision
from stadtkern.db import work
from stadtkern.jobs import queries
from stadtkern.jobs.models import OPEN, JobRow
from stadtkern.jobs.running import execute
from stadtkern.testing.databases import TestDatabase
from stadtkern.testing.town import Town

PAGES = 1000
KILLS = 3
"""Of one run: a job whose process dies more than five times is taken for the reason itself."""
AHEAD = 290
"""Pages between two kills at most, so that the last one meets a run that goes on."""

CHANGER = """
import sys
from stadtkern.app import build
from stadtkern.jobs.running import execute

files, secret, job, run = sys.argv[1:]
config = build({"stadtkern.files": files, "stadtkern.secret_file": secret,
                "stadtkern.plugins": ""})
for name in ("NodeChanged", "NodeTransitioned"):
    config.add_subscriber(lambda event: print("page", flush=True),
                          f"stadtkern.content.events.{name}")
config.commit()
execute(config.registry, job, int(run), executor="doomed")
print("ended", flush=True)
"""

EFFECT: dict[str, dict[str, Any]] = {
    "show": {"in_nav": True, "revisions": 1, "comments": 0},
    "publish": {"state": "published", "revisions": 0, "comments": 1},
    "hide": {"in_nav": False, "revisions": 1, "comments": 0},
    "retract": {"state": "draft", "revisions": 0, "comments": 1},
}
"""What each deed does to a page and writes beside it, besides one entry of the audit."""


@pytest.mark.parametrize(
    ("actions", "moments"),
    [
        (("hide",), 3),
        pytest.param(("hide", "publish", "show", "retract"), 25, marks=pytest.mark.thorough),
    ],
)
def test_a_kill_changes_whole_chunks_and_the_job_ends_complete(
    town: Town, database: TestDatabase, tmp_path: Path, actions: tuple[str, ...], moments: int
) -> None:
    seed = random.SystemRandom().randrange(10**9)
    print(f"seed {seed}")  # noqa: T201 - a failure must be repeatable
    rng = random.Random(seed)  # noqa: S311 - no secret
    script = tmp_path / "changer.py"
    script.write_text(CHANGER, "utf-8")
    editor = town.account("editor")
    nodes = many_pages(town)
    number = 0
    while moments:
        action = actions[number % len(actions)]
        number += 1
        run, before = begun(town, editor, action, nodes)
        job_id, job_run = job_of(town)
        for _kill in range(min(KILLS, moments)):
            moments -= 1
            with subprocess.Popen(
                [
                    *(sys.executable, "-W", "ignore", str(script)),
                    *(str(tmp_path / "files"), str(tmp_path / "secret"), job_id, str(job_run)),
                ],
                env=os.environ | database.environment,
                stdout=subprocess.PIPE,
                text=True,
            ) as changer:
                assert changer.stdout is not None
                for _line in range(rng.randrange(1, AHEAD)):
                    assert changer.stdout.readline() == "page\n"
                time.sleep(rng.random() * 0.02)
                changer.send_signal(signal.SIGKILL)
                assert "ended" not in changer.stdout.read()
            wait_until_gone(database)
            done = check(town, run, action, nodes, before)
            assert done % bulk.CHUNK == 0
            assert job_of(town) == (job_id, job_run)
        # As a worker does that takes over what the dead ones had begun.
        assert execute(town.registry, job_id, job_run, executor="heir").state == "done"
        assert check(town, run, action, nodes, before) == PAGES
        with town.session(write=False) as session:
            stored = session.get(bulk.BulkRun, run)
            assert stored is not None
            assert stored.finished_at is not None
        town.run_jobs()


def many_pages(town: Town) -> list[int]:
    with town.content() as content:
        home = content.by_path("/")
        assert home is not None
        nodes = [content.create(home, "page", title=f"Seite {n}") for n in range(PAGES)]
        return [node.id for node in nodes]


def begun(town: Town, editor: Account, action: str, nodes: list[int]) -> tuple[int, Any]:
    """Begin a run as the back office does; return its id and what stood before its job."""
    with town.content(actor=editor) as content:
        seen = content.session.execute(select(Node.id, Node.version).where(Node.id.in_(nodes)))
        run = bulk.begin(content, action, [(row.id, row.version) for row in seen])
        before = written(content.session)
        bulk.do(content, run)
        return run.id, before


def job_of(town: Town) -> tuple[str, int]:
    """Return the one job that changes pages, which must not have been given up."""
    with work(town.database, write=False) as session:
        statement = queries.everyones().where(JobRow.name == bulk.JOB, JobRow.state.in_(OPEN))
        row = session.scalars(statement).one()
        return row.id, row.run


def written(session: Any) -> dict[str, Counter[int]]:
    """Count by node what is written beside it."""
    of_node = AuditEntry.kind == "node"
    return {
        "revisions": count(session, Revision.node_id),
        "comments": count(session, NodeComment.node_id),
        "entries": count(session, AuditEntry.subject, of_node),
    }


def count(session: Any, column: Any, *conditions: Any) -> Counter[int]:
    rows = session.execute(select(column, func.count()).where(*conditions).group_by(column))
    return Counter({int(row[0]): row[1] for row in rows})


def check(
    town: Town, run: int, action: str, nodes: list[int], before: dict[str, Counter[int]]
) -> int:
    """Check that each page is wholly changed, once, or wholly untouched; return how many are."""
    effect = EFFECT[action]
    with town.session(write=False) as session:
        if session.get_bind().dialect.name != "postgresql":
            assert session.scalar(text("PRAGMA integrity_check")) == "ok"
            assert session.execute(text("PRAGMA foreign_key_check")).all() == []
        rows = session.execute(
            select(bulk.BulkItem.outcome, bulk.BulkItem.version.label("seen"), Node)
            .join(Node, Node.id == bulk.BulkItem.node_id)
            .where(bulk.BulkItem.run_id == run)
        ).all()
        now = written(session)
        latest = {
            row.node_id: row
            for row in session.scalars(
                select(Revision)
                .join(Node, Node.id == Revision.node_id)
                .where(Revision.number == Node.revision)
            )
        }
    assert sorted(row.Node.id for row in rows) == sorted(nodes)
    assert {row.outcome for row in rows} <= {bulk.DONE, None}
    for outcome, seen, node in rows:
        times = int(outcome == bulk.DONE)
        grown = {name: now[name][node.id] - before[name][node.id] for name in now}
        assert grown == {
            "revisions": times * effect["revisions"],
            "comments": times * effect["comments"],
            "entries": times,
        }
        assert node.version == seen + times
        assert node.revision == now["revisions"][node.id]
        assert latest[node.id].in_nav == node.in_nav
        for name in effect.keys() & {"in_nav", "state"}:
            assert (getattr(node, name) == effect[name]) is bool(times)
    return sum(row.outcome == bulk.DONE for row in rows)


def wait_until_gone(database: TestDatabase) -> None:
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
