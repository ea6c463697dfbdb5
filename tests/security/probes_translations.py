"""Probes of languages: a page's translations, the form beside the source, what is missing."""

from security_probes import Probe, get, node, post
from security_side import Ask, Side
from security_world import World


def _unlinked(world: World) -> bool:
    number = world.victim.ids["page"]
    (before,) = (row for row in world.before["node"] if row["id"] == number)
    (now,) = world.rows("node", id=number)
    return bool(now["translation_group"] != before["translation_group"])


def _translation(side: Side) -> int:
    """Return the translation of the town's page that is planted."""
    return side.ids["english"]


def _look(_world: World, victim: Side, _me: Side) -> Ask:
    return Ask(f"/admin/nodes/{_translation(victim)}/translate")


def _write(_world: World, victim: Side, _me: Side) -> Ask:
    path = f"/admin/nodes/{_translation(victim)}/translate"
    return Ask(path, [*victim.form(path, "seen", title=victim.word("written")), ("do", "save")])


def _written(world: World) -> bool:
    titles = {row["title"] for row in world.rows("revision")}
    return world.victim.word("written") in titles


PROBES: dict[tuple[str, str], list[Probe]] = {
    ("admin.node.translations", "GET"): [node("translations", "page", "/translations")],
    ("admin.node.translations", "POST"): [
        post(
            "unlink",
            lambda side: f"/admin/nodes/{side.ids['page']}/translations",
            lambda side: [("do", "unlink"), ("node", str(side.ids["page"]))],
            _unlinked,
        )
    ],
    ("admin.node.translate", "GET"): [Probe("beside its source", _look)],
    ("admin.node.translate", "POST"): [Probe("translate", _write, _written)],
    ("admin.translations", "GET"): [get("what is missing", lambda _side: "/admin/translations")],
}
EDITOR = {
    ("admin.node.translations", "POST"),
    ("admin.node.translate", "GET"),
    ("admin.node.translate", "POST"),
}
READERS = {("admin.node.translations", "GET"), ("admin.translations", "GET")}
ROLES = {"author": READERS, "editor": EDITOR, "reviewer": READERS}
