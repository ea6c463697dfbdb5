"""Probes of the audit, the second factor, logins and proofs."""

from probes_people import person
from security_probes import (
    BY_KEY,
    NO_ROWS,
    OWN_ACCOUNT,
    OWN_TICKET,
    Probe,
    get,
    node,
    post,
)
from security_side import Ask, Fields, Side
from security_world import World

from stadtkern.testing.town import PASSWORD

NO_FACTOR = "the member has no second factor unless a test gives one"


def _half(world: World, victim: Side, me: Side) -> Ask:
    """Send a code though no login waits for one."""
    del world, victim, me
    return Ask("/login/code", [("code", "123456")])


def _start(_world: World, _victim: Side, _me: Side) -> Ask:
    return Ask("/account/factor", [("do", "start")])


def _started(world: World) -> bool:
    return bool(world.rows("account_factor", account_id=world.victim.admin.id))


def _proof(_world: World, _victim: Side, _me: Side) -> Ask:
    return Ask("/account/prove", [("fresh_password", PASSWORD), ("next", "/admin")])


def _proved(world: World) -> bool:
    before = {row["token_hash"]: row["proved_at"] for row in world.before["login_ticket"]}
    now = world.rows("login_ticket", account_id=world.victim.admin.id)
    return any(row["proved_at"] != before.get(row["token_hash"]) for row in now)


def _security(_side: Side) -> Fields:
    return [
        ("__start__", "factor_roles:sequence"),
        ("checkbox", "editor"),
        ("__end__", "factor_roles:sequence"),
    ]


def _asked_for(world: World) -> bool:
    tenant = world.victim.town.tenant_id
    rows = world.rows("tenant_plugin", tenant_id=tenant, plugin="security")
    return any("editor" in str(row["settings"]) for row in rows)


PROBES: dict[tuple[str, str], list[Probe]] = {
    ("admin.node.history", "GET"): [node("history of a page", "page", "/history")],
    ("admin.person.history", "GET"): [
        get("history of a person", lambda side: f"{person(side)}/history")
    ],
    ("admin.audit", "GET"): [
        get("audit", lambda _side: "/admin/audit"),
        get("audit of a person", lambda side: f"/admin/audit?who={side.admin.id}&kind=node"),
    ],
    ("admin.people.security", "GET"): [
        get("who needs a factor", lambda _side: "/admin/people/security", unwalled=BY_KEY)
    ],
    ("admin.people.security", "POST"): [
        post(
            "ask roles for a factor",
            lambda _side: "/admin/people/security",
            _security,
            _asked_for,
            unwalled=BY_KEY,
        )
    ],
    ("admin.person.factor", "POST"): [
        post(
            "take a factor away",
            lambda side: f"{person(side)}/factor",
            lambda _side: [],
            lambda _world: True,
            unwalled=NO_FACTOR,
        )
    ],
    ("login.code", "GET"): [
        get("second step", lambda _side: "/login/code", login=False, unwalled=NO_ROWS)
    ],
    ("login.code", "POST"): [
        Probe("a code", _half, lambda _world: True, login=False, unwalled=NO_ROWS)
    ],
    ("account.factor", "GET"): [
        get("my second factor", lambda _side: "/account/factor", unwalled=OWN_ACCOUNT)
    ],
    ("account.factor", "POST"): [Probe("set up a factor", _start, _started, unwalled=OWN_ACCOUNT)],
    ("account.logins", "GET"): [
        get("my logins", lambda _side: "/account/logins", unwalled=OWN_ACCOUNT)
    ],
    ("account.logins", "POST"): [
        post(
            "end my other logins",
            lambda _side: "/account/logins",
            lambda _side: [("all", "1")],
            lambda world: bool(world.rows("login_ticket", account_id=world.victim.admin.id)),
            unwalled=OWN_TICKET,
        )
    ],
    ("account.prove", "GET"): [
        get("is it me", lambda _side: "/account/prove", unwalled=OWN_ACCOUNT)
    ],
    ("account.prove", "POST"): [Probe("it is me", _proof, _proved, unwalled=OWN_TICKET)],
}

PUBLIC = {"login.code"}

_OWN = {
    *(("account.factor", method) for method in ("GET", "POST")),
    *(("account.logins", method) for method in ("GET", "POST")),
    *(("account.prove", method) for method in ("GET", "POST")),
}

ROLES: dict[str, set[tuple[str, str]]] = {
    "office": set(_OWN),
    "author": {("admin.node.history", "GET")},
    "reviewer": {("admin.node.history", "GET")},
    "administrator": {
        ("admin.person.history", "GET"),
        ("admin.audit", "GET"),
        ("admin.people.security", "GET"),
        ("admin.people.security", "POST"),
        ("admin.person.factor", "POST"),
    },
    # A member without any role has an account all the same.
    "": set(_OWN),
}
