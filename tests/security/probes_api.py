"""Probes of the API and of its tokens."""

from collections.abc import Callable

from security_probes import Done, Probe, column, get, post
from security_world import Ask, Side, World


def ask(name: str, method: str, path: Callable[[Side], str], **kw: object) -> Probe:
    """Return a probe that reads the victim's address by the API."""
    return Probe(
        name,
        lambda _world, victim, _me: Ask(f"/api/v1{path(victim)}", method=method),
        **kw,
    )


def node(name: str, place: str, rest: str = "", **kw: object) -> Probe:
    """Return a probe that reads one of the victim's nodes by the API."""
    return ask(name, "GET", lambda side: f"/nodes/{side.ids[place]}{rest}", **kw)


def _token(path: str, **fields: str) -> Callable[[World, Side, Side], Ask]:
    def make(_world: World, _victim: Side, me: Side) -> Ask:
        form = me.form(path, "name", name="Untergeschoben", **fields)
        scopes = [
            ("__start__", "scopes:sequence"),
            ("checkbox", "nodes:read"),
            ("__end__", "scopes:sequence"),
        ]
        roles = [
            ("__start__", "roles:sequence"),
            ("checkbox", "author"),
            ("__end__", "roles:sequence"),
        ]
        kept = [pair for pair in form if pair[0] not in {"__start__", "__end__", "checkbox"}]
        return Ask(path, [*kept, *scopes, *(roles if "admin" in path else [])])

    return make


def _made(world: World) -> bool:
    tenant = world.victim.town.tenant_id
    return "Untergeschoben" in {row["name"] for row in world.rows("api_token", tenant_id=tenant)}


def revoked(world: World) -> bool:
    """Tell whether the planted token is revoked."""
    (row,) = world.rows("api_token", id=world.victim.ids["token"])
    return row["revoked_at"] is not None


def _revoke(start: str) -> Probe:
    done: Done = revoked
    return post(
        "revoke a token",
        lambda side: f"{start}/{side.ids['token']}/revoke",
        lambda _side: [("x", "")],
        done,
    )


OWN = "lists only whoever asks; the account is asked for by its number"

PROBES = {
    ("account.tokens", "GET"): [get("my tokens", lambda _side: "/account/tokens", unwalled=OWN)],
    ("account.tokens.new", "GET"): [
        get("form of a token", lambda _side: "/account/tokens/new", unwalled="an empty form")
    ],
    ("account.tokens.new", "POST"): [
        Probe("make a token", _token("/account/tokens/new"), _made, unwalled="adds an own row")
    ],
    ("account.tokens.revoke", "POST"): [
        post(
            "revoke one of mine",
            lambda side: f"/account/tokens/{side.ids['token']}/revoke",
            lambda _side: [("x", "")],
            revoked,
            unwalled="asks for the owner's number, too",
        )
    ],
    ("admin.tokens", "GET"): [get("all tokens", lambda _side: "/admin/tokens")],
    ("admin.tokens.new", "GET"): [
        get("form of a service", lambda _side: "/admin/tokens/new", unwalled="an empty form")
    ],
    ("admin.tokens.new", "POST"): [
        Probe(
            "make a service's token",
            _token("/admin/tokens/new"),
            _made,
            unwalled="adds an own row",
        )
    ],
    ("admin.tokens.revoke", "POST"): [_revoke("/admin/tokens")],
    ("api.nodes", "GET"): [
        ask("list", "GET", lambda _side: "/nodes?limit=100"),
        ask("list below a page", "GET", lambda side: f"/nodes?parent={side.ids['page']}"),
        ask("list below an address", "GET", lambda side: f"/nodes?under={side.paths['page']}"),
        ask("by key", "GET", lambda side: f"/nodes?key={side.prefix}-key"),
    ],
    ("api.nodes.id", "GET"): [
        node("page", "page"),
        node("draft", "draft"),
        node("picture", "image"),
        node("working copy", "child", "?copy=working"),
    ],
}
MEMBERS = {("api.nodes", "GET"), ("api.nodes.id", "GET")}
ROLES = {
    "office": {
        ("account.tokens", "GET"),
        ("account.tokens.new", "GET"),
        ("account.tokens.new", "POST"),
        ("account.tokens.revoke", "POST"),
    },
    # Tokens are members': an operator who is none has none that opens anything.
    **dict.fromkeys(("author", "moderator", "reviewer"), MEMBERS),
    "": {("api.nodes.id", "GET")},
    "administrator": {
        ("admin.tokens", "GET"),
        ("admin.tokens.new", "GET"),
        ("admin.tokens.new", "POST"),
        ("admin.tokens.revoke", "POST"),
    },
}
__all__ = ["PROBES", "ROLES", "column"]
