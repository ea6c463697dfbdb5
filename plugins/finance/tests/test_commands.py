"""The commands as somebody meets them who knows nothing of us yet: good input, and bad."""

import json
import os
import subprocess
import sys
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from intake_kit import deliver, notice, records
from sqlalchemy import select, update

from stadtkern.db import utcnow
from stadtkern.exchange import keeping
from stadtkern.exchange.models import Delivery, Dispatch, Record
from stadtkern.testing.databases import TestDatabase, on_sqlite
from stadtkern.testing.town import Town


@pytest.fixture
def town(town: Town) -> Town:
    town.enable("finance")
    town.configure("finance", rate_b=690)
    return town


def dispatched(town: Town) -> int:
    """Let the one record be on its way; return the dispatch's id."""
    with town.session() as session:
        row = session.scalars(select(Record)).one()
        sent = Dispatch(
            record_id=row.id, target="finance.stock", payload_hash=row.payload_hash,
            state="sent", receipt="accepted", sent_at=utcnow(),
        )  # fmt: skip
        session.add(sent)
        session.flush()
        return sent.id


@on_sqlite
def test_replay_hands_out_the_identical_bytes(town: Town, stadtkern: Any, tmp_path: Path) -> None:
    # With bytes that no text has: they pass through standard output as they are.
    data = notice(Aktenzeichen="4011 \u00e4").replace(b"\xc3\xa4", b"\xc3\xa4\r\n\n")
    row = deliver(town, data, "a.xml")
    number = str(dispatched(town))
    base = ("exchange", "replay", "finance", "--tenant", town.slug)
    said = stadtkern(*base, "--delivery", str(row.id))
    assert (said.exit_code, said.stdout_bytes) == (0, data)
    out = tmp_path / "original.xml"
    report = json.loads(
        stadtkern(*base, "--delivery", str(row.id), "--out", str(out), "--json").stdout
    )
    assert out.read_bytes() == data
    assert (report["sha256"], report["size"]) == (sha256(data).hexdigest(), len(data))
    sent = stadtkern(*base, "--dispatch", number).stdout_bytes
    (record,) = records(town)
    assert sha256(sent).hexdigest() == record.payload_hash
    assert json.loads(sent)[0] == record.payload
    for more, words in (
        ((), "either --delivery or --dispatch"),
        (("--delivery", "99"), "stadtkern exchange deliveries finance"),
        (("--dispatch", "99"), "no dispatch 99"),
        (("--delivery", "1", "--json"), "--out"),
        (("--delivery", "1", "--out", str(out)), "there already"),
    ):
        refused = stadtkern(*base, *more)
        assert (refused.exit_code, refused.stdout) == (1, "")
        assert words in refused.stderr
    with town.session() as session:
        session.execute(update(Record).values(payload_hash="0" * 64))
    refused = stadtkern(*base, "--dispatch", number)
    assert (refused.exit_code, "changed after" in refused.stderr) == (1, True)
    keeping.store_of(town.registry, town.tenant_id).path(row.sha).write_bytes(data[:-1])
    refused = stadtkern(*base, "--delivery", str(row.id))
    assert (refused.exit_code, refused.stdout) == (1, "")
    assert "Nothing was handed out" in refused.stderr


@on_sqlite
def test_what_is_no_input_is_refused_with_the_reason(
    town: Town, stadtkern: Any, tmp_path: Path
) -> None:
    huge, cut = tmp_path / "riesig.xml", tmp_path / "halb.xml"
    with huge.open("wb") as stream:
        stream.truncate(2**31)
    cut.write_bytes(notice()[:-30])
    at = ("--tenant", town.slug)
    for arguments, code, words in (
        (("import", str(tmp_path / "nichts.xml"), *at), 2, "does not exist"),
        (("import", str(cut), "--tenant", "nirgends"), 1, "no tenant"),
        (("import", str(huge), str(cut), *at), 1, "larger than 2000 MB"),
        (("stock", "import", str(huge), *at), 1, "larger than 100 MB"),
        (("stock", "import", str(cut), *at), 1, "lacks the columns"),
        (("receipts", str(huge), *at), 1, "larger than"),
        (("reconcile", str(cut), *at), 1, "halb.xml: "),
        (("reconcile", "--delivery", "99", *at), 1, "no delivery 99"),
        (("export", str(tmp_path), *at, "--batch", "9"), 1, "no batch 9"),
        (("notices", *at), 1, "under “Letterhead”"),
        (("simulate", *at, "--tax", "grundsteuer_b", "--percent", "7", "--revenue", "nan"), 1,
         "no amount in euros"),
    ):  # fmt: skip
        done = stadtkern("finance", *arguments)
        assert done.exit_code == code, done.output
        assert words in done.output, done.output
        assert "Traceback" not in done.output
    with town.session(write=False) as session:
        # The one that was read is kept as it came, the one that is too large was never copied.
        (row,) = session.scalars(select(Delivery)).all()
        assert keeping.source_of(town.registry, row).path.read_bytes() == cut.read_bytes()


@pytest.mark.thorough
@on_sqlite
def test_a_file_of_one_gigabyte_is_refused_in_little_memory_and_kept(
    town: Town, settings: dict[str, Any], database: TestDatabase, tmp_path: Path
) -> None:
    ini, huge = tmp_path / "a.ini", tmp_path / "riesig.xml"
    lines = [f"{name} = {value}" for name, value in settings.items()]
    ini.write_text("\n".join(["[app:main]", "use = egg:stadtkern", *lines, ""]), "utf-8")
    with huge.open("wb") as stream:
        stream.write(notice()[:-40])
        stream.truncate(2**30)
    # The peak since the program began: ``ru_maxrss`` would count the tests that have started it.
    script = (
        "import re, sys; from pathlib import Path; from stadtkern.cli import main\n"
        "try: main(sys.argv[1:])\n"
        "finally:\n"
        "    status = Path('/proc/self/status').read_text()\n"
        "    print(re.search(r'VmHWM:\\s+(\\d+) kB', status)[1], file=sys.stderr)"
    )
    command = ("-c", str(ini), "finance", "import", str(huge), "--tenant", town.slug)
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", script, *command],
        env=os.environ | database.environment, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 1, done.stderr
    assert "riesig.xml: refused at riesig.xml: is larger than" in done.stdout
    assert int(done.stderr.split()[-1]) < 400_000  # kilobytes
    with town.session(write=False) as session:
        (row,) = session.scalars(select(Delivery)).all()
        path = keeping.source_of(town.registry, row).path
        assert (row.size, path.stat().st_size) == (2**30, 2**30)
