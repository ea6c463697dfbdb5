"""Archives that operators send to the back office: checked, agreed to, taken in by a job."""

import hashlib
import json
import os
import zipfile
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select, update
from test_hostile import changed, nothing_came, packed, set_first, tampered
from towns_kit import contents, exported, furnish, imported
from webtest import Upload

from stadtkern.audit.models import AuditEntry
from stadtkern.content.models import Node
from stadtkern.db import utcnow, work
from stadtkern.jobs.models import JobRow
from stadtkern.storage import limits
from stadtkern.tenants.models import TenantRow
from stadtkern.testing.databases import on_sqlite
from stadtkern.testing.town import Town
from stadtkern.towns import arriving, storing
from stadtkern.towns.models import TownArrival, TownImport

PAGE = "/admin/arrivals"


def send(town: Town, path: Path, **kw: Any) -> Any:
    upload = [("upload", Upload("stadt.zip", path.read_bytes(), "application/zip"))]
    return town.post(PAGE, upload, **kw)


def sent(town: Town, path: Path) -> str:
    """Send an archive and return the address of its page."""
    return str(send(town, path, status=302).location.partition("example")[2])


def rows(town: Town) -> list[TownArrival]:
    with work(town.database, write=False) as session:
        return list(session.scalars(select(TownArrival).order_by(TownArrival.id)))


def waiting(town: Town) -> list[str]:
    return list(arriving.store_of(town.registry).shas())


def of(town: Town, slug: str) -> Town:
    """Return the town that came in."""
    with work(town.database, write=False) as session:
        number = session.scalars(select(TenantRow.id).where(TenantRow.slug == slug)).one()
    made = Town.__new__(Town)
    vars(made).update(vars(town) | {"tenant_id": number, "slug": slug, "host": f"{slug}.example"})
    return made


@pytest.fixture
def archive(make_town, tmp_path) -> tuple[Town, Path]:
    town = make_town(plugins={})
    town.page("Rathaus")
    path = exported(town, tmp_path / "good.zip")
    town.login("operator")
    return town, path


NAMES = {"slug": "neu", "host": "Neu.Example"}


def test_an_archive_is_checked_agreed_to_and_comes_in(archive) -> None:
    town, path = archive
    place = sent(town, path)
    nothing_came(town)
    page = town.get(place)
    assert "Das Archiv ist vollständig und passt" in page.text
    # Both names are those of a town that is here: nothing is suggested.
    assert page.html.select_one('input[name="slug"]').get("value", "") == ""
    assert "kommt herein" in town.post(place, NAMES).follow().text
    town.run_jobs()
    page = town.get(place)
    assert "Die Kommune ist da" in page.text
    assert 'href="http://neu.example/"' in page.text
    new = of(town, "neu")
    with work(town.database, new.tenant_id, write=False) as session:
        assert session.scalars(select(Node).where(Node.title == "Rathaus")).one()
        entry = session.scalars(select(AuditEntry).where(AuditEntry.deed == "town.import")).one()
        assert entry.actor_id == rows(town)[0].account_id
    assert waiting(town) == []
    with town.session(write=False) as session:
        deeds = session.scalars(
            select(AuditEntry.deed).where(AuditEntry.kind == "town_arrival").order_by(AuditEntry.id)
        ).all()
    assert deeds == ["town.upload", "town.begin"]


@on_sqlite
def test_by_job_it_is_the_same_as_by_command(town, tmp_path) -> None:
    furnish(town)
    first = exported(town, tmp_path / "first.zip")
    imported(town, first, "befehl", "befehl.example")
    by_command = exported(of(town, "befehl"), tmp_path / "command.zip")
    town.login("operator")
    place = sent(town, first)
    town.post(place, {"slug": "buero", "host": "buero.example"}, status=302)
    town.run_jobs()
    by_job = exported(of(town, "buero"), tmp_path / "job.zip")
    one, two = contents(by_command), contents(by_job)
    assert one.keys() == two.keys()
    assert len(one["data/node.jsonl"].splitlines()) == len(two["data/node.jsonl"].splitlines())
    for name in one:
        if name.startswith(("files/", "private/")) or name == "data/account.jsonl":
            assert one[name] == two[name], name
        else:
            assert len(one[name].splitlines()) == len(two[name].splitlines()), name
    titles = [
        [json.loads(line)["title"] for line in held["data/node.jsonl"].splitlines()]
        for held in (one, two)
    ]
    assert titles[0] == titles[1]


@on_sqlite
def test_bad_archives_are_refused_at_the_field_and_not_kept(archive, tmp_path) -> None:
    town, path = archive
    good = contents(path)
    with zipfile.ZipFile(path) as source:
        manifest = json.loads(source.read("manifest.json"))
    newer = json.dumps(manifest | {"version": 2}).encode()
    lying = good | {"data/node.jsonl": good["data/node.jsonl"].replace(b"Rathaus", b"Rathans")}
    bad_row = changed(path, "node", set_first(title="x" * 201))
    nowhere = json.dumps(json.loads(good["town.json"]) | {"ags": "99"}).encode()
    bad = tmp_path / "bad.zip"
    outside = tmp_path / "outside.zip"
    outside.write_bytes(path.read_bytes())
    with zipfile.ZipFile(outside, "a") as target:
        target.writestr("../../etc/passwd", b"x")
    for made, reason in [
        (lambda: bad.write_bytes(b"PK\x05\x06") and bad, "beschädigt"),
        (lambda: packed(bad, good), "manifest.json"),
        (lambda: packed(bad, good | {"manifest.json": newer}), "Format 2"),
        (lambda: packed(bad, lying | {"manifest.json": json.dumps(manifest).encode()}), "Prüfsumm"),
        (lambda: tampered(path, bad, data__node_jsonl=bad_row), "title"),
        (lambda: tampered(path, bad, town_json=nowhere), "Gemeindeschlüssel"),
        (lambda: outside, "passwd"),
    ]:
        answer = send(town, made(), status=422)
        at_field = answer.html.select_one(".kern-error, .error, [id$=error]")
        assert at_field is not None
        assert reason in answer.text, reason
        assert rows(town) == []
        assert waiting(town) == []
    nothing_came(town)


@on_sqlite
def test_bombs_and_large_files_are_refused(archive, tmp_path, monkeypatch) -> None:
    town, path = archive
    bomb = tampered(path, tmp_path / "bomb.zip", data__node_jsonl=b" " * 3_000_000)
    for place in (limits, arriving):
        monkeypatch.setattr(place, "MEGABYTE", 1_000)
    monkeypatch.setattr(arriving, "DEFAULT_MB", 40)
    assert "größer" in send(town, bomb, status=422).text
    monkeypatch.setattr(arriving, "DEFAULT_MB", 1)
    assert "towns.import_mb" in send(town, path, status=422).text
    assert waiting(town) == []


@on_sqlite
def test_names_that_are_taken_or_none_are_refused_at_their_fields(archive) -> None:
    town, path = archive
    place = sent(town, path)
    for values, count in [
        ({"slug": town.slug, "host": town.host.upper()}, 2),
        ({"slug": "Neu!", "host": "https://neu.example"}, 2),
        ({"slug": "neu", "host": "neu.example:80"}, 1),
        ({"slug": "neu", "host": town.host}, 1),
    ]:
        answer = town.post(place, values, status=422)
        assert len(answer.html.select("[aria-invalid=true]")) == count, values
    # What is on its way already is taken, too.
    other = sent(town, path)
    town.post(place, NAMES, status=302)
    assert len(town.post(other, NAMES, status=422).html.select("[aria-invalid=true]")) == 2
    town.run_jobs()
    assert [row.state for row in rows(town)] == ["done", "waiting"]
    assert len(waiting(town)) == 1


@on_sqlite
def test_data_of_plugins_that_are_missing_is_left_out_on_purpose_only(archive, tmp_path) -> None:
    town, path = archive
    with zipfile.ZipFile(path) as source:
        manifest = json.loads(source.read("manifest.json"))
    manifest["parts"].append({"name": "bus_stop", "version": 1, "owner": "bus", "rows": 1})
    held = contents(path)
    bus = b'{"name": "Markt"}\n'
    manifest["members"]["data/bus_stop.jsonl"] = {
        "size": len(bus),
        "sha256": hashlib.sha256(bus).hexdigest(),
    }
    text = json.dumps(manifest).encode()
    bad = packed(tmp_path / "a.zip", held | {"data/bus_stop.jsonl": bus, "manifest.json": text})
    place = sent(town, bad)
    assert "bus" in town.get(place).html.select_one("dl.definition").text
    assert "Bitte stimmen Sie zu" in town.post(place, NAMES, status=422).text
    town.post(place, {**NAMES, "leave_out": "true"}, status=302)
    town.run_jobs()
    assert rows(town)[0].state == "done"


class Killed(BaseException):
    """What kill -9 is for a test within the process: nothing after it runs."""


def begun(town: Town, path: Path, monkeypatch: Any, *, batches: int) -> str:
    """Let an import be killed after some batches; return its page."""
    place = sent(town, path)
    town.post(place, NAMES, status=302)
    monkeypatch.setattr(storing, "BATCH_ROWS", 1)
    told, left = storing.Run._told, [batches]

    def die(run: storing.Run, done: int) -> None:
        told(run, done)
        left[0] -= 1
        if not left[0]:
            raise Killed

    monkeypatch.setattr(storing.Run, "_told", die)
    with pytest.raises(Killed):
        town.run_jobs()
    monkeypatch.setattr(storing.Run, "_told", told)
    return place


def orphaned(town: Town) -> None:
    """Queue what a dead worker held once more, as a living one does."""
    with work(town.database) as session:
        session.execute(
            update(JobRow).where(JobRow.name == arriving.JOB).values(state="waiting", claim=None)
        )


@on_sqlite
def test_a_killed_job_goes_on_where_it_stood(archive, monkeypatch) -> None:
    town, path = archive
    place = begun(town, path, monkeypatch, batches=4)
    with work(town.database, write=False) as session:
        half = session.scalars(select(TownImport)).one()
        assert half.state == "running"
    assert town.raw("/", host="neu.example").status_int == 503
    orphaned(town)
    town.run_jobs()
    assert "Die Kommune ist da" in town.get(place).text
    with work(town.database, write=False) as session:
        assert session.scalars(select(TownImport.tenant_id)).one() == half.tenant_id
    new = of(town, "neu")
    with work(town.database, new.tenant_id, write=False) as session:
        titles = session.scalars(select(Node.title).where(Node.title == "Rathaus")).all()
    assert titles == ["Rathaus"]


@on_sqlite
def test_a_job_that_died_after_its_end_says_that_the_town_is_here(archive, monkeypatch) -> None:
    town, path = archive
    place = sent(town, path)
    town.post(place, NAMES, status=302)
    monkeypatch.setattr(arriving, "_note", lambda *_args: (_ for _ in ()).throw(Killed))
    with pytest.raises(Killed):
        town.run_jobs()
    monkeypatch.undo()
    orphaned(town)
    town.run_jobs()
    assert "Die Kommune ist da" in town.get(place).text
    assert waiting(town) == []


@on_sqlite
def test_a_killed_import_is_given_up_whole(archive, monkeypatch) -> None:
    town, path = archive
    begun(town, path, monkeypatch, batches=4)
    number = str(rows(town)[0].id)
    town.post(f"{PAGE}/remove", {"arrival": number}, status=302)
    orphaned(town)
    town.run_jobs()
    nothing_came(town)
    assert rows(town) == []
    assert waiting(town) == []


@on_sqlite
def test_what_was_cancelled_goes_on_when_asked(archive, monkeypatch) -> None:
    town, path = archive
    place = begun(town, path, monkeypatch, batches=3)
    with work(town.database) as session:
        session.execute(
            update(JobRow)
            .where(JobRow.name == arriving.JOB)
            .values(state="cancelled", claim=None, finished_at=utcnow())
        )
    assert "Der Import ist stehengeblieben" in town.get(place).text
    town.post(place, {}, status=302)
    town.run_jobs()
    assert "Die Kommune ist da" in town.get(place).text


@on_sqlite
def test_a_refusal_on_the_way_leaves_the_reason_and_nothing_else(archive, tmp_path) -> None:
    town, path = archive
    twice = changed(path, "node", lambda found: found[1].update(path=found[0]["path"]))
    place = sent(town, tampered(path, tmp_path / "bad.zip", data__node_jsonl=twice))
    town.post(place, NAMES, status=302)
    town.run_jobs()
    page = town.get(place)
    assert "Nichts davon wurde behalten" in page.text
    assert "widerspricht sich" in page.text
    nothing_came(town)
    assert waiting(town) == []


@on_sqlite
def test_operators_see_what_they_have_sent_and_nobody_else_anything(archive) -> None:
    town, path = archive
    place = sent(town, path)
    assert PAGE in town.get("/admin").text
    number = place.rpartition("/")[2]
    town.login("operator", mail="zweite@people.example")
    assert place not in town.get(PAGE).text
    town.get(place, status=404)
    town.post(place, NAMES, status=404)
    town.post(f"{PAGE}/remove", {"arrival": number}, status=404)
    town.get(f"{PAGE}/9999999999", status=404)
    for some in (town, town.second_tenant()):
        some.login("administrator", mail="verwaltung@people.example")
        for address in (PAGE, place):
            some.get(address, status=403)
        send(some, path, status=403)
        some.post(place, NAMES, status=403)
        some.post(f"{PAGE}/remove", {"arrival": number}, status=403)
        assert PAGE not in some.get("/admin/town").text
    assert [row.state for row in rows(town)] == ["waiting"]


@on_sqlite
def test_what_waits_goes_after_a_week(archive, monkeypatch) -> None:
    town, path = archive
    begun(town, path, monkeypatch, batches=3)
    sent(town, path)
    with work(town.database) as session:
        session.execute(
            update(TownArrival).values(created_at=utcnow() - arriving.KEPT - timedelta(hours=1))
        )
        session.execute(
            update(JobRow).where(JobRow.name == arriving.JOB).values(state="failed", claim=None)
        )
    town.run_schedule(arriving.SWEEP)
    assert rows(town) == []
    nothing_came(town)
    with path.open("rb") as stream:
        stray, _size = arriving.store_of(town.registry).put(stream, maximum=10**9)
    town.run_schedule(arriving.SWEEP)
    assert waiting(town) == [stray]
    os.utime(arriving.store_of(town.registry).path(stray), (0, 0))
    town.run_schedule(arriving.SWEEP)
    assert waiting(town) == []
    with work(town.database, write=False) as session:
        assert session.scalar(select(func.count()).select_from(TownArrival)) == 0
