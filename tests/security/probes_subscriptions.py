"""Probes of subscriptions: whose code, whose key, whose list."""

from security_probes import NO_ROWS, Probe, get, post
from security_side import Ask, Fields, Side
from security_world import World

SEALED = "codes and keys are found by hashes under the town's own key"


def _asked(world: World) -> bool:
    rows = world.rows("subscription", tenant_id=world.victim.town.tenant_id)
    return any(row["frequency"] == "weekly" for row in rows)


def _mailed(world: World) -> bool:
    rows = world.rows("mail_message", tenant_id=world.victim.town.tenant_id)
    return any("abonnieren/code#" in str(row["body"]) for row in rows)


def _confirmed(world: World) -> bool:
    rows = world.rows("subscription", id=world.victim.ids["request"])
    return any(row["confirmed_at"] is not None for row in rows)


def _gone(world: World) -> bool:
    return world.rows("subscription", id=world.victim.ids["subscription"]) == []


def _request(side: Side) -> Fields:
    return [
        ("about", f"section:{side.ids['folder']}"),
        ("frequency", "weekly"),
        ("mail", f"{side.prefix}neu@people.example"),
    ]


def _key(side: Side) -> str:
    return f"/abonnieren/abmelden/{side.paths['subscription']}"


def _one_click(_world: World, victim: Side, _me: Side) -> Ask:
    # Mail programs press it: the key is the proof.
    return Ask(_key(victim), [("List-Unsubscribe", "One-Click")], machine=True)


PROBES = {
    ("admin.subscriptions", "GET"): [
        get("numbers of subscribers", lambda _side: "/admin/subscriptions")
    ],
    ("subscribe", "GET"): [
        get(
            "form about a section",
            lambda side: f"/abonnieren?about=section:{side.ids['folder']}",
            login=False,
        )
    ],
    ("subscribe", "POST"): [
        post(
            "ask for a section's news",
            lambda _side: "/abonnieren",
            _request,
            _asked,
            login=False,
        )
    ],
    ("subscribe.code", "GET"): [
        get("form of a code", lambda _side: "/abonnieren/code", login=False, unwalled=NO_ROWS)
    ],
    ("subscribe.code", "POST"): [
        post(
            "code of a request",
            lambda _side: "/abonnieren/code",
            lambda side: [("code", side.paths["code"])],
            _confirmed,
            login=False,
        )
    ],
    ("subscribe.manage", "GET"): [
        get("form for a code", lambda _side: "/abonnieren/verwalten", login=False, unwalled=NO_ROWS)
    ],
    ("subscribe.manage", "POST"): [
        post(
            "code for managing",
            lambda _side: "/abonnieren/verwalten",
            lambda side: [("mail", f"{side.prefix}reader@people.example")],
            _mailed,
            login=False,
            unwalled=SEALED,
        )
    ],
    ("subscribe.end", "GET"): [
        get("page of a key", _key, login=False, unwalled="the same page for every key")
    ],
    ("subscribe.end", "POST"): [Probe("one click", _one_click, _gone, login=False)],
}
OUT_OF_REACH = {
    "subscribe.change": "nothing is changed without a session that has redeemed a code: "
    "tests/subscriptions/test_ending.py::test_nobody_changes_what_belongs_to_somebody_else",
}
PUBLIC = {
    *("subscribe", "subscribe.code", "subscribe.manage", "subscribe.change", "subscribe.end"),
}
ROLES = {role: {("admin.subscriptions", "GET")} for role in ("author", "reviewer")}
