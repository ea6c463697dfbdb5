"""kill -9 in the midst of an import by command: it goes on where it stopped, or leaves nothing."""

import random
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import delete, func, select, text
from towns_kit import contents, exported, furnish, imported

from stadtkern.accounts.models import Account
from stadtkern.db import work
from stadtkern.submissions import files
from stadtkern.tenants.models import TenantRow
from stadtkern.testing.databases import on_sqlite, scoped_models
from stadtkern.testing.town import Town
from stadtkern.towns import storing
from stadtkern.towns.models import TownImport

AT_ONCE = 3
"""Rows in one transaction, so that there are many moments between them."""
COMMAND = f"""
from stadtkern.cli import main
from stadtkern.towns import storing

storing.BATCH_ROWS = {AT_ONCE}
told = storing.Run._told

def tell(run, done):
    told(run, done)
    print("stored", flush=True)

storing.Run._told = tell
main()
"""


@on_sqlite
@pytest.mark.parametrize("moments", [3, pytest.param(25, marks=pytest.mark.thorough)])
def test_a_killed_import_goes_on_or_leaves_nothing(
    town: Town, stadtkern: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, moments: int
) -> None:
    seed = random.SystemRandom().randrange(10**9)
    print(f"seed {seed}")  # noqa: T201 - a failure must be repeatable
    rng = random.Random(seed)  # noqa: S311 - no secret
    furnish(town)
    first = exported(town, tmp_path / "first.zip")
    monkeypatch.setattr(storing, "BATCH_ROWS", AT_ONCE)
    cleared(town)
    steps = whole(town, first)
    for moment in range(moments):
        killed(rng, steps, tmp_path, first)
        tenant_id = half(town)
        if moment % 2:
            assert stadtkern("tenants", "discard", town.slug).exit_code == 0
            nothing_left(town, tenant_id)
            continue
        done = stadtkern("tenants", "import", str(first))
        assert done.exit_code == 0, done.output
        again = of(town, tenant_id)
        assert contents(exported(again, tmp_path / "again.zip")) == contents(first)
        cleared(again)


def cleared(town: Town) -> None:
    """Take a town away, and everybody with it."""
    with work(town.database) as session:
        session.delete(session.get(TenantRow, town.tenant_id))
        session.execute(delete(Account))
    # SQLite gives the number of what was deleted to the next one, which has keys of its own.
    town.registry["vault"].unwrapped.clear()


def whole(town: Town, archive: Path) -> int:
    """Import undisturbed; return how often rows were stored."""
    told = 0

    def count(_done: int, _total: int) -> None:
        nonlocal told
        told += 1

    done = imported(town, archive, town.slug, town.host, progress=count)
    cleared(of(town, done.tenant_id))
    return told - 1


def of(town: Town, tenant_id: int) -> Town:
    """Return the town that came in its place."""
    made = Town.__new__(Town)
    vars(made).update(vars(town) | {"tenant_id": tenant_id})
    return made


def killed(rng: random.Random, steps: int, folder: Path, archive: Path) -> None:
    """Run the command and kill it at some moment."""
    with subprocess.Popen(
        [
            *(sys.executable, "-W", "ignore", "-c", COMMAND),
            *("-c", str(folder / "testing.ini"), "tenants", "import", str(archive)),
        ],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    ) as command:
        assert command.stdout is not None
        for _line in range(rng.randrange(1, steps)):
            assert command.stdout.readline() == "stored\n"
        time.sleep(rng.random() * 0.02)
        command.send_signal(signal.SIGKILL)
        assert "is here" not in command.stdout.read()


def half(town: Town) -> int:
    """Check that nobody sees what came so far; return the number of the town on its way."""
    assert town.raw("/").status_int == 503
    with work(town.database, write=False) as session:
        assert session.scalar(text("PRAGMA integrity_check")) == "ok"
        assert session.execute(text("PRAGMA foreign_key_check")).all() == []
        found = session.scalars(select(TownImport.tenant_id)).one()
    assert found is not None
    return int(found)


def nothing_left(town: Town, tenant_id: int) -> None:
    with work(town.database, tenant_id, write=False) as session:
        for model in (TenantRow, TownImport, Account, *scoped_models()):
            assert session.scalar(select(func.count()).select_from(model)) == 0, model
    assert list(files.store_of(town.registry, tenant_id).shas()) == []
