"""Hostile texts and files: text stays text, and nothing is told that is not asked."""

import io
import json
from collections.abc import Iterator
from html import escape
from pathlib import Path
from typing import Any

import lxml.html
import planting.guide
import pytest
import security_side
import security_world
import webtest
from security_attack import probes_of, views
from security_side import Ask
from security_world import World

from stadtkern.content.sanitize import clean_html
from stadtkern.testing.databases import on_sqlite
from stadtkern.testing.town import PASSWORD

pytestmark = on_sqlite

PAYLOAD = """\"'><script>alert(9)</script><img alt=y src=x onerror=alert(9)></textarea>{{ 7*7 }}"""


class Hostile(security_side.Side):
    """A town whose every text is an attack."""

    def word(self, name: str) -> str:
        """Return a marker with the payload; where markup or names are parsed, without."""
        plain = (
            "imagename",
            "filename",
            "imagebytes",
            "filebytes",
            "armsbytes",
            "gpxfile",
            "profile-",
            "headname",
        )
        if name.startswith(plain) or name in {
            "reporter",
            "recipient",
            "townmail",
        }:
            return super().word(name)
        if name == "textblock":
            return clean_html(f"<p>{super().word(name)} {PAYLOAD}</p>")
        return super().word(name) + PAYLOAD


@pytest.fixture
def world(
    database: Any, make_town: Any, settings: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> Iterator[World]:
    """Return both towns with hostile texts."""
    monkeypatch.setattr(security_world, "Side", Hostile)
    monkeypatch.setattr(
        planting.guide, "GPX", planting.guide.GPX.replace("{p}tourtitle", "{p}" + escape(ESCAPED))
    )
    made = World(database, make_town(), Path(settings["stadtkern.files"]))
    yield made
    made.close()


ESCAPED = PAYLOAD.replace("{{ 7*7 }}", "")


# Structured data is no program: browsers do not run it.
DATA_ASIDE = "//script[not(@src) and not(@type='application/ld+json')]"


def dangers(html: str) -> list[str]:
    """Return what a browser would run or fetch of a page, that is not ours."""
    page = lxml.html.document_fromstring(html)
    found = [lxml.html.tostring(tag).decode() for tag in page.xpath(DATA_ASIDE)]
    for tag in page.iter():
        if not isinstance(tag.tag, str):
            continue
        for name, value in tag.attrib.items():
            address = name in {"href", "src", "action", "formaction", "data", "srcdoc"}
            if (
                name.startswith("on")
                or (name == "style")
                or (address and value.strip().lower().startswith(("javascript:", "vbscript:")))
                or (address and value == "x")
            ):
                found.append(f"{tag.tag} {name}={value}")
    return found


def test_hostile_texts_are_shown_as_text_on_every_page(world: World) -> None:
    side = world.victim
    seen = 0
    for view in views(world.registry):
        for probe in probes_of(view):
            if view.method != "GET":
                continue
            ask = probe.make(world, side, side)
            if ask.method:
                # The API answers with JSON, to tokens only.
                told = world.ask_api(ask, side, login=True)
                assert told.status == 200, (view.name, probe.name)
                first = told.text.splitlines()[0]
                # Or with a file's bytes, in which nothing runs.
                assert "json" in first or "; sandbox" in first, (view.name, probe.name)
                continue
            answer = side.browser(login=True).get(
                ask.path, status="*", headers={"Accept-Language": "de"}
            )
            if 300 <= answer.status_int < 400:
                continue
            assert answer.status_int == 200, (view.name, probe.name)
            if answer.content_type == "text/html":
                assert dangers(answer.text) == [], (view.name, probe.name)
                assert "{{ 7*7 }}" in answer.text or "alert(9)" not in answer.text
                seen += "&lt;script&gt;alert(9)" in answer.text
            elif answer.content_type.endswith("json"):
                json.loads(answer.text)
            assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert seen > 25


HTML = [
    "<script>alert(1)</script>",
    "<p onclick=alert(1)>x</p>",
    "<a href='javascript:alert(1)'>x</a>",
    "<a href=' java\tscript:alert(1)'>x</a>",
    "<a href='&#106;avascript:alert(1)'>x</a>",
    "<a href='data:text/html;base64,PHNjcmlwdD4='>x</a>",
    "<img src=x onerror=alert(1)>",
    "<svg onload=alert(1)>",
    "<svg><script>alert(1)</script></svg>",
    "<math><mtext><table><mglyph><style><img src=x onerror=alert(1)>",
    "<iframe srcdoc='<script>alert(1)</script>'></iframe>",
    "<style>@import 'https://boese.example'</style><p>x</p>",
    "<p style='background:url(https://boese.example)'>x</p>",
    "<form action=https://boese.example><input name=password></form>",
    "<base href=https://boese.example><p>x</p>",
    "<meta http-equiv=refresh content='0;url=https://boese.example'><p>x</p>",
    "<link rel=stylesheet href=https://boese.example><p>x</p>",
    "<p>x<!--><img src=x onerror=alert(1)>--></p>",
    "<noscript><p title='</noscript><img src=x onerror=alert(1)>'></noscript>",
    "<template><script>alert(1)</script></template><p>x</p>",
    "<p id=content class=login-card>x</p>",
    "< script >alert(1)</ script >",
    "plain <b text & more",
]


@pytest.mark.parametrize("html", HTML)
def test_what_editors_paste_is_stored_without_what_runs(town, html) -> None:
    town.login("editor")
    page = town.page("Seite", slug="seite")
    path = f"/admin/nodes/{page.id}/edit"
    fields = [
        ("version", str(page.version)),
        *(("__start__", "core:mapping"), ("title", "Seite"), ("summary", html)),
        ("__end__", "core:mapping"),
        *(("__start__", "order:sequence"), ("block", "abcd1234:text")),
        ("__end__", "order:sequence"),
        *(("__start__", "block-abcd1234:mapping"), ("html", html)),
        ("__end__", "block-abcd1234:mapping"),
        ("do", "publish"),
    ]
    answer = town.post(path, fields, status="*")
    assert answer.status_int in {302, 422}
    (blocks,) = [town.node("/seite").body["blocks"]]
    for block in blocks:
        stored = block["data"]["html"]
        for word in ("<script", "javascript:", "onerror=", "onclick=", "onload=", "<style", "<svg"):
            assert word not in stored.lower().replace("&lt;", ""), stored
    shown = town.get("/seite").text
    assert dangers(shown) == []
    body = lxml.html.document_fromstring(shown)
    inside = body.xpath("//*[contains(@class, 'blocks')]//*")
    assert {tag.tag for tag in inside} <= {
        *("div", "p", "h3", "h4", "ul", "ol", "li", "strong", "em", "a", "blockquote", "br")
    }
    assert "boese.example" not in str([dict(tag.attrib) for tag in inside])


@pytest.mark.parametrize(
    "url",
    [
        "javascript:alert(1)",
        "JaVaScRiPt:alert(1)",
        "java\nscript:alert(1)",
        "data:text/html,x",
        "vbscript:x",
        "//boese.example",
        "\\\\boese.example",
        "javascript://%0aalert(1)",
        "\x01javascript:x",
    ],
)
def test_links_that_run_are_refused(town, url) -> None:
    town.login("editor")
    path = f"/admin/nodes/{town.node().id}/add/link"
    form = next(form for form in town.get(path).forms.values() if "url" in form.fields)
    form["title"], form["url"] = "Verweis", url
    answer = form.submit("do", "save", status="*")
    assert answer.status_int == 422
    assert dangers(answer.text) == []


ECHOES = [
    ("/login", {"mail": PAYLOAD, "password": PAYLOAD, "next": f"/{PAYLOAD}"}),
    ("/account/reset", {"mail": PAYLOAD}),
    ("/account/reset/code", {"mail": PAYLOAD, "code": PAYLOAD, "password": PAYLOAD}),
    ("/barriere-melden", {"description": PAYLOAD * 60, "page": PAYLOAD, "mail": PAYLOAD}),
    ("/admin/people/add", {"mail": PAYLOAD, "name": PAYLOAD}),
    ("/admin/settings/site", {"mail": PAYLOAD, "organisation": PAYLOAD, "enforcement": PAYLOAD}),
    ("/admin/plugins", {"plugin": PAYLOAD, "switch": "on"}),
]


@pytest.mark.parametrize(("path", "fields"), ECHOES)
def test_what_was_typed_comes_back_as_text(town, path, fields) -> None:
    town.login("administrator") if path.startswith("/admin") else town.anonymous()
    answer = town.post(path, fields, status="*")
    if answer.status_int == 302:
        answer = answer.follow()
    assert "alert(9)" in answer.text
    assert dangers(answer.text) == []
    assert PASSWORD not in answer.text


@pytest.mark.parametrize(
    "path", ["/{}", "/?lang={}", "/login?next=/{}", "/barriere-melden?page=/{}"]
)
def test_addresses_come_back_as_text(town, path) -> None:
    answer = town.raw(
        path.format("%22%3E%3Cscript%3Ealert(9)%3C/script%3E%3Cimg%20src=x%20onerror=alert(9)%3E")
    )
    assert dangers(answer.text) == []


# Files


SVG = '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 8 8">{}</svg>'
IMAGES = {
    "script.svg": SVG.format("<script>alert(1)</script>"),
    "handler.svg": SVG.format('<rect onload="alert(1)" width="1" height="1"/>'),
    "link.svg": SVG.format('<a href="javascript:alert(1)"><text>x</text></a>'),
    "foreign.svg": SVG.format("<foreignObject><p>x</p></foreignObject>"),
    "style.svg": SVG.format("<style>@import url(https://boese.example)</style>"),
    "use.svg": SVG.format('<use href="https://boese.example/x.svg#a"/>'),
    "animate.svg": SVG.format('<animate attributeName="href" to="javascript:alert(1)"/>'),
    "entity.svg": '<!DOCTYPE svg [<!ENTITY a SYSTEM "file:///etc/passwd">]>'
    + SVG.format("<title>&a;</title>"),
    "bomb.svg": '<!DOCTYPE svg [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;&a;">]>'
    + SVG.format("<title>&b;</title>"),
    "page.svg": "<html><svg></svg><script>alert(1)</script></html>",
    "page.png": "<html><script>alert(1)</script></html>",
    "page.jpg": "GIF89a<script>alert(1)</script>",
    "empty.png": "",
}


@pytest.mark.parametrize("name", IMAGES)
def test_pictures_that_could_run_are_refused(town, name) -> None:
    answer = upload(town, "image", name, IMAGES[name].encode())
    assert answer.status_int == 422
    with pytest.raises(LookupError):
        town.node("/hochgeladen")
    assert "/etc" not in answer.text.replace("/etc/passwd", "") or "root:" not in answer.text


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("seite.html", b"<html>"),
        ("seite.htm", b"<html>"),
        ("seite.xhtml", b"<html>"),
        ("bild.svg", b"<svg/>"),
        ("skript.js", b"alert(1)"),
        ("skript.php", b"<?php"),
        ("programm.exe", b"MZ"),
        ("makro.docm", b"PK"),
        ("seite.html.", b"<html>"),
        ("seite.txt", b"<html><script>alert(1)</script>"),
        ("seite.csv", b"<!DOCTYPE html><script>alert(1)</script>"),
        ("seite.xml", b"<html xmlns='http://www.w3.org/1999/xhtml'><script/></html>"),
        ("kein.pdf", b"<html>"),
        ("kein.docx", b"<html>"),
        ("kein.zip", b"MZ"),
        ("null.txt", b"a\x00b"),
        ("leer.txt", b""),
    ],
)
def test_files_that_are_not_what_they_say_are_refused(town, name, data) -> None:
    assert upload(town, "file", name, data).status_int == 422
    with pytest.raises(LookupError):
        town.node("/hochgeladen")


@pytest.mark.parametrize(
    "name",
    [
        "../../../etc/passwd.txt",
        "..\\..\\windows\\system.txt",
        "/etc/passwd.txt",
        'a"; filename="boese.html.txt',
        "a\r\nSet-Cookie: a=b.txt",
        "<script>alert(9)</script>.txt",
        ".txt",
        "ä" * 300 + ".txt",
    ],
)
def test_a_files_name_is_a_name_and_nothing_else(town, settings, name) -> None:
    answer = upload(town, "file", name, b"Guten Tag")
    assert answer.status_int in {302, 422}
    root = Path(settings["stadtkern.files"])
    for path in root.rglob("*"):
        assert path.is_dir() or (len(path.name) == 64 and path.name.isalnum())
    if answer.status_int == 422:
        return
    node = town.node("/hochgeladen")
    stored = node.body["fields"]["stored"]
    assert not set(stored["name"]) & set('/\\"<>\r\n')
    assert len(stored["name"]) <= 130
    served = town.get(f"/media/{node.id}/{stored['sha'][:12]}/x")
    assert served.headers["Content-Disposition"].startswith("attachment; filename*=UTF-8''")
    assert "a=b" not in str(served.headers.get("Set-Cookie", ""))
    assert served.headers["X-Content-Type-Options"] == "nosniff"
    assert "sandbox" in served.headers["Content-Security-Policy"]
    assert served.content_type == "text/plain"


def upload(town, kind, name, data):
    town.login("editor")
    path = f"/admin/nodes/{town.node().id}/add/{kind}"
    form = next(form for form in town.get(path).forms.values() if "upload" in form.fields)
    form["title"] = "Hochgeladen"
    if kind == "image":
        form["alt"], form["credit"], form["licence"] = "Bild", "Amt", "own"
    fields = [
        (key, webtest.Upload(name, data) if key == "upload" else value)
        for key, value in form.submit_fields("do", submit_value="save")
    ]
    answer = town.browser.post(path, fields, content_type="multipart/form-data", status="*")
    with town.content() as content:
        node = content.by_path("/hochgeladen")
        if node is not None:
            content.publish(node.id)
    return answer


def test_bytes_known_by_their_hash_only_cannot_be_taken_over(world: World) -> None:
    """Stored files are shared by hash: naming another town's hash must not show its bytes."""
    me, victim = world.other, world.victim
    path = f"/admin/nodes/{me.ids['file']}/edit"
    stolen = [
        *(("__start__", "stored:mapping"), ("sha", victim.paths["file.sha"]), ("name", "x.txt")),
        *(("type", "text/plain"), ("size", "1"), ("__end__", "stored:mapping")),
    ]
    fields = me.form(path, "title", title="Neu")
    inside = fields.index(("__start__", "fields:mapping")) + 1
    fields = [*fields[:inside], *stolen, *fields[inside:], ("do", "save")]
    world.send(Ask(path, fields), me, login=True)
    body = world.rows("node", id=me.ids["file"])[0]["body"]
    assert body["fields"]["stored"]["sha"] == me.paths["file.sha"]
    for sha in (victim.paths["file.sha"], victim.paths["image.sha"]):
        answer = world.send(Ask(f"/media/{me.ids['file']}/{sha[:12]}/x"), me, login=True)
        assert answer.status == 404


@pytest.mark.parametrize(
    "path",
    [
        "/static/stadtkern.web/../../../app.py",
        "/static/stadtkern.web/..%2f..%2f..%2fapp.py",
        "/static/stadtkern.web/%2e%2e/%2e%2e/assets.py",
        "/static/stadtkern.web/..\\..\\assets.py",
        "/static/stadtkern.web//etc/passwd",
        "/static/stadtkern.web/./manifest.json/../../../__init__.py",
        "/static/stadtkern_cityguide/../../__init__.py",
        "/static/",
        "/static/stadtkern.web/",
        "/media/../secret",
        "/media/1/../../secret",
        "/media/1/aaaaaaaaaaaa/..%2f..%2fsecret",
        "/theme/arms-../../../sec",
    ],
)
def test_no_path_leads_out_of_the_served_folders(town, path) -> None:
    for given in (path, path.replace("%2f", "/").replace("%2e", ".")):
        answer = town.raw("/", PATH_INFO=given)
        assert answer.status_int in {302, 404}, given
        for word in ("import", "root:", "def "):
            assert f"{word} " not in answer.text.replace("important", "")


# What is told


def test_a_whole_visit_leaves_nobodys_data_in_the_log(world: World, log_lines: list[Any]) -> None:
    side = world.victim
    log_lines.clear()
    for view in views(world.registry):
        for probe in probes_of(view):
            ask = probe.make(world, side, side)
            world.send(ask, side, login=probe.login)
            world.send(ask, world.other, login=True)
            world.restore()
    text = "\n".join(json.dumps(line, default=str) for line in log_lines).lower()
    assert len(log_lines) > 100
    secret = world.registry.settings["stadtkern.secret_file"]
    words = [
        *(side.ticket, PASSWORD, security_side.CODE, security_side.NEW_PASSWORD),
        *("@people.example", "alert(9)", security_world.VICTIM, "csrf", "cookie"),
        Path(secret).read_text("ascii").strip(),
    ]
    for word in words:
        assert word.lower() not in text, word


def test_error_pages_tell_nothing_of_the_inside(make_town) -> None:
    def broken(_request):
        raise RuntimeError("select * from account where mail = 'erika@example.org'")

    def configure(config):
        config.add_route("broken", "/kaputt")
        config.add_view(broken, route_name="broken")

    town = make_town(configure=configure)
    for path, status in (("/kaputt", 500), ("/nichts", 404), ("/admin/nodes/1/add/nichts", 302)):
        answer = town.raw(path)
        assert answer.status_int == status
        for word in (
            "Traceback",
            "RuntimeError",
            "sqlalchemy",
            "select *",
            "erika",
            ".py",
            "pyramid",
        ):
            assert word not in answer.text, (path, word)
        assert "Server" not in answer.headers
        assert "X-Powered-By" not in answer.headers


@pytest.mark.parametrize(
    "path",
    [
        "/alt%0d%0aSet-Cookie:%20a=b",
        "/?lang=%0d%0aSet-Cookie:%20a=b",
        "/admin?x=%0d%0aX-Evil:%201",
        "/barriere-melden?page=/%0d%0aSet-Cookie:%20a=b",
        "/login?next=/%0d%0aX-Evil:%201",
    ],
)
def test_no_header_is_smuggled_into_an_answer(town, path) -> None:
    answer = town.raw(path)
    assert answer.status_int < 500
    for name, value in answer.headerlist:
        assert "\r" not in value
        assert "\n" not in value
        assert name != "X-Evil"
        assert "a=b" not in value or name == "Location"


def test_a_redirect_of_a_moved_page_stays_on_the_site(town) -> None:
    page = town.page("Alt", slug="alt")
    with town.content() as content:
        content.rename(page.id, "neu")
    for rest in ("//boese.example", "/..//boese.example", "/\\boese.example", "?x=//boese.example"):
        answer = town.raw(f"/alt{rest}")
        if answer.status_int == 301:
            assert answer.headers["Location"].startswith(f"http://{town.host}/")


def test_a_body_that_is_no_form_is_answered_calmly(town) -> None:
    town.login("administrator")
    for content_type in ("application/json", "text/xml", "multipart/form-data; boundary=", ""):
        answer = town.browser.post(
            "/admin/plugins",
            io.BytesIO(b'{"plugin": "hr"}').getvalue(),
            content_type=content_type or None,
            status="*",
        )
        assert 400 <= answer.status_int < 500
