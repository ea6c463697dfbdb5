"""kill -9 while a delivery is read: nothing lost, nothing twice, whoever goes on."""

import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from exchange_kit import configure, deliver, deliveries, many, stored

from stadtkern.exchange import staging
from stadtkern.testing.databases import TestDatabase

EACH, AT_ONCE = 100, 4
"""Records for each kill, and those that one transaction stores."""
READER = f"""
import sys
sys.path.insert(0, sys.argv[4])
from exchange_kit import configure
from stadtkern.app import build
from stadtkern.db import work
from stadtkern.exchange import staging
from stadtkern.tenants import tenant_by_slug

files, secret, slug = sys.argv[1:4]
config = build({{"stadtkern.files": files, "stadtkern.secret_file": secret,
                "stadtkern.plugins": ""}})
configure(config)
config.commit()
staging.BATCH = {AT_ONCE}
registry = config.registry
with work(registry["database"], write=False) as session:
    tenant = tenant_by_slug(session, slug)
reader = staging.Reader(
    registry, tenant, lambda write=True: work(registry["database"], tenant.id, write=write),
    lambda done, total: print("stored", flush=True))
reader.run()
print("ended", flush=True)
"""


@pytest.mark.parametrize("moments", [3, pytest.param(25, marks=pytest.mark.thorough)])
def test_a_killed_reader_loses_nothing_and_doubles_nothing(
    make_town, database: TestDatabase, tmp_path: Path, moments: int
) -> None:
    seed = random.SystemRandom().randrange(10**9)
    print(f"seed {seed}")  # noqa: T201 - a failure must be repeatable
    rng = random.Random(seed)  # noqa: S311 - no secret
    town = make_town(configure=configure)
    script = tmp_path / "reader.py"
    script.write_text(READER, "utf-8")
    records = EACH * moments
    deliver(town, many(records), run=False)
    for _moment in range(moments):
        with subprocess.Popen(
            [
                *(sys.executable, "-W", "ignore", str(script)),
                *(str(tmp_path / "files"), str(tmp_path / "secret"), town.slug),
                str(Path(__file__).parent),
            ],
            env=os.environ | database.environment,
            stdout=subprocess.PIPE,
            text=True,
        ) as reader:
            assert reader.stdout is not None
            most = EACH // AT_ONCE - 6  # the sleep below lets a few more be stored
            for _line in range(rng.randrange(1, most)):
                assert reader.stdout.readline() == "stored\n"
            time.sleep(rng.random() * 0.02)
            reader.send_signal(signal.SIGKILL)
            assert "ended" not in reader.stdout.read()
        (row,) = deliveries(town)
        # What is counted is stored, and the other way round.
        assert len(stored(town)) == row.staged
        assert row.state == "staging"
    staging.Reader(town.registry, town.tenant, town.session).run()
    assert deliveries(town)[0].state == "staged"
    rows = stored(town)
    assert [row.number for row in rows] == list(range(1, records + 1))
    assert len({row.key for row in rows}) == records
