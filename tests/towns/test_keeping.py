"""Archives that the back office asks for: a job writes them, administrators fetch them."""

import io
import os
import zipfile
from datetime import timedelta
from typing import Any

from sqlalchemy import select, update

from stadtkern.db import utcnow
from stadtkern.privacy import Subject
from stadtkern.privacy.retention import desk_for
from stadtkern.testing.databases import on_sqlite
from stadtkern.towns import keeping, persons
from stadtkern.towns.models import TownExport


def test_an_administrator_asks_and_fetches(town) -> None:
    town.page("Rathaus")
    town.login("administrator")
    assert "Archiv schreiben" in town.get("/admin/town").text
    answer = town.post("/admin/town/export").follow()
    assert "Ein Archiv wird geschrieben" in answer.text
    assert "Archiv schreiben" not in answer.text
    # A second one waits for the first.
    assert "bereits" in town.post("/admin/town/export").follow().text
    town.run_jobs()
    page = town.get("/admin/town")
    link = page.html.select_one('a[href$=".zip"]')["href"]
    got = town.get(link)
    assert got.content_type == "application/zip"
    assert "attachment" in got.headers["Content-Disposition"]
    with zipfile.ZipFile(io.BytesIO(got.body)) as archive:
        assert b"Rathaus" in archive.read("data/node.jsonl")
    number = link.rpartition("/")[2].removesuffix(".zip")
    town.post("/admin/town/remove", {"export": number})
    town.get(link, status=404)


@on_sqlite
def test_editors_and_neighbours_get_nothing(town) -> None:
    with town.session() as session:
        row = keeping.ask(session, town.registry, town.tenant_id, None)
        number = row.id
    town.run_jobs()
    town.login("editor")
    town.get("/admin/town", status=403)
    town.get(f"/admin/town/{number}.zip", status=403)
    other = town.second_tenant()
    other.login("administrator")
    other.get(f"/admin/town/{number}.zip", status=404)
    other.get("/admin/town/9999999999.zip", status=404)
    assert "Herunterladen" not in other.get("/admin/town").text


def test_tax_data_leave_with_those_only_who_may_see_them(town) -> None:
    with town.session() as session:
        number = keeping.ask(session, town.registry, town.tenant_id, None).id
    town.run_jobs()
    town.enable("finance")
    town.login("administrator")
    page = town.get("/admin/town")
    assert "Steuerdaten" in page.text
    assert "Archiv schreiben" not in page.text
    assert not page.html.select('a[href$=".zip"]')
    for _moment in ("while it is on", "after it was switched off"):
        town.get(f"/admin/town/{number}.zip", status=403)
        town.post("/admin/town/export", status=403)
        town.disable("finance")
    town.enable("finance")
    town.login("administrator", "finance_clerk")
    assert town.get(f"/admin/town/{number}.zip").content_type == "application/zip"
    town.post("/admin/town/export", status=302)


@on_sqlite
def test_archives_go_after_a_week(town) -> None:
    with town.session() as session:
        keeping.ask(session, town.registry, town.tenant_id, None)
    town.run_jobs()
    with town.session() as session:
        sha = session.scalars(select(TownExport.sha)).one()
        session.execute(
            update(TownExport).values(created_at=utcnow() - keeping.KEPT - timedelta(hours=1))
        )
    store = keeping.store_of(town.registry, town.tenant_id)
    assert store.has(sha)
    town.run_schedule(keeping.SWEEP)
    with town.session() as session:
        assert session.scalars(select(TownExport)).all() == []
    os.utime(store.path(sha), (0, 0))
    town.run_schedule(keeping.SWEEP)
    assert not store.has(sha)


def _archive(town: Any) -> str:
    with town.session() as session:
        keeping.ask(session, town.registry, town.tenant_id, None)
    town.run_jobs()
    with town.session(write=False) as session:
        sha: str = session.scalars(select(TownExport.sha)).one()
    return sha


@on_sqlite
def test_a_deleted_archive_is_gone_at_once(town) -> None:
    sha = _archive(town)
    town.login("administrator")
    page = town.get("/admin/town")
    next(form for form in page.forms.values() if "export" in form.fields).submit("export")
    assert not keeping.store_of(town.registry, town.tenant_id).has(sha)


@on_sqlite
def test_erasing_a_person_takes_the_archives_along(town) -> None:
    sha = _archive(town)
    subject = Subject("weg@people.example", None)
    with town.session() as session:
        desk = desk_for(session, town.registry, town.tenant)
        (part,) = persons.find(desk, subject)
        assert part.number == 1
        persons.erase(desk, subject)
        assert persons.find(desk, subject) == ()
    assert not keeping.store_of(town.registry, town.tenant_id).has(sha)
