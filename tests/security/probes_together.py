"""Probes of working together: leases, kept texts, merging, logins that end."""

from security_probes import NO_ROWS, OWN_ACCOUNT, Probe, get, post
from security_side import Ask, Side
from security_world import World


def _lease(deed: str):
    return lambda side: [("do", deed), ("lock", side.word("form"))]


def _leased(world: World) -> bool:
    tenant = world.victim.town.tenant_id
    return any(
        row not in world.before["edit_lock"] for row in world.rows("edit_lock", tenant_id=tenant)
    )


def _kept(world: World) -> bool:
    tenant = world.victim.town.tenant_id
    return any(
        row not in world.before["autosave"] for row in world.rows("autosave", tenant_id=tenant)
    )


def _merge(_world: World, victim: Side, _me: Side) -> Ask:
    """Save on an old version as the victim, and send what it is answered."""
    path = f"/admin/nodes/{victim.ids['page']}"
    browser = victim.browser(login=True)
    page = browser.get(f"{path}/edit")
    form = next(form for form in page.forms.values() if "title" in form.fields)
    form["version"] = "999"
    form.fields["title"][0].value = victim.word("merged")
    found = form.submit("do", value="save", status=409)
    merging = next(form for form in found.forms.values() if "carried" in form.fields)
    fields = [
        (name, value or "mine")
        for name, value in merging.submit_fields()
        if name not in {"csrf_token", "do"}
    ]
    return Ask(f"{path}/merge", fields)


def _merged(world: World) -> bool:
    # The page is published: what was merged is its working copy.
    rows = world.rows("revision", node_id=world.victim.ids["page"])
    return any(row["title"] == world.victim.word("merged") for row in rows)


PROBES: dict[tuple[str, str], list[Probe]] = {
    ("admin.node.lock", "POST"): [
        post(
            "lease of a form",
            lambda side: f"/admin/nodes/{side.ids['page']}/lock",
            _lease("take"),
            _leased,
        )
    ],
    ("admin.node.autosave", "POST"): [
        post(
            "text kept while typing",
            lambda side: f"/admin/nodes/{side.ids['page']}/autosave",
            lambda side: [("title", side.word("kept")), ("version", "1")],
            _kept,
        )
    ],
    ("admin.node.add.autosave", "POST"): [
        post(
            "text kept for a new page",
            lambda side: f"/admin/nodes/{side.ids['page']}/add/page/autosave",
            lambda side: [("title", side.word("kept"))],
            _kept,
        )
    ],
    ("admin.node.frame.typed", "GET"): [
        get(
            "framed preview of what is typed",
            lambda side: f"/admin/nodes/{side.ids['draft']}/frame/typed",
        )
    ],
    ("admin.node.add.frame", "GET"): [
        get(
            "framed preview of a new page",
            lambda side: f"/admin/nodes/{side.ids['page']}/add/page/frame",
        )
    ],
    ("admin.node.merge", "POST"): [
        Probe(
            "merge",
            _merge,
            _merged,
            unwalled="what is merged is signed for its tenant and page",
        )
    ],
    ("admin.login_state", "GET"): [
        get("login state", lambda _side: "/admin/login-state", unwalled=OWN_ACCOUNT)
    ],
    ("admin.returned", "GET"): [
        get("logged in again", lambda _side: "/admin/returned", unwalled=NO_ROWS)
    ],
}
PUBLIC = {"admin.login_state"}
EVERYBODY_INSIDE = {("admin.returned", "GET")}
ROLES = {
    "operator": EVERYBODY_INSIDE,
    "moderator": EVERYBODY_INSIDE,
    "clerk": EVERYBODY_INSIDE,
    "reviewer": EVERYBODY_INSIDE,
    "author": EVERYBODY_INSIDE
    | {("admin.node.add.autosave", "POST"), ("admin.node.add.frame", "GET")},
    "editor": {
        ("admin.node.frame.typed", "GET"),
        ("admin.node.lock", "POST"),
        ("admin.node.autosave", "POST"),
        ("admin.node.merge", "POST"),
    },
}
