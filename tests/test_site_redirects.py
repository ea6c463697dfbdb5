"""Redirects by hand, their table, the report of missing pages, and the page that says 404."""

import csv
import io

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from webtest import Upload

from stadtkern.content import ContentRefused, redirect_table, redirects
from stadtkern.content.models import Redirect
from stadtkern.db import counting
from stadtkern.site import misses
from stadtkern.site.models import MissedPath
from stadtkern.testing.databases import on_sqlite
from stadtkern.web import sheets


def lead(town, path: str, target: str, **kw) -> None:
    with town.session() as session:
        wanted = redirects.check(session, town.tenant, path=path, target=target, outside=True, **kw)
        redirects.store(session, town.tenant, wanted)


def where(town, path: str) -> tuple[int, str]:
    answer = town.get(path, status="*")
    location = answer.headers.get("Location", "")
    return answer.status_int, location.removeprefix(f"http://{town.host}")


def test_an_address_leads_to_a_page_and_follows_it(town) -> None:
    node = town.page("Rathaus")
    lead(town, "/gemeinde", "/rathaus")
    assert where(town, "/gemeinde?a=b") == (301, "/rathaus?a=b")
    assert where(town, "/gemeinde/") == (301, "/rathaus")
    assert where(town, "/gemeinde/weiter")[0] == 404
    with town.content() as content:
        content.rename(node.id, "buergerhaus")
    assert where(town, "/gemeinde") == (301, "/buergerhaus")
    with town.content() as content:
        content.unpublish(node.id)
    assert where(town, "/gemeinde")[0] == 404


def test_kinds_of_redirects(town) -> None:
    lead(town, "/alt", "/impressum", permanent=False)
    lead(town, "/archiv", "https://archiv.example/stadt", below=True)
    assert where(town, "/alt") == (302, "/impressum")
    assert where(town, "/archiv/2001/mai") == (301, "https://archiv.example/stadt/2001/mai")


def test_a_page_goes_before_a_redirect(town) -> None:
    node = town.page("Rathaus")
    lead(town, "/rathaus", "/impressum")
    assert where(town, "/rathaus")[0] == 200
    with town.content() as content:
        content.unpublish(node.id)
    assert where(town, "/rathaus") == (301, "/impressum")


ODD = (
    "//evil.example/",
    "/\\evil.example",
    "http://evil.example/",
    "javascript:alert(1)",
    "https://user@evil.example/",
    "https://evil.example\\@gut.example/",
    "https://[::1]/",
    "https:evil.example",
    "https:///x.example",
    "data:text/html,x",
    "/../admin",
    " ",
    "/a b",
    "/a\nSet-Cookie: x",
)


def test_nothing_leads_where_no_editor_sees_it(town) -> None:
    for target in ODD:
        with pytest.raises(ContentRefused):
            lead(town, "/alt", target)


def test_other_sites_need_a_permission(town) -> None:
    with town.session() as session, pytest.raises(ContentRefused, match="permission"):
        redirects.check(session, town.tenant, path="/alt", target="https://gut.example/")


def test_addresses_that_cannot_lead_away(town) -> None:
    for path in ("/", "/admin", "/login/x", "ohne", "//x", "/a?b", "/a/../b", "/a b"):
        with pytest.raises(ContentRefused):
            lead(town, path, "/impressum")


def test_what_editors_copy_from_the_browser_is_understood(town) -> None:
    lead(town, f"https://{town.host}/B%C3%BCrger/Amt/", f"http://{town.host}/impressum")
    assert where(town, "/B%C3%BCrger/Amt") == (301, "/impressum")


def test_no_round_in_circles(town) -> None:
    lead(town, "/a", "/b")
    lead(town, "/b", "/c")
    with pytest.raises(ContentRefused, match="circles"):
        lead(town, "/c", "/a")
    with pytest.raises(ContentRefused):
        lead(town, "/d", "/d/e", below=True)
    lead(town, "/x", "/y/z", below=True)
    with pytest.raises(ContentRefused, match="circles"):
        lead(town, "/y", "/x", below=True)
    lead(town, "/c", "/impressum")
    assert where(town, "/a") == (301, "/b")


RULES = st.lists(
    st.tuples(st.sampled_from("abcd"), st.sampled_from("abcd"), st.booleans()), max_size=8
)


@on_sqlite
@settings(
    max_examples=25,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(RULES)
def test_no_set_of_accepted_redirects_runs_in_circles(town, wanted) -> None:
    with town.session() as session:
        nested = session.begin_nested()
        for source, target, below in wanted:
            try:
                checked = redirects.check(
                    session, town.tenant, path=f"/r/{source}", target=f"/r/{target}", below=below
                )
            except ContentRefused:
                continue
            redirects.store(session, town.tenant, checked)
        for start in "abcd":
            for path in (f"/r/{start}", f"/r/{start}/x"):
                at, steps = path, 0
                while (found := redirects.lead_for(session, at)) is not None:
                    at, steps = found.target, steps + 1
                    assert steps < 10, (path, wanted)
        nested.rollback()


# The back office


def fill(town, **values):
    form = next(
        form for form in town.get("/admin/redirects/edit").forms.values() if "target" in form.fields
    )
    for name, value in values.items():
        form[name] = value
    return form.submit(status="*")


def test_an_editor_adds_and_deletes_a_redirect(town) -> None:
    town.login("editor")
    page = fill(town, path="/alt", target="/impressum").follow()
    assert "<code>/alt</code>" in page.text
    assert where(town, "/alt") == (301, "/impressum")
    assert "<code>/alt</code>" in town.get("/admin/redirects?q=impress&kind=manual").text
    assert "<code>/alt</code>" not in town.get("/admin/redirects?q=%25").text
    town.post("/admin/redirects", {"path": "/alt"})
    assert where(town, "/alt")[0] == 404


def test_an_editor_is_warned_of_the_page_that_stands_there(town) -> None:
    town.page("Rathaus")
    town.login("editor")
    page = fill(town, path="/rathaus", target="/impressum")
    assert page.status_int == 422
    assert "„Rathaus“" in page.text
    with town.session(write=False) as session:
        assert redirects.one(session, "/rathaus") is None
    form = next(form for form in page.forms.values() if "agreed" in form.fields)
    form.submit().follow()
    with town.session(write=False) as session:
        assert redirects.one(session, "/rathaus") is not None


def test_only_administrators_lead_to_other_sites(town) -> None:
    town.login("editor")
    assert fill(town, path="/alt", target="https://gut.example/").status_int == 422
    town.login("administrator")
    assert fill(town, path="/alt", target="https://gut.example/").status_int == 302
    assert where(town, "/alt") == (301, "https://gut.example/")
    town.login("author")
    town.get("/admin/redirects", status=403)


def test_a_redirect_is_changed(town) -> None:
    lead(town, "/alt", "/impressum")
    town.login("editor")
    form = next(
        form
        for form in town.get("/admin/redirects/edit?path=/alt").forms.values()
        if "target" in form.fields
    )
    assert form["target"].value == "/impressum"
    form["path"] = "/uralt"
    form.submit().follow()
    assert where(town, "/uralt") == (301, "/impressum")
    assert where(town, "/alt")[0] == 404


# The table

TABLE = """from;to;permanent;below
/eins;/impressum;yes;no
/zwei;/datenschutz;nein;ja
/drei;//evil.example;;
/vier;/fuenf;;
/fuenf;/vier;;
"""


def send(town, text: str):
    form = next(
        form
        for form in town.get("/admin/redirects/import").forms.values()
        if "upload" in form.fields
    )
    form["upload"] = Upload("t.csv", text.encode("cp1252"), "text/csv")
    return form.submit(status="*")


def test_a_table_is_looked_at_before_it_is_stored(town) -> None:
    town.login("editor")
    page = send(town, TABLE)
    assert "3 von 5" in page.text
    assert where(town, "/eins")[0] == 404
    form = next(form for form in page.forms.values() if "step" in form.fields)
    form.submit().follow()
    assert where(town, "/eins") == (301, "/impressum")
    assert where(town, "/zwei/unten") == (302, "/datenschutz/unten")
    assert where(town, "/vier") == (301, "/fuenf")
    assert where(town, "/fuenf")[0] == 404
    answer = town.get("/admin/redirects.csv")
    rows = list(csv.DictReader(io.StringIO(answer.body.decode("utf-8-sig")), delimiter=";"))
    assert {row["from"]: row["to"] for row in rows}["/zwei"] == "/datenschutz"
    assert "3 von 3" in send(town, answer.body.decode("utf-8-sig")).text


@pytest.mark.parametrize("text", ["", "a;b\n1;2\n", "from;to\n" + "/x;/impressum\n" * 1_001])
def test_what_is_no_table_is_refused(town, text) -> None:
    town.login("editor")
    assert send(town, text).status_int == 422


@given(st.text(max_size=30))
def test_no_cell_is_a_formula(text) -> None:
    cell = sheets.safe_cell(text)
    assert not cell.startswith(sheets.FORMULA)
    if text == text.strip() and not text.startswith("'"):
        assert redirect_table.plain_cell(cell) == text


# What is missing


def missed(town) -> dict[str, int]:
    town.registry["counts"].flush()
    with town.session(write=False) as session:
        return {
            row.path: row.hits
            for row, _total in misses.listing(session, ignored=False, limit=99, offset=0)
        }


def test_reading_writes_nothing_and_the_report_counts_paths_alone(town) -> None:
    for query in ("?mail=a@b.example", "?x=1"):
        with town.statements() as statements:
            town.get(f"/fundbuero{query}", status=404)
        assert not [one for one in statements if one.startswith(("INSERT", "UPDATE"))]
    for noise in ("/wp-login.php", "/.env", "/a@b.example", "/" + "x" * 300):
        town.get(noise, status=404)
    assert missed(town) == {"/fundbuero": 2}
    town.get("/fundbuero", status=404)
    assert missed(town) == {"/fundbuero": 3}


def test_the_town_names_what_it_does_not_want_to_read(town) -> None:
    town.configure("site", ignored_misses="/alt/*\n*.aspx")
    for path in ("/alt/x", "/seite.aspx", "/neu"):
        town.get(path, status=404)
    assert missed(town) == {"/neu": 1}


def test_the_report_is_bounded(town, monkeypatch) -> None:
    monkeypatch.setattr(misses, "KEPT", 3)
    monkeypatch.setattr(counting, "PENDING", 4)
    for number in range(8):
        for _time in range(number + 1):
            town.get(f"/fehlt-{number}", status=404)
    assert missed(town) == {"/fehlt-3": 4, "/fehlt-2": 3, "/fehlt-1": 2}


def test_a_flood_of_one_town_takes_nothing_from_anothers_report(town, monkeypatch) -> None:
    monkeypatch.setattr(counting, "PENDING", 4)
    other = town.second_tenant()
    for number in range(9):
        town.get(f"/fehlt-{number}", status=404)
    other.get("/fundbuero", status=404)
    assert set(missed(town)) == {f"/fehlt-{number}" for number in range(4)}
    assert missed(other) == {"/fundbuero": 1}
    # All towns together have a limit, too, so that memory is bounded; it begins anew each time.
    monkeypatch.setattr(counting, "ALL_PENDING", 1)
    for _time in range(2):
        for path in ("/eins", "/zwei"):
            other.get(path, status=404)
    assert missed(other) == {"/fundbuero": 1, "/eins": 2}


def test_one_click_makes_a_redirect(town) -> None:
    town.get("/fundbuero", status=404)
    missed(town)
    town.login("editor")
    page = town.get("/admin/misses")
    form = next(
        form
        for form in page.click(href="/admin/redirects/edit").forms.values()
        if "target" in form.fields
    )
    assert form["path"].value == "/fundbuero"
    form["target"] = "/impressum"
    form.submit().follow()
    assert where(town, "/fundbuero") == (301, "/impressum")
    assert missed(town) == {}
    with town.session(write=False) as session:
        assert session.get(Redirect, (town.tenant_id, "/fundbuero")).hits == 1


def test_a_path_can_be_ignored_and_reported_again(town) -> None:
    town.get("/fundbuero", status=404)
    missed(town)
    town.login("editor")
    town.post("/admin/misses", {"path": "/fundbuero"})
    assert missed(town) == {}
    assert "/fundbuero" in town.get("/admin/misses?ignored=1").text
    town.post("/admin/misses", {"path": "/fundbuero", "ignored": "0"})
    assert missed(town) == {"/fundbuero": 1}
    with town.session(write=False) as session:
        assert session.get(MissedPath, (town.tenant_id, "/fundbuero")) is not None


def test_the_page_that_says_404_shows_ways_on(town) -> None:
    above = town.page("Bürgerservice", slug="buergerservice")
    town.page("Kultur und Freizeit", slug="kultur-und-freizeit", in_nav=True)
    page = town.get("/buergerservice/ausweis", status=404)
    ways = {link["href"]: link.get_text() for link in page.html.select("main a")}
    assert ways[above.path] == "Bürgerservice"
    assert "/" in ways
    page = town.get("/kultur-freizeit", status=404)
    assert "/kultur-und-freizeit" in {link["href"] for link in page.html.select("main a")}
    hidden = town.page("Geheim", published=False)
    assert (
        hidden.path + '"' not in town.get("/geheim/x", status=404).html.select_one("main").decode()
    )
