"""Probes of what the city guide keeps on devices."""

from security_probes import NO_ROWS, Probe, get

from stadtkern_cityguide.offline.icons import mark_of

PUBLIC = {
    *("cityguide.saved", "cityguide.saved.language"),
    *("cityguide.webmanifest", "cityguide.icon"),
}

PROBES: dict[tuple[str, str], list[Probe]] = {
    ("cityguide.webmanifest", "GET"): [
        get("app", lambda _side: "/guide/manifest.webmanifest", login=False, unwalled=NO_ROWS)
    ],
    ("cityguide.icon", "GET"): [
        get(
            "app's icon",
            lambda side: f"/guide/icons/any-192-{mark_of(side.town.tenant)}.png",
            login=False,
            unwalled=NO_ROWS,
        )
    ],
    ("cityguide.saved", "GET"): [
        get("saved tours", lambda _side: "/guide/saved", login=False, unwalled=NO_ROWS)
    ],
    ("cityguide.saved.language", "GET"): [
        get("saved tours, English", lambda _side: "/en/guide/saved", login=False, unwalled=NO_ROWS)
    ],
}
