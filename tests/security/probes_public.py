"""Probes of what visitors see."""

from collections.abc import Callable

from security_probes import (
    BY_KEY,
    NO_ROWS,
    Probe,
    at,
    column,
    get,
    shown,
)
from security_side import Ask, Side
from security_world import World


def _barrier(_world: World, _victim: Side, _me: Side) -> Ask:
    return Ask("/barriere-melden", [("description", "Zu klein"), ("page", "/"), ("mail", "")])


def _media(name: str, file: str) -> Callable[[Side], str]:
    def path(side: Side) -> str:
        return f"/media/{side.ids[name]}/{side.paths[f'{name}.sha'][:12]}/{side.word(file)}"

    return path


def _arms(side: Side) -> str:
    return f"/theme/arms-{side.town.tenant.arms[:12]}"


PROBES: dict[tuple[str, str], list[Probe]] = {
    ("Home", "GET"): [
        get("front page", lambda _side: "/", login=False),
        get("front page in English", lambda _side: "/en", login=False),
    ],
    ("Page", "GET"): [
        shown("page"),
        shown("child"),
        shown("english"),
        get("draft", at("draft")),
        get("old address", lambda side: f"{side.paths['page']}/{side.prefix}-renamed", login=False),
    ],
    ("Folder", "GET"): [shown("folder")],
    ("News", "GET"): [shown("news")],
    ("Event", "GET"): [shown("event")],
    ("Link", "GET"): [shown("link")],
    ("Image", "GET"): [shown("image")],
    ("File", "GET"): [shown("file")],
    ("Place", "GET"): [shown("place")],
    ("Tour", "GET"): [shown("tour")],
    ("media", "GET"): [
        get("bytes of an image", _media("image", "imagename.svg"), login=False),
        get("bytes of a file", _media("file", "filename.txt"), login=False),
    ],
    ("theme", "GET"): [get("colours", lambda _side: "/theme.css", login=False, unwalled=NO_ROWS)],
    ("theme.arms", "GET"): [get("coat of arms", _arms, login=False, unwalled=BY_KEY)],
    ("legal.imprint", "GET"): [get("imprint", lambda _side: "/impressum", login=False)],
    ("legal.privacy", "GET"): [get("privacy", lambda _side: "/datenschutz", login=False)],
    ("legal.accessibility", "GET"): [
        get("accessibility", lambda _side: "/barrierefreiheit", login=False)
    ],
    ("barrier", "GET"): [get("form of a report", lambda _side: "/barriere-melden", login=False)],
    ("barrier", "POST"): [
        Probe("report", _barrier, column("barrier_report", "description", "Zu klein"), login=False)
    ],
}
