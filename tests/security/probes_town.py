"""Probes of a municipality's plugins, settings and reports."""

from security_probes import BY_KEY, Done, Make, Probe, column, get, post
from security_side import Ask, Side
from security_world import World


def _settings(owner: str, having: str, **changes: str) -> Make:
    path = f"/admin/settings/{owner}"
    return lambda _world, _victim, me: Ask(path, me.form(path, having, **changes))


def _setting(owner: str, text: str) -> Done:
    def check(world: World) -> bool:
        rows = world.rows("tenant_plugin", tenant_id=world.victim.town.tenant_id, plugin=owner)
        return any(text in str(row["settings"]) for row in rows)

    return check


def _appearance(_world: World, _victim: Side, me: Side) -> Ask:
    path = "/admin/appearance"
    return Ask(path, me.form(path, "accent", name="Neuer Ort", accent="#aa2200"), multipart=True)


def _appearance_saved(world: World) -> bool:
    (row,) = world.rows("tenant", id=world.victim.town.tenant_id)
    return (row["name"], row["accent"]) == ("Neuer Ort", "#aa2200")


def _switched_off(world: World) -> bool:
    tenant = world.victim.town.tenant_id
    (row,) = world.rows("tenant_plugin", tenant_id=tenant, plugin="hr")
    return not row["enabled"]


def _report(_world: World, victim: Side, _me: Side) -> Ask:
    return Ask("/admin/reports", [("report", str(victim.ids["report"]))])


PROBES: dict[tuple[str, str], list[Probe]] = {
    ("admin", "GET"): [get("dashboard", lambda _side: "/admin")],
    ("admin.plugins", "GET"): [get("plugins", lambda _side: "/admin/plugins", unwalled=BY_KEY)],
    ("admin.plugins", "POST"): [
        post(
            "switch off",
            lambda _side: "/admin/plugins",
            lambda _side: [("plugin", "hr"), ("switch", "off")],
            _switched_off,
            unwalled=BY_KEY,
        )
    ],
    ("admin.plugin", "GET"): [
        get("what a plugin adds", lambda _side: "/admin/plugins/hr", unwalled=BY_KEY)
    ],
    ("admin.settings", "GET"): [
        get("settings of the site", lambda _side: "/admin/settings/site", unwalled=BY_KEY),
        get("settings of a plugin", lambda _side: "/admin/settings/participation", unwalled=BY_KEY),
    ],
    ("admin.settings", "POST"): [
        Probe(
            "save settings",
            _settings("site", "organisation", organisation="Andere Stadt"),
            _setting("site", "Andere Stadt"),
            unwalled=BY_KEY,
        )
    ],
    ("admin.appearance", "GET"): [
        get("appearance", lambda _side: "/admin/appearance", unwalled=BY_KEY)
    ],
    ("admin.appearance", "POST"): [
        Probe("appearance", _appearance, _appearance_saved, unwalled=BY_KEY)
    ],
    ("admin.mail", "GET"): [get("outbox", lambda _side: "/admin/mail")],
    ("admin.reports", "GET"): [get("reports", lambda _side: "/admin/reports")],
    ("admin.reports", "POST"): [
        Probe("answer a report", _report, column("barrier_report", "status", "answered", "report"))
    ],
}
