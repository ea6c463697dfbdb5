"""Pages out of files: Markdown, HTML, WordPress; and files that want to do harm."""

import contextlib
import io
import json
import os
import stat
import time
import zipfile
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Any

import pytest
import webtest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image
from sqlalchemy import func, select, update

from stadtkern.content.models import Node, Reference
from stadtkern.db import utcnow, work
from stadtkern.testing.databases import on_sqlite
from stadtkern.testing.town import Town
from stadtkern.towns import TownRefused
from stadtkern.towns.models import TownPageFile
from stadtkern.towns.pages import PageImport, open_source, waiting
from stadtkern.towns.pages.pieces import pieces
from stadtkern.towns.pages.reading import Unreadable, read_html, read_markdown
from stadtkern.web.i18n import in_english

INDEX = """---
title: Unsere Vereine
summary: Wer hier was tut
---
# Wird nicht gebraucht

Siehe [den Chor](chor.md#proben), [nichts](fehlt.md), [außen](https://chor.example/)
und [Post](mailto:chor@people.example).
"""
CHOR = """# Der Chor

Wir **singen**. ![Der Chor](../bilder/chor.png)

## Proben

| Tag | Ort |
|-----|-----|
| Mo  | Saal |

<script>alert(1)</script>
<p onclick="x()">Ende</p>
"""
PAGE = """<!doctype html><html><head><title>Ortsgeschichte</title>
<meta name="description" content="Von früher"></head>
<body><nav><a href="/">Start</a></nav><main><div>Ein <b>altes</b> Dorf.</div>
<h2>Später</h2><p><a href="vereine/">Vereine</a></p></main></body></html>"""


def png() -> bytes:
    target = io.BytesIO()
    Image.new("RGB", (40, 30), "#336699").save(target, "PNG")
    return target.getvalue()


MUCH_SECONDS = 2
"""Of CPU, for texts of some hundred kilobytes."""
FILES: dict[str, bytes] = {
    "vereine/index.md": INDEX.encode(),
    "vereine/chor.md": CHOR.encode(),
    "geschichte.html": PAGE.encode(),
    "ordner/tief/seite.md": "Nur Text".encode("utf-8-sig"),
    "bilder/chor.png": png(),
    "tabelle.xlsx": b"PK",
    ".git/config.md": b"x",
}


def folder(path: Path, files: dict[str, bytes]) -> Path:
    for name, data in files.items():
        target = path / name
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(data)
    return path


def packed(path: Path, files: dict[str, bytes], **odd: Any) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in files.items():
            info = zipfile.ZipInfo("x")
            info.filename = name
            info.compress_type = zipfile.ZIP_DEFLATED
            info.external_attr = odd.get("kind", stat.S_IFREG | 0o644) << 16
            archive.writestr(info, data)
    return path


def taken(town: Town, path: Path, below: str = "/", *, dry: bool = False, **kw: Any) -> Any:
    importing = PageImport(town.registry, town.tenant, open_source(path), below=below, **kw)
    return importing.run(partial(work, town.database, town.tenant_id), dry=dry)


def outcomes(report: Any) -> dict[str, str]:
    return {line.place: line.outcome for line in report.lines}


def said(report: Any, place: str) -> str:
    return " ".join(
        in_english(reason)
        for line in report.lines
        if line.place == place
        for reason in line.reasons
    )


def count(town: Town) -> int:
    with town.session(write=False) as session:
        return session.scalar(select(func.count()).select_from(Node)) or 0


def test_a_folder_becomes_drafts(town, tmp_path) -> None:
    root = folder(tmp_path / "alt", FILES)
    before = count(town)
    dry = taken(town, root, dry=True)
    assert count(town) == before
    report = taken(town, root)
    assert outcomes(dry) == outcomes(report)
    assert report.counts == {"new": 7, "changed": 0, "skipped": 1, "invalid": 0}
    assert "alternative" not in said(report, "bilder/chor.png")
    assert "who made it" in said(report, "bilder/chor.png")
    assert "fehlt.md" in said(report, "vereine/index.md")
    with town.session(write=False) as session:
        content = town.content_in(session)
        index, chor = content.by_path("/vereine"), content.by_path("/vereine/chor")
        assert (index.title, index.summary) == ("Unsere Vereine", "Wer hier was tut")
        assert index.state == chor.state == "draft"
        (text,) = index.body["blocks"]
        assert '<a href="/vereine/chor#proben">den Chor</a>' in text["data"]["html"]
        assert "fehlt" not in text["data"]["html"]
        assert "mailto:chor@people.example" in text["data"]["html"]
        kinds = [block["type"] for block in chor.body["blocks"]]
        assert kinds == ["text", "image", "heading", "table", "text"]
        first, image, _heading, table, last = chor.body["blocks"]
        assert "<strong>singen</strong>" in first["data"]["html"]
        assert table["data"]["caption"] == "Proben"
        assert table["data"]["cells"] == "Tag\tOrt\nMo\tSaal"
        assert last["data"]["html"] == "<p>Ende</p>"
        picture = session.get(Node, image["data"]["image"])
        assert picture.body["fields"]["alt"] == "Der Chor"
        linked = select(Reference.target_id).where(Reference.source_id == index.id)
        assert chor.id in set(session.scalars(linked))
        story = content.by_path("/geschichte")
        assert (story.title, story.summary) == ("Ortsgeschichte", "Von früher")
        html = json.dumps(story.body, ensure_ascii=False)
        assert "Ein <strong>altes</strong> Dorf." in html
        assert "Start" not in html
        assert content.by_path("/ordner/tief/seite").title == "seite"
    town.login("editor")
    assert "Proben" in town.get("/vereine/chor").text


@on_sqlite
def test_what_is_there_is_never_overwritten(town, tmp_path) -> None:
    root = folder(tmp_path / "alt", FILES)
    taken(town, root, credit="Stadt", licence="own")
    again = taken(town, root)
    assert again.counts == {"new": 0, "changed": 0, "skipped": 7, "invalid": 0}
    (root / "geschichte.html").write_bytes(PAGE.replace("altes", "junges").encode())
    (root / "neu.md").write_bytes(b"# Neu")
    third = outcomes(taken(town, root))
    assert (third["geschichte.html"], third["neu.md"]) == ("changed", "new")
    with town.session(write=False) as session:
        body = json.dumps(town.content_in(session).by_path("/geschichte").body)
        assert "altes" in body
        assert town.content_in(session).by_path("/neu") is not None


WXR = """<?xml version="1.0" encoding="UTF-8"?>
<rss version="2.0" xmlns:excerpt="http://wordpress.org/export/1.2/excerpt/"
 xmlns:content="http://purl.org/rss/1.0/modules/content/"
 xmlns:wp="http://wordpress.org/export/1.2/"><channel><title>Alt</title>
{items}</channel></rss>"""


def item(number: int, title: str, text: str, parent: int = 0, **kw: str) -> str:
    said = {"type": "page", "status": "publish"} | kw
    return (
        f"<item><title>{title}</title><link>https://www.alt.example/{title.lower()}/</link>"
        f"<content:encoded><![CDATA[{text}]]></content:encoded>"
        f"<excerpt:encoded><![CDATA[]]></excerpt:encoded><wp:post_id>{number}</wp:post_id>"
        f"<wp:post_name>{title.lower()}</wp:post_name><wp:post_parent>{parent}</wp:post_parent>"
        f"<wp:post_type>{said['type']}</wp:post_type><wp:status>{said['status']}</wp:status></item>"
    )


@on_sqlite
def test_a_wordpress_export_becomes_drafts(town, tmp_path) -> None:
    town.page("Archiv")
    items = [
        item(2, "Kind", "Erster Absatz\n\nZweiter [gallery ids='1']", parent=1),
        item(1, "Eltern", '<!-- wp:paragraph --><p><a href="https://alt.example/kind">K</a></p>'),
        item(3, "Weg", "x", status="trash"),
        item(4, "Bild", "", type="attachment"),
        item(5, "Kreis", "a", parent=6),
        item(6, "Ring", "b", parent=5),
    ]
    path = tmp_path / "alt.xml"
    path.write_text(WXR.format(items="".join(items)), "utf-8")
    report = taken(town, path, "/archiv")
    assert report.counts == {"new": 4, "changed": 0, "skipped": 2, "invalid": 0}
    with town.session(write=False) as session:
        content = town.content_in(session)
        (parent,) = content.by_path("/archiv/eltern").body["blocks"]
        assert parent["data"]["html"] == '<p><a href="/archiv/eltern/kind">K</a></p>'
        (child,) = content.by_path("/archiv/eltern/kind").body["blocks"]
        assert child["data"]["html"].count("<p>") == 2
        assert "gallery" not in child["data"]["html"]
        assert content.by_path("/archiv/ring") is not None


@on_sqlite
def test_the_command(stadtkern, town, tmp_path) -> None:
    root = folder(tmp_path / "alt", {"a.md": b"# A"})
    before = count(town)
    run = partial(stadtkern, "tenants", "import-pages", town.slug, str(root))
    checked = run("--below", "/", "--check")
    assert (checked.exit_code, "Nothing was stored" in checked.stdout) == (0, True)
    assert count(town) == before
    done = run("--below", "/", "--json")
    assert json.loads(done.stdout)["lines"][0]["address"] == "/a"
    assert run("--below", "/nirgends").exit_code == 1
    assert run("--below", "/", "--licence", "x").exit_code == 1


# Bad input


@on_sqlite
def test_archives_that_want_to_do_harm_are_refused_whole(town, tmp_path) -> None:
    before = count(town)
    zeros = b" " * 20_000_000
    for number, (files, odd, reason) in enumerate(
        [
            ({"../../x.md": b"x"}, {}, "leads out"),
            ({"/etc/x.md": b"x"}, {}, "leads out"),
            ({"a\\..\\x.md": b"x"}, {}, "leads out"),
            ({"c:x.md": b"x"}, {}, "leads out"),
            ({"a.md": zeros}, {}, "larger than"),
            ({"a.md": b"/etc/passwd"}, {"kind": stat.S_IFLNK | 0o777}, "no plain file"),
        ]
    ):
        bad = packed(tmp_path / f"{number}.zip", files, **odd)
        with pytest.raises(TownRefused) as refused:
            taken(town, bad)
        assert reason in in_english(refused.value.args[0])
    for name, data in {"a.zip": b"PK\5\6", "b.xml": b"<rss/>", "c.bin": b"\0\1"}.items():
        (tmp_path / name).write_bytes(data)
        with pytest.raises(TownRefused):
            taken(town, tmp_path / name)
    good = packed(tmp_path / "good.zip", {f"alt/{name}": data for name, data in FILES.items()})
    assert count(town) == before
    assert taken(town, good).counts["new"] == 7


@on_sqlite
def test_xml_that_reads_files_or_grows_is_refused(town, tmp_path) -> None:
    (tmp_path / "secret").write_text("geheim", "utf-8")
    for dtd in (
        f'<!DOCTYPE rss [<!ENTITY x SYSTEM "file://{tmp_path}/secret">]>',
        '<!DOCTYPE rss [<!ENTITY a "aaaaaaaaaa"><!ENTITY x "&a;&a;&a;&a;">]>',
        '<!DOCTYPE rss SYSTEM "http://10.0.0.1/x.dtd">',
    ):
        bad = tmp_path / "bad.xml"
        text = WXR.format(items="<item><title>&x;</title></item>")
        head, rest = text.split("\n", 1)
        for coding in ("utf-8", "utf-16"):
            made = f"{head}\n{dtd}\n{rest}".replace("UTF-8", coding.upper())
            bad.write_bytes(made.encode(coding))
            with pytest.raises(TownRefused):
                taken(town, bad)


@on_sqlite
def test_single_files_that_are_broken_are_named_and_the_rest_comes(town, tmp_path) -> None:
    (tmp_path / "out.md").write_bytes(b"# Draussen")
    root = folder(
        tmp_path / "alt",
        {
            "gut.md": b"# Gut",
            "latin.md": "# Müll".encode("latin-1"),
            "null.md": b"# a\0b",
            "tief.html": b"<div>" * 5_000 + b"x",
            "listen.md": b"".join(b"  " * n + b"- x\n" for n in range(400)),
            "gross.md": b"x" * 2_000_001,
            "vorne.md": b"---\n[\n---\nx",
            "bild.md": b"![x](falsch.png)",
            "falsch.png": b"no picture",
            "admin.md": b"# Verwaltung",
            "kaputt/index.md": b"\xff\xff",
            "kaputt/kind.md": b"# Kind",
        },
    )
    (root / "link.md").symlink_to(tmp_path / "out.md")
    report = taken(town, root)
    found = outcomes(report)
    bad = {name for name, outcome in found.items() if outcome == "invalid"}
    assert {"latin.md", "null.md", "tief.html", "gross.md", "vorne.md", "falsch.png"} <= bad
    assert {"admin.md", "kaputt/index.md", "kaputt/kind.md"} <= bad
    assert found["link.md"] == "skipped"
    assert found["gut.md"] == found["bild.md"] == "new"
    assert all(said(report, name) for name in bad)


@given(text=st.text(alphabet="<>/abdivptrl \n#*-[]()!|`&;=\"'", max_size=200))
@settings(max_examples=60)
def test_no_text_breaks_the_reader(text: str) -> None:
    for read in (read_html, read_markdown):
        try:
            page = read(text.encode())
        except Unreadable:
            continue
        for block in pieces(page.root, "T", lambda href: href).blocks:
            assert not isinstance(block, dict) or "<script" not in json.dumps(block["data"])


@pytest.mark.parametrize(
    "text",
    ["<" + "a" * 200_000, "<" * 200_000, "<a " * 70_000, "<a/" * 70_000, "<!-" * 70_000],
    ids=["name", "open", "attributes", "slashes", "comments"],
)
def test_a_text_without_ends_is_read_in_one_go(text: str) -> None:
    before = time.process_time()
    with contextlib.suppress(Unreadable):
        read_html(text.encode())
    # A reader that starts anew at each sign needs minutes for this.
    assert time.process_time() - before < MUCH_SECONDS


@pytest.mark.parametrize("piece", ["[a ", "[a", "[caption]", "[caption ", "[/", "[a-"])
def test_shortcodes_without_ends_are_read_in_one_go(tmp_path: Path, piece: str) -> None:
    path = tmp_path / "alt.xml"
    path.write_text(WXR.format(items=item(1, "Eins", piece * (150_000 // len(piece)))), "utf-8")
    source = open_source(path)
    before = time.process_time()
    for one in source.items:
        source.page(one)
    assert time.process_time() - before < MUCH_SECONDS


# In the back office


def form_with(page: Any, field: str) -> Any:
    return next(form for form in page.forms.values() if field in form.fields)


def button(page: Any, words: str) -> Any:
    """Return the form whose button says these words."""
    return next(form for form in page.forms.values() if words in form.text)


@on_sqlite
def test_an_administrator_sends_looks_and_imports(town, tmp_path) -> None:
    path = packed(tmp_path / "a.zip", FILES)
    town.login("administrator")
    before = count(town)
    form = form_with(town.get("/admin/page-files"), "below")
    form["upload"] = webtest.Upload("a.zip", path.read_bytes())
    form["below"] = "/nirgends"
    assert "keine Seite" in form.submit(status=422).text
    form["below"] = "/"
    form["credit"] = "Petra Foto"
    form["licence"] = "CC-BY-4.0"
    looked = form.submit().follow()
    assert "vereine/chor.md" in looked.text
    assert "Bitte geben Sie an" not in looked.text
    assert count(town) == before
    button(looked, "Entwürfe").submit()
    town.run_jobs()
    assert town.node("/vereine/chor").state == "draft"
    with town.session(write=False) as session:
        (picture,) = session.scalars(select(Node).where(Node.type == "image"))
        fields = picture.body["fields"]
    assert (fields["credit"], fields["licence"]) == ("Petra Foto", "CC-BY-4.0")
    store = waiting.store_of(town.registry, town.tenant_id)
    assert list(store.shas()) == []
    done = town.get("/admin/page-files").click("a.zip")
    assert "als Entwurf angelegt" in done.text
    assert done.html.find("a", href="/vereine/chor") is not None
    town.login("editor")
    town.get("/admin/page-files", status=403)


@on_sqlite
def test_a_file_that_stopped_goes_on_and_old_ones_are_forgotten(town, tmp_path) -> None:
    path = packed(tmp_path / "a.zip", FILES)
    town.login("administrator")
    form = form_with(town.get("/admin/page-files"), "below")
    form["upload"] = webtest.Upload("a.zip", path.read_bytes())
    looked = form.submit().follow()
    store = waiting.store_of(town.registry, town.tenant_id)
    (sha,) = store.shas()
    kept = store.path(sha).read_bytes()
    button(looked, "Entwürfe").submit()
    # The bytes are lost before the job comes to them.
    store.remove(sha)
    town.run_jobs()
    failed = town.get(looked.request.path)
    assert "Der Import ist vorzeitig zu Ende gegangen. Die Datei" in failed.text
    with town.session(write=True) as session:
        row = session.scalars(select(TownPageFile)).one()
        row.state, row.job = "running", None
    assert store.put(io.BytesIO(kept), maximum=10**9)[0] == sha
    button(town.get(looked.request.path), "Weiter").submit()
    town.run_jobs()
    assert town.node("/vereine/chor").state == "draft"
    with town.session(write=True) as session:
        session.execute(update(TownPageFile).values(created_at=utcnow() - timedelta(days=31)))
    town.run_schedule("towns.sweep")
    with town.session(write=False) as session:
        assert session.scalars(select(TownPageFile)).all() == []


@on_sqlite
def test_what_nobody_agrees_to_is_thrown_away(town, tmp_path) -> None:
    path = packed(tmp_path / "a.zip", FILES)
    town.login("administrator")
    form = form_with(town.get("/admin/page-files"), "below")
    form["upload"] = webtest.Upload("kaputt.zip", b"no archive")
    form.submit(status=422)
    store = waiting.store_of(town.registry, town.tenant_id)
    assert list(store.shas()) == []
    form["upload"] = webtest.Upload("a.zip", path.read_bytes())
    form.submit()
    (sha,) = store.shas()
    with town.session(write=True) as session:
        session.execute(update(TownPageFile).values(created_at=utcnow() - timedelta(hours=25)))
    old = time.time() - 2 * 86_400
    os.utime(store.path(sha), (old, old))
    town.run_schedule("towns.sweep")
    assert list(store.shas()) == []
    assert "a.zip" not in town.get("/admin/page-files").text
