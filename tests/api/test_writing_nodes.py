"""Writing nodes by the API: the same rules as in the back office."""

from api_kit import TEXT, etag, ids

from stadtkern.accounts.services import add_local_role, set_roles
from stadtkern.content.models import Node
from stadtkern.testing.databases import on_sqlite


def test_a_page_from_draft_to_public_and_back(town, editor) -> None:
    body = {
        "type": "event",
        "title": "Fest",
        "parent": 1,
        "fields": {"starts": "2027-05-01T18:00:00+02:00", "place": "Markt"},
        "blocks": [{"type": "text", "data": {"html": "<p>Hallo <script>x()</script></p>"}}],
    }
    made = town.api("POST", "/nodes", body, token=editor, status=201)
    number = made.json["id"]
    assert made.headers["Location"].endswith(f"/api/v1/nodes/{number}")
    assert made.json["state"] == "draft"
    assert "script" not in made.text
    assert made.json["sort_at"] == "2027-05-01T18:00:00+02:00"
    town.get("/fest", status=404)
    step = {"step": "publish"}
    public = town.api(
        "POST", f"/nodes/{number}/transitions", step, token=editor, if_match=etag(made)
    )
    assert "Hallo" in town.get("/fest").text
    patch = {"title": "Stadtfest", "fields": {"place": None}}
    copy = town.api("PATCH", f"/nodes/{number}", patch, token=editor, if_match=etag(public))
    assert copy.json["working_copy"]["state"] == "draft"
    assert copy.json["fields"]["starts"] == "2027-05-01T18:00:00+02:00"
    assert not copy.json["fields"].get("place")
    # Visitors see the change when it is published.
    assert "Stadtfest" not in town.get("/fest").text
    town.api("POST", f"/nodes/{number}/transitions", step, token=editor, if_match=etag(copy))
    assert "Stadtfest" in town.get("/fest").text


def test_every_write_names_the_version_that_it_saw(town, editor) -> None:
    page = town.page("Seite", blocks=[TEXT])
    writes = (
        ("PATCH", "", {"title": "Neu"}),
        ("POST", "/move", {"slug": "neu"}),
        ("POST", "/transitions", {"step": "archive"}),
        ("PUT", "/schedule", {}),
        ("POST", "/revisions/1/restore", None),
        ("DELETE", "/working-copy", None),
        ("DELETE", "", None),
    )
    now = etag(town.api("GET", f"/nodes/{page.id}", token=editor))
    for method, path, body in writes:
        where = f"/nodes/{page.id}{path}"
        for missing in ({}, {"if_match": "*"}, {"if_match": "1"}, {"if_match": ""}):
            answer = town.api(method, where, body, token=editor, status=428, **missing)
            assert answer.json["type"].endswith("precondition-required")
        for stale in ('"0.x"', '"99"', f"W/{now}", '"1.abc", "99"'):
            town.api(method, where, body, token=editor, if_match=stale, status=412)
    assert town.node("/seite").version == 2
    # The version alone, as it stands in the body, is a name for it, too.
    town.api("PATCH", f"/nodes/{page.id}", {"title": "Neu"}, token=editor, if_match='"7", "2"')
    answer = town.api(
        "PATCH", f"/nodes/{page.id}", {"title": "Neuer"}, token=editor, if_match=now, status=412
    )
    assert answer.json["type"] == "urn:stadtkern:problem:stale"


def test_an_etag_is_as_good_as_the_answer(town, editor) -> None:
    page = town.page("Seite")
    seen = town.api("GET", f"/nodes/{page.id}", token=editor)
    again = town.api("GET", f"/nodes/{page.id}", token=editor, if_none_match=etag(seen), status=304)
    assert again.body == b""
    copy = town.api("GET", f"/nodes/{page.id}?copy=working", token=editor)
    assert etag(copy).startswith('"2.')
    town.page("Unter", parent=page)
    with town.content() as content:
        content.rename(page.id, "anders")
    town.api("GET", f"/nodes/{page.id}", token=editor, if_none_match=etag(seen), status=200)


def test_blocks_of_unknown_kinds_stay_where_they_stand(town, editor) -> None:
    unknown = {"id": "bbbb", "type": "gone", "version": 3, "data": {"kept": [1]}}
    page = town.page("Seite", published=False, blocks=[TEXT])
    with town.session() as session:
        node = session.get(Node, page.id)
        node.body = {"fields": {}, "blocks": [*node.body["blocks"], unknown]}
    seen = town.api("GET", f"/nodes/{page.id}", token=editor)
    assert [block["type"] for block in seen.json["blocks"]] == ["text"]
    new = {"type": "heading", "data": {"text": "Mehr", "level": "2"}}
    patch = {"blocks": [*seen.json["blocks"], new]}
    town.api("PATCH", f"/nodes/{page.id}", patch, token=editor, if_match=etag(seen))
    stored = town.node("/seite").body["blocks"]
    assert [block["type"] for block in stored] == ["text", "gone", "heading"]
    assert stored[1] == unknown


def test_moving_and_the_trash_ask_for_the_same_rights_as_people(town, editor) -> None:
    folder = town.add("folder", "Ordner")
    page = town.page("Seite")
    seen = town.api("GET", f"/nodes/{page.id}", token=editor)
    moved = town.api(
        "POST", f"/nodes/{page.id}/move", {"parent": folder.id}, token=editor, if_match=etag(seen)
    )
    assert moved.json["path"] == "/ordner/seite"
    assert town.get("/seite").location.endswith("/ordner/seite")
    gone = town.api("DELETE", f"/nodes/{page.id}", token=editor, if_match=etag(moved))
    assert gone.json == {"trashed": 1}
    town.get("/ordner/seite", status=404)
    lying = town.api("GET", f"/trash/{page.id}", token=editor)
    author = town.token(town.account("author"))
    town.api("GET", f"/trash/{page.id}", token=author, status=404)
    assert ids(town.api("GET", "/trash", token=author)) == []
    town.api("POST", f"/trash/{page.id}/restore", {}, token=editor, status=428)
    back = town.api("POST", f"/trash/{page.id}/restore", {}, token=editor, if_match=etag(lying))
    assert back.json["path"] == "/ordner/seite"
    assert town.get("/ordner/seite").status_int == 200


def test_an_author_by_api_writes_drafts_and_publishes_nothing(town) -> None:
    author = town.token(town.account("author"))
    body = {"type": "page", "title": "Meins", "parent": 1}
    made = town.api("POST", "/nodes", body, token=author, status=201)
    where = f"/nodes/{made.json['id']}/transitions"
    assert town.api("GET", where, token=author).json["steps"] == []
    town.api("POST", where, {"step": "publish"}, token=author, if_match=etag(made), status=403)
    public = town.page("Öffentlich")
    seen = town.api("GET", f"/nodes/{public.id}", token=author)
    patch = {"title": "x"}
    town.api("PATCH", f"/nodes/{public.id}", patch, token=author, if_match=etag(seen), status=403)
    # A token may do less than its owner.
    chief = town.account("administrator")
    reader = town.token(chief, "nodes:read", "nodes:write")
    town.api("POST", where, {"step": "publish"}, token=reader, if_match=etag(made), status=403)


def test_a_program_is_no_second_person(town) -> None:
    town.configure("content", workflow="reviewed")
    page = town.page("Seite", published=False)
    service = town.token(roles=["administrator", "reviewer"])
    seen = town.api("GET", f"/nodes/{page.id}", token=service)
    where = f"/nodes/{page.id}/transitions"
    handed = town.api("POST", where, {"step": "submit"}, token=service, if_match=etag(seen))
    assert handed.json["state"] == "submitted"
    names = [step["name"] for step in town.api("GET", where, token=service).json["steps"]]
    assert "publish" not in names
    step = {"step": "publish"}
    town.api("POST", where, step, token=service, if_match=etag(handed), status=403)


def test_one_transaction(make_town) -> None:
    def fail(event):
        raise RuntimeError

    def configure(config):
        config.add_subscriber(fail, "stadtkern.content.events.NodeTransitioned")

    town = make_town(configure=configure)
    page = town.page  # pages of this town cannot be published
    made = page("Entwurf", published=False)
    token = town.token(town.account("editor"))
    seen = town.api("GET", f"/nodes/{made.id}", token=token)
    where = f"/nodes/{made.id}/transitions"
    answer = town.api(
        "POST", where, {"step": "publish"}, token=token, if_match=etag(seen), status=500
    )
    assert answer.content_type == "application/problem+json"
    assert "RuntimeError" not in answer.text
    assert town.node("/entwurf").state == "draft"


def test_names_of_the_platform_are_not_given_away(town, editor) -> None:
    body = {"type": "page", "title": "Falle", "parent": 1}
    for key in ("media", "picture:" + "0" * 64, "a:b"):
        town.api("POST", "/nodes", body | {"key": key}, token=editor, status=422)
    town.api("POST", "/nodes", body | {"key": "mein-import-7"}, token=editor, status=201)


@on_sqlite
def test_hidden_pages_are_not_told_by_lists_of_pages(town) -> None:
    part = town.page("Bereich")
    hidden = town.page("Geheimer Rücktritt", published=False)
    account = town.account("author", mail="teil@people.example")
    with town.session() as session:
        add_local_role(session, account.id, part.id, "author")
        set_roles(session, town.registry, account, [])
    token = town.token(account)
    body = {"type": "page", "title": "Meine", "parent": part.id}

    def teasers(ids):
        return {"blocks": [{"id": "aaaa", "type": "teasers", "data": {"picks": ids}}]}

    for unknown in (hidden.id, 99_999, 1e300):
        town.api("POST", "/nodes", body | teasers([unknown]), token=token, status=422)
    made = town.api("POST", "/nodes", body | teasers([part.id]), token=token, status=201)
    # What somebody else has chosen may stay, and only its number is told.
    chief = town.token(town.account("administrator"))
    where = f"/nodes/{made.json['id']}"
    picked = town.api("PATCH", where, teasers([hidden.id]), token=chief, if_match=etag(made))
    town.api("PATCH", where, teasers([hidden.id]), token=token, if_match=etag(picked))
    town.login(mail="teil@people.example")
    page = town.get(f"/admin/nodes/{made.json['id']}/edit")
    assert "geheimer-ruecktritt" not in page.text
    assert f"#{hidden.id} (" in page.text
    form = next(form for form in page.forms.values() if "version" in form.fields)
    form["title"] = "Meine, anders"
    form.submit("do", value="save")
    body_now = town.node(made.json["path"]).body["blocks"]
    assert body_now[0]["data"]["picks"] == [hidden.id]
    page = town.get(f"/admin/nodes/{made.json['id']}/edit")
    form = next(form for form in page.forms.values() if "version" in form.fields)
    field = next(name for name in form.fields if name and name.startswith("picks"))
    form[field] = f"#{hidden.id}\n{hidden.path}"
    assert "geheimer-ruecktritt" in form.submit("do", value="save", status=422).text
