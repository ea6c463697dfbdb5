"""A watched folder: finished files come in once, others stay, nothing outside is touched."""

import os
import time
from pathlib import Path
from typing import Any

import pytest
from intake_kit import made, notice, records
from sqlalchemy import select

from stadtkern.exchange.models import Delivery
from stadtkern.testing.databases import on_sqlite
from stadtkern.testing.town import Town
from stadtkern_finance.folder import job, places

OLD = 3600


class Incoming:
    """A town whose folder is watched."""

    def __init__(self, town: Town, root: Path) -> None:
        self.town, self.root = town, root
        self.folder = root / town.tenant.slug
        self.folder.mkdir(exist_ok=True)

    def put(self, name: str, data: bytes, *, age: float = OLD) -> Path:
        """Lay a file into it that was last written ``age`` seconds ago."""
        path = self.folder / name
        path.write_bytes(data)
        changed = time.time() - age
        os.utime(path, (changed, changed))
        return path

    def look(self) -> None:
        """Let the job look, and what it took be read."""
        self.town.run_schedule(job.JOB)

    def names(self, part: str = "") -> list[str]:
        """Return the files that lie in it, or in a part of it."""
        place = self.folder / part
        found = list(place.iterdir()) if place.is_dir() else []
        return sorted(one.name for one in found if not one.is_dir())

    def deliveries(self) -> list[tuple[str, str, str]]:
        """Return name, source and state of what came in."""
        with self.town.session(write=False) as session:
            rows = session.scalars(select(Delivery).order_by(Delivery.id))
            return [(row.name, row.source, row.state) for row in rows]


@pytest.fixture
def incoming(make_town: Any, tmp_path: Path) -> Incoming:
    root = tmp_path / "incoming"
    root.mkdir()
    town = make_town({"finance.folder": str(root)})
    town.enable("finance")
    town.configure("finance", rate_a=450, rate_b=690)
    return Incoming(town, root)


def test_a_finished_file_comes_in_and_is_put_aside(incoming: Incoming) -> None:
    incoming.put("a.xml", notice())
    incoming.look()
    incoming.look()
    assert incoming.deliveries() == [("a.xml", "folder", "staged")]
    assert (incoming.names(), incoming.names("done")) == ([], ["a.xml"])
    # The same bytes once more, under a name that is taken: put aside beside it, read no more.
    incoming.put("a.xml", notice())
    incoming.look()
    assert incoming.names("done") == ["a-2.xml", "a.xml"]
    assert len(records(incoming.town)) == len(incoming.deliveries()) == 1


@on_sqlite
def test_what_is_being_written_waits(incoming: Incoming, tmp_path: Path) -> None:
    incoming.put("new.xml", notice(), age=1)
    incoming.put("b.zip.part", made(tmp_path))
    incoming.put(".hidden", b"x")
    incoming.look()
    assert incoming.deliveries() == []
    assert incoming.names() == [".hidden", "b.zip.part", "new.xml"]


@on_sqlite
@pytest.mark.parametrize(
    ("data", "said"),
    [(b"", "is empty"), (notice()[:150], "not whole XML"), (b"Fremd;x\n1;2\n", "no format")],
)
def test_what_is_refused_lies_beside_its_reason(incoming: Incoming, data: bytes, said: str) -> None:
    incoming.put("bad.xml", data)
    incoming.put("good.xml", notice())
    incoming.look()
    incoming.look()
    assert incoming.names("refused") == ["bad.xml", "bad.xml.reason.txt"]
    assert said in (incoming.folder / "refused" / "bad.xml.reason.txt").read_text("utf-8")
    assert incoming.names("done") == ["good.xml"]


@on_sqlite
def test_links_lead_nowhere(incoming: Incoming, tmp_path: Path) -> None:
    secret = tmp_path / "secret.xml"
    secret.write_bytes(notice())
    os.utime(secret, (0, 0))
    (incoming.folder / "link.xml").symlink_to(secret)
    os.utime(incoming.folder / "link.xml", (0, 0), follow_symlinks=False)
    os.link(secret, incoming.folder / "second-name.xml")
    incoming.look()
    assert incoming.deliveries() == []
    assert len(incoming.names("refused")) == 4
    assert secret.read_bytes() == notice()


@on_sqlite
def test_a_folder_that_is_a_link_is_not_entered(incoming: Incoming, tmp_path: Path) -> None:
    elsewhere = tmp_path / "elsewhere"
    incoming.folder.rename(elsewhere)
    incoming.folder.symlink_to(elsewhere)
    (elsewhere / "a.xml").write_bytes(notice())
    os.utime(elsewhere / "a.xml", (0, 0))
    with pytest.raises(OSError), places.opened(incoming.root, incoming.folder.name):  # noqa: PT011
        pass
    for name in ("..", "a/b", "", "a\0"):
        with pytest.raises(OSError), places.opened(incoming.root, name):  # noqa: PT011
            pass


@on_sqlite
def test_a_job_that_dies_before_the_move_takes_nothing_twice(
    incoming: Incoming, monkeypatch: pytest.MonkeyPatch
) -> None:
    def dead(*_all: Any) -> None:
        raise KeyError("killed")

    incoming.put("a.xml", notice())
    incoming.look()
    with monkeypatch.context() as patch:
        patch.setattr(places, "move", dead)
        incoming.put("a.xml", notice())
        with incoming.town.session() as session:
            from stadtkern.jobs import enqueue

            enqueue(session, incoming.town.registry, job.JOB, tenant_id=incoming.town.tenant_id)
        incoming.town.run_jobs(failing=True)
    assert incoming.names() == ["a.xml"]
    incoming.look()
    assert len(incoming.deliveries()) == len(records(incoming.town)) == 1
    assert incoming.names("done") == ["a.xml"]


@on_sqlite
def test_a_file_that_grows_meanwhile_is_left(incoming: Incoming) -> None:
    path = incoming.put("a.xml", notice())
    with places.opened(incoming.root, incoming.folder.name) as folder:
        (entry,) = places.finished(folder, time.time(), job.QUIET)
        with path.open("ab") as stream:
            stream.write(b" ")
        with pytest.raises(FileNotFoundError), places.reading(folder, entry):
            pass
