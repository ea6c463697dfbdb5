"""Probes of the jobs page."""

from security_probes import Done, Probe, get
from security_side import Ask, Side
from security_world import World

NAMED = "jobs stand outside of the walls, for workers; the page's own query names the town"
OPERATORS = "the operator's page of all municipalities' jobs; it needs the permission to operate"


def _planted(deed: str) -> Probe:
    """Return a probe that does something to a job of the victim's."""

    def make(_world: World, victim: Side, _me: Side) -> Ask:
        return Ask(f"/admin/jobs/{deed}", [("job", victim.paths["job"])])

    return Probe(f"{deed} a job", make, _done(deed), unwalled=NAMED)


def _done(deed: str) -> Done:
    def check(world: World) -> bool:
        (row,) = world.rows("job", id=world.victim.paths["job"])
        return bool(row["state"] == "cancelled" if deed == "cancel" else row["run"] == 2)

    return check


PROBES = {
    ("admin.jobs", "GET"): [get("jobs", lambda _side: "/admin/jobs", unwalled=NAMED)],
    ("admin.jobs.retry", "POST"): [_planted("retry")],
    ("admin.jobs.cancel", "POST"): [_planted("cancel")],
}
OUT_OF_REACH = {
    "admin.jobs.all": OPERATORS,
    "admin.jobs.all.retry": OPERATORS,
    "admin.jobs.all.cancel": OPERATORS,
}
ROLES = {
    "administrator": {
        ("admin.jobs", "GET"),
        ("admin.jobs.retry", "POST"),
        ("admin.jobs.cancel", "POST"),
    }
}
