"""Probes of what the city guide keeps on devices."""

from security_probes import NO_ROWS, Probe, get

PUBLIC = {"cityguide.saved", "cityguide.saved.language"}

PROBES: dict[tuple[str, str], list[Probe]] = {
    ("cityguide.saved", "GET"): [
        get("saved tours", lambda _side: "/guide/saved", login=False, unwalled=NO_ROWS)
    ],
    ("cityguide.saved.language", "GET"): [
        get("saved tours, English", lambda _side: "/en/guide/saved", login=False, unwalled=NO_ROWS)
    ],
}
