"""Probes of the bookings of the finance interface."""

from security_probes import Probe, column, get, post
from security_side import Ask, Side
from security_world import World

OVERVIEW = "/admin/finance"
BATCHES = "/admin/finance/batches"
OWN = "a town's batches are numbered from 1: the address names the asker's own"


def _make(_world: World, _victim: Side, _me: Side) -> Ask:
    return Ask(BATCHES, [("profile", "json-own-1")])


def _made(world: World) -> bool:
    return len(world.rows("finance_batch", tenant_id=world.victim.town.tenant_id)) > 1


READ = {
    ("finance.overview", "GET"),
    ("finance.overview", "POST"),
    ("finance.batches", "GET"),
    ("finance.batches", "POST"),
    ("finance.batch", "GET"),
    ("finance.batch.file", "POST"),
}
PROBES: dict[tuple[str, str], list[Probe]] = {
    ("finance.overview", "GET"): [get("overview", lambda _side: OVERVIEW)],
    ("finance.overview", "POST"): [
        post(
            "table of the overview",
            lambda _side: OVERVIEW,
            lambda _side: [],
            column("audit_entry", "deed", "finance.figures"),
            unwalled="only counts the asker's own",
        )
    ],
    ("finance.batches", "GET"): [get("batches", lambda _side: BATCHES)],
    ("finance.batches", "POST"): [
        Probe("make a batch", _make, _made, unwalled="only takes the asker's own bookings")
    ],
    ("finance.batch", "GET"): [get("one batch", lambda _side: f"{BATCHES}/1")],
    ("finance.batch.file", "POST"): [
        post(
            "file of a batch",
            lambda _side: f"{BATCHES}/1/file",
            lambda _side: [],
            column("audit_entry", "deed", "finance.batch_file"),
            unwalled=OWN,
        )
    ],
}
ROLES = {"finance_clerk": READ, "finance_approver": READ}
