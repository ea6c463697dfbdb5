"""Page cache, statements and what anonymous pages send."""

import gzip

import pytest
from sqlalchemy import insert

from stadtkern.content.models import Node
from stadtkern.testing.databases import on_sqlite


@pytest.fixture
def warm(make_town):
    """Return a town whose tenant is remembered, as in production."""
    town = make_town({"stadtkern.tenant_cache_seconds": "60"})
    town.get("/")
    return town


def children(town, parent, number: int) -> None:
    with town.session() as session:
        session.execute(
            insert(Node),
            [
                {
                    "tenant_id": town.tenant_id,
                    "parent_id": parent.id,
                    "path": f"{parent.path}/n{n}",
                    "slug": f"n{n}",
                    "type": "page",
                    "state": "published",
                    "language": "de",
                    "title": f"Seite {n}",
                    "position": n,
                    "body": {"fields": {}, "blocks": []},
                }
                for n in range(number)
            ],
        )


@pytest.mark.parametrize("kind", ["page", "folder"])
def test_statements_are_few_and_do_not_grow_with_the_children(warm, kind) -> None:
    counts = {}
    for number in (5, 500):
        parent = warm.add(kind, f"Mit {number}")
        children(warm, parent, number)
        warm.registry["tenants"].forget()
        # The menu is remembered and the tenant is known; the page itself is not.
        warm.get("/")
        warm.get("/impressum")
        with warm.statements() as statements:
            page = warm.get(parent.path)
        assert "Seite 0" in page.text
        counts[number] = len(statements)
    assert counts[5] == counts[500] <= 4


def test_a_cached_page_costs_no_statement(warm) -> None:
    node = warm.page("Seite")
    warm.registry["tenants"].forget()
    first = warm.get(node.path)
    with warm.statements() as statements:
        second = warm.get(node.path)
        assert (
            warm.get(node.path, headers={"If-None-Match": second.headers["ETag"]}).status_int == 304
        )
    assert statements == []
    assert second.text == first.text


def test_an_etag_saves_the_body(town) -> None:
    etag = town.get("/").headers["ETag"]
    assert etag.startswith('"')
    answer = town.get("/", headers={"If-None-Match": f'"other", {etag}'})
    assert (answer.status_int, answer.body) == (304, b"")
    assert answer.headers["ETag"] == etag
    assert "Content-Security-Policy" in answer.headers
    assert town.get("/", headers={"If-None-Match": '"other"'}).status_int == 200


def test_gzip_is_another_representation_with_a_tag_of_its_own(town) -> None:
    plain = town.raw("/")
    packed = town.raw("/", HTTP_ACCEPT_ENCODING="gzip, br")
    assert packed.headers["Content-Encoding"] == "gzip"
    assert gzip.decompress(packed.body) == plain.body
    assert packed.headers["ETag"] != plain.headers["ETag"]
    assert "Content-Encoding" not in plain.headers
    for answer in (plain, packed):
        assert "Accept-Encoding" in answer.headers["Vary"]
        assert int(answer.headers["Content-Length"]) == len(answer.body)


def test_head_is_get_without_a_body(town) -> None:
    for _time in range(2):
        head, get = town.head("/"), town.get("/")
        assert head.body == b""
        assert head.headers["ETag"] == get.headers["ETag"]
        assert head.headers["Content-Length"] == get.headers["Content-Length"]


def test_what_is_published_is_seen_at_once(warm) -> None:
    node = warm.page("Alt", slug="seite")
    assert "Alt" in warm.get("/seite").text
    etag = warm.get("/seite").headers["ETag"]
    with warm.content() as content:
        version = content.get(node.id).version
        content.save(node.id, version=version, title="Neu")
    answer = warm.get("/seite", headers={"If-None-Match": etag})
    assert "<h1>Neu</h1>" in answer.text
    with warm.content() as content:
        content.unpublish(node.id)
    warm.get("/seite", status=404)


def test_saving_a_draft_flushes_nothing(warm) -> None:
    draft = warm.page("Entwurf", published=False)
    warm.get("/")
    generation = warm.tenant.generation("content")
    with warm.content() as content:
        content.save(draft.id, version=content.get(draft.id).version, title="Entwurf 2")
    assert warm.tenant.generation("content") == generation


def test_changed_settings_are_seen_at_once(warm) -> None:
    assert "Amt für Proben" not in warm.get("/impressum").text
    warm.configure("site", organisation="Amt für Proben")
    assert "Amt für Proben" in warm.get("/impressum").text


def test_another_towns_changes_do_not_flush_ours(warm) -> None:
    other = warm.second_tenant()
    warm.get("/")
    other.page("Neu")
    with warm.statements() as statements:
        warm.get("/")
    assert [one for one in statements if "node" in one] == []


@on_sqlite
def test_undeclared_parameters_make_no_other_page(warm) -> None:
    warm.page("Seite", slug="seite")
    warm.get("/seite")
    pages = warm.registry["page_cache"]
    size = len(pages._entries)
    with warm.statements() as statements:
        for n in range(20):
            warm.get(f"/seite?utm_source={n}&x={n}")
    assert statements == []
    assert len(pages._entries) == size
    warm.get("/seite?lang=en")
    assert len(pages._entries) == size + 1


@on_sqlite
def test_undeclared_parameters_are_not_written_into_the_kept_page(warm) -> None:
    warm.page("Seite", slug="seite")
    first = warm.get("/seite?x=geheim")
    assert "geheim" not in first.text
    assert warm.get("/seite").text == first.text


def test_pages_of_one_list_are_pages_of_their_own(town) -> None:
    folder = town.add("folder", "Ordner")
    children(town, folder, 25)
    with town.session() as session:
        from stadtkern.tenants import bump_generation

        bump_generation(session, town.registry["tenants"], town.tenant_id, "content")
    first, second = town.get(folder.path), town.get(f"{folder.path}?page=2")
    assert "Seite 3<" in first.text
    assert "Seite 3<" not in second.text
    assert "Seite 24" in second.text
    town.get(f"{folder.path}?page=3", status=404)
    assert town.get(f"{folder.path}?page=nonsense").text == first.text


@on_sqlite
@pytest.mark.parametrize("page", ["%202", "%2B2", "2_0", "%EF%BC%92", "99999", "2%00"])
def test_no_way_to_write_a_number_keeps_one_page_under_the_name_of_another(town, page) -> None:
    folder = town.add("folder", "Ordner")
    for number in range(25):
        town.add("page", f"Seite {number}", parent=folder.path)
    town.get(f"{folder.path}?page={page}", status="*")
    assert "Seite 0" in town.get(folder.path).text


def test_staff_do_not_fill_the_cache_with_what_only_they_see(warm) -> None:
    draft = warm.page("Entwurf", published=False)
    page = warm.page("Seite")
    warm.login("editor")
    assert "Edit this page" in warm.get(page.path).text or "bearbeiten" in warm.get(page.path).text
    warm.get(draft.path)
    warm.anonymous()
    warm.get(draft.path, status=404)
    html = warm.get(page.path).text
    assert "/admin/nodes/" not in html
    warm.login("editor")
    assert "/admin/nodes/" in warm.get(page.path).text


def test_answers_to_staff_are_never_kept_by_others(warm) -> None:
    page = warm.page("Seite")
    warm.login("editor")
    assert warm.get(page.path).headers["Cache-Control"] == "no-store"


def test_anonymous_pages_set_no_cookie(town) -> None:
    town.page("Seite", slug="seite")
    for path in (
        "/",
        "/seite",
        "/en",
        "/impressum",
        "/datenschutz",
        "/barrierefreiheit",
        "/theme.css",
        "/nirgends",
    ):
        for _time in range(2):
            answer = town.get(path, status="*")
            assert "Set-Cookie" not in answer.headers, path


def test_an_error_page_is_not_kept(town) -> None:
    town.get("/seite", status=404)
    town.page("Seite", slug="seite")
    town.get("/seite", status=200)
