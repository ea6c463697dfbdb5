"""ELSTER-Transfer against a counterpart with faults: nothing lost, nothing confirmed early."""

import hashlib
import json
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select, update

from stadtkern.exchange.models import Delivery, Record, utcnow
from stadtkern.jobs.models import JobRow
from stadtkern.testing.databases import on_sqlite
from stadtkern.web.egress import Egress, Rules
from stadtkern_finance import synthetic
from stadtkern_finance.transfer import (
    Incomplete,
    Port,
    PortRefused,
    TransferClient,
    TransferFailed,
    Waiting,
    collect,
    job,
    ports,
)

COUNTERPART = Path(__file__).with_name("transfer_counterpart.py")
START_SECONDS = 20


@dataclass
class Town:
    """What a town keeps: bytes by their hash, as the exchange does."""

    kept: dict[str, bytes] = field(default_factory=dict)
    order: list[str] = field(default_factory=list)
    told: list[str] = field(default_factory=list)
    broken: bool = False

    def keep(self, waiting: Waiting, stream: Any) -> bool:
        """Keep bytes; True if they are new."""
        if self.broken:
            raise RuntimeError("the database is away")
        data = stream.read()
        sha = hashlib.sha256(data).hexdigest()
        self.order.append(waiting.id)
        new = sha not in self.kept
        self.kept[sha] = data
        return new

    def passed_over(self, waiting: Waiting) -> bool:
        """Pass nothing over."""
        return waiting.id == "passed"

    def turn_away(self, _waiting: Waiting, _error: TransferFailed) -> bool:
        """Fetch it again."""
        return False

    def confirmed(self, waiting: Waiting) -> None:
        """Note what the other side knows."""
        self.told.append(waiting.id)


@dataclass
class Other:
    """The running counterpart."""

    folder: Path
    port: Port

    def waits(self, **files: bytes) -> None:
        """Let files wait, in this order."""
        entries = []
        for number, data in files.items():
            kind = "GEWXX" if number.startswith("g") else "ANDERE" if number[0] == "x" else "GMBX"
            (self.folder / f"{number}.bin").write_bytes(data)
            entries.append(
                {"id": number, "kind": kind, "name": f"{number}.zip", "file": f"{number}.bin"}
            )
        (self.folder / "waiting.json").write_text(json.dumps(entries), "utf-8")

    def fails(self, **faults: Any) -> None:
        """Set the faults to come."""
        (self.folder / "faults.json").write_text(json.dumps(faults), "utf-8")

    @property
    def confirmed(self) -> list[str]:
        """Return what was confirmed, in order."""
        path = self.folder / "confirmed.txt"
        return path.read_text("utf-8").split() if path.exists() else []

    def client(self, **changes: Any) -> TransferClient:
        """Return a client of it, its port's settings changed."""
        guard = Egress(Rules(loopback=True))
        return TransferClient(replace(self.port, **changes), guard.fetch)


@pytest.fixture
def other(tmp_path: Path) -> Iterator[Other]:
    with running(tmp_path) as started:
        yield started


@contextmanager
def running(folder: Path) -> Iterator[Other]:
    """Run the counterpart in a folder."""
    process = subprocess.Popen([sys.executable, str(COUNTERPART), str(folder)])
    try:
        end = time.monotonic() + START_SECONDS
        while not (folder / "port").exists():
            assert time.monotonic() < end
            time.sleep(0.02)
        number = int((folder / "port").read_text())
        yield Other(folder, Port(url=f"http://127.0.0.1:{number}"))
    finally:
        process.kill()
        process.wait()


def test_what_waits_is_kept_then_confirmed_page_by_page(other: Other) -> None:
    other.waits(**{f"f{number}": b"file %d" % number for number in range(7)}, g1=b"trade", x1=b"?")
    town = Town()
    done = collect(other.client(page=3), town)
    assert (done.kept, done.known, done.left, done.unconfirmed) == (8, 0, 1, 0)
    assert town.order == [*(f"f{number}" for number in range(7)), "g1"]
    assert other.confirmed == town.order == town.told
    # What nobody here reads stays where it is.
    assert [one.id for one in other.client().waiting()] == ["x1"]


def test_nothing_is_confirmed_that_is_not_kept(other: Other) -> None:
    other.waits(f1=b"one")
    town = Town(broken=True)
    with pytest.raises(RuntimeError):
        collect(other.client(), town)
    assert other.confirmed == []
    town.broken = False
    assert collect(other.client(), town).kept == 1
    assert other.confirmed == ["f1"]


@pytest.mark.parametrize("fault", ["half", "short", "garbled", "error"])
def test_half_and_wrong_files_hold_no_other_up_and_come_next_time(other: Other, fault: str) -> None:
    other.waits(f1=b"a" * 200_000, f2=b"b")
    other.fails(fetch={"f1": [fault]})
    town = Town()
    done = collect(other.client(), town)
    assert (done.kept, done.failed.total()) == (1, 1)
    assert other.confirmed == ["f2"]
    assert collect(other.client(), town).kept == 1
    assert other.confirmed == ["f2", "f1"]
    assert sorted(map(len, town.kept.values())) == [1, 200_000]


def test_a_file_that_never_comes_ends(other: Other) -> None:
    other.waits(f1=b"one", f2=b"two")
    other.fails(fetch={"f1": ["slow"]})
    town = Town()
    done = collect(other.client(seconds=1), town)
    assert (done.kept, dict(done.failed)) == (1, {"fetch": 1})
    assert other.confirmed == ["f2"]


@pytest.mark.parametrize("fault", ["error", "lost"])
def test_a_lost_confirmation_keeps_one_file(other: Other, fault: str) -> None:
    other.waits(f1=b"one")
    other.fails(confirm={"f1": [fault]})
    town = Town()
    assert collect(other.client(), town).unconfirmed == 1
    assert town.told == []
    again = collect(other.client(), town)
    # If it was done and only the answer was lost, nothing waits any more.
    assert (again.kept, again.known) == (0, 1 if fault == "error" else 0)
    assert other.confirmed == ["f1"]
    assert list(town.kept.values()) == [b"one"]


@pytest.mark.parametrize("fault", ["twice", "reversed"])
def test_lists_that_repeat_or_are_out_of_order_change_nothing(other: Other, fault: str) -> None:
    other.waits(f1=b"one", f2=b"two", f3=b"one")
    other.fails(list=[fault])
    town = Town()
    done = collect(other.client(page=10), town)
    # f3 has the bytes of f1: kept once, confirmed both.
    assert (done.kept, done.known) == (2, 1)
    assert sorted(other.confirmed) == ["f1", "f2", "f3"]


@pytest.mark.parametrize("fault", ["error", "garbled"])
def test_a_list_that_cannot_be_read_says_so(other: Other, fault: str) -> None:
    other.waits(f1=b"one")
    other.fails(list=[fault])
    done = collect(other.client(), Town())
    assert (done.kept, dict(done.failed)) == (0, {"list": 1})
    assert other.confirmed == []


def test_a_list_without_end_is_noticed(other: Other) -> None:
    other.waits(f1=b"one", f2=b"two")
    other.fails(list=["endless"] * 9)
    with pytest.raises(TransferFailed) as failed:
        list(other.client(page=1).waiting())
    assert failed.value.code == "endless"


def test_sizes_have_a_limit(other: Other) -> None:
    other.waits(f1=b"x" * 1_000_001, f2=b"two")
    town = Town()
    done = collect(other.client(largest_mb=1), town)
    assert (done.kept, dict(done.failed)) == (1, {"fetch": 1})


def write(path: Path, text: str) -> Path:
    path.write_text(text, "utf-8")
    return path


def test_the_operators_file_is_read(tmp_path: Path) -> None:
    path = write(
        tmp_path / "transfer.yaml",
        """
towns:
  musterstadt:
    url: https://etr.example:8443/
    certificate: /etc/etr.pem
    page: 200
    paths: {confirm: "/rest/fertig/{id}"}
    names: {id: uuid}
""",
    )
    port = ports(path)["musterstadt"]
    assert (port.url, port.certificate) == ("https://etr.example:8443", "/etc/etr.pem")
    assert port.paths["confirm"] == "/rest/fertig/{id}"
    assert port.paths["fetch"] == Port("").paths["fetch"]
    assert (port.names["id"], port.names["kind"], port.page) == ("uuid", "datenart", 200)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("- nichts", "towns"),
        ("towns: {a: {url: ftp://x.example}}", "a: url"),
        ("towns: {a: {url: 'https://x.example', urls: 1}}", "unknown settings: urls"),
        ("towns: {a: {url: 'https://x.example', page: 0}}", "page"),
        ("towns: {a: {url: 'https://x.example', page: true}}", "page"),
        ("towns: {a: {url: 'https://x.example', kinds: GMBX}}", "kinds"),
        ("towns: {a: {url: 'https://x.example', paths: {fetch: /fest}}}", "paths.fetch"),
        ("towns: {a: {url: 'https://x.example', names: {irgendwas: x}}}", "names"),
        ("towns: [", "no YAML"),
    ],
)
def test_what_does_not_fit_is_named(tmp_path: Path, text: str, said: str) -> None:
    with pytest.raises(PortRefused, match=said):
        ports(write(tmp_path / "transfer.yaml", text))


def test_a_certificate_is_shown(other: Other) -> None:
    asked: list[dict[str, Any]] = []
    other.waits()
    client = other.client(certificate="/etc/etr.pem")
    client = TransferClient(client.port, partial(_noted, asked))
    assert list(client.waiting()) == []
    assert asked[0]["certificate"] == "/etc/etr.pem"
    assert asked[0]["redirects"] == 0


def _noted(asked: list[dict[str, Any]], url: str, **kw: Any) -> Any:
    asked.append(kw)
    return Egress(Rules(loopback=True)).fetch(url, **{**kw, "certificate": None})


@on_sqlite
def test_what_waits_becomes_deliveries_by_the_clock(
    other: Other, make_town: Any, tmp_path: Path
) -> None:
    ports_file = write(
        tmp_path / "transfer.yaml", f"towns: {{musterstadt: {{url: '{other.port.url}'}}}}"
    )
    town = make_town({"finance.transfer": str(ports_file), "egress.allow_loopback": "true"})
    town.enable("finance")
    synthetic.write(synthetic.Order(records=3, seed=1), tmp_path / "made.zip")
    data = (tmp_path / "made.zip").read_bytes()
    other.waits(f1=data, f3=data)
    town.run_schedule(job.JOB)
    with town.session(write=False) as session:
        (row,) = session.scalars(select(Delivery))
        assert (row.source, row.name, row.state) == (job.SOURCE, "f1.zip", "staged")
        assert row.confirmed_at is not None
        assert session.scalar(select(func.count()).select_from(Record)) == 3
    # The same bytes under another id are here already.
    assert other.confirmed == ["f1", "f3"]
    # What is empty is refused once and shown; it stays where it is, and the rest goes on.
    other.waits(f5=b"", f7=data + b" ")
    for _look in range(2):
        town.run_schedule(job.JOB)
    with town.session(write=False) as session:
        rows = session.scalars(select(Delivery).order_by(Delivery.id)).all()
        assert [(row.name, row.state) for row in rows][1] == ("f5.zip", "refused")
        assert len(rows) == 3
        states = session.scalars(select(JobRow.state).where(JobRow.name == job.JOB)).all()
    assert set(states) == {"done"}
    assert [one.id for one in other.client().waiting()] == ["f5"]
    town.login("finance_clerk")
    assert "f5.zip" in town.get("/admin/exchange/finance")


@on_sqlite
def test_what_comes_broken_each_time_is_turned_away_at_last(
    other: Other, make_town: Any, tmp_path: Path
) -> None:
    ports_file = write(
        tmp_path / "transfer.yaml", f"towns: {{musterstadt: {{url: '{other.port.url}'}}}}"
    )
    town = make_town({"finance.transfer": str(ports_file), "egress.allow_loopback": "true"})
    town.enable("finance")

    class Trying:
        """A job of this town at some attempt."""

        registry, work = town.registry, staticmethod(town.session)

        def __init__(self, attempt: int) -> None:
            self.attempt = attempt

    waiting = Waiting(id="f1", kind="GMBX", name="f1.zip", size=9, sha256=None)
    broken = Incomplete("half", "8 bytes instead of 9")
    assert not job.Deliveries(Trying(1)).turn_away(waiting, broken)
    assert not job.Deliveries(Trying(1)).passed_over(waiting)
    assert job.Deliveries(Trying(job.ATTEMPTS)).turn_away(waiting, broken)
    assert job.Deliveries(Trying(1)).passed_over(waiting)
    with town.session() as session:
        session.execute(update(Delivery).values(staged_at=utcnow() - job.AGAIN))
    assert not job.Deliveries(Trying(1)).passed_over(waiting)
