"""Probes of the municipality as an archive."""

import webtest
from planting.town import packed
from security_probes import Probe, get
from security_side import Ask, Side
from security_world import World

JOB = (
    "the archive is a file in a folder of its own town; the row that names it is found by the wall"
)


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


def _send(_world: World, victim: Side, _me: Side) -> Ask:
    upload = webtest.Upload("neu.zip", packed("neu.md", "# Neu"), "application/zip")
    fields = [("upload", upload), ("below", victim.paths["page"]), ("credit", ""), ("licence", "")]
    return Ask("/admin/page-files", fields, multipart=True)


def _sent(world: World) -> bool:
    return world.rows("town_page_file", name="neu.zip") != []


def _take(_world: World, victim: Side, _me: Side) -> Ask:
    return Ask(f"/admin/page-files/{victim.ids['pagefile']}", [("x", "")])


def _taken(world: World) -> bool:
    return any(
        row["name"] == "towns.pages" and row["tenant_id"] == world.victim.town.tenant_id
        for row in world.rows("job")
    )


SENDER = "stands outside of the walls, for operators; the query names the account that has sent it"
OPERATORS = (
    "the operator's page, which becomes a town that is not there yet; tests/towns/test_arriving"
)


def _begin(_world: World, victim: Side, _me: Side) -> Ask:
    fields = [("slug", "ganz-neu"), ("host", "ganz-neu.example")]
    return Ask(f"/admin/arrivals/{victim.ids['arrival']}", fields)


def _begun(world: World) -> bool:
    return any(row["name"] == "towns.arrive" for row in world.rows("job"))


def _delete(_world: World, victim: Side, _me: Side) -> Ask:
    return Ask("/admin/arrivals/remove", [("arrival", str(victim.ids["arrival"]))])


def _deleted(world: World) -> bool:
    return world.rows("town_arrival", id=world.victim.ids["arrival"]) == []


PROBES = {
    ("admin.arrivals", "GET"): [
        get("archives that were sent", lambda _side: "/admin/arrivals", unwalled=SENDER)
    ],
    ("admin.arrival", "GET"): [
        get(
            "an archive that was sent",
            lambda side: f"/admin/arrivals/{side.ids['arrival']}",
            unwalled=SENDER,
        )
    ],
    ("admin.arrival", "POST"): [Probe("bring a town in", _begin, _begun, unwalled=SENDER)],
    ("admin.arrivals.remove", "POST"): [
        Probe("delete an archive that was sent", _delete, _deleted, unwalled=SENDER)
    ],
    ("admin.town", "GET"): [get("archives", lambda _side: "/admin/town")],
    ("admin.town.export", "POST"): [
        Probe("ask for an archive", _ask, _asked, unwalled="names nothing but the asker's own town")
    ],
    ("admin.town.remove", "POST"): [Probe("delete an archive", _remove, _removed)],
    ("admin.page_files", "GET"): [get("files with pages", lambda _side: "/admin/page-files")],
    ("admin.page_files", "POST"): [Probe("send pages below the victim's", _send, _sent)],
    ("admin.page_file", "GET"): [
        get("a file with pages", lambda side: f"/admin/page-files/{side.ids['pagefile']}")
    ],
    ("admin.page_file", "POST"): [Probe("have a file with pages imported", _take, _taken)],
    ("admin.town.fetch", "GET"): [
        get("an archive", lambda side: f"/admin/town/{side.ids['export']}.zip", unwalled=JOB)
    ],
}
OUT_OF_REACH = {"admin.arrivals": OPERATORS}
ROLES = {
    "operator": {("admin.arrivals", "GET")},
    "administrator": {
        # Writing and fetching an archive asks for the treasury's permission, too: the town has
        # the finance interface on.
        ("admin.town", "GET"),
        ("admin.town.remove", "POST"),
        ("admin.page_files", "GET"),
        ("admin.page_files", "POST"),
        ("admin.page_file", "GET"),
        ("admin.page_file", "POST"),
    },
}
