"""References between pages: found on save, followed on move, told of before anything goes."""

from importlib import import_module
from typing import Any

import pytest
from alembic.migration import MigrationContext
from alembic.operations import Operations
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import delete, select

from stadtkern.content import links
from stadtkern.content.links.extract import HREF, hrefs, on_site, split
from stadtkern.content.links.present import present
from stadtkern.content.models import Node, Reference
from stadtkern.jobs import schedules
from stadtkern.testing.databases import TestDatabase
from stadtkern.testing.town import Town


def text(html: str, number: str = "00000001") -> dict[str, Any]:
    return {"id": number, "type": "text", "data": {"html": html}}


def link(path: str, words: str = "dort") -> str:
    return f'<p><a href="{path}">{words}</a></p>'


def stored(town: Town, node: Node) -> set[tuple[str, str, str, int | None]]:
    with town.session(write=False) as session:
        rows = session.execute(
            select(Reference.block, Reference.kind, Reference.target, Reference.target_id).where(
                Reference.source_id == node.id
            )
        )
        return {tuple(row) for row in rows}


def save(town: Town, node: Node, **kw: Any) -> None:
    with town.content() as content:
        now = content.get(node.id)
        content.save(node.id, version=now.version, title=now.title, **kw)


def test_links_blocks_and_fields_are_found_on_every_save(town: Town) -> None:
    goal = town.page("Ziel")
    source = town.page(
        "Quelle",
        blocks=[
            text(link("/ziel#oben") + link("https://example.org/a?b=1&amp;c=2") + link("#b-1")),
            text(link("mailto:a@example.org") + link("tel:123") + link("/gibt-es-nicht"), "02aa"),
        ],
    )
    assert stored(town, source) == {
        ("00000001", "link", "/ziel#oben", goal.id),
        ("00000001", "link", "https://example.org/a?b=1&c=2", None),
        ("00000001", "link", "#b-1", None),
        ("02aa", "link", "/gibt-es-nicht", None),
    }
    # The platform's own pages are not the editors' to break.
    save(town, source, blocks=[text(link("/impressum") + link("/barriere-melden"))])
    assert stored(town, source) == set()
    menu = town.add("link", "Menü", fields={"url": "/ziel"})
    assert stored(town, menu) == {("", "field", "/ziel", goal.id)}
    home = town.node("/")
    save(town, home, fields={"question": "?", "frequent": [{"label": "Z", "target": "/ziel"}]})
    assert ("", "field", "/ziel", goal.id) in stored(town, home)


def test_working_copies_count_when_they_are_published(town: Town) -> None:
    goal = town.page("Ziel")
    source = town.page("Quelle")
    with town.content() as content:
        content.save_draft(
            source.id,
            version=content.get(source.id).version,
            title="Quelle",
            blocks=[text(link("/ziel"))],
        )
    assert stored(town, source) == set()
    with town.content() as content:
        content.publish(source.id)
    assert stored(town, source) == {("00000001", "link", "/ziel", goal.id)}
    with town.content() as content:
        content.restore(source.id, 1)
        content.publish(source.id)
    assert stored(town, source) == set()


def test_links_follow_a_page_and_all_below_it(town: Town) -> None:
    area = town.page("Bereich")
    goal = town.page("Ziel", parent=area)
    town.page("Quelle", blocks=[text(link("/bereich/ziel?a=1&amp;b=2#b-7") + link("/bereich"))])
    with town.content() as content:
        content.rename(area.id, "gebiet")
    shown = town.get("/quelle")
    assert 'href="/gebiet/ziel?a=1&amp;b=2#b-7"' in shown
    assert 'href="/gebiet"' in shown
    # Another page takes the old address: the link still means the first one.
    town.page("Bereich")
    assert 'href="/gebiet"' in town.get("/quelle")
    with town.content() as content:
        content.move(goal.id, content.by_path("/").id)
    assert 'href="/ziel?a=1&amp;b=2#b-7"' in town.get("/quelle")
    # Saved again with the old address, it is found by its redirect.
    again = town.page("Nochmals", blocks=[text(link("/gebiet/ziel"))])
    assert stored(town, again) == {("00000001", "link", "/gebiet/ziel", goal.id)}


def test_a_page_that_comes_later_is_found(town: Town) -> None:
    source = town.page("Quelle", blocks=[text(link("/spaeter#b-1") + link("/spaeter_x"))])
    later = town.page("Später", slug="spaeter")
    assert ("00000001", "link", "/spaeter#b-1", later.id) in stored(town, source)
    assert ("00000001", "link", "/spaeter_x", None) in stored(town, source)


def test_links_cost_one_question_a_page_however_many_there_are(make_town: Any) -> None:
    town = make_town({"stadtkern.page_cache": "false"})
    pages = [town.page(f"Ziel {number}") for number in range(12)]
    few = town.page("Wenige", blocks=[text(link(pages[0].path))])
    many = town.page(
        "Viele",
        blocks=[text("".join(link(page.path) for page in pages), f"{n:04x}") for n in range(3)],
    )
    none = town.page("Keine", blocks=[text("<p>Text</p>")])
    for page in pages:
        with town.content() as content:
            content.rename(page.id, f"neu-{page.id}")

    def count(path: str) -> int:
        with town.statements() as statements:
            town.get(path)
        return len(statements)

    count(few.path)
    assert count(many.path) == count(few.path) == count(none.path) + 1


def test_saving_asks_as_much_for_many_links_as_for_one(town: Town) -> None:
    pages = [town.page(f"Ziel {number}") for number in range(10)]
    source = town.page("Quelle")

    def count(blocks: list[dict[str, Any]]) -> int:
        with town.statements() as statements:
            save(town, source, blocks=blocks)
        return len(statements)

    # Words that nobody has used before are learnt, which is not what is counted here.
    save(town, source, blocks=[text("".join(link(page.path) for page in pages))])
    one = count([text(link(pages[0].path))])
    assert count([text("".join(link(page.path) for page in pages))]) == one
    # Nothing changed: nothing is written, neither references nor what is searched.
    assert count([text("".join(link(page.path) for page in pages))]) <= one - 2


def test_who_refers_is_told_with_what_goes_along(town: Town) -> None:
    area = town.page("Bereich")
    goal = town.page("Ziel", parent=area)
    town.page("Nachbar", parent=area, blocks=[text(link("/bereich/ziel"))])
    town.page("Fremde", blocks=[text(link("/bereich/ziel") + link("/bereich"))])
    draft = town.page("Entwurf", published=False, blocks=[text(link("/bereich"))])
    with town.session(write=False) as session:
        rows, total, hidden = links.referring(session, area.id, area.path)
        assert [(row.title, row.times, row.state) for row in rows] == [
            ("Entwurf", 1, "draft"),
            ("Fremde", 2, "published"),
        ]
        assert (total, hidden) == (2, 0)
        rows, _total, _hidden = links.referring(session, goal.id, goal.path)
        assert [row.title for row in rows] == ["Nachbar", "Fremde"]
        used = links.references_to(session, [area.id, goal.id, draft.id])
        assert {key: [row.title for row in found] for key, found in used.items()} == {
            area.id: ["Entwurf", "Fremde"],
            goal.id: ["Nachbar", "Fremde"],
        }
        assert links.references_to(session, []) == {}
    town.browser.extra_environ["HTTP_ACCEPT_LANGUAGE"] = "en"
    town.login("editor")
    for deed in ("delete", "move", "rename"):
        page = town.get(f"/admin/nodes/{area.id}/{deed}")
        assert "2 pages refer to this" in page
        assert "Fremde" in page
        assert "Nachbar" not in page
    assert "One page refers" not in town.get(f"/admin/nodes/{draft.id}/delete")


def test_the_report_names_what_is_missing_trashed_or_hidden(town: Town) -> None:
    town.browser.extra_environ["HTTP_ACCEPT_LANGUAGE"] = "en"
    gone = town.page("Gelöscht")
    area = town.page("Bereich")
    hidden = town.page("Versteckt", parent=area)
    fine = town.page("Gut", blocks=[text("<p>x</p>", "00000abc")])
    town.page(
        "Quelle",
        blocks=[
            text(link("/geloescht") + link("/nirgends") + link(hidden.path) + link("/gut")),
            text(link("/gut#b-00000abc") + link("/gut#fehlt") + link("#auch") + link("#b-02aa"),
                 "02aa"),
        ],
    )  # fmt: skip
    with town.content() as content:
        content.delete(gone.id)
        content.unpublish(area.id)
    town.login("author")
    report = town.get("/admin/links").text
    for words in (
        "/geloescht",
        "lies in the trash",
        "/nirgends",
        "There is no such page",
        "above it",
    ):
        assert words in report, words
    assert "/gut" not in report
    places = town.get("/admin/links?show=anchors").text
    assert "/gut#fehlt" in places
    assert "#auch" in places
    assert "#b-00000abc" not in places
    assert "#b-02aa" not in places
    with town.session(write=False) as session:
        assert [row.total for row in links.first_broken(session, limit=2)] == [3, 3]
    with town.content() as content:
        content.restore_trashed(gone.id)
        content.publish(area.id)
    with town.session(write=False) as session:
        assert [row.target for row in links.broken_internal(session)] == ["/nirgends"]
    assert fine.id


def test_purging_leaves_a_broken_reference(town: Town) -> None:
    gone = town.page("Ziel")
    town.page("Quelle", blocks=[text(link("/ziel"))])
    with town.content() as content:
        content.delete(gone.id)
        content.purge(gone.id)
    with town.session(write=False) as session:
        (row,) = links.broken_internal(session)
        assert (row.target, row.target_id) == ("/ziel", None)


def test_old_pages_get_their_references_later(town: Town) -> None:
    goal = town.page("Ziel")
    source = town.page("Quelle", blocks=[text(link("/ziel"))])
    with town.session() as session:
        for row in session.scalars(select(Reference)):
            session.delete(row)
    with town.session() as session:
        after, done = 0, 0
        while True:
            after, count = links.backfill(session, town.registry, after, 2)
            done += count
            if not count:
                break
    assert done >= 4
    assert stored(town, source) == {("00000001", "link", "/ziel", goal.id)}


@given(st.text(alphabet='<>a"=/ hrefx#?&;', max_size=60))
def test_links_are_found_and_changed_in_any_text(html: str) -> None:
    found = hrefs(html)
    assert len(found) == len(HREF.findall(html))
    assert present(html, {}) == html
    changed = present(html, dict.fromkeys(found, "/neu"))
    assert set(hrefs(changed)) <= {"/neu"}


@given(st.text(alphabet="ab/#?", max_size=20))
def test_paths_are_split_without_loss(tail: str) -> None:
    path, rest = split("/" + tail)
    assert path.startswith("/")
    assert "//" not in path
    assert not rest or rest[0] in "?#"
    assert ("/" + tail).endswith(rest)


@pytest.mark.parametrize("scheme", ["javascript:alert(1)", "data:text/html,x", "//evil.example/"])
def test_what_is_no_page_is_not_counted(town: Town, scheme: str) -> None:
    source = town.page("Quelle", blocks=[text(link(scheme))])
    assert {row for row in stored(town, source) if not row[2].startswith("//")} == set()


def migrate_again(database: TestDatabase, step: Any) -> None:
    with (
        database.owner.writer.begin() as connection,
        Operations.context(MigrationContext.configure(connection)),
    ):
        step.upgrade()


def test_after_an_upgrade_the_report_knows_the_links_of_old_pages(
    town: Town, database: TestDatabase
) -> None:
    town.page("Alt", blocks=[text(link("/fehlt"))])
    # As it stands where pages were written before references were kept.
    with town.session() as session:
        session.execute(delete(Reference))
    with town.session(write=False) as session:
        assert not links.broken_internal(session)
    step = import_module("stadtkern.migrations.versions.0017_references")
    migrate_again(database, step)
    migrate_again(database, step)
    # The first that runs jobs after the upgrade finds it overdue, and only once.
    assert "content.references" in schedules.fire_all_due(town.registry)
    assert "content.references" not in schedules.fire_all_due(town.registry)
    town.run_jobs()
    with town.session(write=False) as session:
        (row,) = links.broken_internal(session)
        assert (row.source_title, row.target) == ("Alt", "/fehlt")
    # What has been fired since is not fired again.
    migrate_again(database, step)
    assert "content.references" not in schedules.fire_all_due(town.registry)


@pytest.mark.parametrize(
    ("target", "path"),
    [
        ("/a/b?c=1#d", "/a/b?c=1#d"),
        ("https://stadt.example/a", "/a"),
        ("HTTP://Stadt.Example:8080/a", "/a"),
        ("//stadt.example/a", "/a"),
        ("../media/3/x/plan.pdf", "/media/3/x/plan.pdf"),
        ("plan", "/amt/plan"),
        ("/a/../media/3/x", "/media/3/x"),
        ("/%6dedia/3/x", "/media/3/x"),
        ("\\media\\3/x", "/media/3/x"),
        ("https://example.org/a", None),
        ("//example.org/a", None),
        ("mailto:a@stadt.example", None),
        ("#oben", None),
    ],
)
def test_addresses_are_read_as_browsers_read_them(target: str, path: str | None) -> None:
    assert on_site(target, "/amt/seite", {"stadt.example"}) == path


def test_whole_addresses_of_this_site_count_as_its_own(town: Town) -> None:
    goal = town.page("Ziel")
    own = f"https://{town.tenant.host}/ziel#oben"
    source = town.page("Quelle", blocks=[text(link(own) + link("ziel") + link("nirgends"))])
    assert stored(town, source) == {
        ("00000001", "link", own, goal.id),
        ("00000001", "link", "ziel", goal.id),
    }
