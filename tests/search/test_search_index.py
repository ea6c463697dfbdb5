"""The index keeps up with what is published; answers are kept until it changes."""

import json
import time
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace

import pytest
from searching import body, plugged, suggested, titles
from sqlalchemy import delete, text, update

from stadtkern import search
from stadtkern.content.models import Node
from stadtkern.search import finding
from stadtkern.site import cache
from stadtkern.testing.databases import on_sqlite
from stadtkern.testing.town import Town


def test_a_published_change_is_found_and_what_it_replaced_is_not(town: Town) -> None:
    node = town.page("Alt", blocks=body("Dampflok"))
    with town.content() as content:
        stored = content.get(node.id)
        content.save(
            node.id,
            version=stored.version,
            title="Neu",
            blocks=[{"type": "text", "data": {"html": "<p>Straßenbahn</p>"}}],
        )
    assert titles(town, "Dampflok") == []
    assert titles(town, "Strassenbahn") == ["Neu"]


def test_the_command_builds_what_is_missing_and_drops_what_is_too_much(town, stadtkern) -> None:
    town.page("Zisterne")
    with town.session() as session:
        session.execute(delete(search.SearchEntry))
        session.execute(delete(search.SearchWord))
    assert titles(town, "Zisterne") == []
    result = stadtkern("search", "reindex", "--json")
    assert result.exit_code == 0, result.output
    (row,) = json.loads(result.stdout)
    assert row["nodes"] == 3  # two front pages
    assert titles(town, "Zisterne") == ["Zisterne"]
    assert titles(town, "Impressum") == ["Impressum"]
    again = json.loads(stadtkern("search", "reindex", "--json").stdout)[0]
    assert again["changed"] == 0
    (status,) = json.loads(stadtkern("search", "status", "--json").stdout)
    assert status["entries"] == row["entries"]
    assert status["indexed"]
    assert stadtkern("search", "reindex", "--tenant", "nirgends").exit_code != 0


def test_the_night_goes_through_everything(town: Town) -> None:
    town.page("Zisterne")
    with town.session() as session:
        session.execute(delete(search.SearchEntry))
    town.run_schedule("search.reindex")
    assert titles(town, "Zisterne") == ["Zisterne"]


def test_a_purged_page_leaves_nothing_in_the_index(town: Town) -> None:
    node = town.page("Zisterne")
    columns = {"search_entry": "id"}
    if town.database.is_postgresql:
        columns["search_tokens"] = "entry_id"
    else:
        columns |= {"search_fts": "rowid", "search_heads": "rowid"}

    def counts() -> set[int]:
        with town.session(write=False) as session:
            return {
                int(session.scalar(text(f"select count({key}) from {table}")) or 0)  # noqa: S608
                for table, key in columns.items()
            }

    (entries,) = counts()
    with town.content() as content:
        content.delete(node.id)
        content.purge(node.id)
    assert counts() == {entries - 1}


@on_sqlite
def test_what_surrounds_results_is_as_new_as_they_are(town: Town) -> None:
    town.page("Rathaus", in_nav=True)

    def menu(query: str, **more: str) -> list[str]:
        page = town.get("/suche", params={"q": query, **more})
        return [link.get_text() for link in page.html.select(".main-nav a")]

    assert menu("eins") == menu("zwei") == ["Rathaus"]
    assert menu("drei", lang="en") == []
    town.page("Freibad", in_nav=True)
    assert menu("vier") == ["Rathaus", "Freibad"]


@on_sqlite
def test_titles_come_before_headings_and_those_before_texts(town: Town) -> None:
    town.page("Wasserturm")
    heading = "<h2>Wasserturm</h2><p>Ein Bau.</p>"
    town.page("Rundgang", blocks=[{"type": "text", "data": {"html": heading}}])
    town.page("Ausflüge", blocks=body("Zum Wasserturm, um den Wasserturm, auf den Wasserturm"))
    assert titles(town, "Wasserturm") == ["Wasserturm", "Rundgang", "Ausflüge"]


def test_a_move_and_a_retreat_cost_the_same_however_much_stands_below(town: Town) -> None:
    small, large = town.page("Klein"), town.page("Gross")
    place = town.page("Ziel")
    town.page("Kind", parent=small.path)
    for number in range(30):
        town.page(f"Kind {number}", parent=large.path)

    def cost(node: Node) -> int:
        with town.statements() as seen, town.content() as content:
            content.move(node.id, place.id)
            content.unpublish(node.id)
            content.publish(node.id)
        return len(seen)

    assert cost(large) == cost(small)


def test_a_search_is_at_most_four_statements_however_many_are_found(town: Town) -> None:
    for number in range(15):
        town.page(f"Brunnen {number}", blocks=body("Wasser aus dem Berg"))
    town.get("/suche", params={"q": "Brunnen"})
    for query in ("Brunnen", "Brunnen Berg", "Brunen", "Brunnen Quastenflosser", "der die das"):
        with town.statements() as seen:
            town.get("/suche", params={"q": query})
        # Towns are read anew here each time; a serving process does so once a second.
        asked = [one for one in seen if "FROM tenant" not in one]
        assert len(asked) <= 4, (query, asked)
    with town.statements() as seen:
        town.get("/suche/vorschlaege", params={"q": "brun"})
    assert len([one for one in seen if "FROM tenant" not in one]) <= 2


@on_sqlite
def test_an_answer_is_kept_until_something_that_can_be_found_changes(make_town) -> None:
    town = make_town(plugins=plugged())
    town.enable("kiosk")
    node = town.page("Rathaus")
    for path in ("/suche?q=rathaus", "/suche/vorschlaege?q=rath"):
        first = town.get(path)
        with town.statements() as seen:
            again = town.get(path)
        assert [one for one in seen if "FROM tenant" not in one] == []
        assert again.text == first.text
        for name in ("Cache-Control", "X-Robots-Tag", "Content-Security-Policy"):
            assert again.headers.get(name) == first.headers.get(name)
    with town.content() as content:
        content.unpublish(node.id)
    assert titles(town, "rathaus") == suggested(town, "rath") == []
    entry = search.Entry("three", "Rathausbude", "/kiosk/3", "de")
    with town.session() as session:
        search.put(session, town.registry, town.tenant_id, "kiosk", [entry])
    assert titles(town, "rathaus") == suggested(town, "rath") == ["Rathausbude"]
    town.configure("search", synonyms="Gemeindehaus, Rathausbude")
    assert titles(town, "gemeindehaus") == ["Rathausbude"]


@on_sqlite
def test_kept_answers_are_those_of_the_same_question(town: Town) -> None:
    """Narrowed down, of another page or language, or of a text with the same long beginning."""
    town.page("Apfel")
    town.add("page", "Apple Apfel", parent="/en")
    long = "apfel " + "x" * 120
    assert titles(town, "apfel") == ["Apfel"]
    assert titles(town, "apfel", lang="en") == ["Apple Apfel"]
    assert set(titles(town, "apfel", **{"in": "all"})) == {"Apfel", "Apple Apfel"}
    assert titles(town, "apfel", kind="news") == titles(town, "apfel", page="2") == []
    for one in (long + "1", long + "2"):
        assert one in town.get("/suche", params={"q": one}).html.select_one("#search")["value"]
    town.login("editor")
    assert titles(town, "apfel") == ["Apfel"]


@on_sqlite
def test_made_up_questions_push_no_page_out(town: Town) -> None:
    node = town.page("Rathaus")
    town.get(node.path)
    town.registry["page_cache_aside"]._maximum = 200_000
    for number in range(30):
        town.get("/suche", params={"q": f"erfunden {number}"})
    assert town.registry["page_cache_aside"]._size <= 200_000
    with town.statements() as seen:
        town.get(node.path)
    assert [one for one in seen if "FROM tenant" not in one] == []


@on_sqlite
def test_an_answer_is_kept_no_longer_than_what_it_shows(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    node = town.page("Weihnachtsmarkt")
    ends, later = datetime.now(UTC) + timedelta(seconds=100), 101
    with town.session() as session:
        session.execute(update(Node).where(Node.id == node.id).values(expire_at=ends))
    assert titles(town, "Weihnachtsmarkt") == suggested(town, "Weihna") == ["Weihnachtsmarkt"]
    # Sooner than the cache forgets by itself; what was kept is asked by its clock.
    assert later < cache.MAX_AGE
    clock = SimpleNamespace(monotonic=lambda: time.monotonic() + later)
    monkeypatch.setattr(cache, "time", clock)
    monkeypatch.setattr(finding, "utcnow", lambda: ends + timedelta(seconds=1))
    assert titles(town, "Weihnachtsmarkt") == suggested(town, "Weihna") == []
