"""Probes of the municipality as an archive."""

from security_probes import Probe, get
from security_side import Ask, Side
from security_world import World

JOB = (
    "the archive is a file in a folder of its own town; the row that names it is found by the wall"
)

FILE = "files with pages wait in a folder of their own town; the hash is looked up there"


def _ask(world: World, victim: Side, _me: Side) -> Ask:
    del world, victim
    return Ask("/admin/town/export", [("x", "")])


def _asked(world: World) -> bool:
    rows = world.rows("town_export", tenant_id=world.victim.town.tenant_id)
    return len(rows) > 1


def _remove(_world: World, victim: Side, _me: Side) -> Ask:
    return Ask("/admin/town/remove", [("export", str(victim.ids["export"]))])


def _removed(world: World) -> bool:
    return world.rows("town_export", id=world.victim.ids["export"]) == []


def _take(_world: World, victim: Side, _me: Side) -> Ask:
    fields = [("step", "take"), ("sha", victim.paths["import.sha"]), ("below", "/")]
    return Ask("/admin/page-files", fields)


def _taken(world: World) -> bool:
    return any(
        row["name"] == "towns.pages" and row["tenant_id"] == world.victim.town.tenant_id
        for row in world.rows("job")
    )


PROBES = {
    ("admin.town", "GET"): [get("archives", lambda _side: "/admin/town")],
    ("admin.town.export", "POST"): [
        Probe("ask for an archive", _ask, _asked, unwalled="names nothing but the asker's own town")
    ],
    ("admin.town.remove", "POST"): [Probe("delete an archive", _remove, _removed)],
    ("admin.page_files", "GET"): [get("files with pages", lambda _side: "/admin/page-files")],
    ("admin.page_files", "POST"): [
        Probe("have a file with pages imported", _take, _taken, unwalled=FILE)
    ],
    ("admin.town.fetch", "GET"): [
        get("an archive", lambda side: f"/admin/town/{side.ids['export']}.zip", unwalled=JOB)
    ],
}
ROLES = {
    "administrator": {
        ("admin.town", "GET"),
        ("admin.town.export", "POST"),
        ("admin.town.remove", "POST"),
        ("admin.town.fetch", "GET"),
        ("admin.page_files", "GET"),
        ("admin.page_files", "POST"),
    }
}
