"""kill -9 anywhere between intake and receipt: no record lost, none booked twice."""

import csv
import io
import json
import os
import random
import signal
import subprocess
import sys
import time
from decimal import Decimal
from pathlib import Path

import pytest
from intake_kit import records
from sqlalchemy import select, text

from stadtkern.testing.databases import TestDatabase
from stadtkern.testing.town import Town
from stadtkern_finance.bookings.model import chain_is_whole
from stadtkern_finance.ledger import batches, delivering
from stadtkern_finance.ledger.models import BookedLine, StoredBatch, StoredReceipt
from stadtkern_finance.models import TaxAccount
from stadtkern_finance.synthetic import Order, write

EACH = 6
"""Records of the delivery that comes in before each kill."""
STEPS = ("received", "staged", "proposed", "released", "booked", "made", "delivered", "answered")
WALKER = """
import csv, io, sys
from pathlib import Path
from sqlalchemy import select
from stadtkern.app import build
from stadtkern.db import utcnow, work
from stadtkern.exchange import Desk, Record, receiving, releasing, sending
from stadtkern.jobs import queries
from stadtkern.jobs.models import OPEN, WAITING, JobRow
from stadtkern.jobs.running import execute
from stadtkern.tenants import tenant_by_slug
from stadtkern_finance.ledger import answers, batches, delivering

files, secret, slug, drop, out, executor, first, second = sys.argv[1:]
drop, out = Path(drop), Path(out)
config = build({"stadtkern.files": files, "stadtkern.secret_file": secret,
                "finance.export_folder": str(out)})
registry = config.registry
database = registry["database"]
# Nobody else sends: what a dead process had claimed is free at once.
sending.LEASE = sending.LEASE * 0
with work(database, write=False) as session:
    tenant = tenant_by_slug(session, slug)

def say(step):
    print(step, flush=True)

def jobs():
    # As workers do: also what a dead one had begun.
    while True:
        with work(database, write=False) as session:
            rows = session.scalars(queries.everyones().where(JobRow.state.in_(OPEN))).all()
            due = [(r.id, r.run) for r in rows if r.state != WAITING or r.due_at <= utcnow()]
        if not due:
            return
        for job, run in due:
            execute(registry, job, run, executor=executor)

def decided(state, decide):
    while True:
        with work(database, tenant.id) as session:
            row = session.scalars(select(Record).where(
                Record.state == state, Record.severity != "error").limit(1)).first()
            if row is None:
                return
            decide(Desk(session, registry, tenant), row)
        say({"open": "proposed", "proposed": "released"}[state])

for path in sorted(drop.iterdir()):
    with path.open("rb") as stream, work(database, tenant.id) as session:
        receiving.receive(session, registry, area="finance", stream=stream, name=path.name,
                          source="folder")
    say("received")
jobs()
say("staged")
decided("open", lambda desk, row: releasing.propose(desk, row, int(first)))
decided("proposed", lambda desk, row: releasing.release(desk, row, int(second), row.payload_hash))
jobs()
say("booked")
with work(database, tenant.id) as session:
    made = batches.make(session, tenant, "csv-own-1")
    if made is not None:
        delivering.start(session, registry, made)
say("made")
jobs()
say("delivered")
for path in sorted((out / slug).glob("*.csv")):
    rows = csv.DictReader(io.StringIO(path.read_bytes().decode("utf-8-sig")), delimiter=";")
    told = "Zeilen-ID;Status\\n" + "".join(f"{row['Zeilen-ID']};OK\\n" for row in rows)
    with work(database, tenant.id) as session:
        answers.take(session, told.encode(), path.name)
    say("answered")
say("ended")
"""


@pytest.mark.parametrize("moments", [3, pytest.param(25, marks=pytest.mark.thorough)])
def test_a_kill_between_intake_and_receipt_loses_and_doubles_nothing(
    town: Town, database: TestDatabase, tmp_path: Path, moments: int
) -> None:
    seed = random.SystemRandom().randrange(10**9)
    print(f"seed {seed}")  # noqa: T201 - a failure must be repeatable
    rng = random.Random(seed)  # noqa: S311 - no secret
    people = prepared(town)
    script = tmp_path / "walker.py"
    script.write_text(WALKER, "utf-8")
    drop, out = tmp_path / "drop", tmp_path / "out"
    drop.mkdir()

    def walk(moment: int, step: str | None) -> None:
        arguments = [tmp_path / "files", tmp_path / "secret", town.slug, drop, out]
        with subprocess.Popen(
            [
                *(sys.executable, "-W", "ignore", str(script), *map(str, arguments)),
                *(f"walker-{moment}", *map(str, people)),
            ],
            env=os.environ | database.environment,
            stdout=subprocess.PIPE,
            text=True,
        ) as walker:
            assert walker.stdout is not None
            for line in walker.stdout:
                if line.strip() == step:
                    time.sleep(rng.random() * 0.05)
                    walker.send_signal(signal.SIGKILL)
                    break
            else:
                assert step is None, f"never came to {step}"
        assert (walker.returncode == 0) is (step is None) or step == "answered"

    wanted: dict[str, list[Decimal]] = {}
    for moment in range(moments):
        order = Order(EACH, rng.randrange(10**6), hebesatz_a=450, hebesatz_b=690)
        ledger = json.loads(write(order, drop / f"{moment:02}.zip").read_text("utf-8"))
        for one in ledger["records"]:
            wanted[one["aktenzeichen"]] = [Decimal(part) for part in one["instalments"]]
        (drop / f"{moment:02}.ledger.json").unlink()
        with town.session() as session:
            session.add_all(
                TaxAccount(
                    kassenzeichen=f"{moment}.{number}",
                    tax_kind=one["tax_kind"],
                    number=one["aktenzeichen"],
                )
                for number, one in enumerate(ledger["records"])
            )
        walk(moment, rng.choice(STEPS))
        wait_until_gone(database)
    walk(moments, None)
    check(town, out / town.slug, {number: parts for number, parts in wanted.items() if parts})


def prepared(town: Town) -> tuple[int, int]:
    """Set the town up; return the two people."""
    town.enable("finance")
    town.configure("finance", rate_a=450, rate_b=690, rate_trade=400, check_ags=False)
    with town.session() as session:
        delivering.choose(session, town.registry, "folder")
    first = town.account("finance_clerk", mail="first@people.example")
    second = town.account("finance_approver", mail="second@people.example")
    return first.id, second.id


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


def check(town: Town, out: Path, wanted: dict[str, list[Decimal]]) -> None:
    """Hold what was booked, sent and answered against what the deliveries come to."""
    assert {row.state for row in records(town)} == {"done"}
    with town.session(write=False) as session:
        lines = session.scalars(select(BookedLine).order_by(BookedLine.id)).all()
        found: dict[str, list[Decimal]] = {}
        for one in lines:
            found.setdefault(one.facts["aktenzeichen"], []).append(Decimal(one.facts["betrag"]))
        assert found == wanted
        assert {one.answer for one in lines} == {"accepted"}
        rows = session.scalars(select(StoredBatch).order_by(StoredBatch.number)).all()
        assert {row.state for row in rows} == {"acknowledged"}
        assert chain_is_whole([batches.export_batch(session, row) for row in rows])
        assert len(session.scalars(select(StoredReceipt.id)).all()) == len(rows)
        made = {(file := batches.artifact(session, row)).name: file.data for row in rows}
    # What a killed one had begun to write has no name that anybody reads.
    whole = [path for path in out.iterdir() if not path.name.startswith(".incoming-")]
    assert {path.name: path.read_bytes() for path in whole} == made
    sent = [
        row["Zeilen-ID"]
        for data in made.values()
        for row in csv.DictReader(io.StringIO(data.decode("utf-8-sig")), delimiter=";")
    ]
    assert sorted(sent) == sorted(one.line_id for one in lines)
