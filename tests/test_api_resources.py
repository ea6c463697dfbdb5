"""The API's media, settings, plugins, audit, search and public addresses."""

import json

import pytest
import webtest

from stadtkern.testing.databases import on_sqlite

SVG = '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 8 8"><title>{}</title></svg>'


@pytest.fixture
def chief(town):
    return town.token(town.account("administrator"))


def etag(answer) -> str:
    return answer.headers["ETag"]


def send(town, method, path, name, data, token, *, status=None, seen=None, **fields):
    headers = {"Authorization": f"Bearer {token}", "Accept-Language": "en"}
    if seen:
        headers["If-Match"] = seen
    browser = webtest.TestApp(town.wsgi, extra_environ={"HTTP_HOST": town.host})
    parts = {"file": webtest.Upload(name, data, "image/svg+xml"), **fields}
    kw = {"content_type": "multipart/form-data", "headers": headers, "status": status}
    return getattr(browser, method)(f"/api/v1{path}", parts, **kw)


def test_a_picture_from_upload_to_public(town, chief) -> None:
    data = SVG.format("x").encode()
    made = send(town, "post", "/media", "ein_bild.svg", data, chief, status=201)
    number = made.json["id"]
    assert (made.json["title"], made.json["state"]) == ("ein bild", "draft")
    publish = {"step": "publish"}
    where = f"/nodes/{number}/transitions"
    town.api("POST", where, publish, token=chief, if_match=etag(made), status=422)
    words = {"fields": {"alt": "Ein Quadrat", "credit": "Amt", "licence": "CC0-1.0"}}
    told = town.api("PATCH", f"/media/{number}", words, token=chief, if_match=etag(made))
    public = town.api("POST", where, publish, token=chief, if_match=etag(told))
    assert town.get(told.json["file"]["url"]).body == data
    assert town.api("GET", f"/media/{number}/file", token=chief).body == data
    other = SVG.format("y").encode()
    new = send(town, "put", f"/media/{number}/file", "b.svg", other, chief, seen=etag(public))
    assert new.json["file"]["sha256"] != told.json["file"]["sha256"]
    assert new.json["fields"]["alt"] == "Ein Quadrat"
    assert [
        one["id"] for one in town.api("GET", "/media?type=image", token=chief).json["items"]
    ] == [number]


def test_who_may_not_publish_changes_no_public_bytes(town, chief) -> None:
    data, other = (SVG.format(word).encode() for word in ("alt", "neu"))
    made = send(town, "post", "/media", "b.svg", data, chief, status=201)
    number = made.json["id"]
    words = {"fields": {"alt": "Ein Quadrat", "credit": "Amt", "licence": "CC0-1.0"}}
    told = town.api("PATCH", f"/media/{number}", words, token=chief, if_match=etag(made))
    step = {"step": "publish"}
    public = town.api(
        "POST", f"/nodes/{number}/transitions", step, token=chief, if_match=etag(told)
    )
    writer = town.token(town.account("editor"), "media:read", "media:write")
    new = send(town, "put", f"/media/{number}/file", "b.svg", other, writer, seen=etag(public))
    # It waits in the working copy.
    assert new.json["file"]["sha256"] != told.json["file"]["sha256"]
    assert town.get(told.json["file"]["url"]).body == data
    stored = town.node(public.json["path"]).body["fields"]["stored"]
    assert stored["sha"] == told.json["file"]["sha256"]


def test_bytes_known_by_their_hash_only_cannot_be_taken_over(town, chief) -> None:
    made = send(town, "post", "/media", "b.svg", SVG.format("x").encode(), chief, status=201)
    stored = {"sha": "0" * 64, "name": "x", "type": "text/html", "size": 1}
    for where in (f"/media/{made.json['id']}", f"/nodes/{made.json['id']}"):
        patch = {"fields": {"stored": stored}}
        town.api("PATCH", where, patch, token=chief, if_match=etag(made), status=422)
    body = {"type": "image", "title": "x", "parent": 1, "fields": {"stored": stored}}
    town.api("POST", "/nodes", body, token=chief, status=422)


@on_sqlite
def test_files_that_are_not_what_they_say_are_refused(town, chief) -> None:
    for name, data in (
        ("b.svg", SVG.format("x").replace("<title>", "<script>").encode()),
        ("b.exe", b"MZ"),
        ("b.pdf", b"no pdf"),
        ("b.svg", b""),
    ):
        send(town, "post", "/media", name, data, chief, status=422)
    made = send(town, "post", "/media", "b.svg", SVG.format("x").encode(), chief, status=201)
    number = made.json["id"]
    send(town, "put", f"/media/{number}/file", "t.txt", b"Text", chief, seen=etag(made), status=422)
    send(town, "put", f"/media/{number}/file", "t.txt", b"Text", chief, status=428)
    town.api("POST", "/media", {}, token=chief, status=415)
    page = town.page("Seite")
    town.api("GET", f"/media/{page.id}", token=chief, status=404)
    fields = {"parent": str(page.id), "extra": "1"}
    send(town, "post", "/media", "b.svg", b"x", chief, status=422, **fields)


def test_settings_are_changed_against_the_version_seen(town, chief) -> None:
    owners = [one["owner"] for one in town.api("GET", "/settings", token=chief).json["items"]]
    assert "site" in owners
    assert "security" not in owners
    assert "cityguide" not in owners
    seen = town.api("GET", "/settings/site", token=chief)
    patch = {"organisation": "Gemeinde", "city": "Ort"}
    done = town.api("PATCH", "/settings/site", patch, token=chief, if_match=etag(seen))
    assert done.json["values"]["organisation"] == "Gemeinde"
    assert "Gemeinde" in town.get("/impressum").text
    town.api("PATCH", "/settings/site", patch, token=chief, if_match=etag(seen), status=412)
    town.api("PATCH", "/settings/site", patch, token=chief, status=428)
    back = {"organisation": None}
    undone = town.api("PATCH", "/settings/site", back, token=chief, if_match=etag(done))
    assert undone.json["values"]["organisation"] == ""
    for wrong in ({"nothing": 1}, {"organisation": 5}, {"listed": "yes"}, {}, []):
        town.api("PATCH", "/settings/site", wrong, token=chief, if_match=etag(undone), status=422)
    for owner in ("security", "cityguide", "nobody"):
        town.api("GET", f"/settings/{owner}", token=chief, status=404)


def test_plugins_are_switched(town, chief) -> None:
    seen = town.api("GET", "/plugins/cityguide", token=chief)
    assert seen.json["enabled"] is False
    on = town.api(
        "PATCH", "/plugins/cityguide", {"enabled": True}, token=chief, if_match=etag(seen)
    )
    assert town.get("/guide").status_int == 200
    town.api(
        "PATCH",
        "/plugins/cityguide",
        {"enabled": False},
        token=chief,
        if_match=etag(seen),
        status=412,
    )
    town.api(
        "PATCH", "/plugins/cityguide", {"enabled": "no"}, token=chief, if_match=etag(on), status=422
    )
    town.api("GET", "/plugins/nothing", token=chief, status=404)
    editor = town.token(town.account("editor"))
    for path in ("/plugins", "/settings", "/settings/site", "/audit"):
        town.api("GET", path, token=editor, status=403)


def test_the_audit_names_the_token(town, chief) -> None:
    body = {"type": "page", "title": "Neu", "parent": 1}
    made = town.api("POST", "/nodes", body, token=chief, status=201)
    where = f"/audit?kind=node&subject={made.json['id']}"
    (entry,) = town.api("GET", where, token=chief).json["items"]
    assert entry["deed"] == "node.create"
    assert entry["origin"].startswith("token:")
    assert entry["actor"] is not None
    assert "Neu" not in json.dumps(entry)
    assert town.api("GET", "/audit?until=2020-01-01T00:00:00Z", token=chief).json["items"] == []
    first = town.api("GET", "/audit?limit=2", token=chief).json
    second = town.api("GET", first["next"], token=chief).json
    assert second["items"][0]["id"] < first["items"][-1]["id"]


def test_search_finds_what_everybody_may_see(town) -> None:
    town.page("Müllabfuhr", summary="Wann die Tonne geleert wird")
    town.page("Müllverbrennung", published=False)
    town.run_jobs()
    token = town.token(town.account("editor"), "search:read")
    found = town.api("GET", "/search?q=M%C3%BCllabfuhr", token=token).json
    assert [hit["path"] for hit in found["items"]] == ["/muellabfuhr"]
    assert "<" not in found["items"][0]["title"]
    town.api("GET", "/search", token=token, status=400)


@on_sqlite
def test_the_reader_page_needs_no_script_and_no_login(town) -> None:
    page = town.api("GET", "/", accept_language="de")
    assert page.content_type == "text/html"
    assert "Programmierschnittstelle" in page.text
    assert not page.html.select("script, [style], [onclick]")
    assert "Set-Cookie" not in page.headers
    assert "PATCH /api/v1/nodes/{id}" in page.text
    for link in page.html.select("a[href^='/api/']"):
        assert town.get(link["href"]).status_int == 200


@on_sqlite
def test_the_document_has_an_etag_and_speaks_two_languages(town) -> None:
    german = town.api("GET", "/openapi.json", accept_language="de")
    english = town.api("GET", "/openapi.json", accept_language="en")
    assert german.json["openapi"] == "3.1.0"
    assert (
        german.json["paths"]["/nodes"]["get"]["summary"]
        != (english.json["paths"]["/nodes"]["get"]["summary"])
    )
    again = town.api("GET", "/openapi.json", if_none_match=etag(english), status=304)
    assert again.body == b""
    # Every operation says which scope it needs, and tokens can have it.
    scopes = set(town.registry["token_scopes"])
    for path in english.json["paths"].values():
        assert {one["x-scope"] for one in path.values()} <= scopes


@on_sqlite
@pytest.mark.parametrize(
    "path",
    ["/api/v1/nothing", "/api/v2/nodes", "/api/", "/api/v1/nodes/x", "/api/v1/schemas/x/y.json"],
)
def test_what_does_not_exist_is_told_as_json(town, chief, path) -> None:
    answer = town.api("GET", path, token=chief, status=404)
    assert answer.content_type == "application/problem+json"
