"""Making, moving and taking away pages."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import func, insert, select

from stadtkern.content import Conflict, ContentRefused
from stadtkern.content.models import Node, Redirect
from stadtkern.content.slugs import MAXIMUM, RESERVED, VALID, slugify
from stadtkern.testing.databases import on_sqlite


def text(html: str) -> dict:
    return {"id": "t1", "type": "text", "data": {"html": html}}


def redirects(town) -> dict[str, int]:
    with town.session(write=False) as session:
        return dict(session.execute(select(Redirect.path, Redirect.node_id)).all())


def rename(town, node, slug: str) -> None:
    with town.content() as content:
        content.rename(node.id, slug)


def test_a_page_goes_from_draft_to_published_and_back(town) -> None:
    node = town.page("Bürgerbüro", published=False, blocks=[text("<p>Guten Tag</p>")])
    assert node.path == "/buergerbuero"
    town.get(node.path, status=404)
    with town.content() as content:
        content.publish(node.id)
    page = town.get(node.path)
    assert "<p>Guten Tag</p>" in page.text
    assert "<h1>Bürgerbüro</h1>" in page.text
    with town.content() as content:
        content.unpublish(node.id)
    town.get(node.path, status=404)


def test_a_draft_does_not_show_that_it_exists(town) -> None:
    town.page("Geheim", slug="geheim", published=False)
    hidden, missing = town.get("/geheim", status=404), town.get("/geheix", status=404)
    assert hidden.text.replace("geheim", "geheix") == missing.text


def test_what_stands_below_a_draft_is_hidden_with_it(town) -> None:
    above = town.page("Oben", published=False)
    below = town.page("Unten", parent=above)
    news = town.add("news", "Nachricht darunter", parent=above)
    for path in (below.path, news.path):
        town.get(path, status=404)
    assert "Nachricht darunter" not in town.get("/").text
    town.login("editor")
    assert "Unten" in town.get(below.path).text
    town.anonymous()
    with town.content() as content:
        content.publish(above.id)
    assert "Unten" in town.get(below.path).text
    assert "Nachricht darunter" in town.get("/").text


def test_lists_show_only_published_children_in_their_order(town) -> None:
    folder = town.add("folder", "Ordner")
    names = ["Eins", "Zwei", "Drei"]
    nodes = [town.page(name, parent=folder) for name in names]
    town.page("Entwurf", parent=folder, published=False)
    with town.content() as content:
        content.reorder(nodes[2].id, -1)
        content.reorder(nodes[0].id, -1)
    html = town.get(folder.path).text
    assert "Entwurf" not in html
    listed = html[html.index("children-list") :]
    assert listed.index("Eins") < listed.index("Drei") < listed.index("Zwei")


def test_reordering_does_not_make_open_forms_stale(town) -> None:
    first, second = town.page("Eins"), town.page("Zwei")
    version = town.node(first.path).version
    with town.content() as content:
        content.reorder(second.id, -1)
    assert town.node(first.path).version == version
    assert town.node(second.path).position < town.node(first.path).position


def test_a_deleted_page_is_gone_with_all_below_and_its_address_is_free(town) -> None:
    top = town.page("Oben")
    town.page("Unten", parent=top)
    town.page("Obendrein")
    with town.content() as content:
        assert content.delete(top.id) == 2
    town.get("/oben", status=404)
    town.get("/oben/unten", status=404)
    town.get("/obendrein")
    assert town.page("Oben").path == "/oben"
    with town.session(write=False) as session:
        assert session.scalar(select(func.count()).where(Node.path == "/oben")) == 2


def test_front_pages_stay(town) -> None:
    home = town.node("/")
    for action in ("unpublish", "delete"):
        with pytest.raises(ContentRefused), town.content() as content:
            getattr(content, action)(home.id)
    with pytest.raises(ContentRefused), town.content() as content:
        content.rename(home.id, "start")
    with pytest.raises(ContentRefused), town.content() as content:
        content.move(home.id, town.node("/en").id)


# Renaming and moving


def test_a_renamed_page_and_all_below_it_are_found_at_the_old_address(town) -> None:
    top = town.page("Alt")
    town.page("Kind", parent=top)
    rename(town, top, "neu")
    assert town.get("/alt", status=301).location == "http://musterstadt.example/neu"
    assert town.get("/alt/kind?page=2", status=301).location.endswith("/neu/kind?page=2")
    assert "Kind" in town.get("/neu/kind").text
    town.get("/alter", status=404)


def test_chains_lead_straight_to_the_end(town) -> None:
    node = town.page("A", slug="a")
    for slug in ("b", "c", "d"):
        rename(town, node, slug)
    for old in ("/a", "/b", "/c"):
        assert town.get(old, status=301).location.endswith("/d")


def test_there_and_back_again_makes_no_loop(town) -> None:
    node = town.page("A", slug="a")
    rename(town, node, "b")
    rename(town, node, "a")
    town.get("/a", status=200)
    assert town.get("/b", status=301).location.endswith("/a")
    rename(town, node, "b")
    town.get("/b", status=200)
    assert town.get("/a", status=301).location.endswith("/b")


def test_a_new_page_at_an_old_address_wins_over_the_redirect(town) -> None:
    node = town.page("A", slug="a")
    town.page("Kind", parent=node, slug="kind")
    rename(town, node, "b")
    town.page("Neu", slug="a")
    assert "<h1>Neu</h1>" in town.get("/a").text
    assert town.get("/a/kind", status=301).location.endswith("/b/kind")
    # The newer page moves on: its old address is its own from then on.
    other = town.node("/a")
    rename(town, other, "z")
    assert redirects(town)["/a"] == other.id
    assert town.get("/a", status=301).location.endswith("/z")


def test_the_longest_old_address_counts(town) -> None:
    top = town.page("Top", slug="top")
    child = town.page("Kind", parent=top, slug="kind")
    rename(town, child, "sohn")
    rename(town, top, "oben")
    assert town.get("/top/kind", status=301).location.endswith("/oben/sohn")
    assert town.get("/top/sohn", status=301).location.endswith("/oben/sohn")
    # Never an address: the child was renamed before its parent was.
    town.get("/oben/kind", status=404)


def test_redirects_never_loop(town) -> None:
    a, b = town.page("A", slug="a"), town.page("B", slug="b")
    rename(town, a, "x")
    rename(town, b, "a")
    rename(town, a, "b")
    rename(town, b, "x")
    rename(town, a, "a")
    for path in ("/a", "/b", "/x", "/a/kind", "/b/kind"):
        steps = 0
        answer = town.get(path, status="*")
        while answer.status_int == 301:
            steps += 1
            assert steps < 4
            answer = town.get(
                answer.location.removeprefix("http://musterstadt.example"), status="*"
            )


def test_an_unpublished_pages_new_address_is_not_revealed(town) -> None:
    node = town.page("Alt", slug="alt")
    rename(town, node, "geheimer-name")
    with town.content() as content:
        content.unpublish(node.id)
    answer = town.get("/alt", status=404)
    assert "geheimer-name" not in answer.text


def test_a_hidden_ancestor_does_not_reveal_the_new_address_either(town) -> None:
    secret = town.page("Geheimes Projekt", slug="geheimes-projekt", published=False)
    node = town.page("Kind", slug="kind")
    with town.content() as content:
        content.move(node.id, secret.id)
    answer = town.get("/kind", status="*")
    assert answer.status_int == 404
    assert "geheimes-projekt" not in answer.headers.get("Location", "")


def test_moving_keeps_language_and_tree_sound(town) -> None:
    top = town.page("Top")
    child = town.page("Kind", parent=top)
    english = town.page("English", parent="/en")
    for target in (top, child, english):
        with pytest.raises(ContentRefused), town.content() as content:
            content.move(top.id, target.id)
    other = town.page("Anderswo")
    with town.content() as content:
        content.move(child.id, other.id)
    assert town.get("/top/kind", status=301).location.endswith("/anderswo/kind")
    news = town.add("news", "Meldung")
    with pytest.raises(ContentRefused), town.content() as content:
        content.move(other.id, news.id)


def test_a_moved_page_gets_a_free_address(town) -> None:
    a, b = town.page("A", slug="a"), town.page("B", slug="b")
    town.page("Kind", parent=a, slug="kind")
    other = town.page("Kind", parent=b, slug="kind")
    with town.content() as content:
        assert content.move(other.id, a.id).path == "/a/kind-2"


def test_renaming_with_ten_thousand_descendants_is_few_statements(town) -> None:
    top = town.page("Oben", slug="oben")
    middle = town.page("Mitte", parent=top, slug="mitte")
    rows = [
        {
            "tenant_id": town.tenant_id,
            "parent_id": middle.id,
            "path": f"/oben/mitte/n{number}",
            "slug": f"n{number}",
            "type": "page",
            "state": "published",
            "language": "de",
            "title": f"Seite {number}",
            "body": {"fields": {}, "blocks": []},
        }
        for number in range(9_999)
    ]
    with town.session() as session:
        session.execute(insert(Node), rows)
    with town.content() as content, town.statements() as statements:
        content.rename(top.id, "ganz-neu-und-laenger")
        content.session.flush()
        assert 0 < len(statements) <= 10
    with town.session(write=False) as session:
        moved = session.scalar(
            select(func.count()).where(Node.path.like("/ganz-neu-und-laenger/mitte/n%"))
        )
    assert moved == 9_999
    assert "Seite 42" in town.get("/ganz-neu-und-laenger/mitte/n42").text
    assert town.get("/oben/mitte/n42", status=301).location.endswith(
        "/ganz-neu-und-laenger/mitte/n42"
    )


def test_neighbours_with_a_like_name_stay_where_they_are(town) -> None:
    node = town.page("Wiese", slug="wiese")
    for slug in ("wiese-2", "wiesen", "wiese0"):
        town.page(slug, slug=slug)
    town.page("Darunter", parent="/wiese-2", slug="kind")
    rename(town, node, "feld")
    for path in ("/wiese-2", "/wiesen", "/wiese0", "/wiese-2/kind"):
        town.get(path, status=200)


# Two editors, limits


def test_saving_over_somebody_elses_version_is_a_conflict(town) -> None:
    node = town.page("Seite", blocks=[text("<p>Alt</p>")])
    version = town.node(node.path).version
    with town.content() as content:
        content.save(node.id, version=version, title="Erste", blocks=[text("<p>Erste</p>")])
    with pytest.raises(Conflict), town.content() as content:
        content.save(node.id, version=version, title="Zweite", blocks=[text("<p>Zweite</p>")])
    stored = town.node(node.path)
    assert (stored.title, stored.body["blocks"][0]["data"]["html"]) == ("Erste", "<p>Erste</p>")
    for action in ("rename", "move", "delete"):
        arguments = {"rename": ("neu",), "move": (town.node("/").id,), "delete": ()}[action]
        with pytest.raises(Conflict), town.content() as content:
            getattr(content, action)(node.id, *arguments, version=version)


@on_sqlite
@pytest.mark.parametrize("title", ["x" * 10_000, "x" * 201, "", "   ", "\n"])
def test_titles_are_neither_empty_nor_endless(town, title) -> None:
    with pytest.raises(ContentRefused) as refused, town.content() as content:
        content.create(content.get(town.node().id), "page", title=title)
    assert refused.value.field == "title"
    node = town.page("Seite")
    with pytest.raises(ContentRefused), town.content() as content:
        content.save(node.id, version=town.node(node.path).version, title=title)
    assert town.node(node.path).title == "Seite"


def test_addresses_do_not_grow_beyond_what_is_stored(town) -> None:
    parent = town.node("/")
    with pytest.raises(ContentRefused) as refused:
        for _level in range(20):
            parent = town.page("S" * 80, parent=parent)
    assert refused.value.field == "slug"
    assert len(parent.path) <= 900
    town.get(parent.path)
    deep = town.page("D" * 80)
    with pytest.raises(ContentRefused) as refused, town.content() as content:
        content.move(town.node("/" + "s" * 80).id, deep.id)
    assert refused.value.field == "slug"
    town.get(parent.path)


@on_sqlite
def test_reserved_addresses_and_languages_are_not_taken(town) -> None:
    for name in ("admin", "login", "en", "media", "impressum"):
        with pytest.raises(ContentRefused), town.content() as content:
            content.create(content.get(town.node().id), "page", title="X", slug=name)
    assert town.page("Admin").path == "/admin-2"
    assert town.page("Admin", parent="/en").path == "/en/admin"


@on_sqlite
@pytest.mark.parametrize(
    "slug", ["", "Groß", "a b", "a/b", "..", "-a", "a-", "a--b", "ä", "a" * 81]
)
def test_addresses_are_plain(town, slug) -> None:
    with pytest.raises(ContentRefused) as refused, town.content() as content:
        content.create(content.get(town.node().id), "page", title="X", slug=slug)
    assert refused.value.field == "slug"


@given(st.text(max_size=300))
def test_every_title_makes_an_address(title) -> None:
    slug = slugify(title)
    assert VALID.fullmatch(slug)
    assert len(slug) <= MAXIMUM
    assert slugify(slug) == slug


def test_german_titles_are_spelled_out() -> None:
    assert slugify("Straßenverkehrsbehörde & Ämter über 3 Größen") == (
        "strassenverkehrsbehoerde-aemter-ueber-3-groessen"
    )
    assert slugify("ÄÖÜ") == "aeoeue"
    assert slugify("日本") == "seite"
    assert all(VALID.fullmatch(name) or "." in name for name in RESERVED)


def test_language_roots_stand_side_by_side(town) -> None:
    german, english = town.page("Hallo"), town.page("Hello", parent="/en")
    assert (german.path, german.language) == ("/hallo", "de")
    assert (english.path, english.language) == ("/en/hello", "en")
    assert '<html lang="en">' in town.get("/en/hello").text
    assert '<html lang="de">' in town.get("/hallo").text
    assert '<html lang="en">' in town.get("/impressum?lang=en").text
    german_page = town.get("/hallo", headers={"Accept-Language": "en"})
    assert '<html lang="de">' in german_page.text


def test_translations_lead_to_each_other(town) -> None:
    german = town.page("Hallo")
    town.page("Hello", parent="/en", translation_group=german.translation_group)
    assert 'href="/en/hello"' in town.get("/hallo").text
    assert 'href="/hallo"' in town.get("/en/hello").text
    town.page("Nur hier")
    # Where there is none, the switch leads to the front page, which says so.
    assert 'href="/en?untranslated=' in town.get("/nur-hier").text


def test_refused_writes_leave_nothing_half(town) -> None:
    node = town.page("Seite")
    with pytest.raises(ContentRefused), town.content() as content:
        content.save(node.id, version=town.node(node.path).version, title="Neu")
        content.session.flush()
        content.rename(node.id, "Kein Slug")
    assert town.node(node.path).title == "Seite"
    assert redirects(town) == {}
