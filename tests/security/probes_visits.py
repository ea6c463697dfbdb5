"""Probes of the numbers of visits."""

from security_probes import Probe, get

PROBES: dict[tuple[str, str], list[Probe]] = {
    ("admin.visits", "GET"): [get("visits", lambda _side: "/admin/visits")]
}
ROLES = {role: {("admin.visits", "GET")} for role in ("author", "reviewer")}
