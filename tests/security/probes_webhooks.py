"""Probes of the webhooks."""

from collections.abc import Callable

from security_probes import Probe, get, post
from security_side import Ask, Fields, Side
from security_world import World


def _at(rest: str = "") -> Callable[[Side], str]:
    return lambda side: f"/admin/webhooks/{side.ids['webhook']}{rest}"


def _nothing(_side: Side) -> Fields:
    return [("x", "")]


def _fields(name: str, *, active: bool) -> Fields:
    return [
        ("name", name),
        ("url", "https://untergeschoben.example/hook"),
        ("__start__", "events:sequence"),
        ("checkbox", "node.deleted"),
        ("__end__", "events:sequence"),
        *([("active", "true")] if active else []),
    ]


def _new(_world: World, _victim: Side, _me: Side) -> Ask:
    return Ask("/admin/webhooks/new", _fields("Untergeschoben", active=False))


def _named(world: World) -> bool:
    tenant = world.victim.town.tenant_id
    names = {row["name"] for row in world.rows("webhook_endpoint", tenant_id=tenant)}
    return "Untergeschoben" in names


def _rotated(world: World) -> bool:
    rows = world.rows("webhook_endpoint", id=world.victim.ids["webhook"])
    return any(row["old_secret"] is not None for row in rows)


def _gone(world: World) -> bool:
    return world.rows("webhook_endpoint", id=world.victim.ids["webhook"]) == []


def _tested(world: World) -> bool:
    rows = world.rows("webhook_delivery", endpoint_id=world.victim.ids["webhook"])
    return any(row["event"] == "webhook.test" for row in rows)


def _replayed(world: World) -> bool:
    rows = world.rows("webhook_delivery", id=world.victim.ids["delivery"])
    return any(row["state"] == "waiting" for row in rows)


PROBES = {
    ("admin.webhooks", "GET"): [get("receivers", lambda _side: "/admin/webhooks")],
    ("admin.webhooks.new", "GET"): [
        get("form of a receiver", lambda _side: "/admin/webhooks/new", unwalled="an empty form")
    ],
    ("admin.webhooks.new", "POST"): [
        Probe("add a receiver", _new, _named, unwalled="adds an own row")
    ],
    ("admin.webhook", "GET"): [get("a receiver and its log", _at())],
    ("admin.webhook", "POST"): [
        post(
            "change a receiver",
            _at(),
            lambda _side: _fields("Untergeschoben", active=True),
            _named,
        )
    ],
    ("admin.webhook.secret", "POST"): [
        post(
            "a new secret",
            _at("/secret"),
            _nothing,
            _rotated,
            unwalled="the vault seals for the town that asks, and for no other",
        )
    ],
    ("admin.webhook.test", "POST"): [post("send a test", _at("/test"), _nothing, _tested)],
    ("admin.webhook.delete", "POST"): [post("delete", _at("/delete"), _nothing, _gone)],
    ("admin.webhook.replay", "POST"): [
        post(
            "send again",
            _at("/replay"),
            lambda side: [("delivery", str(side.ids["delivery"]))],
            _replayed,
        )
    ],
}
ROLES = {"administrator": set(PROBES)}
