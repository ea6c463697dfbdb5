"""Lists and nodes by the API: what a token sees, page by page."""

from collections.abc import Callable
from datetime import timedelta
from types import SimpleNamespace
from typing import Any
from urllib.parse import urlencode

import pytest
from api_kit import TEXT, etag, ids
from sqlalchemy import event, select, true
from sqlalchemy.orm import Session

from stadtkern.accounts import services
from stadtkern.api import queries, schemas
from stadtkern.api.parameters import bound_to
from stadtkern.audit.models import AuditEntry
from stadtkern.content.models import Node
from stadtkern.db import utcnow
from stadtkern.testing.databases import on_sqlite


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
    padded = "state=" + "%01" * 31
    wrong = ("foo=1", "limit=0", "limit=101", "limit=x", "sort=body", "limit=1&limit=2", padded)
    for query in wrong:
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


def plans_of(session: Session, ask: Callable[[], Any]) -> str:
    """Return how SQLite goes about the last statement of ``ask``."""
    plans: list[str] = []
    connection = session.connection()

    def explain(_c: Any, _cursor: Any, statement: str, values: Any, *_rest: Any) -> None:
        rows = connection.connection.driver_connection.execute(
            f"EXPLAIN QUERY PLAN {statement}", values
        )
        plans.append("\n".join(str(row[-1]) for row in rows))

    event.listen(connection, "before_cursor_execute", explain)
    ask()
    return plans[-1]


@on_sqlite
@pytest.mark.parametrize("order", ["id", "-id", "updated_at", "-updated_at"])
def test_a_list_is_read_in_its_order_instead_of_sorting_the_town(town, order) -> None:
    wanted = {"types": ["page"], "seen": true(), "wanted": {}, "after": None, "limit": 100}
    with town.session(write=False) as session:
        plan = plans_of(session, lambda: queries.nodes(session, order=order, **wanted))
    # What changed in the same moment may be sorted among itself.
    assert "USE TEMP B-TREE FOR ORDER BY" not in plan
    assert f"USING INDEX ix_node_tenant_id_{order.removeprefix('-')} " in plan


@on_sqlite
@pytest.mark.parametrize("order", ["updated_at", "-updated_at"])
def test_a_folder_is_read_in_the_order_of_its_changes(town, order) -> None:
    wanted = {"types": ["page"], "seen": true(), "wanted": {"parent": 2}, "limit": 100}
    with town.session(write=False) as session:
        for after in (None, ["2026-01-01T00:00:00+00:00", "5"]):
            plan = plans_of(
                session,
                lambda last=after: queries.nodes(session, order=order, after=last, **wanted),
            )
            assert "USE TEMP B-TREE FOR ORDER BY" not in plan
            assert "ix_node_tenant_id_parent_id_updated_at (tenant_id=? AND parent_id=?" in plan


@on_sqlite
@pytest.mark.parametrize(
    ("column", "value"), [("parent_id", 2), ("id", 2), ("path", "/"), ("state", "published")]
)
def test_the_indexes_of_lists_lead_nobody_else_astray(town, column, value) -> None:
    """With these two, the tree of 10,000 pages once took 22 seconds on SQLite."""
    wanted = (getattr(Node, column) == value, Node.deleted_at.is_(None))
    statement = select(Node.title).where(*wanted).order_by(Node.id)
    with town.session(write=False) as session:
        plan = plans_of(session, lambda: session.execute(statement))
    assert "ix_node_tenant_id_id" not in plan
    assert "updated_at" not in plan


@pytest.mark.parametrize("schema", [schemas.NodesQuery, schemas.MediaQuery, schemas.AuditQuery])
def test_parameters_of_lists_are_bound_once_a_time_zone(schema) -> None:
    request = SimpleNamespace(tenant=SimpleNamespace(timezone="Europe/Berlin"))
    other = SimpleNamespace(tenant=SimpleNamespace(timezone="Atlantic/Azores"))
    assert bound_to(schema, request) is bound_to(schema, request)
    assert bound_to(schema, request) is not bound_to(schema, other)


@pytest.mark.parametrize("query", ["limit=", "limit=%01", "updated_since=", "sort=", "sort=%02"])
def test_what_is_given_and_empty_is_refused(town, editor, query) -> None:
    refused = town.api("GET", f"/nodes?{query}", token=editor, status=400).json
    name = query.partition("=")[0]
    assert [one["pointer"] for one in refused["errors"]] == [f"?{name}"]
