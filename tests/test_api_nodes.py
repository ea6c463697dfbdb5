"""The API's nodes: the same rules as in the back office, told as JSON."""

import json
from datetime import timedelta
from urllib.parse import urlencode

import pytest

from stadtkern.accounts import services
from stadtkern.audit.models import AuditEntry
from stadtkern.content.models import Node
from stadtkern.db import utcnow

TEXT = {"id": "aaaa", "type": "text", "data": {"html": "<p>Alt</p>"}}


@pytest.fixture
def editor(town):
    return town.token(town.account("editor"))


def etag(answer) -> str:
    return answer.headers["ETag"]


def ids(answer) -> list[int]:
    return [item["id"] for item in answer.json["items"]]


# Reading


def test_lists_go_on_behind_a_cursor_and_lose_nothing(town, editor) -> None:
    made = [town.page(f"Seite {number}").id for number in range(7)]
    for order in ("id", "-id", "title", "-title", "path", "updated_at", "-updated_at"):
        found, where = [], f"/api/v1/nodes?type=page&limit=3&sort={order}"
        while where:
            answer = town.api("GET", where, token=editor)
            found += ids(answer)
            where = answer.json["next"]
            if where:
                assert f'<{where}>; rel="next"' in answer.headers["Link"]
        assert sorted(found) == made
        if order == "-id":
            assert found == made[::-1]


@pytest.mark.parametrize(
    "change", [lambda c: c[:-2] + "xx", lambda _c: "abc", lambda _c: "%C3%BC", lambda c: c * 100]
)
def test_a_cursor_that_was_not_given_out_is_refused(town, editor, change) -> None:
    for number in range(3):
        town.page(f"Seite {number}")
    where = town.api("GET", "/nodes?limit=1", token=editor).json["next"]
    cursor = where.rpartition("cursor=")[2]
    answer = town.api("GET", f"/nodes?limit=1&cursor={change(cursor)}", token=editor, status=400)
    assert answer.json["errors"][0]["pointer"] == "?cursor"
    # Nor does one serve another list, order, filter or town.
    for other in (f"/nodes?sort=title&cursor={cursor}", f"/nodes?type=page&cursor={cursor}"):
        town.api("GET", other, token=editor, status=400)
    town.api("GET", f"/trash?cursor={cursor}", token=editor, status=400)
    neighbour = town.second_tenant()
    token = neighbour.token(neighbour.account("editor"))
    neighbour.api("GET", f"/nodes?limit=1&cursor={cursor}", token=token, status=400)


def test_filters(town, editor) -> None:
    folder = town.add("folder", "Ordner")
    inner = town.page("Drinnen", parent=folder, key="import-1")
    draft = town.page("Entwurf", published=False)
    for query, wanted in (
        (f"parent={folder.id}", [inner.id]),
        ("under=/ordner", [inner.id]),
        ("key=import-1", [inner.id]),
        ("state=draft", [draft.id]),
        ("type=folder", [folder.id]),
        ("title=rinn", [inner.id]),
        ("title=%25", []),
        ("type=page&language=en", []),
    ):
        assert ids(town.api("GET", f"/nodes?{query}", token=editor)) == wanted, query
    later = (utcnow() + timedelta(hours=1)).strftime("%Y-%m-%dT%H:%M:%SZ")
    assert ids(town.api("GET", f"/nodes?updated_since={later}", token=editor)) == []
    assert inner.id in ids(
        town.api("GET", "/nodes?updated_since=2020-01-01T00:00:00Z", token=editor)
    )


@pytest.mark.parametrize("moment", ["0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-11:00"])
def test_a_question_may_name_any_moment(town, editor, moment) -> None:
    found = town.api("GET", "/nodes?" + urlencode({"updated_since": moment}), token=editor).json
    assert bool(found["items"]) is moment.startswith("0")


def test_unknown_parameters_are_refused(town, editor) -> None:
    for query in ("foo=1", "limit=0", "limit=101", "limit=x", "sort=body", "limit=1&limit=2"):
        answer = town.api("GET", f"/nodes?{query}", token=editor, status=400)
        assert answer.content_type == "application/problem+json"


def test_a_list_costs_the_same_whatever_its_length(town, editor) -> None:
    area = town.add("folder", "Bereich")
    person = town.account(mail="lokal@people.example")
    with town.session() as session:
        services.set_roles(session, town.registry, person, [])
        services.add_local_role(session, person.id, area.id, "editor")
    local = town.token(person)
    counts = []
    for number in (3, 40):
        for one in range(number):
            town.page(f"Seite {number} {one}", parent=area)
        for path in (
            "/nodes?limit=100",
            "/media?limit=100",
            "/audit?limit=100",
            "/trash?limit=100",
        ):
            token = local if path.startswith(("/nodes", "/media")) else editor
            if path.startswith("/audit"):
                token = town.token(town.account("administrator", mail="chef@people.example"))
            town.api("GET", path, token=token)
            with town.statements() as seen:
                town.api("GET", path, token=token)
            counts.append((path, len(seen)))
    half = len(counts) // 2
    assert counts[:half] == counts[half:]
    assert max(number for _path, number in counts) <= 8


def test_drafts_and_working_copies_only_with_the_right(town, editor) -> None:
    page = town.page("Öffentlich", blocks=[TEXT])
    draft = town.page("Entwurf", published=False)
    answer = town.api("GET", f"/nodes/{page.id}", token=editor)
    town.api("PATCH", f"/nodes/{page.id}", {"title": "Geheim"}, token=editor, if_match=etag(answer))
    stranger = town.token(town.account(mail="ohne@people.example"), "nodes:read")
    assert_member_without_roles(town)
    for token, seen in ((editor, True), (stranger, False)):
        found = town.api("GET", f"/nodes/{page.id}", token=token)
        assert found.json["title"] == "Öffentlich"
        assert (found.json["working_copy"] is not None) == seen
        town.api("GET", f"/nodes/{draft.id}", token=token, status=200 if seen else 404)
        status = 200 if seen else 403
        copy = town.api("GET", f"/nodes/{page.id}?copy=working", token=token, status=status)
        assert ("Geheim" in copy.text) == seen
        town.api("GET", f"/nodes/{page.id}/revisions", token=token, status=status)


def assert_member_without_roles(town) -> None:
    with town.session() as session:
        account = services.ensure_account(session, "ohne@people.example")
        services.set_roles(session, town.registry, account, [])


def test_an_author_sees_own_drafts_and_parts_only(town) -> None:
    area = town.add("folder", "Bereich", published=False)
    inner = town.page("Drinnen", parent=area, published=False)
    outer = town.page("Draußen", published=False)
    person = town.account(mail="lokal@people.example")
    with town.session() as session:
        services.set_roles(session, town.registry, person, [])
        services.add_local_role(session, person.id, area.id, "editor")
    token = town.token(person)
    found = ids(town.api("GET", "/nodes?state=draft", token=token))
    assert found == [area.id, inner.id]
    town.api("GET", f"/nodes/{outer.id}", token=token, status=404)
    seen = town.api("GET", f"/nodes/{inner.id}", token=token)
    changed = {"title": "Geändert"}
    town.api("PATCH", f"/nodes/{inner.id}", changed, token=token, if_match=etag(seen))
    # A role on a part writes nothing elsewhere.
    body = {"type": "page", "title": "Neu", "parent": 1}
    town.api("POST", "/nodes", body, token=token, status=403)
    town.api("POST", "/nodes", body | {"parent": area.id}, token=token, status=201)


def test_a_services_subtree_is_all_that_it_writes(town) -> None:
    area = town.add("folder", "Bereich")
    outer = town.page("Draußen")
    token = town.token(roles=["editor"], node=area)
    body = {"type": "page", "title": "Neu", "parent": area.id}
    made = town.api("POST", "/nodes", body, token=token, status=201)
    assert town.node("/bereich/neu").author_id is None
    town.api("POST", "/nodes", body | {"parent": 1}, token=token, status=403)
    seen = town.api("GET", f"/nodes/{outer.id}", token=token)
    town.api(
        "PATCH", f"/nodes/{outer.id}", {"title": "x"}, token=token, if_match=etag(seen), status=403
    )
    with town.session(write=False) as session:
        entry = session.query(AuditEntry).filter_by(
            deed="node.create", subject=str(made.json["id"])
        )
        assert entry.one().origin.startswith("token:")


def test_types_and_blocks_of_a_disabled_plugin_do_not_exist(town, editor) -> None:
    town.enable("cityguide")
    place = town.add("place", "Ort", published=False)
    assert place.id in ids(town.api("GET", "/nodes", token=editor))
    assert "New.place" in town.api("GET", "/openapi.json").json["components"]["schemas"]
    town.api("GET", "/schemas/content-types/place.json")
    town.disable("cityguide")
    assert place.id not in ids(town.api("GET", "/nodes", token=editor))
    town.api("GET", f"/nodes/{place.id}", token=editor, status=404)
    assert "New.place" not in town.api("GET", "/openapi.json").json["components"]["schemas"]
    town.api("GET", "/schemas/content-types/place.json", status=404)
    body = {"type": "place", "title": "x", "parent": 1, "fields": {}}
    town.api("POST", "/nodes", body, token=editor, status=422)


def test_another_towns_ids_are_as_unknown_as_none(town, editor) -> None:
    other = town.second_tenant()
    theirs = other.page("Fremd", blocks=[TEXT])
    mine = town.page("Meins")
    tag = etag(town.api("GET", f"/nodes/{mine.id}", token=editor))
    for path in ("", "/transitions", "/revisions", "/revisions/1", "?copy=working"):
        town.api("GET", f"/nodes/{theirs.id}{path}", token=editor, status=404)
    for method, path, body in (
        ("PATCH", "", {"title": "x"}),
        ("POST", "/move", {"slug": "x"}),
        ("POST", "/transitions", {"step": "archive"}),
        ("PUT", "/schedule", {}),
        ("POST", "/revisions/1/restore", None),
        ("DELETE", "", None),
        ("DELETE", "/working-copy", None),
    ):
        where = f"/nodes/{theirs.id}{path}"
        town.api(method, where, body, token=editor, if_match='"1"', status=404)
    for known, unknown in ((theirs.id, 9_999),):
        refusals = []
        for number in (known, unknown):
            body = {"type": "page", "title": "x", "parent": number}
            refusals.append(town.api("POST", "/nodes", body, token=editor, status=422).json)
            body = {"parent": number}
            where = f"/nodes/{mine.id}/move"
            answer = town.api("POST", where, body, token=editor, if_match=tag, status=422)
            refusals.append(answer.json)
            body = {"blocks": [{"type": "teasers", "data": {"picks": [number]}}]}
            answer = town.api(
                "PATCH", f"/nodes/{mine.id}", body, token=editor, if_match=tag, status=422
            )
            refusals.append(answer.json)
        for one, other_one in zip(refusals[:3], refusals[3:], strict=True):
            assert one["errors"] == other_one["errors"]
    assert other.node("/fremd").title == "Fremd"


# Writing


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


def test_what_does_not_fit_is_named_by_its_place(town, editor) -> None:
    body = {
        "type": "event",
        "title": " ",
        "parent": 1,
        "author_id": 5,
        "fields": {"starts": "morgen", "ort": "x"},
    }
    answer = town.api("POST", "/nodes", body, token=editor, status=422)
    assert {one["pointer"] for one in answer.json["errors"]} == {"#/title", "#/author_id"}
    body = {"type": "event", "title": "x", "parent": 1, "fields": {"starts": "morgen", "ort": "x"}}
    answer = town.api("POST", "/nodes", body, token=editor, status=422)
    assert {one["pointer"] for one in answer.json["errors"]} == {"#/fields/starts", "#/fields/ort"}
    blocks = [
        {"type": "text", "data": {"html": 5}},
        {"type": "nothing", "data": {}},
        {"type": "quote", "data": {"text": "x", "person": "y", "more": 1}, "extra": 1},
    ]
    body = {"type": "page", "title": "x", "parent": 1, "blocks": blocks}
    answer = town.api("POST", "/nodes", body, token=editor, status=422)
    assert {one["pointer"] for one in answer.json["errors"]} == {
        "#/blocks/0/data/html",
        "#/blocks/1",
        "#/blocks/2/extra",
        "#/blocks/2/data/more",
    }


def test_problems_speak_the_language_of_the_request(town, editor) -> None:
    german = town.api("GET", "/nodes/9999", token=editor, accept_language="de", status=404)
    english = town.api("GET", "/nodes/9999", token=editor, accept_language="en", status=404)
    assert german.json["title"] == "Hier ist nichts"
    assert english.json["title"] == "There is nothing here"
    assert german.headers["Content-Language"] == "de"
    assert german.json["instance"].endswith(german.headers["X-Request-ID"])


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b"[" * 5_000 + b"]" * 5_000, 400),
        (b'{"a":' * 5_000 + b"1" + b"}" * 5_000, 400),
        (b"[" * 40 + b"]" * 40, 400),
        (b'{"title": "x", "title": "y"}', 400),
        (b'{"title": NaN}', 400),
        (b'{"parent": 1' + b"0" * 5_000 + b"}", 400),
        (b"\xff\xfe", 400),
        (b"", 400),
        (b"null", 422),
        (b"[]", 422),
        (b'{"type": "page", "title": "x", "parent": 1e400}', 422),
        (b'{"type": "page", "title": "x", "parent": true}', 422),
        (b'{"type": "page", "title": "x", "parent": "1"}', 422),
        (b" " * 12_000_001, 413),
    ],
)
def test_hostile_bodies_are_refused(town, editor, body, status) -> None:
    answer = town.api("POST", "/nodes", body, token=editor, status=status)
    assert answer.content_type == "application/problem+json"
    with town.session(write=False) as session:
        assert session.query(Node).filter_by(title="x").count() == 0


def test_only_json_is_taken_for_json(town, editor) -> None:
    for kind in ("text/plain", "application/x-www-form-urlencoded", "application/xml"):
        town.api("POST", "/nodes", b"{}", token=editor, content_type=kind, status=415)


def test_strangers_send_no_megabytes(town) -> None:
    answer = town.api("POST", "/nodes", b"x" * 300_000, status=413)
    assert answer.json["status"] == 413


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


def test_other_sites_pages_ask_only_if_the_town_names_them(town, editor) -> None:
    origin = {"origin": "https://app.example"}
    plain = town.api("GET", "/nodes?limit=1", token=editor, **origin)
    assert "Access-Control-Allow-Origin" not in plain.headers
    town.configure("api", origins="https://app.example\nhttps://zwei.example")
    allowed = town.api("GET", "/nodes?limit=1", token=editor, **origin)
    assert allowed.headers["Access-Control-Allow-Origin"] == "https://app.example"
    assert "Access-Control-Allow-Credentials" not in allowed.headers
    asked = town.api("OPTIONS", "/nodes", status=204, **origin)
    assert "POST" in asked.headers["Access-Control-Allow-Methods"]
    assert "If-Match" in asked.headers["Access-Control-Allow-Headers"]
    other = town.api("GET", "/nodes?limit=1", token=editor, origin="https://boese.example")
    assert "Access-Control-Allow-Origin" not in other.headers
    # With a token, a page of a named site may write, whatever the browser says of its origin.
    body = {"type": "page", "title": "Von dort", "parent": 1}
    town.api(
        "POST", "/nodes", body, token=editor, sec_fetch_site="cross-site", status=201, **origin
    )


def test_a_published_schema_judges_as_the_api_does(town, editor) -> None:
    from jsonschema_rs import validator_for

    schema = town.api("GET", "/schemas/blocks/accordion.json").json
    judge = validator_for(schema)
    for data in (
        {"entries": [{"title": "Wann?", "html": "<p>Heute</p>"}]},
        {"entries": []},
        {"entries": [{"title": "Wann?"}]},
        {"entries": [{"title": " ", "html": "x"}]},
        {"entries": [{"title": "x", "html": "y", "more": 1}]},
        {"entries": "x"},
        {},
    ):
        body = {
            "type": "page",
            "title": "x",
            "parent": 1,
            "blocks": [{"type": "accordion", "data": data}],
        }
        answer = town.api("POST", "/nodes", body, token=editor, status="*")
        assert (answer.status_int == 201) == judge.is_valid(data), json.dumps(data)
