"""What the API refuses, and how it says so."""

import json

from stadtkern.content.models import Node


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


PICKED = (
    b'{"type": "page", "title": "x", "parent": 1,'
    b' "blocks": [{"id": "aaaa", "type": "teasers", "data": {"picks": [%s]}}]}'
)


HOSTILE = (
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
    (PICKED % b"1e400", 422),
    (PICKED % b"1.5", 422),
    (b'{"type": "page", "title": "x", "parent": true}', 422),
    (b'{"type": "page", "title": "x", "parent": "1"}', 422),
    (b" " * 12_000_001, 413),
)


def test_hostile_bodies_are_refused(town, editor) -> None:
    for body, status in HOSTILE:
        answer = town.api("POST", "/nodes", body, token=editor, status=status)
        assert answer.content_type == "application/problem+json"
        with town.session(write=False) as session:
            assert session.query(Node).filter_by(title="x").count() == 0


def test_only_json_is_taken_for_json(town, editor) -> None:
    for kind in ("text/plain", "application/x-www-form-urlencoded", "application/xml"):
        town.api("POST", "/nodes", b"{}", token=editor, content_type=kind, status=415)


def test_parts_of_a_form_need_names(town, editor) -> None:
    kind = "multipart/form-data; boundary=x"
    body = b"--x\r\n\r\nnameless\r\n--x--\r\n"
    answer = town.api("POST", "/media", body, token=editor, content_type=kind, status=422)
    assert {one["pointer"] for one in answer.json["errors"]} == {"#/", "#/file"}


def test_strangers_send_no_megabytes(town) -> None:
    answer = town.api("POST", "/nodes", b"x" * 300_000, status=413)
    assert answer.json["status"] == 413


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
